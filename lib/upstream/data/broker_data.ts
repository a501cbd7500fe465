import { getLogger } from "@logtape/logtape";
import { RestRefusal } from "../../smartapi/broker_error.ts";
import {
  DATA_CALLS,
  type DataAnswer,
  type DataBody,
  type DataCallName,
  type DataSource,
} from "../../smartapi/data_calls.ts";
import type { BrokerSession } from "../../smartapi/rest.ts";
import type { Clock } from "../../util/clock.ts";
import type { Account } from "../account/account.ts";
import { LoginFailure } from "../cause.ts";
import { CallBudget } from "./call_budget.ts";

/** A token that is refused although it is new: the refusal has another reason, and logins must not be spent on it. */
const NO_REPAIR_FOR_MS = 3_600_000;

const log = getLogger(["broker", "rest"]);

/**
 * Asks the broker with the proxy's own session. One budget for each call, whoever asks; a token that is refused is
 * replaced once by a new login; nothing else is tried again.
 */
export function createBrokerData(account: Account, clock: Clock): DataSource {
  const budgets = new Map(
    Object.entries(DATA_CALLS).map(([name, { limits }]) => [name, new CallBudget(clock, limits)]),
  );
  let noRepairUntil = -Infinity;

  async function ask(name: DataCallName, body: DataBody): Promise<DataAnswer> {
    const budget = budgets.get(name)!;
    if (!await budget.take()) return { kind: "busy" };
    const session = await account.session();
    const answer = await send(session, name, body);
    if (!isRefusedToken(answer) || clock.elapsed() < noRepairUntil) return answer;
    account.forget(session);
    const renewed = await account.session();
    if (!await budget.take()) return { kind: "busy" };
    const second = await send(renewed, name, body);
    if (isRefusedToken(second)) {
      noRepairUntil = clock.elapsed() + NO_REPAIR_FOR_MS;
      log.warn("{name} is refused with a new session as well", { name });
    }
    return second;
  }

  async function send(session: BrokerSession, name: DataCallName, body: DataBody): Promise<DataAnswer> {
    const { status, type, text } = await account.data(session, DATA_CALLS[name], body);
    return { kind: "answer", status, type, text };
  }

  return {
    async ask(name, body) {
      try {
        return await ask(name, body);
      } catch (error) {
        if (error instanceof LoginFailure || error instanceof RestRefusal) {
          return { kind: "failed", message: error.message };
        }
        log.error("{name} failed, a fault of the proxy; please report it: {error}", { name, error });
        return { kind: "failed", message: "a fault of the proxy" };
      }
    },
  };
}

/** Whether the answer is the gateway's refusal of a token, which it gives in two ways of writing. */
function isRefusedToken(answer: DataAnswer): boolean {
  if (answer.kind !== "answer" || answer.text.length > 2_000) return false;
  try {
    const body = JSON.parse(answer.text);
    const code = body?.errorCode || body?.errorcode;
    return code === "AG8001" || code === "AG8002";
  } catch {
    return false;
  }
}
