/** Asks the proxy for an option chain again and again, while somebody looks. No DOM. */

import { textOf } from "./values.js";

const EVERY_MS = 3_000;

/** An answer that is older than this is not of now. */
const OLD_MS = 10_000;

/** Strikes on each side of the money. */
const STRIKES = 10;

/**
 * `options.get(path)`: Asks the proxy by HTTP; a promise of the body, whatever its status.
 * `options.changed`: There is something new to draw.
 */
export function createChainFeed({ get, changed, now = Date.now }) {
  let question;

  async function load(mine) {
    mine.askedAt = now();
    mine.pending = true;
    const { underlying, expiry } = mine;
    try {
      const answer = await get(
        `chain?${new URLSearchParams({ underlying, expiry, strikes: String(STRIKES) })}`,
      );
      if (Array.isArray(answer?.data)) {
        Object.assign(mine, { answer, answeredAt: now(), fault: undefined });
      } else {
        mine.fault = textOf(answer?.message, "The proxy gives no chain");
      }
    } catch {
      mine.fault = "The proxy does not answer";
    }
    mine.pending = false;
    if (mine === question) changed();
  }

  return {
    /** What is asked for, its last `answer`, and the `fault` of the last try; all undefined before the first. */
    get state() {
      return question ?? {};
    },

    /** Whether what is shown is not of now. */
    get old() {
      return question?.answeredAt !== undefined && now() - question.answeredAt > OLD_MS;
    },

    /** @param underlying As a person writes it. @param expiry `nearest`, `next`, `monthly`, or a day. */
    ask(underlying, expiry) {
      question = { underlying, expiry };
      load(question);
    },

    /** To be called about once a second while somebody looks. */
    beat() {
      if (question === undefined || question.pending || now() - question.askedAt < EVERY_MS) return;
      load(question);
    },
  };
}
