/** How we close a client's socket. The reason says what to do; it may have 123 bytes at most. */
export interface Close {
  readonly code: number;
  readonly reason: string;
}

export const CLOSE = {
  shutdown: { code: 1001, reason: "Server shutting down" },
  renewed: { code: 1012, reason: "The certificate was renewed; connect again" },
  noToken: { code: 1008, reason: "An access token is needed, in the address or as the first command" },
  wrongToken: { code: 1008, reason: "This access token is not known, or has expired" },
  tokenChanged: { code: 1008, reason: "This access token has expired, or its rights have changed" },
  feedDown: { code: 1013, reason: "The feed is down; connect again later" },
  idle: { code: 1008, reason: "No command came; subscribe soon after connecting, or send a ping" },
  tooMany: { code: 1008, reason: "Too many commands; one command may name 3000 instruments" },
  tooLarge: { code: 1009, reason: "The command is too large; split it" },
  tooSlow: { code: 1013, reason: "Did not read for 30 s; read faster, subscribe to less, or reconnect" },
  disconnected: { code: 1008, reason: "Closed by whoever runs the proxy" },
  noReplay: { code: 1008, reason: "This day cannot be replayed; the message before says why" },
  replays: { code: 1013, reason: "Too many replays at a time; try again later" },
  unread: { code: 1013, reason: "Does not read what it asked for; read the answers" },
} as const satisfies Record<string, Close>;
