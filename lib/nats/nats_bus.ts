import { getLogger } from "@logtape/logtape";
import type { ConnectionOptions, NatsConnection } from "@nats-io/nats-core";
import { type Bus, type BusMessage, DEFAULT_MAX_BYTES, tooLong } from "./bus.ts";
import { connectionCredentials, type NatsCredentials } from "./credentials.ts";
import type { TransportOptions } from "./tcp_transport.ts";

/** How the server is reached. */
export interface NatsOptions extends NatsCredentials {
  /** Addresses such as `nats://127.0.0.1:4222`; several of one cluster. */
  readonly servers: readonly string[];
  /** Shown in the server's own reports. */
  readonly name: string;
  /** Where answers arrive. */
  readonly inbox: string;
  /** In place of some of {@linkcode CONNECTION_OPTIONS}. */
  readonly waits?: Pick<
    ConnectionOptions,
    "pingInterval" | "reconnectTimeWait" | "reconnectJitter" | "timeout"
  >;
}

/**
 * What the client's own settings would hide: pings each two minutes show old prices as live ones for minutes, ten
 * tries to reconnect leave an edge dead in the evening, and a handshake may hang for twenty seconds.
 */
export const CONNECTION_OPTIONS = {
  pingInterval: 1_000,
  maxPingOut: 2,
  maxReconnectAttempts: -1,
  reconnectTimeWait: 500,
  reconnectJitter: 500,
  reconnectJitterTLS: 500,
  timeout: 2_000,
  noEcho: true,
  /** Credentials may be put right at the server while this program runs. */
  ignoreAuthErrorAbort: true,
  noAsyncTraces: true,
} as const satisfies ConnectionOptions;

/** What the longest list of instruments takes; packets and last values are divided to any length. */
const NEEDED_BYTES = 128 * 1024;

/** Between two tries to reach a server that was never reached yet. */
const RETRY_MS = 1_000;

const log = getLogger(["nats"]);

interface Subscribed {
  readonly subject: string;
  readonly receive: (message: BusMessage) => void;
  /** The server does not allow it; the client forgets it then. */
  isRefused: boolean;
  end: () => void;
}

/**
 * Connects, for as long as it takes, and stays connected; the client's code is loaded here and nowhere else.
 */
export async function connectNats(options: NatsOptions): Promise<Bus> {
  const client = await import("@nats-io/nats-core/internal");
  const { TcpTransport } = await import("./tcp_transport.ts");
  client.setTransportFactory({ factory: () => new TcpTransport() });
  const { servers, name, inbox, waits } = options;
  /** Why the last connection ended. The client waits for an answer even then, and says no more than that none came. */
  let ended: string | undefined;
  const connection: ConnectionOptions & TransportOptions = {
    ...CONNECTION_OPTIONS,
    ...connectionCredentials(options, servers, client),
    servers: servers.map((server) => server.replace(/^[a-z]+:\/\//, "")),
    name,
    inboxPrefix: inbox,
    ended: (why) => ended = why,
    ...waits,
  };
  const subscribed = new Set<Subscribed>();
  const listeners = new Set<() => void>();
  let nats: NatsConnection | undefined;
  let connected = false;
  let trouble: string | undefined = "the server was not reached yet";
  let stopping = false;
  let endWait = () => {};

  const maxBytes = () => nats?.info?.max_payload ?? DEFAULT_MAX_BYTES;

  function changed(isConnected: boolean, why?: string): void {
    if (stopping || (connected === isConnected && trouble === why)) return;
    const before = connected;
    connected = isConnected;
    trouble = why;
    if (isConnected) {
      log.info("connected to {server}", { server: nats?.getServer() });
      if (maxBytes() < NEEDED_BYTES) {
        log.warn("{why} to {needed}", { why: tooLong(maxBytes()), needed: NEEDED_BYTES });
      }
    } else log.warn("not connected: {why}", { why });
    if (before !== isConnected) { for (const listener of [...listeners]) listener(); }
  }

  function listen(entry: Subscribed, live: NatsConnection): void {
    entry.isRefused = false;
    const subscription = live.subscribe(entry.subject, {
      callback(error, message) {
        if (error !== null) entry.isRefused = true;
        else entry.receive({ subject: message.subject, payload: message.data, reply: message.reply });
      },
    });
    entry.end = () => {
      if (!live.isClosed()) subscription.unsubscribe();
    };
  }

  /** Until the connection is given up. */
  async function follow(live: NatsConnection): Promise<void> {
    for await (const status of live.status()) {
      if (status.type === "disconnect") {
        // Also the end of each try to connect again, of which there is more to say.
        if (connected) changed(false, "the connection to the NATS server is lost");
      } else if (status.type === "staleConnection") changed(false, "the NATS server does not answer pings");
      else if (status.type === "reconnect") {
        // It may be allowed by now.
        for (const entry of subscribed) if (entry.isRefused) listen(entry, live);
        changed(true);
      } else if (status.type === "error") {
        if (isRefusal(status.error)) changed(false, whyNot(status.error));
        else log.error("the NATS server says: {error}", { error: status.error.message });
      }
    }
  }

  async function dial(): Promise<void> {
    while (!stopping) {
      ended = undefined;
      try {
        const live = await client.NatsConnectionImpl.connect(connection);
        if (stopping) return await live.close();
        nats = live;
        for (const entry of subscribed) listen(entry, live);
        changed(true);
        await follow(live);
        changed(false, "the connection to the NATS server is closed");
      } catch (error) {
        changed(false, whyNot(error as Error));
      }
      if (stopping) return;
      await new Promise<void>((resolve) => {
        const timer = setTimeout(resolve, RETRY_MS);
        endWait = () => {
          clearTimeout(timer);
          resolve();
        };
      });
    }
  }

  const isRefusal = (error: Error): boolean =>
    error instanceof client.AuthorizationError || error instanceof client.UserAuthenticationExpiredError;

  /** A word of the server about who is let in, or of the system about the network; never what was sent to it. */
  function whyNot(error: Error): string {
    if (error instanceof client.AuthorizationError) return "the NATS server refuses these credentials";
    if (error instanceof client.UserAuthenticationExpiredError) return "these credentials have expired";
    if (error instanceof client.TimeoutError) return ended ?? "the NATS server did not answer in time";
    return error.message;
  }

  const dialling = dial();

  return {
    get connected() {
      return connected;
    },
    get trouble() {
      return trouble;
    },
    get maxBytes() {
      return maxBytes();
    },
    publish(subject, payload) {
      if (!connected || nats === undefined || nats.isClosed()) return false;
      if (payload.length > maxBytes()) {
        // Whoever waits for the message notices.
        log.error("{subject}: {bytes} bytes cannot be sent: {why}", {
          subject,
          bytes: payload.length,
          why: tooLong(maxBytes()),
        });
        return false;
      }
      nats.publish(subject, payload);
      return true;
    },
    subscribe(subject, receive) {
      const entry: Subscribed = { subject, receive, isRefused: false, end: () => {} };
      subscribed.add(entry);
      if (nats !== undefined && !nats.isClosed()) listen(entry, nats);
      return () => {
        if (subscribed.delete(entry)) entry.end();
      };
    },
    async request(subject, payload, timeout) {
      if (!connected || nats === undefined) throw new Error(trouble ?? "not connected to the NATS server");
      if (payload.length > maxBytes()) throw new Error(tooLong(maxBytes()));
      try {
        return (await nats.request(subject, payload, { timeout })).data;
      } catch (error) {
        if (error instanceof client.TimeoutError) throw new Error("the hub did not answer in time");
        for (const each of [error, (error as Error).cause]) {
          if (each instanceof client.NoRespondersError) throw new Error("no hub listens at the NATS server");
          if (each instanceof client.PermissionViolationError) {
            const what = each.operation === "publish" ? "publish" : "listen";
            throw new Error(`the NATS server does not let this program ${what} at ${each.subject}`);
          }
        }
        throw new Error("the hub could not be asked");
      }
    },
    onChange(listener) {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    async stop() {
      if (connected) await nats?.flush().catch(() => {});
      stopping = true;
      connected = false;
      endWait();
      await nats?.close();
      await dialling;
    },
  };
}
