import type { StreamEvents } from "../../lib/smartapi/stream.ts";
import type { Account } from "../../lib/upstream/account/account.ts";
import { Secret } from "../../lib/util/secret.ts";
import type { FakeClock } from "../fakes.ts";

/** An account that is logged in at once. @param opened Is given what a stream tells, so that a test can speak for it. */
export function fakeAccount(clock: FakeClock, opened: (events: StreamEvents) => void): Account {
  const session = {
    jwt: new Secret("jwt"),
    feedToken: new Secret("feed"),
    issuedAt: clock.now(),
  };
  return {
    session: () => Promise.resolve(session),
    forget: () => {},
    data: () => Promise.reject(new Error("nobody asks")),
    openStream(_session, events) {
      opened(events);
      queueMicrotask(() => events.opened());
      return {
        send: () => {},
        close: () => events.ended({ kind: "closed", message: "" }),
        pause: () => {},
        resume: () => {},
        terminate: () => {},
      };
    },
    changeCredentials: () => {},
    renewAt: () => Infinity,
    loginStatus: () => ({ tries: 1, outcomes: { ok: 1 }, succeeded: true }),
    publicWords: (text) => text,
  };
}
