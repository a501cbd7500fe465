import { z } from "zod";
import type { Candle } from "../../../candles/candle.ts";
import type { CandleReader } from "../../../candles/broker_candles.ts";
import { wait } from "../../../candles/wait.ts";
import { INTERVAL_NAMES } from "../../../candles/interval.ts";
import type { InstrumentKey } from "../../../market/market.ts";
import {
  candleFields,
  type CandleStretch,
  estimate,
  mayAskBroker,
  stretchOf,
  tooManyCandles,
} from "../../candle_rows.ts";
import { refusedWords, type Row, selectInTurns, statusOf } from "../../instrument_selection.ts";
import { MOMENT_FORMS, readMoment } from "../../moments.ts";
import { Cancelled, MAX_JOBS } from "../background_jobs.ts";
import { refusal, type RequestId } from "../reply.ts";
import { countOf, missingWatchlist } from "../rows.ts";
import { type CommandContext, defineCommand, type Reply } from "./define_command.ts";
import { checkSelection, optional, selection, selectionUnits, wordOf } from "./fields.ts";

/** Candles of one message: some hundred kilobytes at most. */
const CANDLES_AT_ONCE = 1_000;

/** Units of work that such a message takes. */
const UNITS = 20;

/** Who has not read so many bytes yet gets no more candles for a moment. */
const UNREAD_BYTES = 1024 * 1024;
const LOOK_AGAIN_MS = 20;

const moment = optional(
  z.union([z.string(), z.number()], MOMENT_FORMS)
    .refine((given) => readMoment(given) !== undefined, MOMENT_FORMS)
    .transform((given) => readMoment(given)!),
);

const fields = { ...selection, interval: optional(wordOf(INTERVAL_NAMES)), from: moment, to: moment };

type CandlesInput = z.infer<z.ZodObject<typeof fields>> & { readonly ahead?: boolean | undefined };

type AskedStretch = CandleStretch & Pick<CandlesInput, "ahead">;

/** The candles of one instrument that were sent, and why some are missing. */
interface Sent {
  readonly count: number;
  readonly missing?: string;
}

const inBackground = {
  name: "candles",
  background: true,
  check: checkSelection,
  units: (input: Parameters<typeof selectionUnits>[0]) => selectionUnits(input) + UNITS,
} as const;

/** Candles of a stretch of time, sent in parts; the answer comes after the last one. */
export const candles = defineCommand({ ...inBackground, fields, handle: answer });

/** In a replay, what comes after the replayed moment is given to those alone who say that they want it. */
export const replayCandles = defineCommand({
  ...inBackground,
  fields: { ...fields, ahead: optional(z.boolean("must be true or false")) },
  handle: answer,
});

async function answer(
  { interval = "1m", from, to, ahead, ...selection }: CandlesInput,
  context: CommandContext,
  id: RequestId | undefined,
): Promise<Reply> {
  const missing = missingWatchlist(selection, context.watchlist);
  if (missing !== undefined) return missing;
  const found = stretchOf(interval, from, to, context.candles.now());
  if (typeof found === "string") return refused(found);
  const stretch = { ...found, ahead };
  const rows = await selectInTurns(selection, context);
  const wrong = tooManyCandles(rows.length, estimate(interval, stretch));
  if (wrong !== undefined) return refused(wrong);
  const permitted = permittedRows(rows, context);
  const answer = context.jobs.run(
    id,
    (signal) => new CandleSender(context, id, signal).send(permitted, interval, stretch),
  );
  return await answer ?? { answer: refusal({ code: "rate_limited", message: TOO_MANY_JOBS }) };
}

const TOO_MANY_JOBS =
  `${MAX_JOBS} requests for candles are being answered; wait for one of them, or cancel it`;

function refused(message: string): Reply {
  return { answer: refusal({ code: "bad_command", message }) };
}

/** The rows, those refused that the client may not have. Candles need no place among the subscriptions. */
function permittedRows(rows: readonly Row[], { budget, connection }: CommandContext): Row[] {
  const holder = { entitlement: connection.entitlement, subscriptions: new Map() };
  return rows.map((row) => {
    const [result] = budget.permitted(holder, [row]);
    return result?.status === "refused" && result.code === "not_allowed" ? result : row;
  });
}

/** Reads candles of one command and sends them as they come, no faster than they are read. */
class CandleSender {
  #done = 0;
  #total = 0;

  constructor(
    private readonly context: CommandContext,
    private readonly id: RequestId | undefined,
    private readonly signal: AbortSignal,
  ) {}

  async send(
    rows: readonly Row[],
    interval: typeof INTERVAL_NAMES[number],
    stretch: AskedStretch,
  ): Promise<Reply> {
    const results: Record<string, unknown>[] = [];
    let count = 0;
    try {
      for (const row of rows) {
        if (row.status === "refused") {
          const { word: instrument, status, code, message, suggestions } = row;
          results.push({ status, instrument, code, message, suggestions });
          continue;
        }
        const { key, doubt, status } = row;
        const sent = await this.#sendOne(key, interval, stretch);
        count += sent.count;
        const symbol = this.context.instruments.symbolOf(key);
        results.push({ status, instrument: key, symbol, candles: sent.count, missing: sent.missing, doubt });
      }
    } catch (error) {
      if (!(error instanceof Cancelled)) throw error;
      const message = `Cancelled after ${this.#done} of ${this.#total} parts`;
      return { answer: refusal({ code: "cancelled", message }) };
    }
    const accepted = rows.filter(({ status }) => status === "accepted").length;
    const message = `${count === 1 ? "1 candle" : `${count} candles`} of ${countOf(accepted)}${
      refusedWords(rows)
    }`;
    return { answer: { ...statusOf(rows), message, results } };
  }

  async #sendOne(
    key: InstrumentKey,
    interval: typeof INTERVAL_NAMES[number],
    stretch: AskedStretch,
  ): Promise<Sent> {
    const { candles, connection, turn } = this.context;
    const query = { key, interval, ...stretch, broker: mayAskBroker(connection.entitlement) };
    let count = 0;
    let missing: string | undefined;
    const before = { done: this.#done, total: this.#total };
    const reader: CandleReader = { turn: (piece) => turn(UNITS, piece), signal: this.signal };
    for await (const part of candles.read(query, reader)) {
      for (let from = 0; from < part.candles.length; from += CANDLES_AT_ONCE) {
        await this.#message(key, interval, part.candles.slice(from, from + CANDLES_AT_ONCE));
      }
      count += part.candles.length;
      missing ??= part.missing;
      this.#done = before.done + part.done;
      this.#total = before.total + part.total;
      if (part.total > 1) await this.#tell({ type: "progress", done: this.#done, total: this.#total });
    }
    return { count, ...missing === undefined ? {} : { missing } };
  }

  async #message(key: InstrumentKey, interval: string, candles: readonly Candle[]): Promise<void> {
    const symbol = this.context.instruments.symbolOf(key);
    await this.#tell({
      type: "candle_data",
      data: [{ instrument: key, symbol, interval, candles: candles.map(candleFields) }],
    });
  }

  /** In the client's turn, and when it has read what came before. */
  async #tell(message: Record<string, unknown>): Promise<void> {
    const { clock, connection, turn } = this.context;
    while (connection.unread > UNREAD_BYTES) await wait(clock, LOOK_AGAIN_MS, this.signal);
    await turn(UNITS, () => {
      this.signal.throwIfAborted();
      connection.send(JSON.stringify({ ...message, id: this.id }));
    });
  }
}
