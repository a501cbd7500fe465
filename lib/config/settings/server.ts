import { accessToken, boolean, host, origins, secret, text, whole } from "../schemas.ts";
import type { CommandName, SettingGroup } from "../setting.ts";

const SERVE: readonly CommandName[] = ["serve"];

/** Where clients connect, who may, and what they may take. */
export const SERVER_SETTINGS = {
  host: {
    env: "HOST",
    flag: "host",
    placeholder: "ADDRESS",
    schema: host,
    default: "0.0.0.0",
    commands: ["serve", "doctor"],
    help: "address to listen on; 127.0.0.1 for this machine alone",
  },
  port: {
    env: "PORT",
    flag: "port",
    placeholder: "NUMBER",
    schema: whole(0, 65_535),
    default: "8765",
    commands: ["serve", "doctor"],
    help: "port of the WebSocket and the page",
  },
  batchMs: {
    env: "BATCH_MS",
    flag: "batch-ms",
    placeholder: "MS",
    schema: whole(0, 1000),
    default: "10",
    commands: SERVE,
    help: "ticks within this time share a message; 0 to 1000",
  },
  shareRest: {
    env: "SHARE_REST",
    flag: "share-rest",
    placeholder: "ON|OFF",
    schema: boolean,
    default: "on",
    commands: SERVE,
    help: "whether clients may ask the broker for market data by REST; off for no",
  },
  closeWhenDown: {
    env: "CLOSE_WHEN_DOWN",
    flag: "close-when-down",
    placeholder: "ON|OFF",
    schema: boolean,
    default: "off",
    commands: SERVE,
    help: "closes clients of /smart-stream while their feed is down, since that wire has no words for it",
  },
  access: {
    token: {
      env: "ACCESS_TOKEN",
      schema: secret(accessToken),
      commands: SERVE,
      secret: true,
      help: "what clients must give to be let in; at least 16 characters",
    },
    tokensFile: {
      env: "ACCESS_TOKENS_FILE",
      flag: "access-tokens-file",
      placeholder: "FILE",
      schema: text,
      commands: ["serve", "token"],
      help: "several tokens, each with its rights, in JSON; see the token command",
    },
    origins: {
      env: "ALLOWED_ORIGINS",
      flag: "allowed-origins",
      placeholder: "LIST",
      schema: origins,
      default: "",
      commands: SERVE,
      help: "web pages of others that may connect, e.g. https://charts.example.com; * for any",
    },
  },
  tls: {
    cert: {
      env: "TLS_CERT",
      flag: "tls-cert",
      placeholder: "FILE",
      schema: text,
      commands: SERVE,
      help: "certificate chain in PEM; with TLS_KEY the port speaks https and wss",
    },
    key: {
      env: "TLS_KEY",
      flag: "tls-key",
      placeholder: "FILE",
      schema: text,
      commands: SERVE,
      help: "its private key in PEM",
    },
  },
} satisfies SettingGroup;
