import { MAX_SOCKETS, REST_URL, STREAM_URL } from "../../smartapi/endpoints.ts";
import { base32, headerText, pin, secret, url, whole } from "../schemas.ts";
import type { CommandName, SettingGroup } from "../setting.ts";

const SERVE: readonly CommandName[] = ["serve"];
const ACCOUNT: readonly CommandName[] = ["serve", "check"];
const ADDRESS: readonly CommandName[] = [...ACCOUNT, "init", "doctor"];

/** The account at the broker, and how the broker is reached. */
export const ACCOUNT_SETTINGS = {
  credentials: {
    clientCode: {
      env: "SMARTAPI_CLIENT_CODE",
      placeholder: "CODE",
      schema: headerText,
      commands: ACCOUNT,
      help: "your Angel One client code",
      whence: "your Angel One client code, e.g. A123456",
    },
    pin: {
      env: "SMARTAPI_PIN",
      schema: secret(pin),
      commands: ACCOUNT,
      secret: true,
      help: "your trading PIN",
      whence: "the PIN you log in to the trading app with",
    },
    apiKey: {
      env: "SMARTAPI_API_KEY",
      schema: secret(headerText),
      commands: ACCOUNT,
      secret: true,
      help: "API key of an app made at smartapi.angelone.in",
      whence: "make an app at smartapi.angelone.in to get one",
    },
    totpSecret: {
      env: "SMARTAPI_TOTP_SECRET",
      schema: secret(base32),
      commands: ACCOUNT,
      secret: true,
      help: "the text under the QR code at smartapi.angelone.in/enable-totp",
      whence: "the text under the QR code at smartapi.angelone.in/enable-totp",
    },
  },
  maxSockets: {
    env: "SMARTAPI_MAX_SOCKETS",
    flag: "max-sockets",
    placeholder: "NUMBER",
    schema: whole(1, MAX_SOCKETS),
    default: "2",
    commands: SERVE,
    help: "streaming sockets to use of the account's three; 1000 instruments each",
  },
  restUrl: {
    env: "SMARTAPI_REST_URL",
    flag: "rest-url",
    placeholder: "URL",
    schema: url("https", "http"),
    default: REST_URL,
    commands: ADDRESS,
    help: "where to log in",
  },
  streamUrl: {
    env: "SMARTAPI_STREAM_URL",
    flag: "stream-url",
    placeholder: "URL",
    schema: url("wss", "ws"),
    default: STREAM_URL,
    commands: ADDRESS,
    help: "where the ticks come from",
  },
  addresses: {
    localIp: {
      env: "SMARTAPI_LOCAL_IP",
      placeholder: "ADDRESS",
      schema: headerText,
      commands: ACCOUNT,
      help: "told to the broker; default: this machine's own",
    },
    publicIp: {
      env: "SMARTAPI_PUBLIC_IP",
      placeholder: "ADDRESS",
      schema: headerText,
      commands: ACCOUNT,
      help: "told to the broker; default: the local one",
    },
    mac: {
      env: "SMARTAPI_MAC",
      placeholder: "ADDRESS",
      schema: headerText,
      commands: ACCOUNT,
      help: "told to the broker; default: this machine's own",
    },
  },
} satisfies SettingGroup;
