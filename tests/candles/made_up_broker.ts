import { readCandleRequest } from "../../lib/smartapi/candle_request.ts";
import type { DataAnswer, DataBody, DataSource } from "../../lib/smartapi/data_calls.ts";
import { candlesOf } from "../../lib/simulator/history.ts";
import { atOnce } from "../../lib/util/pace.ts";
import { FakeClock } from "../fakes.ts";
import { SIMULATED_INSTRUMENTS } from "../simulator/simulated.ts";

/** A broker with the simulator's made-up candles, which remembers what it was asked for. */
export interface MadeUpBroker extends DataSource {
  readonly asked: DataBody[];
  /** Answers that are given before its own, in their order. */
  readonly answers: DataAnswer[];
}

/** @param now What has not happened by then has no candles, ms since the Unix epoch. */
export function madeUpBroker(now = () => new FakeClock().now()): MadeUpBroker {
  const asked: DataBody[] = [];
  const answers: DataAnswer[] = [];
  return {
    asked,
    answers,
    ask(_call, body) {
      asked.push(body);
      const request = readCandleRequest(body)!;
      const { exchange, token } = request;
      const found = SIMULATED_INSTRUMENTS.find((each) => each.token === token && each.exchange === exchange)!;
      const data = atOnce(candlesOf(found, request, { now: now() }));
      const text = JSON.stringify({ status: true, message: "SUCCESS", errorcode: "", data });
      return Promise.resolve(
        answers.shift() ?? { kind: "answer", status: 200, type: "application/json", text },
      );
    },
  };
}
