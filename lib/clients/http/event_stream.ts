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
  #controller!: ReadableStreamDefaultController<Uint8Array<ArrayBuffer>>;
  #open = true;

  /** @param left Called once when the client is gone, or has been closed. */
  constructor(private readonly left: () => void) {
    this.body = new ReadableStream<Uint8Array<ArrayBuffer>>({
      start: (controller) => {
        this.#controller = controller;
      },
      cancel: () => this.#end(),
    }, { highWaterMark: 0, size: ({ byteLength }) => byteLength });
  }

  send(frame: Frame): void {
    if (this.#open) this.#controller.enqueue(typeof frame === "string" ? UTF8.encode(frame) : frame);
  }

  /** The last event says why. Who does not read does not get it: it is cut off. */
  close(code: number, reason: string): void {
    if (!this.#open) return;
    if (this.buffered() > LAG_BYTES) this.#controller.error(new Error(reason));
    else {
      this.send(eventText({ name: "close", data: JSON.stringify({ type: "close", code, reason }) }));
      this.#controller.close();
    }
    this.#end();
  }

  buffered(): number {
    return this.#open ? -(this.#controller.desiredSize ?? 0) : 0;
  }

  #end(): void {
    if (!this.#open) return;
    this.#open = false;
    this.left();
  }
}
