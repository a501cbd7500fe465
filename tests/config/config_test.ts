import assert from "node:assert/strict";
import { parse } from "dotenv";
import fc from "fast-check";
import { type Config, ConfigError, misspeltNames, readConfig, type Values } from "../../lib/config/config.ts";
import { EXCHANGES } from "../../lib/market/market.ts";
import type { CommandName } from "../../lib/config/setting.ts";
import { SETTINGS } from "../../lib/config/settings.ts";

const ACCOUNT = {
  SMARTAPI_CLIENT_CODE: "A123456",
  SMARTAPI_PIN: "4826",
  SMARTAPI_API_KEY: "key-of-an-app",
  SMARTAPI_TOTP_SECRET: "JBSWY3DPEHPK3PXP",
};

function read(values: Values = {}, command: CommandName = "serve"): Config {
  return readConfig({ ...ACCOUNT, ...values }, command);
}

function problems(values: Values, command: CommandName = "serve"): readonly string[] {
  try {
    readConfig(values, command);
  } catch (error) {
    assert.ok(error instanceof ConfigError);
    for (const problem of error.problems) assert.ok(error.message.includes(problem), "a problem is not told");
    return error.problems;
  }
  return [];
}

function problem(values: Values): string {
  const found = problems({ ...ACCOUNT, ...values });
  assert.equal(found.length, 1, `problems: ${found.join(" | ")}`);
  return found[0]!;
}

Deno.test("readConfig() needs the account alone; all else has a default", () => {
  const config = read();
  assert.equal(config.port, 8765);
  assert.equal(config.demo, false);
  assert.equal(config.restUrl, "https://apiconnect.angelone.in");
  assert.equal(config.streamUrl, "wss://smartapisocket.angelone.in/smart-stream");
  assert.equal(config.simulator.port, 8766);
  assert.equal(config.simulator.host, "127.0.0.1");
  assert.deepEqual(config.logLevels, { usual: "info", of: {} });
  assert.equal(config.logFormat, "text");
  assert.ok(config.watchlist.get("nse")?.includes("99926000"));
  assert.equal(config.credentials?.clientCode, "A123456");
  assert.equal(config.credentials?.pin.reveal(), "4826");
  assert.equal(config.credentials?.apiKey.reveal(), "key-of-an-app");
  assert.equal(config.credentials?.totpSecret.reveal(), "JBSWY3DPEHPK3PXP");
});

Deno.test("readConfig() takes an empty value for one that is not set", () => {
  const empty = Object.fromEntries(SETTINGS.map(({ env }) => [env, ""]));
  assert.deepEqual(read({ ...empty, ...ACCOUNT }), read());
});

Deno.test("readConfig() accepts each default it shows in the help", () => {
  const shown = Object.fromEntries(SETTINGS.map((each) => [each.env, each.default]));
  assert.deepEqual(read({ ...shown, ...ACCOUNT }), read());
});

Deno.test("readConfig() needs no account for the demo, nor for the simulator", () => {
  assert.equal(readConfig({ DEMO: "1" }, "serve").demo, true);
  assert.equal(readConfig({ DEMO: "1" }, "serve").credentials, undefined);
  assert.equal(readConfig({}, "simulate").credentials, undefined);
  // The check of an account needs one, whatever DEMO says.
  assert.deepEqual(problems({ DEMO: "1" }, "check"), []);
  assert.ok(problems({}, "check").length >= 4);
  // A half-filled .env is no reason not to show the demo.
  assert.equal(readConfig({ DEMO: "yes", SMARTAPI_PIN: "1234" }, "serve").demo, true);
});

Deno.test("readConfig() names all four missing values, where each comes from, and the way without them", () => {
  const found = problems({});
  for (const env of Object.keys(ACCOUNT)) {
    const about = found.filter((each) => each.includes(env));
    assert.equal(about.length, 1, env);
    assert.match(about[0]!, /missing/);
  }
  assert.ok(found.some((each) => each.includes("--demo") && each.includes(".env")));
});

Deno.test("readConfig() tells every problem at once, with variable, value and what would do", () => {
  const bad = {
    HOST: "not a host",
    PORT: "65536",
    WATCHLIST: "nasdaq:1",
    BATCH_MS: "-1",
    DEMO: "maybe",
    SIMULATOR_RATE: "1",
    SIMULATOR_HOST: "a b",
    SIMULATOR_PORT: "x",
    SMARTAPI_CLIENT_CODE: "A 1",
    SMARTAPI_MAX_SOCKETS: "4",
    SMARTAPI_REST_URL: "ftp://example.org",
    SMARTAPI_STREAM_URL: "https://example.org",
    SMARTAPI_LOCAL_IP: "a b",
    SMARTAPI_PUBLIC_IP: "a\nb",
    SMARTAPI_MAC: "ä",
    LOG_LEVEL: "loud",
    LOG_FORMAT: "xml",
  };
  const found = problems({ ...ACCOUNT, ...bad });
  for (const [env, value] of Object.entries(bad)) {
    const about = found.filter((each) => each.startsWith(env));
    assert.equal(about.length, 1, `${env}: ${about.join(" | ")}`);
    assert.ok(about[0]!.includes(value), about[0]!);
  }
  assert.equal(found.length, Object.keys(bad).length);
});

Deno.test("readConfig() tells missing and malformed credentials with the other problems", () => {
  const found = problems({ ...ACCOUNT, SMARTAPI_PIN: "", SMARTAPI_TOTP_SECRET: "123456", PORT: "x" });
  for (const env of ["SMARTAPI_PIN", "SMARTAPI_TOTP_SECRET", "PORT"]) {
    assert.ok(found.some((each) => each.startsWith(env)), env);
  }
});

Deno.test("readConfig() shows no secret's value, however wrong it is", () => {
  const secrets = SETTINGS.filter(({ secret }) => secret).map(({ env }) => env);
  assert.deepEqual(secrets.sort(), [
    "ACCESS_TOKEN",
    "NATS_PASSWORD",
    "NATS_TOKEN",
    "SMARTAPI_API_KEY",
    "SMARTAPI_PIN",
    "SMARTAPI_TOTP_SECRET",
    "WATCH_TOKEN",
  ]);
  for (const env of secrets) {
    for (const value of ["qzx7 wvk8", "qzx7wvk8-ä", "qzx7\nwvk8", "qzx7 0189 wvk8"]) {
      const found = problems({ ...ACCOUNT, [env]: value, LOG_LEVEL: "loud" });
      assert.equal(found.length, 2, `${env} ${value}`);
      assert.ok(found.some((each) => each.startsWith(env)));
      assert.doesNotMatch(found.join(), /qzx7|wvk8/i);
    }
  }
});

Deno.test("readConfig() makes secrets that do not show", () => {
  assert.doesNotMatch(
    JSON.stringify(read()) + Deno.inspect(read(), { depth: 10 }),
    /4826|key-of-an-app|JBSWY3DPEHPK3PXP/,
  );
});

Deno.test("readConfig() takes a TOTP secret as people copy it", () => {
  for (
    const given of ["jbswy3dpehpk3pxp", "JBSW Y3DP EHPK 3PXP", "JBSW-Y3DP-EHPK-3PXP", " JBSWY3DPEHPK3PXP "]
  ) {
    assert.equal(read({ SMARTAPI_TOTP_SECRET: given }).credentials?.totpSecret.reveal(), "JBSWY3DPEHPK3PXP");
  }
});

Deno.test("readConfig() tells a one-time code from the secret it is made of", () => {
  assert.match(problem({ SMARTAPI_TOTP_SECRET: "123456" }), /not a code/);
});

Deno.test("readConfig() checks the form of the PIN before the broker counts a try", () => {
  for (const pin of ["secret", "12 34", "123", "123456789", "12a4"]) {
    assert.match(
      problem({ SMARTAPI_PIN: pin }),
      /SMARTAPI_PIN: must be the PIN of the trading app, 4 to 8 digits/,
    );
  }
});

Deno.test("a misspelt name is told with the one that was meant, for each setting there is", () => {
  for (const { env } of SETTINGS) {
    // Two neighbours exchanged, a letter left out, a letter doubled, an underscore forgotten.
    const at = Math.floor(env.length / 2);
    const swapped = env.slice(0, at) + env[at + 1] + env[at] + env.slice(at + 2);
    for (
      const name of [swapped, env.slice(0, at) + env.slice(at + 1), `${env}${env.at(-1)}`, env.toLowerCase()]
    ) {
      if (SETTINGS.some((each) => each.env === name)) continue;
      assert.deepEqual(misspeltNames({ [name]: "1" }).map(({ name }) => name), [name]);
    }
  }
  assert.deepEqual(misspeltNames({ SMARTAPI_TOPT_SECRET: "x" }), [
    { name: "SMARTAPI_TOPT_SECRET", meant: "SMARTAPI_TOTP_SECRET" },
  ]);
  // Words that were left out, where one setting alone has the rest.
  for (
    const [name, meant] of [
      ["host", "HOST"],
      ["Port", "PORT"],
      ["PIN", "SMARTAPI_PIN"],
      ["API_KEY", "SMARTAPI_API_KEY"],
      ["client_code", "SMARTAPI_CLIENT_CODE"],
      ["SMARTAPI_TOTP", "SMARTAPI_TOTP_SECRET"],
      ["TOTP_SECRET", "SMARTAPI_TOTP_SECRET"],
      ["SMARTAPI_MPIN", "SMARTAPI_PIN"],
      ["SMARTAPI_CLIENT_ID", "SMARTAPI_CLIENT_CODE"],
    ] as const
  ) assert.deepEqual(misspeltNames({ [name]: "x" }), [{ name, meant }]);
  // No secret is taken for another one by the words that all of them have.
  for (
    const name of [
      "SMARTAPI_OTP_URI",
      "SMARTAPI_TOTP_KEY",
      "SMARTAPI_PASSWORD",
      "SMARTAPI",
      "NATS",
      "KEY",
      "USER",
      "DATE",
    ]
  ) {
    assert.deepEqual(misspeltNames({ [name]: "x" }), []);
  }
  // Those of other programs, and those whose setting is there.
  assert.deepEqual(misspeltNames({ HOSTNAME: "x", DATABASE_URL: "y", PATH: "z", PORTS: "1", PORT: "2" }), []);
});

Deno.test("a missing setting names the misspelt one that stands in its place", () => {
  const { SMARTAPI_API_KEY, ...others } = ACCOUNT;
  const found = problems({ ...others, SMARTAPI_APIKEY: SMARTAPI_API_KEY });
  assert.match(found.join("\n"), /SMARTAPI_API_KEY is missing: there is SMARTAPI_APIKEY, which is misspelt/);
  assert.doesNotMatch(found.join("\n"), new RegExp(SMARTAPI_API_KEY));
});

Deno.test("readConfig() strips the blanks that come with pasting", () => {
  const { credentials } = read({ SMARTAPI_CLIENT_CODE: " A123456 ", SMARTAPI_PIN: "4826\n" });
  assert.equal(credentials?.clientCode, "A123456");
  assert.equal(credentials?.pin.reveal(), "4826");
});

Deno.test("readConfig() takes whole numbers within their bounds, and nothing else", () => {
  const bounds = [
    ["PORT", 0, 65_535],
    ["BATCH_MS", 0, 1_000],
    ["SIMULATOR_RATE", 2, 30_000],
    ["SIMULATOR_INSTRUMENTS", 0, 10_000],
    ["SIMULATOR_RUN_STRIKES", 0, 600],
    ["SIMULATOR_PORT", 0, 65_535],
    ["SMARTAPI_MAX_SOCKETS", 1, 3],
    ["RECORD_MAX_GB", 1, 100_000],
    ["RECORD_DAYS", 1, 10_000],
  ] as const;
  for (const [env, least, most] of bounds) {
    for (const value of [least, most]) assert.deepEqual(problems({ ...ACCOUNT, [env]: String(value) }), []);
    const bad = [least - 1, most + 1, "1.5", "1e2", "0x1", "+1", "١", "NaN", "Infinity", "9".repeat(400)];
    for (const value of bad) {
      const about = problem({ [env]: String(value) });
      assert.ok(about.includes(String(least)) && about.includes(String(most)), about);
    }
  }
});

Deno.test("readConfig() takes the usual words for yes and no", () => {
  for (const word of ["1", "true", "YES", "on"]) assert.equal(read({ DEMO: word }).demo, true, word);
  for (const word of ["0", "false", "No", "off"]) assert.equal(read({ DEMO: word }).demo, false, word);
  assert.match(problem({ DEMO: "2" }), /DEMO "2".*1 or 0/);
});

Deno.test("readConfig() records all exchanges, some of them, or none, and says which word was meant", () => {
  assert.deepEqual(read().record, { exchanges: [], maxBytes: 20e9, days: 30 });
  for (const word of ["on", "TRUE", "1"]) {
    assert.deepEqual(read({ RECORD: word }).record.exchanges, EXCHANGES);
  }
  for (const word of ["off", "no", "0"]) assert.deepEqual(read({ RECORD: word }).record.exchanges, []);
  assert.deepEqual(read({ RECORD: " NSE, nfo  nse" }).record.exchanges, ["nse", "nfo"]);
  assert.match(problem({ RECORD: "nse,nof" }), /RECORD "nse,nof".*on, off.*mcx.*did you mean nfo\?/);
  assert.match(problem({ RECORD: "," }), /on, off/);
});

Deno.test("readConfig() takes addresses with the right beginning", () => {
  assert.equal(read({ SMARTAPI_REST_URL: "http://127.0.0.1:8766" }).restUrl, "http://127.0.0.1:8766");
  assert.equal(
    read({ SMARTAPI_STREAM_URL: "ws://localhost:8766/smart-stream" }).streamUrl,
    "ws://localhost:8766/smart-stream",
  );
  for (const value of ["localhost:8766", "wss://x", "", "//x", "https://"].filter((each) => each !== "")) {
    assert.match(problem({ SMARTAPI_REST_URL: value }), /https:\/\//);
  }
  for (const value of ["http://x", "x", "ws:"]) {
    assert.match(problem({ SMARTAPI_STREAM_URL: value }), /wss:\/\//);
  }
});

Deno.test("readConfig() reads a watch list by exchange, in any case, with blanks, and each word once", () => {
  const { watchlist } = read({
    WATCHLIST: " NSE:99926000, 2885 ,Nifty Bank;; mcx : 426265,426265;nse:1,2885;",
  });
  assert.deepEqual([...watchlist], [["nse", ["99926000", "2885", "Nifty Bank", "1"]], ["mcx", ["426265"]]]);
});

Deno.test("readConfig() names what is wrong with a watch list, and the exchanges there are", () => {
  for (const value of ["nasdaq:1", "99926000", ":1", "__proto__:1", "constructor:1", "nse=1"]) {
    const about = problem({ WATCHLIST: value });
    for (const exchange of EXCHANGES) assert.ok(about.includes(exchange), about);
  }
  assert.match(problem({ WATCHLIST: "nse:" }), /nse:/);
  assert.match(problem({ WATCHLIST: "nse:1;mcx: ,," }), /mcx/);
  assert.match(problem({ WATCHLIST: " ; " }), /WATCHLIST/);
});

Deno.test("readConfig() gives a configuration or a ConfigError for any values", () => {
  const values = fc.dictionary(
    fc.constantFrom(...SETTINGS.map(({ env }) => env)),
    fc.oneof(fc.string(), fc.constantFrom("1", "nse:1", "wss://x", "A-1", "debug", ":;,", "nse:;nse")),
  );
  fc.assert(
    fc.property(values, fc.constantFrom<CommandName>("serve", "check", "simulate"), (values, command) => {
      try {
        assert.ok(readConfig({ ...ACCOUNT, ...values }, command).port >= 0);
      } catch (error) {
        assert.ok(error instanceof ConfigError, String(error));
        assert.ok(error.problems.length > 0);
      }
    }),
  );
});

Deno.test("SETTINGS names each variable once, and each flag once a command", () => {
  const names = SETTINGS.map(({ env }) => env);
  assert.equal(new Set(names).size, names.length);
  for (const command of ["serve", "check", "simulate"] as const) {
    const flags = SETTINGS.filter((each) => each.flag !== undefined && each.commands.includes(command))
      .map(({ flag }) => flag);
    assert.ok(flags.length > 0, command);
    assert.equal(new Set(flags).size, flags.length, command);
    for (const taken of ["help", "version", "env-file"]) assert.ok(!flags.includes(taken));
  }
});

Deno.test("SETTINGS gives secrets no flag: everyone on a machine sees the arguments of a program", () => {
  for (const { env, flag, secret, help } of SETTINGS) {
    if (!secret) continue;
    // It opens no account, and its help says what it risks.
    if (env === "WATCH_TOKEN") assert.match(help, /everyone on the machine sees a flag/);
    else assert.equal(flag, undefined, env);
  }
});

// ---------------------------------------------------------------------------------------------------------------

const EXAMPLE = Deno.readTextFileSync(new URL("../../.env.example", import.meta.url));

Deno.test(".env.example has every setting, each once, and nothing else", () => {
  const names = [...EXAMPLE.matchAll(/^\s*#?\s*([A-Z][A-Z0-9_]*)=/gm)].map(([, name]) => name);
  // The rights of a new token are told to the command that makes it.
  const kept = SETTINGS.filter(({ commands }) => commands.join() !== "token");
  assert.deepEqual(names.sort(), kept.map(({ env }) => env).sort());
});

Deno.test(".env.example has no account in it, and says what is missing", () => {
  const values = parse(EXAMPLE);
  for (const env of Object.keys(ACCOUNT)) assert.equal(values[env] ?? "", "", env);
  assert.deepEqual(
    problems(values).filter((each) => /is missing/.test(each)).map((each) => each.split(" ")[0]).sort(),
    Object.keys(ACCOUNT).sort(),
  );
});

Deno.test(".env.example, filled in, is the default configuration", () => {
  assert.deepEqual(readConfig({ ...parse(EXAMPLE), ...ACCOUNT }, "serve"), read());
  assert.deepEqual(readConfig(parse(EXAMPLE), "simulate"), readConfig({}, "simulate"));
});

Deno.test("the log's levels and its file are read together, and what is wrong is said", () => {
  const read = (values: Record<string, string>) => readConfig({ DEMO: "1", ...values }, "serve");
  const given = read({ LOG_LEVEL: "warning,broker=debug", LOG_FILE: "a/b.log", LOG_FILE_MAX_MB: "2" });
  assert.deepEqual(given.logLevels, { usual: "warning", of: { broker: "debug" } });
  assert.deepEqual(given.logFile, { path: "a/b.log", maxBytes: 2 * 1024 * 1024, files: 5 });
  assert.equal(read({}).logFile, undefined);
  assert.throws(
    () => read({ LOG_LEVEL: "info,brokers=debug" }),
    /LOG_LEVEL "info,brokers=debug": "brokers" is no part/,
  );
  assert.throws(() => read({ LOG_FILES: "0" }), /LOG_FILES "0": must be a whole number from 1 to 99/);
});
