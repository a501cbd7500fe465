import { FakeClock } from "../fakes.ts";
import { type Client, connect, type Events, type Options } from "../../static/client.js";

/** A socket in the test's hand. */
export class HandSocket extends EventTarget {
  static made: HandSocket[] = [];
  readyState = 1;
  sent: Record<string, unknown>[] = [];
  onmessage?: (event: { data: unknown }) => void;
  onclose?: (event: { code: number; reason: string }) => void;

  constructor(readonly url: string) {
    super();
    HandSocket.made.push(this);
  }

  send(text: string) {
    this.sent.push(JSON.parse(text));
  }

  close() {
    this.readyState = 3;
  }

  says(message: unknown) {
    this.onmessage?.({ data: typeof message === "string" ? message : JSON.stringify(message) });
  }
}

/** The time of the newest client. */
let clock: FakeClock;

/** A client whose sockets and time are in the hand; `socket()` is the newest of them. */
export function inHand(options: Options = {}, url = "ws://proxy") {
  HandSocket.made = [];
  clock = new FakeClock();
  const own = connect(url, {
    WebSocket: HandSocket as unknown as typeof WebSocket,
    retryBase: 1,
    clock,
    ...options,
  });
  return { own, clock, socket: () => HandSocket.made.at(-1)! };
}

/** Turns the clock until the newest client has dialled once more. */
export async function redialled(): Promise<void> {
  const made = HandSocket.made.length;
  for (let i = 0; i < 1_000 && HandSocket.made.length === made; i++) await clock.advanceAsync(1);
  if (HandSocket.made.length === made) throw new Error("no other attempt within a second");
}

/** Loses the connection, and waits for the next. */
export async function drop(code = 1006, reason = ""): Promise<void> {
  HandSocket.made.at(-1)!.onclose!({ code, reason });
  await redialled();
}

/** Everything of one kind that is told, as it comes. */
export function told<Name extends keyof Events>(client: Client, name: Name): Events[Name][] {
  const events: Events[Name][] = [];
  client.on(name, (event) => events.push(event));
  return events;
}
