import { Buffer } from "node:buffer";
import { gunzipSync } from "node:zlib";
import type { ClientSocket } from "../../lib/clients/delivery/outbox.ts";

/** A data message with its ticks unpacked. */
export interface DataMessage {
  readonly compressed: boolean;
  readonly seq: number;
  readonly snapshot?: boolean;
  readonly stale?: boolean;
  readonly conflated?: number;
  readonly ticks: Record<string, unknown>[];
}

/** A client's socket that keeps what it is given. */
export class FakeSocket implements ClientSocket {
  readonly frames: string[] = [];
  readonly closes: { code: number; reason: string }[] = [];
  /** What `buffered` answers: bytes that the client has not taken. */
  held = 0;
  /** When set, every send throws it. */
  failure: Error | undefined;
  #wake: (() => void)[] = [];
  /** Frames as they were read, by their places: long tests ask for the messages again and again. */
  readonly #read: { readonly frame: string; readonly message: Record<string, unknown> }[] = [];

  send(text: string): void {
    if (this.failure !== undefined) throw this.failure;
    this.frames.push(text);
    for (const wake of this.#wake.splice(0)) wake();
  }

  close(code: number, reason: string): void {
    this.closes.push({ code, reason });
  }

  buffered(): number {
    return this.held;
  }

  /** Waits until a frame like this has been sent. */
  async until(found: (frame: string) => boolean): Promise<void> {
    while (!this.frames.some(found)) await new Promise<void>((resolve) => this.#wake.push(resolve));
  }

  /** Everything but data, parsed. */
  messages(): Record<string, unknown>[] {
    return this.#messages().filter(({ type }) => type !== "market_data");
  }

  data(): DataMessage[] {
    const messages = this.#messages();
    return this.frames.filter((_, place) => messages[place]!.type === "market_data").map(readData);
  }

  #messages(): Record<string, unknown>[] {
    return this.frames.map((frame, place) => {
      const read = this.#read[place];
      // A test may have taken frames away.
      if (read?.frame === frame) return read.message;
      const message = JSON.parse(frame);
      this.#read[place] = { frame, message };
      return message;
    });
  }

  /** Every tick that was sent, in order. */
  ticks(): Record<string, unknown>[] {
    return this.data().flatMap(({ ticks }) => ticks);
  }
}

/** Reads a data message as a client does: it looks at `compressed` and nothing else. */
export function readData(frame: string): DataMessage {
  const { data, ...message } = JSON.parse(frame);
  const json = message.compressed ? gunzipSync(Buffer.from(data, "base64")).toString() : undefined;
  return { ...message, ticks: json === undefined ? data : JSON.parse(json) };
}
