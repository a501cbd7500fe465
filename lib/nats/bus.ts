/** What hub and edges need of a message bus. NATS is one; the tests have another in the hand. */

export interface BusMessage {
  readonly subject: string;
  /** Good to keep; it is not to be changed. */
  readonly payload: Uint8Array;
  /** Where an answer is to go; none is expected where this is undefined. */
  readonly reply?: string | undefined;
}

/** What servers take by default. */
export const DEFAULT_MAX_BYTES = 1024 * 1024;

/** Why a message cannot be sent. */
export function tooLong(maxBytes: number): string {
  return `the NATS server takes messages of ${maxBytes} bytes at most: raise its max_payload`;
}

export interface Bus {
  /** Whether the server can be reached, as far as that is known. */
  readonly connected: boolean;
  /** Why it is not connected, in words that may be shown to anyone. */
  readonly trouble: string | undefined;
  /** What one message may hold at the server, as far as that is known. */
  readonly maxBytes: number;
  /**
   * Sends a message now, or never: what would have to wait for a connection is not sent, since it would be old then.
   *
   * @returns Whether it was handed to a connection, and is not too long for the server.
   */
  publish(subject: string, payload: Uint8Array): boolean;
  /** @param subject May hold `*` for one part of it. The answer ends the subscription. */
  subscribe(subject: string, receive: (message: BusMessage) => void): () => void;
  /** @throws {Error} Nobody has answered in time; the message may be shown to anyone. */
  request(subject: string, payload: Uint8Array, timeoutMs: number): Promise<Uint8Array>;
  /** Calls `changed` each time that the connection is lost or is there again. The answer ends that. */
  onChange(changed: () => void): () => void;
  /** Leaves; what was published before still goes out. */
  stop(): Promise<void>;
}
