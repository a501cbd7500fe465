import { gunzipSync } from "node:zlib";
import { Buffer } from "node:buffer";

// deno-lint-ignore no-explicit-any
export type Message = Record<string, any>;

/** A client as a user would write one: a real WebSocket that keeps what it hears. */
export interface TestClient {
  readonly messages: Message[];
  /** Every tick of every data message, in order. */
  readonly ticks: Message[];
  /** Data messages. */
  readonly batches: Message[];
  readonly news: Message[];
  readonly closed: { code: number; reason: string } | undefined;
  send(message: unknown): void;
  sendRaw(data: string | Uint8Array<ArrayBuffer>): void;
  /** Answers to commands, in order. */
  readonly answers: Message[];
  /** Settles with the next message. */
  heard(): Promise<void>;
  close(): Promise<void>;
  readonly gone: Promise<void>;
}

export function connectClient(url: string): Promise<TestClient> {
  const socket = new WebSocket(url);
  const messages: Message[] = [];
  const ticks: Message[] = [];
  const batches: Message[] = [];
  const news: Message[] = [];
  const answers: Message[] = [];
  let listening: (() => void)[] = [];
  let closed: { code: number; reason: string } | undefined;
  const gone = new Promise<void>((resolve) => {
    socket.onclose = ({ code, reason }) => {
      closed = { code, reason };
      resolve();
    };
  });
  socket.onmessage = ({ data }) => {
    const message: Message = JSON.parse(data);
    messages.push(message);
    if (message.type === "market_data") {
      batches.push(message);
      ticks.push(...ticksOf(message));
    } else if (message.type === "system") news.push(message);
    else if (message.status !== undefined) answers.push(message);
    for (const resolve of listening) resolve();
    listening = [];
  };
  return new Promise((resolve, reject) => {
    socket.onerror = (event) =>
      reject(new Error(`cannot connect to ${url}: ${(event as ErrorEvent).message}`));
    socket.onopen = () => {
      socket.onerror = () => {};
      resolve({
        messages,
        ticks,
        batches,
        news,
        answers,
        gone,
        get closed() {
          return closed;
        },
        send: (message) => socket.send(JSON.stringify(message)),
        heard: () => new Promise((resolve) => listening.push(resolve)),
        sendRaw: (data) => socket.send(data),
        close() {
          socket.close();
          return gone;
        },
      });
    };
  });
}

export function ticksOf(message: Message): Message[] {
  if (!message.compressed) return message.data;
  return JSON.parse(gunzipSync(Buffer.from(message.data, "base64")).toString());
}
