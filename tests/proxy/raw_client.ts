import { type Message, ticksOf } from "./test_client.ts";

/** The head of a WebSocket handshake that the proxy takes. */
export function handshake(port: number, headers: Record<string, string> = {}, path = "/"): string {
  const lines = Object.entries({
    host: `127.0.0.1:${port}`,
    upgrade: "websocket",
    connection: "Upgrade",
    "sec-websocket-version": "13",
    "sec-websocket-key": "dGhlIHNhbXBsZSBub25jZQ==",
    ...headers,
  }).map(([name, value]) => `${name}: ${value}\r\n`);
  return `GET ${path} HTTP/1.1\r\n${lines.join("")}\r\n`;
}

/** A client that speaks WebSocket by hand, so that it can stop reading, or say what no library would. */
export class RawClient {
  #pending = new Uint8Array(0);
  /** The code of the other side's close frame. */
  closeCode: number | undefined;

  private constructor(private readonly conn: Deno.TcpConn) {}

  /** Connects and shakes hands; `status` is that of the answer. */
  static async connect(
    port: number,
    path = "/",
    headers: Record<string, string> = {},
  ): Promise<{ client: RawClient; status: number; head: string }> {
    const conn = await Deno.connect({ hostname: "127.0.0.1", port });
    const client = new RawClient(conn);
    await client.write(new TextEncoder().encode(handshake(port, headers, path)));
    let head = "";
    while (!head.includes("\r\n\r\n")) {
      const bytes = await client.#read();
      if (bytes === undefined) break;
      head += String.fromCharCode(...bytes);
    }
    const end = head.indexOf("\r\n\r\n") + 4;
    client.#pending = Uint8Array.from(head.slice(end), (letter) => letter.charCodeAt(0));
    return { client, status: Number(/^HTTP\/1\.1 (\d+)/.exec(head)?.[1]), head };
  }

  async write(bytes: Uint8Array): Promise<void> {
    for (let at = 0; at < bytes.length;) at += await this.conn.write(bytes.subarray(at));
  }

  /** Sends a message of JSON. */
  send(message: unknown): Promise<void> {
    return this.sendFrame(1, JSON.stringify(message));
  }

  /** Sends a frame, masked with zeros as the RFC permits. */
  sendFrame(opcode: number, content: string): Promise<void> {
    const payload = new TextEncoder().encode(content);
    const head = payload.length < 126
      ? [0x80 | opcode, 0x80 | payload.length]
      : [0x80 | opcode, 0xfe, payload.length >> 8, payload.length & 255];
    return this.write(Uint8Array.from([...head, 0, 0, 0, 0, ...payload]));
  }

  /** The next frame of any kind; undefined when the connection has ended. */
  async nextFrame(): Promise<{ opcode: number; payload: Uint8Array } | undefined> {
    while (true) {
      const frame = this.#takeFrame();
      if (frame !== undefined) return frame;
      const bytes = await this.#read();
      if (bytes === undefined) return undefined;
      this.#keep(bytes);
    }
  }

  async #read(most = 256 * 1024): Promise<Uint8Array | undefined> {
    const buffer = new Uint8Array(most);
    const count = await this.conn.read(buffer).catch(() => null);
    return count === null ? undefined : buffer.subarray(0, count);
  }

  /** Takes so many bytes at most off the socket, and answers the messages that are whole now. */
  async readSome(most: number): Promise<Message[]> {
    this.#keep(await this.#read(most) ?? new Uint8Array(0));
    return this.#takeMessages();
  }

  #keep(bytes: Uint8Array): void {
    const joined = new Uint8Array(this.#pending.length + bytes.length);
    joined.set(this.#pending);
    joined.set(bytes, this.#pending.length);
    this.#pending = joined;
  }

  #takeMessages(): Message[] {
    const messages: Message[] = [];
    for (let frame; (frame = this.#takeFrame()) !== undefined;) {
      if (frame.opcode === 1) messages.push(JSON.parse(new TextDecoder().decode(frame.payload)));
      if (frame.opcode === 8) this.closeCode = frame.payload[0]! << 8 | frame.payload[1]!;
    }
    return messages;
  }

  /** Reads until a message is as asked for, or the connection ends; answers the messages of it. */
  async readUntil(isLast: (message: Message) => boolean): Promise<Message[]> {
    const messages: Message[] = [];
    while (true) {
      for (let frame; (frame = this.#takeFrame()) !== undefined;) {
        if (frame.opcode === 8) {
          this.closeCode = frame.payload[0]! << 8 | frame.payload[1]!;
          return messages;
        }
        if (frame.opcode !== 1) continue;
        const message: Message = JSON.parse(new TextDecoder().decode(frame.payload));
        messages.push(message);
        if (isLast(message)) return messages;
      }
      const bytes = await this.#read();
      if (bytes === undefined) return messages;
      this.#keep(bytes);
    }
  }

  #takeFrame(): { opcode: number; payload: Uint8Array } | undefined {
    const bytes = this.#pending;
    if (bytes.length < 2) return undefined;
    const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    const short = bytes[1]! & 127;
    const head = short < 126 ? 2 : short === 126 ? 4 : 10;
    if (bytes.length < head) return undefined;
    const length = short < 126 ? short : short === 126 ? view.getUint16(2) : Number(view.getBigUint64(2));
    if (bytes.length < head + length) return undefined;
    this.#pending = bytes.subarray(head + length);
    return { opcode: bytes[0]! & 15, payload: bytes.subarray(head, head + length) };
  }

  close(): void {
    this.conn.close();
  }
}

export { ticksOf };
