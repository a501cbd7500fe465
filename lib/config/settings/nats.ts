import { headerText, natsServers, secret, subjectPart, text, whole } from "../schemas.ts";
import type { CommandName, SettingGroup } from "../setting.ts";

const HUB: readonly CommandName[] = ["serve"];
const EDGE: readonly CommandName[] = ["edge"];
const BOTH: readonly CommandName[] = ["serve", "edge"];

/** How a hub and its edges meet. */
export const NATS_SETTINGS = {
  nats: {
    servers: {
      env: "NATS_URL",
      flag: "nats",
      placeholder: "URL",
      schema: natsServers,
      commands: BOTH,
      help:
        "the NATS server of a hub and its edges, e.g. nats://127.0.0.1:4222; several of one cluster with commas",
    },
    prefix: {
      env: "NATS_PREFIX",
      flag: "nats-prefix",
      placeholder: "NAME",
      schema: subjectPart,
      default: "smartapi",
      commands: BOTH,
      help: "the first word of all subjects; another one for each hub of a server",
    },
    edge: {
      env: "NATS_EDGE",
      flag: "edge-name",
      placeholder: "NAME",
      schema: subjectPart,
      default: "edge",
      commands: EDGE,
      help: "the name of this edge, another one for each",
    },
    edgeInstruments: {
      env: "NATS_EDGE_INSTRUMENTS",
      flag: "edge-instruments",
      placeholder: "NUMBER",
      schema: whole(1, 3_000),
      default: "1000",
      commands: HUB,
      help: "instruments that one edge may have",
    },
    user: {
      env: "NATS_USER",
      placeholder: "NAME",
      schema: text,
      commands: BOTH,
      help: "the user at the NATS server",
    },
    password: {
      env: "NATS_PASSWORD",
      schema: secret(headerText),
      commands: BOTH,
      secret: true,
      help: "its password",
    },
    token: {
      env: "NATS_TOKEN",
      schema: secret(headerText),
      commands: BOTH,
      secret: true,
      help: "the token of a NATS server that asks for one",
    },
    nkeyFile: {
      env: "NATS_NKEY_FILE",
      flag: "nats-nkey",
      placeholder: "FILE",
      schema: text,
      commands: BOTH,
      help: "the seed of an nkey, in place of user and password",
    },
    credsFile: {
      env: "NATS_CREDS_FILE",
      flag: "nats-creds",
      placeholder: "FILE",
      schema: text,
      commands: BOTH,
      help: "a .creds file, in place of user and password",
    },
    tls: {
      ca: {
        env: "NATS_TLS_CA",
        flag: "nats-tls-ca",
        placeholder: "FILE",
        schema: text,
        commands: BOTH,
        help:
          "the authority that the NATS server's certificate is from, in PEM; default: those that everyone trusts",
      },
      cert: {
        env: "NATS_TLS_CERT",
        flag: "nats-tls-cert",
        placeholder: "FILE",
        schema: text,
        commands: BOTH,
        help: "a certificate that the NATS server wants to see, in PEM",
      },
      key: {
        env: "NATS_TLS_KEY",
        flag: "nats-tls-key",
        placeholder: "FILE",
        schema: text,
        commands: BOTH,
        help: "its private key in PEM",
      },
    },
  },
} satisfies SettingGroup;
