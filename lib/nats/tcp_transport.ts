import { connect as connectTcp, isIP, type Socket } from "node:net";
import { connect as connectTls } from "node:tls";
import type { ConnectionOptions, Server, TlsOptions } from "@nats-io/nats-core";
import type { Transport } from "@nats-io/nats-core/internal";
import { defined } from "../util/defined.ts";

/** The longest first line that a server is let say. */
const MAX_INFO_BYTES = 1 << 20;

/**
 * Deno up to 2.7 reads on as soon as an event is over, and then a socket cannot be encrypted any more: the handshake hangs.
 * From 2.8 on it is the other way round: what is encrypted within the event hangs now and then.
 */
const ENCRYPTS_AFTER_EVENT = isAtLeast(Deno.version.deno, 2, 8);

function isAtLeast(version: string, major: number, minor: number): boolean {
  const [itsMajor = 0, itsMinor = 0] = version.split(".").map(Number);
  return itsMajor > major || (itsMajor === major && itsMinor >= minor);
}

/** What is told of a connection beside what the client asks for. */
export interface TransportOptions {
  /** It has ended, and why. */
  readonly ended?: (why: string) => void;
}

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
  #ended: TransportOptions["ended"];
  /** Called when something has come, or nothing will any more. */
  #wake = () => {};

  get isClosed(): boolean {
    return this.#isDone;
  }

  isEncrypted(): boolean {
    return this.#isEncrypted;
  }

  async connect({ hostname, port, tlsName }: Server, options: ConnectionOptions): Promise<void> {
    const { tls, ended } = options as ConnectionOptions & TransportOptions;
    this.#ended = ended;
    try {
      const plain = connectTcp({ host: hostname, port });
      plain.setNoDelay(true);
      this.#hold(plain);
      let isWanted: boolean | undefined;
      const encrypt = () => void (isWanted && this.#encrypt(plain, tlsName || hostname, tls ?? {}));
      await this.#until(() => {
        const info = this.#info();
        if (info === undefined) return false;
        const isOffered = info.tls_required === true || info.tls_available === true;
        if (tls && !isOffered) throw new Error("the NATS server does not speak TLS");
        if (info.tls_verify === true && !tls?.cert) {
          throw new Error(
            "the NATS server wants to see a certificate: NATS_TLS_CERT and NATS_TLS_KEY name it",
          );
        }
        isWanted = isOffered && tls !== null;
        if (!ENCRYPTS_AFTER_EVENT) encrypt();
        return true;
      });
      if (ENCRYPTS_AFTER_EVENT) encrypt();
      if (isWanted) await this.#event("secureConnect");
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

  #encrypt(plain: Socket, host: string, { ca, cert, key }: TlsOptions): void {
    if (cert !== undefined && !isAtLeast(Deno.version.deno, 2, 5)) {
      throw new Error("a certificate of its own is shown by Deno 2.5 and later only");
    }
    plain.removeAllListeners("data");
    const named = isIP(host) === 0 ? { servername: host } : {};
    this.#hold(connectTls({ socket: plain, host, ...named, ...defined({ ca, cert, key }) }));
    this.#isEncrypted = true;
  }

  /** What a server says first, once all of it has come; it stays to be read by the client. */
  #info(): Record<string, unknown> | undefined {
    const text = this.#received.map((bytes) => new TextDecoder().decode(bytes)).join("");
    const line = /^INFO (.*)\r\n/.exec(text)?.[1];
    if (line !== undefined) return JSON.parse(line);
    if (text.includes("\r\n") || text.length > MAX_INFO_BYTES) throw new Error("this is no NATS server");
    return undefined;
  }

  /** Settles once something is so; it is looked at within the event that brought something. */
  async #until(isSo: () => boolean): Promise<void> {
    await new Promise<void>((resolve, reject) => {
      this.#wake = () => {
        try {
          this.#throwIfDone();
          if (!isSo()) return;
          this.#wake = () => {};
          resolve();
        } catch (error) {
          reject(error);
        }
      };
    });
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
    if (error !== undefined) this.#ended?.(error.message);
    // The inner one of two closes with the outer one; a second time does no harm.
    for (const socket of this.#sockets.reverse()) socket.destroy();
    this.#wake();
    if (this.#isOpen) this.#closed.resolve(error);
  }
}
