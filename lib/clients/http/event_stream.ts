import { LAG_BYTES } from "../delivery/outbox.ts";
import type { Frame } from "../delivery/encoder.ts";
import type { ClientSocket } from "../protocol.ts";

const UTF8 = new TextEncoder();

/** One event as the `text/event-stream` format has it. `message` is what it is called without a name. */
export function eventText(
  { name, id, data }: { readonly name?: string; readonly id?: string; readonly data: string },
): string {
  return `${name === undefined ? "" : `event: ${name}\n`}${
    id === undefined ? "" : `id: ${id}\n`
  }data: ${data}\n\n`;
}

/** The body of a response as the socket of a client that only listens. */
export class EventStream implements ClientSocket {
  readonly body: ReadableStream<Uint8Array<ArrayBuffer>>;
  /** What the response has not taken yet. Our own queue, so that it can be dropped. */
  readonly #queue: Uint8Array<ArrayBuffer>[] = [];
  #buffered = 0;
  #open = true;
  /** The response waits for the next frame. */
  #wake: (() => void) | undefined;

  /** @param left Called once when the client is gone, or has been closed. */
  constructor(private readonly left: () => void) {
    this.body = new ReadableStream<Uint8Array<ArrayBuffer>>({
      pull: (controller) => this.#next(controller),
      cancel: () => {
        // Nothing may be closed that has been cancelled.
        this.#wake = undefined;
        this.#end();
      },
    }, { highWaterMark: 0 });
  }

  send(frame: Frame): void {
    if (!this.#open) return;
    const bytes = typeof frame === "string" ? UTF8.encode(frame) : frame;
    this.#queue.push(bytes);
    this.#buffered += bytes.length;
    this.#wake?.();
  }

  /** The last event says why; before it, who does not read gets nothing of what has waited. */
  close(code: number, reason: string): void {
    if (!this.#open) return;
    if (this.#buffered > LAG_BYTES) this.#queue.length = 0;
    this.send(eventText({ name: "close", data: JSON.stringify({ type: "close", code, reason }) }));
    this.#end();
  }

  buffered(): number {
    return this.#buffered;
  }

  async #next(controller: ReadableStreamDefaultController<Uint8Array<ArrayBuffer>>): Promise<void> {
    if (this.#queue.length === 0 && this.#open) {
      await new Promise<void>((resolve) => this.#wake = resolve);
      this.#wake = undefined;
    }
    const bytes = this.#queue.shift();
    if (bytes === undefined) return controller.close();
    this.#buffered -= bytes.length;
    controller.enqueue(bytes);
  }

  #end(): void {
    if (!this.#open) return;
    this.#open = false;
    this.left();
    this.#wake?.();
  }
}
