/** How we close a client's socket. The reason says what to do; it may have 123 bytes at most. */
export interface Close {
  readonly code: number;
  readonly reason: string;
}

export const CLOSE = {
  shutdown: { code: 1001, reason: "Server shutting down" },
  tooLarge: { code: 1009, reason: "A command may have 64 KiB; split it" },
  tooSlow: { code: 1013, reason: "Did not read for 30 s; read faster, subscribe to less, or reconnect" },
} as const satisfies Record<string, Close>;
