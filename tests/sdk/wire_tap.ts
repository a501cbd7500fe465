/** Listens in on a WebSocket server: a plain TCP relay that keeps the data frames that the server sent. */

/** A data frame: text, or the bytes of a binary one. */
export type Frame = string | Uint8Array;

export class WireTap implements AsyncDisposable {
  /** What the server sent, in its order, over all connections. */
  readonly frames: Frame[] = [];
  readonly #listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  readonly #connections = new Set<Deno.TcpConn>();
  readonly #relays: Promise<void>[] = [];
  readonly #accepting: Promise<void>;

  constructor(readonly target: URL) {
    this.#accepting = this.#accept();
  }

  /** The server's address with the relay in between. */
  get url(): string {
    const url = new URL(this.target);
    url.port = String(this.#listener.addr.port);
    return url.href;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#listener.close();
    for (const connection of this.#connections) closeQuietly(connection);
    await this.#accepting;
    await Promise.all(this.#relays);
  }

  async #accept(): Promise<void> {
    for await (const client of this.#listener) {
      this.#connections.add(client);
      const server = await Deno.connect({ hostname: this.target.hostname, port: Number(this.target.port) });
      this.#connections.add(server);
      const reader = new FrameReader((frame) => this.frames.push(frame));
      this.#relays.push(relay(client, server), relay(server, client, (bytes) => reader.read(bytes)));
    }
  }
}

async function relay(from: Deno.TcpConn, to: Deno.TcpConn, tap?: (bytes: Uint8Array) => void): Promise<void> {
  const buffer = new Uint8Array(64 * 1024);
  try {
    for (let count; (count = await from.read(buffer)) !== null;) {
      const bytes = buffer.subarray(0, count);
      tap?.(bytes);
      for (let sent = 0; sent < count;) sent += await to.write(bytes.subarray(sent));
    }
    await to.closeWrite();
  } catch {
    closeQuietly(from);
    closeQuietly(to);
  }
}

function closeQuietly(connection: Deno.TcpConn): void {
  try {
    connection.close();
  } catch {
    // It is closed.
  }
}

/** Reads unmasked, unfragmented frames after the answer to the handshake: what a good server sends. */
class FrameReader {
  #rest = new Uint8Array();
  #upgraded = false;

  constructor(readonly found: (frame: Frame) => void) {}

  read(bytes: Uint8Array): void {
    const all = new Uint8Array(this.#rest.length + bytes.length);
    all.set(this.#rest);
    all.set(bytes, this.#rest.length);
    let at = this.#upgraded ? 0 : afterHead(all);
    this.#upgraded = at >= 0;
    if (this.#upgraded) at = this.#readFrames(all, at);
    this.#rest = all.slice(Math.max(at, 0));
  }

  /** Where the first incomplete frame begins. */
  #readFrames(all: Uint8Array, from: number): number {
    const view = new DataView(all.buffer);
    for (let at = from;;) {
      if (all.length < at + 4) return at;
      const long = all[at + 1] === 126;
      const begin = at + (long ? 4 : 2);
      const end = begin + (long ? view.getUint16(at + 2) : all[at + 1])!;
      if (all.length < end) return at;
      const opcode = all[at]! & 0x0f;
      if (opcode === 1) this.found(new TextDecoder().decode(all.subarray(begin, end)));
      if (opcode === 2) this.found(all.slice(begin, end));
      at = end;
    }
  }
}

/** Where the body of an HTTP answer begins, or -1. */
function afterHead(bytes: Uint8Array): number {
  const at = new TextDecoder("latin1").decode(bytes).indexOf("\r\n\r\n");
  return at < 0 ? -1 : at + 4;
}
