/** How the text of a setting is read. Each message follows the name of the variable and says what would do. */
import { z } from "zod";
import { type LogLevels, readLogLevels } from "../log/levels.ts";
import { exchangeNamed } from "../market/exchange_names.ts";
import { type Exchange, EXCHANGES, isExchange } from "../market/market.ts";
import { type DayRange, readDayRange, readTimeOfDay } from "../market/day_range.ts";
import { NAME } from "../nats/subjects.ts";
import { nearestName } from "../util/nearest_name.ts";
import { Secret } from "../util/secret.ts";

/** The owner's words for an exchange's watch list: tokens, and names that are yet to be looked up. */
export type WatchlistWords = ReadonlyMap<Exchange, readonly string[]>;

export const text = z.string();

export const boolean = z.string().transform((text, context) => {
  if (/^(1|true|yes|on)$/i.test(text)) return true;
  if (/^(0|false|no|off)$/i.test(text)) return false;
  context.addIssue({ code: "custom", message: "must be 1 or 0" });
  return z.NEVER;
});

export function whole(least: number, most: number) {
  const message = `must be a whole number from ${least} to ${most}`;
  return z.string().regex(/^[0-9]{1,9}$/, message).transform(Number).pipe(
    z.number().min(least, message).max(most, message),
  );
}

export function number(least: number, most: number) {
  const message = `must be a number from ${least} to ${most}`;
  return z.string().regex(/^[0-9]{1,9}(\.[0-9]{1,6})?$/, message).transform(Number).pipe(
    z.number().min(least, message).max(most, message),
  );
}

/** In bytes. */
export const gigabytes = whole(1, 100_000).transform((gigabytes) => gigabytes * 1e9);

/** In bytes. */
export const megabytes = whole(1, 10_000).transform((megabytes) => megabytes * 1024 * 1024);

export const wholeSeconds = whole(2_000, 3_600_000).refine(
  (ms) => ms % 1000 === 0,
  "must be whole seconds, in milliseconds: 30000",
);

export const host = z.string().regex(/^[A-Za-z0-9.:_-]+$/, "must be a host name or an IP address");

export function url(...protocols: string[]) {
  return z.string().refine((text) => {
    const parsed = URL.parse(text);
    return parsed !== null && protocols.includes(parsed.protocol.slice(0, -1)) && parsed.username === "";
  }, `must be an address that begins with ${protocols.map((protocol) => `${protocol}://`).join(" or ")}`);
}

/** Addresses of the NATS servers of one cluster. */
export const natsServers = z.string().transform((text, context): readonly string[] => {
  const servers = text.split(",").map((each) => each.trim()).filter((each) => each !== "");
  const isGood = (server: string) => {
    const parsed = URL.parse(server);
    return parsed !== null && ["nats:", "tls:"].includes(parsed.protocol) && parsed.username === "" &&
      parsed.hostname !== "" && ["", "/"].includes(parsed.pathname);
  };
  if (servers.length > 0 && servers.every(isGood)) return servers;
  context.addIssue({
    code: "custom",
    message:
      "must be an address such as nats://127.0.0.1:4222 or tls://nats.example.com:4222, without a user in it",
  });
  return z.NEVER;
});

/** A word of a NATS subject. */
export const subjectPart = z.string().regex(NAME, "must be 1 to 40 letters, digits, - and _");

export const headerText = z.string().trim().regex(
  /^[\x21-\x7e]+$/,
  "must be plain letters, digits and signs without spaces",
);

/** Checked before the broker counts a try. */
export const pin = z.string().trim().regex(
  /^[0-9]{4,8}$/,
  "must be the PIN of the trading app, 4 to 8 digits; a password no longer logs in",
);

export const base32 = z.string().transform((text) => text.replace(/[\s-]/g, "").toUpperCase()).pipe(
  z.string().regex(
    /^[A-Z2-7]{16,}=*$/,
    "must be base32 (A-Z, 2-7), at least 16 characters: the secret, not a code",
  ),
);

export const accessToken = z.string().regex(
  /^[\x21-\x7e]{16,200}$/,
  "must have 16 to 200 letters, digits and signs; smartapi-proxy token NAME makes one",
);

export function secret(schema: z.ZodType<string, string>) {
  return schema.transform((value) => new Secret(value));
}

export const origins = z.string().transform((text, context): string[] => {
  const list = text.split(/[\s,]+/).filter((each) => each !== "");
  for (const each of list) {
    if (
      each === "*" || each === "null" || (/^[a-z][a-z0-9+.-]*:\/\//.test(each) && each === originOf(each))
    ) continue;
    context.addIssue({
      code: "custom",
      message: `"${each}" is no origin, such as https://charts.example.com`,
    });
  }
  return list;
});

/** As a browser says it: scheme, host, and a port that is not the scheme's own. */
function originOf(text: string): string | undefined {
  const url = URL.parse(text);
  return url === null ? undefined : `${url.protocol}//${url.host}`;
}

export const exchanges = z.string().transform((text, context): Exchange[] =>
  text.split(",").map((each) => each.trim().toLowerCase()).filter((each) => each !== "").flatMap((name) => {
    if (isExchange(name)) return [name];
    context.addIssue({ code: "custom", message: `"${name}" is not one of ${EXCHANGES.join(", ")}` });
    return [];
  })
);

/** All exchanges, some of them, or none: an empty list. */
export const recorded = z.string().transform((text, context): readonly Exchange[] => {
  if (/^(1|true|yes|on)$/i.test(text)) return EXCHANGES;
  if (/^(0|false|no|off)$/i.test(text)) return [];
  const words = text.toLowerCase().split(/[\s,]+/).filter((word) => word !== "");
  const known = words.filter(isExchange);
  if (known.length === words.length && known.length > 0) return [...new Set(known)];
  const nearest = nearestName(words.find((word) => !isExchange(word)) ?? "", ["on", "off", ...EXCHANGES]);
  context.addIssue({
    code: "custom",
    message: `must be on, off, or exchanges of ${EXCHANGES.join(", ")}` +
      (nearest === undefined ? "" : `; did you mean ${nearest}?`),
  });
  return z.NEVER;
});

export const watchlist = z.string().transform((text, context): WatchlistWords => {
  const lists = new Map<Exchange, string[]>();
  const problem = (message: string) => context.addIssue({ code: "custom", message });
  if (!/[^;\s]/.test(text)) problem("is empty; e.g. nse:99926000,2885;bse:99919000");
  for (const part of text.split(";").map((each) => each.trim()).filter((each) => each !== "")) {
    const colon = part.indexOf(":");
    const exchange = exchangeNamed(part.slice(0, Math.max(0, colon)));
    if (exchange === undefined) {
      problem(`"${part}" does not begin with an exchange and a colon; exchanges: ${EXCHANGES.join(", ")}`);
      continue;
    }
    const words = part.slice(colon + 1).split(",").map((word) => word.trim()).filter((word) => word !== "");
    if (words.length === 0) problem(`"${part}" names no instrument`);
    lists.set(exchange, [...new Set([...lists.get(exchange) ?? [], ...words])]);
  }
  return lists;
});

export const logLevels = z.string().transform((text, context): LogLevels => {
  const levels = readLogLevels(text);
  if (typeof levels !== "string") return levels;
  context.addIssue({ code: "custom", message: levels });
  return z.NEVER;
});

export const logFormat = z.enum(["text", "json"]) as z.ZodType<"text" | "json", string>;

/** One day in India, or two and all between them. */
export const dayRange = z.string().transform((text, context): DayRange => {
  const range = readDayRange(text);
  if (range !== undefined) return range;
  context.addIssue({ code: "custom", message: "must be a day or two: 2026-11-20 or 2026-11-20..2026-11-24" });
  return z.NEVER;
});

/** A time of the day in India, in ms since its midnight. */
export const timeOfDay = z.string().transform((text, context): number => {
  const time = readTimeOfDay(text);
  if (time !== undefined) return time;
  context.addIssue({ code: "custom", message: "must be a time in India: 09:15 or 15:29:59" });
  return z.NEVER;
});

/** Names with commas between them; none is no list. */
export const names = z.string().transform((text, context): readonly string[] => {
  const list = text.split(",").map((name) => name.trim()).filter((name) => name !== "");
  if (list.length > 0) return list;
  context.addIssue({ code: "custom", message: "must be names with commas between them: SBIN-EQ,NSE:TCS-EQ" });
  return z.NEVER;
});

/** One of a few words, in any case; a message names the nearest. */
export function oneOf<const Word extends string>(words: readonly Word[]): z.ZodType<Word, string> {
  return z.string().transform((text, context): Word => {
    const lower = text.trim().toLowerCase();
    const word = words.find((each) => each === lower);
    if (word !== undefined) return word;
    const nearest = nearestName(lower, words);
    context.addIssue({
      code: "custom",
      message: `must be one of ${words.join(", ")}` +
        (nearest === undefined ? "" : `; did you mean ${nearest}?`),
    });
    return z.NEVER;
  });
}
