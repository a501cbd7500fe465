import { getLogger } from "@logtape/logtape";
import type { Clock } from "../util/clock.ts";

/** A certificate chain and its key, in PEM. */
export interface Certificate {
  readonly cert: string;
  readonly key: string;
}

export interface ListenerOptions {
  readonly hostname: string;
  /** 0 for any free one. */
  readonly port: number;
  /** With one, TLS is spoken. */
  readonly certificate?: Certificate | undefined;
  readonly clock: Clock;
  /** Answers a request; never rejects. */
  readonly handler: (request: Request, remote: Deno.NetAddr) => Promise<Response>;
}

export interface Listener {
  readonly hostname: string;
  readonly port: number;
  /**
   * Binds a new server with another certificate in place of the present one, on the same port.
   *
   * @param leave Closes the WebSockets of the present server: its end would close them without a word.
   * @throws {Error} It is broken, or is not the key's; nothing has changed.
   */
  changeCertificate(certificate: Certificate, leave: () => void): Promise<void>;
  /** Accepts no more connections; settles when those that are open have ended. */
  drain(): Promise<void>;
  /** Ends everything at once. */
  abort(): void;
}

/** The close frames of an old server's clients get this time to leave. */
const LEAVE_MS = 50;

/** For so long a new server tries to get the port of the old one. */
const REBIND_WITHIN_MS = 2_000;
const REBIND_EVERY_MS = 10;

const log = getLogger(["server"]);

/** `Deno.serve`, with a certificate that can be replaced. @throws {Error} The port is taken, or may not be used. */
export function listen(options: ListenerOptions): Listener {
  const { hostname, clock } = options;
  /** Servers that have connections, each with what ends it at once: the present one, and those before a renewal. */
  const running = new Map<Server, AbortController>();

  function bind(port: number, certificate: Certificate | undefined): Server {
    const abort = new AbortController();
    const server: Server = Deno.serve({
      hostname,
      port,
      ...certificate,
      signal: abort.signal,
      onListen: () => {},
      onError(error) {
        log.error("a request failed, a fault of the proxy; please report it: {error}", { error });
        return new Response("The proxy failed at this request; see its log\n", { status: 500 });
      },
    }, (request, { remoteAddr }) => options.handler(request, remoteAddr));
    running.set(server, abort);
    server.finished.catch((error) => log.warn("a listener ended with {error}", { error })).finally(() =>
      running.delete(server)
    );
    return server;
  }

  /** The port of the old server may be free only a moment after its listener was closed. */
  async function rebind(port: number, certificate: Certificate): Promise<Server> {
    const until = clock.elapsed() + REBIND_WITHIN_MS;
    for (;;) {
      try {
        return bind(port, certificate);
      } catch (error) {
        if (!(error instanceof Deno.errors.AddrInUse) || clock.elapsed() > until) throw error;
        await new Promise<void>((resolve) => clock.after(REBIND_EVERY_MS, resolve));
      }
    }
  }

  function bindFirst(): Server {
    try {
      return bind(options.port, options.certificate);
    } catch (error) {
      throw new Error(explain(options, error), { cause: error });
    }
  }

  let server = bindFirst();
  const { port } = server.addr;
  return {
    hostname: server.addr.hostname,
    port,
    async changeCertificate(certificate, leave) {
      // Another port shows whether the certificate can be used at all.
      await bind(0, certificate).shutdown();
      leave();
      await new Promise<void>((resolve) => clock.after(LEAVE_MS, resolve));
      const old = server;
      old.shutdown().catch(() => {});
      server = await rebind(port, certificate);
    },
    async drain() {
      await Promise.all(Array.from(running.keys(), (each) => each.shutdown()));
    },
    abort() {
      for (const abort of running.values()) abortQuietly(abort);
    },
  };
}

/**
 * Ends a server. One that has been told to shut down has given up its listener by then; the runtime wants to give it up
 * once more, fails with BadResource in its own listener of the signal, and would end the process before all is stopped.
 */
function abortQuietly(abort: AbortController): void {
  const expect = (event: ErrorEvent) => {
    if (event.error instanceof Deno.errors.BadResource) event.preventDefault();
  };
  // Within `abort()`, and gone with it.
  globalThis.addEventListener("error", expect);
  try {
    abort.abort();
  } finally {
    globalThis.removeEventListener("error", expect);
  }
}

type Server = Deno.HttpServer<Deno.NetAddr>;

function explain({ hostname, port }: ListenerOptions, error: unknown): string {
  const why = error instanceof Deno.errors.AddrInUse
    ? "it is taken; stop the program that holds it, or choose another with --port or PORT"
    : error instanceof Error
    ? error.message
    : String(error);
  return `Cannot listen on ${hostname}:${port}: ${why}`;
}
