/** What one address, one client, or all of them together may take of us. */
export interface Limits {
  /** Clients connected at a time. */
  readonly clients: number;
  /** Those of one address. */
  readonly clientsPerAddress: number;
  /** New clients of one address, per second, over a longer time. */
  readonly handshakesPerSecond: number;
  /** How long a client may be connected before its first command, ms; 0 for ever. */
  readonly firstCommandMs: number;
  /** A client that is idle is pinged after half of this, and dropped when nothing came within it; whole seconds, in ms. */
  readonly deadAfterMs: number;
  /** The largest command, in bytes. */
  readonly commandBytes: number;
  /** Commands of one client, per second, over a longer time. */
  readonly commandsPerSecond: number;
  /** Instruments that one client may have subscribed; undefined for nine tenths of what the upstream carries, beside the watch list. */
  readonly subscriptions?: number | undefined;
}

export const DEFAULT_LIMITS: Limits = {
  clients: 1_000,
  clientsPerAddress: 200,
  handshakesPerSecond: 20,
  firstCommandMs: 60_000,
  deadAfterMs: 30_000,
  commandBytes: 64 * 1024,
  commandsPerSecond: 100,
};
