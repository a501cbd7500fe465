import type { ClientConnection } from "./client_connection.ts";

/** A line of the log, secrets redacted. */
export interface LogLine {
  /** Counts from 1 since the start. */
  readonly number: number;
  readonly text: string;
}

/** What whoever runs the proxy can see and do; nobody else is asked to. */
export interface Operation {
  connections(): Iterable<ClientConnection>;
  /** Closes a client. Answers whether there is one with this number. */
  disconnect(number: number): boolean;
  /**
   * How the whole proxy stands, as plain data.
   *
   * @param after The number of the last line of the log that the caller has.
   */
  overview(after: number): Record<string, unknown>;
}
