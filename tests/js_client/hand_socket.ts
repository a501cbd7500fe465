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

/** A client whose sockets are in the hand; `socket()` is the newest of them. */
export function inHand(options: Options = {}) {
  HandSocket.made = [];
  const own = connect("ws://proxy", {
    WebSocket: HandSocket as unknown as typeof WebSocket,
    retryBase: 1,
    ...options,
  });
  return { own, socket: () => HandSocket.made.at(-1)! };
}

/** A timer of the runtime: the client's own are not in the hand. */
export const pause = (ms = 5) => new Promise<void>((resolve) => setTimeout(resolve, ms));

/** Loses the connection, and waits for the next. */
export async function drop(): Promise<void> {
  const made = HandSocket.made.length;
  HandSocket.made.at(-1)!.onclose!({ code: 1006, reason: "" });
  while (HandSocket.made.length === made) await pause(1);
  await pause();
}

/** Everything of one kind that is told, as it comes. */
export function told<Name extends keyof Events>(client: Client, name: Name): Events[Name][] {
  const events: Events[Name][] = [];
  client.on(name, (event) => events.push(event));
  return events;
}
