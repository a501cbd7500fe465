import { strictEqual as equal } from "node:assert/strict";
import type { Stage } from "../stage.ts";
import { ask, type AskOptions, type Body } from "./ask.ts";

/** One server-sent event. */
export interface Event {
  readonly name: string;
  readonly id: string | undefined;
  readonly data: Body;
}

/** An event stream as a browser reads it: it keeps the events, and the comments apart. */
export class Listener {
  readonly events: Event[] = [];
  comments = 0;
  ended = false;
  failed: unknown;
  readonly #reader: ReadableStreamDefaultReader<Uint8Array>;

  constructor(body: ReadableStream<Uint8Array>) {
    this.#reader = body.getReader();
    this.#read().catch((error) => this.failed = error);
  }

  named(name: string): Event[] {
    return this.events.filter((event) => event.name === name);
  }

  leave(): Promise<void> {
    return this.#reader.cancel();
  }

  async #read(): Promise<void> {
    const decoder = new TextDecoder();
    let text = "";
    for (;;) {
      const { value, done } = await this.#reader.read();
      if (done) break;
      text += decoder.decode(value, { stream: true });
      const blocks = text.split("\n\n");
      text = blocks.pop()!;
      for (const block of blocks) this.#take(block);
    }
    this.ended = true;
  }

  #take(block: string): void {
    if (block.startsWith(":")) return void this.comments++;
    const fields = Object.fromEntries(block.split("\n").map((line) => line.split(/: (.*)/s, 2)));
    this.events.push({ name: fields.event ?? "message", id: fields.id, data: JSON.parse(fields.data!) });
  }
}

/** Opens a stream that has to be granted. */
export async function listen(stage: Stage, address: string, options: AskOptions = {}): Promise<Listener> {
  const response = await ask(stage, address, options);
  equal(response.status, 200);
  const listener = new Listener(response.body!);
  await stage.drain();
  return listener;
}
