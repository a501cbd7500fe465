import { getLogger } from "@logtape/logtape";
import type { Clock } from "../util/clock.ts";
import { addressKey } from "./address.ts";

/** A certificate chain and its key, in PEM. */
export interface Certificate {
  readonly cert: string;
  readonly key: string;
}

export interface ListenerOptions {
  readonly hostname: string;
  /** 0 for any free one. */
  readonly port: number;
  readonly certificate?: Certificate;
  readonly clock: Clock;
  /** Connections at a time, in all and of one address, those that have not said anything yet included. */
  readonly maxConnections: number;
  readonly maxConnectionsPerAddress: number;
  /** Answers a request; never rejects. */
  readonly handler: (request: Request, remote: Deno.NetAddr) => Promise<Response>;
  /** A connection was turned away for the reason named. */
  readonly refused: (reason: "connections") => void;
}

export interface Listener {
  readonly hostname: string;
  readonly port: number;
  /**
   * New connections get another certificate; those that are open keep theirs.
   *
   * @throws {Error} It is broken, or is not the key's; nothing has changed.
   */
  changeCertificate(certificate: Certificate): Promise<void>;
  /** Lets no one in any more, and ends all connections that did not become WebSockets. */
  close(): void;
}

/**
 * Within this a connection has to bring a whole request, and again after each answer; and within this it has to take
 * the answer. What became a WebSocket is no longer ours to time. Under TLS the runtime lets no connection go whose
 * handshake has not come: only what follows it is timed.
 */
const PATIENCE_MS = 10_000;

/** After a failure that was not one connection's alone, such as no more file descriptors. */
const AGAIN_MS = 100;

const log = getLogger(["server"]);

/**
 * The runtime's HTTP server for one connection. Deno 2 runs it without declaring it, and it is the only way to its
 * server that leaves the connection in our hands: `Deno.serve` waits for ever for a request that never ends, and
 * cannot take another certificate.
 */
interface HttpConn {
  nextRequest(): Promise<{ request: Request; respondWith(response: Response): Promise<void> } | null>;
  close(): void;
}

const serveHttp = (Deno as unknown as { serveHttp?: (conn: Deno.Conn) => HttpConn }).serveHttp;

type TcpOrTlsListener = Deno.TcpListener | Deno.TlsListener;

/** @throws {Error} The port is taken, or may not be used; the message says what would do. */
export function listen(options: ListenerOptions): Listener {
  return serveHttp === undefined ? new PlainListener(options) : new PatientListener(options, serveHttp);
}

/** Accepts connections itself, and ends those that keep it waiting. */
class PatientListener implements Listener {
  #listener: TcpOrTlsListener;
  #closed = false;
  /** Settles when the present listener is let go of. */
  #accepting: Promise<void>;
  readonly #open = new Set<() => void>();
  readonly #byAddress = new Map<string, number>();
  readonly hostname: string;
  readonly port: number;

  constructor(
    private readonly options: ListenerOptions,
    private readonly serveHttp: (conn: Deno.Conn) => HttpConn,
  ) {
    const { hostname, port, certificate } = options;
    this.#listener = explained(options, () => bind(hostname, port, certificate));
    this.hostname = this.#listener.addr.hostname;
    this.port = this.#listener.addr.port;
    this.#accepting = this.#acceptAll(this.#listener);
  }

  async changeCertificate(certificate: Certificate): Promise<void> {
    // Whether it is good shows on a port of its own, before the one in use is let go of.
    bind("127.0.0.1", 0, certificate).close();
    this.#listener.close();
    await this.#accepting;
    this.#rebind(certificate);
  }

  #rebind(certificate: Certificate): void {
    if (this.#closed) return;
    try {
      this.#listener = bind(this.options.hostname, this.port, certificate);
      this.#accepting = this.#acceptAll(this.#listener);
    } catch (error) {
      log.error("the port cannot be listened on again yet: {error}", { error });
      this.options.clock.after(AGAIN_MS, () => this.#rebind(certificate));
    }
  }

  close(): void {
    this.#closed = true;
    try {
      this.#listener.close();
    } catch {
      // It is being bound anew.
    }
    for (const end of this.#open) end();
  }

  async #acceptAll(listener: TcpOrTlsListener): Promise<void> {
    while (!this.#closed) {
      try {
        const conn = await listener.accept();
        // Or else the system holds a batch back until the one before it is acknowledged: up to 40 ms. Connections under
        // TLS have no such switch.
        if ("setNoDelay" in conn) conn.setNoDelay(true);
        this.#serve(conn, conn.remoteAddr);
      } catch (error) {
        // What `close` does to the waiting.
        if (error instanceof Deno.errors.BadResource || error instanceof Deno.errors.Interrupted) return;
        log.error("a connection could not be accepted: {error}", { error });
        await new Promise<void>((resolve) => this.options.clock.after(AGAIN_MS, resolve));
      }
    }
  }

  async #serve(conn: Deno.Conn, remote: Deno.NetAddr): Promise<void> {
    const { handler, clock, maxConnections, maxConnectionsPerAddress, refused } = this.options;
    const key = addressKey(remote.hostname);
    const count = this.#byAddress.get(key) ?? 0;
    if (this.#open.size >= maxConnections || count >= maxConnectionsPerAddress) {
      refused("connections");
      return conn.close();
    }
    this.#byAddress.set(key, count + 1);
    const http = this.serveHttp(conn);
    const end = () => closeQuietly(http);
    this.#open.add(end);
    let disarm = clock.after(PATIENCE_MS, end);
    try {
      for (let event; (event = await http.nextRequest()) !== null;) {
        disarm();
        const response = await handler(event.request, remote);
        disarm = clock.after(PATIENCE_MS, end);
        await event.respondWith(response);
        if (response.status === 101) break;
      }
    } catch {
      // A connection that broke, or was ended by us while it was waited for.
    } finally {
      disarm();
      end();
      this.#open.delete(end);
      const left = (this.#byAddress.get(key) ?? 1) - 1;
      if (left > 0) this.#byAddress.set(key, left);
      else this.#byAddress.delete(key);
    }
  }
}

/** For a runtime without the means for the other: without limits of time and number, and with one certificate for good. */
class PlainListener implements Listener {
  readonly #server: Deno.HttpServer<Deno.NetAddr>;
  readonly hostname: string;
  readonly port: number;

  constructor(options: ListenerOptions) {
    const { hostname, port, certificate, handler } = options;
    log.warn(
      "this Deno cannot end connections that never say anything: let only those connect that you trust",
    );
    this.#server = explained(options, () =>
      Deno.serve(
        { hostname, port, ...certificate, onListen: () => {} },
        (request, { remoteAddr }) => handler(request, remoteAddr),
      ));
    this.hostname = this.#server.addr.hostname;
    this.port = this.#server.addr.port;
  }

  changeCertificate(): Promise<void> {
    return Promise.reject(new Error("this Deno takes another certificate only with a restart"));
  }

  close(): void {
    this.#server.shutdown().catch(() => {});
  }
}

function bind(hostname: string, port: number, certificate?: Certificate): TcpOrTlsListener {
  return certificate === undefined
    ? Deno.listen({ hostname, port })
    : Deno.listenTls({ hostname, port, ...certificate });
}

function explained<Result>({ hostname, port }: ListenerOptions, begin: () => Result): Result {
  try {
    return begin();
  } catch (error) {
    const why = error instanceof Deno.errors.AddrInUse
      ? "it is taken; stop the program that holds it, or choose another with --port or PORT"
      : error instanceof Error
      ? error.message
      : String(error);
    throw new Error(`Cannot listen on ${hostname}:${port}: ${why}`, { cause: error });
  }
}

function closeQuietly(http: HttpConn): void {
  try {
    http.close();
  } catch {
    // It has ended already, or has become a WebSocket.
  }
}
