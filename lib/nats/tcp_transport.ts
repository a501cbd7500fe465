import { connect as connectTcp, type Socket } from "node:net";
import { connect as connectTls } from "node:tls";
import type { ConnectionOptions, Server } from "@nats-io/nats-core";
import type { Transport } from "@nats-io/nats-core/internal";

/** The longest first line that a server is let say. */
const MAX_INFO_BYTES = 1 << 20;

/**
 * A connection for NATS's client, by TCP, and by TLS where the server offers it. That of the package
 * `@nats-io/transport-node` 3.4.0 leaves sockets behind that nobody listens to, when a handshake takes too long: an
 * error of one of them later ends the whole program. Here each socket has a listener from its first to its last moment.
 */
export class TcpTransport implements Transport {
  readonly lang = "deno";
  readonly version = "3.4.0";
  closeError: Error | undefined;
  readonly #closed = Promise.withResolvers<void | Error>();
  readonly #sockets: Socket[] = [];
  /** The one that carries the conversation. */
  #socket: Socket | undefined;
  #isEncrypted = false;
  #isOpen = false;
  #isDone = false;
  #received: Uint8Array[] = [];
  /** Called when something has come, or nothing will any more. */
  #wake = () => {};

  get isClosed(): boolean {
    return this.#isDone;
  }

  isEncrypted(): boolean {
    return this.#isEncrypted;
  }

  async connect({ hostname, port, tlsName }: Server, { tls }: ConnectionOptions): Promise<void> {
    try {
      const plain = connectTcp({ host: hostname, port });
      plain.setNoDelay(true);
      this.#hold(plain);
      const info = await this.#info();
      const isOffered = info.tls_required === true || info.tls_available === true;
      if (tls && !isOffered) throw new Error("the NATS server does not speak TLS");
      if (isOffered && tls !== null) {
        plain.removeAllListeners("data");
        const { ca, cert, key } = tls ?? {};
        const given = Object.entries({ ca, cert, key }).filter(([, text]) => text !== undefined);
        const options = { socket: plain, servername: tlsName || hostname, ...Object.fromEntries(given) };
        this.#hold(connectTls(options));
        this.#isEncrypted = true;
        await this.#event("secureConnect");
      }
      this.#isOpen = true;
    } catch (error) {
      this.#end(error as Error);
      throw error;
    }
  }

  async *[Symbol.asyncIterator](): AsyncIterableIterator<Uint8Array> {
    for (;;) {
      const received = this.#received;
      this.#received = [];
      yield* received;
      if (this.#received.length > 0) continue;
      if (this.#isDone) return;
      await new Promise<void>((resolve) => this.#wake = resolve);
    }
  }

  send(frame: Uint8Array): void {
    if (!this.#isDone) this.#socket?.write(frame);
  }

  close(error?: Error): Promise<void> {
    this.#end(error);
    return Promise.resolve();
  }

  disconnect(): void {
    this.#end();
  }

  closed(): Promise<void | Error> {
    return this.#closed.promise;
  }

  /** Nobody is told. */
  discard(): void {
    this.#isOpen = false;
    this.#end();
  }

  /** Listens to a socket for as long as there is one. */
  #hold(socket: Socket): void {
    this.#sockets.push(socket);
    this.#socket = socket;
    socket.on("error", (error) => this.#end(error));
    socket.on("close", () => this.#end());
    socket.on("data", (bytes) => {
      this.#received.push(bytes as Uint8Array);
      this.#wake();
    });
  }

  /** What a server says first; it stays to be read by the client. */
  async #info(): Promise<Record<string, unknown>> {
    for (;;) {
      const text = this.#received.map((bytes) => new TextDecoder().decode(bytes)).join("");
      const line = /^INFO (.*)\r\n/.exec(text)?.[1];
      if (line !== undefined) return JSON.parse(line);
      if (text.includes("\r\n") || text.length > MAX_INFO_BYTES) throw new Error("this is no NATS server");
      await new Promise<void>((resolve) => this.#wake = resolve);
      this.#throwIfDone();
    }
  }

  async #event(name: string): Promise<void> {
    await new Promise<void>((resolve) => {
      this.#socket!.once(name, () => resolve());
      this.#wake = resolve;
    });
    this.#throwIfDone();
  }

  #throwIfDone(): void {
    if (this.#isDone) throw this.closeError ?? new Error("the NATS server has closed the connection");
  }

  /** Only the end of what was open is told. */
  #end(error?: Error): void {
    if (this.#isDone) return;
    this.#isDone = true;
    this.closeError = error;
    // The inner one of two closes with the outer one; a second time does no harm.
    for (const socket of this.#sockets.reverse()) socket.destroy();
    this.#wake();
    if (this.#isOpen) this.#closed.resolve(error);
  }
}
