import { boolean, exchanges, text, whole } from "../schemas.ts";
import type { CommandName, SettingGroup } from "../setting.ts";

const TOKEN: readonly CommandName[] = ["token"];

/** The rights of a token that is to be made. */
export const TOKEN_SETTINGS = {
  newToken: {
    exchanges: {
      env: "TOKEN_EXCHANGES",
      flag: "exchanges",
      placeholder: "LIST",
      schema: exchanges,
      commands: TOKEN,
      help: "what the new token is good for, e.g. nse,nfo; default: all",
    },
    max_instruments: {
      env: "TOKEN_MAX_INSTRUMENTS",
      flag: "max-instruments",
      placeholder: "NUMBER",
      schema: whole(1, 100_000),
      commands: TOKEN,
      help: "instruments that each of its connections may have",
    },
    rest: {
      env: "TOKEN_REST",
      flag: "rest",
      placeholder: "ON|OFF",
      schema: boolean,
      commands: TOKEN,
      help: "off: it may not ask for market data by REST; default: on",
    },
    operator: {
      env: "TOKEN_OPERATOR",
      flag: "operator",
      placeholder: "ON|OFF",
      schema: boolean,
      commands: TOKEN,
      help: "on: it may see all clients and close them; default: off",
    },
    expires: {
      env: "TOKEN_EXPIRES",
      flag: "expires",
      placeholder: "DATE",
      schema: text,
      commands: TOKEN,
      help: "the last day on which it is good, e.g. 2027-03-31",
    },
  },
} satisfies SettingGroup;
