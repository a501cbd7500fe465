/** The real program in a process of its own, with the permissions that the tasks give it and no more. */
import assert from "node:assert/strict";
import { TOTP } from "otpauth";
import denoJson from "../../deno.json" with { type: "json" };
import { systemClock } from "../../lib/util/clock.ts";
import { SETTINGS } from "../../lib/config/settings.ts";
import { SIMULATED_CREDENTIALS, type Simulator, startSimulator } from "../../lib/simulator/simulator.ts";
import { seededRandom } from "../fakes.ts";
import { Program, TemporaryFolder } from "../sdk/program.ts";

/** Recognisable wherever they turn up; every one of them is a secret but the client code. */
const ACCOUNT = {
  clientCode: "WITNESS1",
  pin: "73519246",
  apiKey: "apikeywitness",
  totpSecret: "KRUGKIDROVUWG2ZAMJZG653OEBTG66BA",
};

type TaskName = "start" | "demo" | "simulate";

interface RunOptions {
  readonly env?: Readonly<Record<string, string>>;
  /** The content of `.env` in the working folder; null makes it a folder. */
  readonly envFile?: string | null;
  readonly killedAfterMs?: number;
}

/** The program as it was started, and the empty folder it stands in. */
class Run implements AsyncDisposable {
  readonly folder = new TemporaryFolder();
  readonly program: Program;

  constructor(task: TaskName, args: readonly string[], options: RunOptions = {}) {
    const { env, envFile, killedAfterMs } = options;
    const path = `${this.folder.path}/.env`;
    if (envFile === null) Deno.mkdirSync(path);
    else if (envFile !== undefined) Deno.writeTextFileSync(path, envFile);
    this.program = new Program(commandOf(task, args), {
      cwd: this.folder.path,
      ...env === undefined ? {} : { env },
      ...killedAfterMs === undefined ? {} : { killedAfterMs },
    });
  }

  get stdout() {
    return this.program.stdout;
  }

  get stderr() {
    return this.program.stderr;
  }

  async ends(code: number): Promise<void> {
    assert.equal(await this.program.ended, code, this.program.output());
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.program[Symbol.asyncDispose]();
    this.folder[Symbol.dispose]();
  }
}

/** The arguments of `deno` for a task, as if it had been called from another folder. */
function commandOf(task: TaskName, args: readonly string[]): string[] {
  const [deno, run, ...words] = denoJson.tasks[task].command.split(" ");
  assert.deepEqual([deno, run], ["deno", "run"]);
  const main = new URL("../../main.ts", import.meta.url).href;
  return ["run", "--quiet", "--no-prompt", ...words.map((word) => word === "main.ts" ? main : word), ...args];
}

function environmentOf(
  { restUrl, streamUrl }: Simulator,
  account: typeof ACCOUNT = ACCOUNT,
): Record<string, string> {
  return {
    SMARTAPI_REST_URL: restUrl,
    SMARTAPI_STREAM_URL: streamUrl,
    SMARTAPI_CLIENT_CODE: account.clientCode,
    SMARTAPI_PIN: account.pin,
    SMARTAPI_API_KEY: account.apiKey,
    SMARTAPI_TOTP_SECRET: account.totpSecret,
  };
}

/** Fails when a secret of the account, a code made of it or a token stands anywhere in what the program wrote. */
function assertNoSecret(text: string, account: typeof ACCOUNT = ACCOUNT): void {
  const totp = new TOTP({ secret: account.totpSecret });
  const codes = [-60, -30, 0, 30].map((s) => totp.generate({ timestamp: Date.now() + s * 1_000 }));
  for (const secret of [account.pin, account.apiKey, account.totpSecret, "eyJ"]) {
    assert.ok(!text.includes(secret), `${secret} stands in:\n${text}`);
  }
  for (const code of codes) assert.ok(!new RegExp(`\\b${code}\\b`).test(text), `${code} stands in:\n${text}`);
}

function simulator(teardown: AsyncDisposableStack): Promise<Simulator> {
  return startSimulator({ clock: systemClock, random: seededRandom(3), credentials: ACCOUNT }).then(
    (started) => {
      teardown.defer(() => started.stop());
      return started;
    },
  );
}

/** An address on which nobody listens. */
function nobodyThere(): string {
  const listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  listener.close();
  return `http://127.0.0.1:${listener.addr.port}`;
}

/** A client's socket, and what came over it. */
async function connect(port: string) {
  const socket = new WebSocket(`ws://127.0.0.1:${port}`);
  // deno-lint-ignore no-explicit-any
  const messages: Record<string, any>[] = [];
  let wake = () => {};
  socket.onmessage = ({ data }) => {
    messages.push(JSON.parse(data));
    wake();
  };
  const closed = new Promise<number>((resolve) => socket.onclose = ({ code }) => resolve(code));
  await new Promise((resolve, reject) => {
    socket.onopen = resolve;
    socket.onerror = (event) => reject(new Error((event as ErrorEvent).message));
  });
  return {
    messages,
    closed,
    send: (message: unknown) => socket.send(JSON.stringify(message)),
    /** The first message of a type. */
    async first(type: string, status?: string) {
      for (;;) {
        const found = messages.find((message) =>
          message.type === type && (status === undefined || message.status === status)
        );
        if (found !== undefined) return found;
        await new Promise<void>((resolve) => wake = resolve);
      }
    },
  };
}

Deno.test("every task gives the program few permissions, and writing only where instruments are kept", () => {
  const { start, demo, dev, simulate, compile } = denoJson.tasks;
  const permissions = [start, demo, dev, simulate, compile].map(({ command }) =>
    command.split(" ").filter((word) => word.startsWith("--allow-")).join(" ")
  );
  const few = "--allow-net --allow-read --allow-env --allow-sys=networkInterfaces,hostname";
  const writing = (where: string) => few.replace("--allow-read", `--allow-read --allow-write${where}`);
  const wholeDisk = ",statfs";
  assert.deepEqual(permissions, [writing("=.smartapi-proxy"), few, few, few, writing("") + wholeDisk]);
  for (const { command } of [start, demo, dev, simulate, compile]) assert.match(command, / --no-prompt /);
});

Deno.test("--version says the version, --help everything that can be set", async () => {
  await using version = new Run("start", ["--version"]);
  await using help = new Run("start", ["--help"]);
  await version.ends(0);
  assert.deepEqual(version.stdout.all, [`smartapi-proxy ${denoJson.version}`]);
  await help.ends(0);
  const text = help.stdout.text();
  for (const { env, flag, default: fallback } of SETTINGS) {
    assert.match(text, new RegExp(`\\b${env}\\b`));
    if (flag !== undefined) assert.match(text, new RegExp(`^ +--${flag}\\b`, "m"));
    if (fallback !== undefined) {
      assert.ok(text.includes(`default: ${fallback}`), `${env}'s default is missing`);
    }
  }
  for (const word of ["serve", "check", "simulate"]) assert.match(text, new RegExp(`^ +${word} `, "m"));
  for (const flag of ["--env-file PATH", "-h, --help", "-V, --version"]) assert.ok(text.includes(flag), flag);
  assert.equal(version.stderr.text() + help.stderr.text(), "");
});

Deno.test("arguments nobody knows are refused with exit code 2 and say where help is", async () => {
  const cases: [args: string[], pattern: RegExp][] = [
    [["--nope"], /'--nope'.*--help/],
    [["sreve"], /unknown command "sreve"; known: .*serve, .*watch, .*check, .*--help/],
    [["serve", "check"], /'check'.*--help/],
    [["check", "--batch-ms", "5"], /'--batch-ms'.*--help/],
    [["--port"], /'--port <value>' argument missing.*--help/],
  ];
  await Promise.all(cases.map(async ([args, pattern]) => {
    await using run = new Run("start", args);
    await run.ends(2);
    assert.match(run.stderr.text(), pattern);
    assert.equal(run.stdout.text(), "");
  }));
});

Deno.test("all problems of a configuration are told at once, and no secret with them", async () => {
  await using run = new Run("start", ["--port", "70000", "--watchlist", "nyse:1;nse:"], {
    env: {
      HOST: "not a host",
      BATCH_MS: "soon",
      LOG_LEVEL: "loud",
      SMARTAPI_REST_URL: "ftp://example.org",
      SMARTAPI_STREAM_URL: "https://example.org",
      SMARTAPI_CLIENT_CODE: ACCOUNT.clientCode,
      SMARTAPI_PIN: "73 519 246",
      SMARTAPI_API_KEY: "apikey witness",
      SMARTAPI_TOTP_SECRET: "123456",
    },
  });
  await run.ends(2);
  assert.equal(run.stdout.text(), "");
  const [title, ...problems] = run.stderr.all;
  assert.equal(title, "The configuration has a problem:");
  assert.deepEqual(problems.map((problem) => problem.trim().split(/[ :]/)[0]), [
    "HOST",
    "PORT",
    "BATCH_MS",
    "WATCHLIST",
    "WATCHLIST",
    "SMARTAPI_REST_URL",
    "SMARTAPI_STREAM_URL",
    "LOG_LEVEL",
    "SMARTAPI_PIN",
    "SMARTAPI_API_KEY",
    "SMARTAPI_TOTP_SECRET",
  ]);
  assert.ok(
    problems.every((problem) => /must be|names no|does not begin|expected/.test(problem)),
    run.stderr.text(),
  );
  for (const given of ['HOST "not a host"', 'PORT "70000"', 'BATCH_MS "soon"', 'LOG_LEVEL "loud"']) {
    assert.ok(run.stderr.text().includes(given), given);
  }
  for (const secret of ["73 519 246", "73519246", "apikey witness", "123456"]) {
    assert.ok(!run.stderr.text().includes(secret), secret);
  }
});

Deno.test("missing credentials are named, each with the place to get it, and the demo that needs none", async () => {
  await using run = new Run("start", [], { env: { SMARTAPI_CLIENT_CODE: "WITNESS1" } });
  await run.ends(2);
  const text = run.stderr.text();
  assert.match(text, /SMARTAPI_PIN is missing: the PIN .*/);
  assert.match(text, /SMARTAPI_API_KEY is missing: .*smartapi\.angelone\.in/);
  assert.match(text, /SMARTAPI_TOTP_SECRET is missing: .*smartapi\.angelone\.in\/enable-totp/);
  assert.match(text, /\.env\b.*--demo/);
  assert.doesNotMatch(text, /CLIENT_CODE/);
});

Deno.test("a flag beats the environment, the environment beats .env, which is read where the program stands", async () => {
  const problemsOf = async (args: string[], options: RunOptions) => {
    await using run = new Run("demo", args, options);
    await run.ends(2);
    return run.stderr.all.slice(1).map((line) => line.trim().split(": ")[0]);
  };
  const envFile = "# one of each\r\nHOST='in the file'\r\nexport PORT=file\r\nBATCH_MS=file # said why\r\n";
  const env = { HOST: "in the environment", PORT: "environment" };
  const [here, named] = await Promise.all([
    problemsOf(["--host", "in a flag"], { envFile, env }),
    (async () => {
      using folder = new TemporaryFolder();
      Deno.writeTextFileSync(`${folder.path}/other.env`, "PORT=other");
      return await problemsOf(["--env-file", `${folder.path}/other.env`], { envFile });
    })(),
  ]);
  assert.deepEqual(here, ['HOST "in a flag"', 'PORT "environment"', 'BATCH_MS "file"']);
  assert.deepEqual(named, ['PORT "other"']);
});

Deno.test("an .env that cannot be read is said to be so, and a named one must be there", async () => {
  await using folder = new Run("demo", [], { envFile: null });
  await using absent = new Run("demo", ["--env-file", "absent.env"]);
  await folder.ends(2);
  assert.match(folder.stderr.text(), /^ {2}\.env cannot be read: .*directory/m);
  await absent.ends(2);
  assert.match(absent.stderr.text(), /^ {2}absent\.env cannot be read: No such file/m);
  // No stack trace: it is the user's mistake and not the program's.
  for (const { stderr } of [folder, absent]) assert.doesNotMatch(stderr.text(), /^ +at /m);
});

Deno.test("the demo shows made-up prices in an empty folder, and SIGTERM ends it in order", async () => {
  await using run = new Run("demo", ["--host", "127.0.0.1", "--port", "0", "--log-format", "json"]);
  const [, port] = await run.stderr.match(/"message":"listening.*"port":(\d+)/);
  const client = await connect(port!);
  const info = await client.first("info");
  assert.equal(info.source, "simulated");
  client.send({ command: "subscribe", exchange: "nse" });
  assert.ok((await client.first("market_data")).data.length > 0);
  const health = await (await fetch(`http://127.0.0.1:${port}/healthz`)).json();
  assert.equal(health.status, "ok");
  run.program.signal("SIGTERM");
  await client.first("system", "shutdown");
  assert.equal(await client.closed, 1001);
  await run.ends(0);
  // The port is free again.
  Deno.listen({ hostname: "127.0.0.1", port: Number(port) }).close();
  const log = run.stderr.all.map((line) => JSON.parse(line));
  assert.ok(
    log.some(({ level, message }) => level === "warning" && /SIMULATED/.test(message)),
    run.stderr.text(),
  );
  assert.match(log.at(-1).message, /stopped/);
  assert.equal(run.stdout.text(), "");
  assert.deepEqual([...Deno.readDirSync(run.folder.path)], []);
});

Deno.test("a signal that is repeated ends the program at once", async () => {
  using teardown = new DisposableStack();
  // Names have to wait for a list that never comes: the program cannot stop in order while it starts.
  const silent = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  teardown.defer(() => silent.close());
  const url = `http://127.0.0.1:${silent.addr.port}`;
  const account = environmentOf({ restUrl: url, streamUrl: url.replace("http", "ws") } as Simulator);
  const env = { ...account, INSTRUMENTS_URL: `${url}/list.json`, WATCHLIST: "nse:GENESYS-EQ" };
  await using run = new Run("start", [], { env });
  await run.stderr.match(/SIMULATED FEED/);
  run.program.signal("SIGINT");
  await run.stderr.match(/SIGINT: stopping \(once more, a second later/);
  const again = setInterval(() => run.program.signal("SIGTERM"), 300);
  teardown.defer(() => clearInterval(again));
  // And 0 for the one that ended in order, or whose time was up.
  await run.ends(1);
});

Deno.test("a port that is taken is named, with what would do", async () => {
  using other = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  const { port } = other.addr;
  await using proxy = new Run("demo", ["--host", "127.0.0.1", "--port", String(port)]);
  await using simulator = new Run("simulate", ["--port", String(port)]);
  await proxy.ends(1);
  const message = proxy.stderr.all.at(-1)!;
  assert.match(message, new RegExp(`^Cannot listen on 127\\.0\\.0\\.1:${port}: .*taken.*--port`));
  await simulator.ends(1);
  assert.match(simulator.stderr.all.at(-1)!, new RegExp(`cannot listen on 127\\.0\\.0\\.1:${port}: `));
});

Deno.test("simulate prints what to log in with, and check walks through it", async () => {
  await using simulated = new Run("simulate", ["--port", "0"]);
  await simulated.stdout.match(/^Faults on demand: /);
  const printed = Object.fromEntries(simulated.stdout.all.flatMap((line) => {
    const match = /^(SMARTAPI_\w+)=(.*)$/.exec(line);
    return match === null ? [] : [[match[1], match[2]]];
  }));
  const { clientCode, pin, apiKey, totpSecret } = SIMULATED_CREDENTIALS;
  const { SMARTAPI_REST_URL: restUrl, SMARTAPI_STREAM_URL: streamUrl, ...account } = printed;
  assert.deepEqual(account, {
    SMARTAPI_CLIENT_CODE: clientCode,
    SMARTAPI_PIN: pin,
    SMARTAPI_API_KEY: apiKey,
    SMARTAPI_TOTP_SECRET: totpSecret,
  });
  assert.equal(`${restUrl.replace("http:", "ws:")}/smart-stream`, streamUrl);

  // As the user is told to: put into .env.
  const envFile = Object.entries(printed).map(([name, value]) => `${name}=${value}\n`).join("");
  await using check = new Run("start", ["check"], { envFile });
  await check.ends(0);
  assert.deepEqual(check.stdout.all.map((line) => /^(\w+) +(\w+)/.exec(line)?.slice(1)), [
    ["ok", "login"],
    ["ok", "stream"],
    ["ok", "heartbeat"],
    ["ok", "price"],
    ["ok", "budget"],
  ]);
  assert.match(check.stdout.text(), /Nifty 50 \d+(\.\d+)? at \d{4}-\d\d-\d\d \d\d:\d\d:\d\d IST/);
  assert.equal(check.stderr.text(), "");
  const control = await (await fetch(`${restUrl}/control`)).json();
  assert.deepEqual([control.stats.logins.length, control.stats.maxSockets], [1, 1]);

  simulated.program.signal("SIGTERM");
  await simulated.ends(0);
});

Deno.test("check says what is wrong and ends with 1, without a secret", async () => {
  await using teardown = new AsyncDisposableStack();
  const { restUrl, streamUrl, control } = await simulator(teardown);
  control.set({ rateLimits: false });
  const urls = { restUrl, streamUrl } as Simulator;
  const wrongPin = { ...ACCOUNT, pin: "64291537" };
  const cases: [env: Record<string, string>, pattern: RegExp][] = [
    [environmentOf(urls, wrongPin), /^FAILED login .*AB1007 "Invalid Clientcode or Pin".*SMARTAPI_PIN/],
    [
      environmentOf(urls, { ...ACCOUNT, totpSecret: "JBSWY3DPEHPK3PXP" }),
      /^FAILED login .*AB1050 "Invalid totp".*SMARTAPI_TOTP_SECRET.*clock/,
    ],
    [
      { ...environmentOf(urls), SMARTAPI_STREAM_URL: `${streamUrl}er` },
      /^FAILED stream .*HTTP 404/,
    ],
    [
      { ...environmentOf(urls), SMARTAPI_REST_URL: nobodyThere() },
      /^FAILED login .*127\.0\.0\.1:\d+ cannot be reached \(connection refused\)/,
    ],
  ];
  await Promise.all(cases.map(async ([env, pattern]) => {
    await using run = new Run("start", ["check"], { env: { ...env, LOG_LEVEL: "debug" } });
    await run.ends(1);
    assert.match(run.stdout.all.at(-1)!, pattern);
    assertNoSecret(run.program.output());
    assertNoSecret(run.program.output(), wrongPin);
  }));
});

Deno.test("a proxy with an account goes through login, ticks and refusals, and writes no secret", async () => {
  await using teardown = new AsyncDisposableStack();
  const broker = await simulator(teardown);
  const env = { ...environmentOf(broker), LOG_LEVEL: "debug", PORT: "0", HOST: "127.0.0.1" };
  await using run = new Run("start", [], { env });
  const [, port] = await run.stderr.match(/listening on 127\.0\.0\.1:(\d+)/);
  const client = await connect(port!);
  client.send({ command: "subscribe", exchange: "nse" });
  await client.first("market_data");
  // All that was issued so far is refused; the next login waits for a one-time code that was not used.
  broker.control.set({ refuseHandshake: { status: 401, times: 1 } });
  broker.control.dropSockets();
  await run.stderr.match(/401/);
  run.program.signal("SIGTERM");
  assert.equal(await client.closed, 1001);
  await run.ends(0);
  assertNoSecret(run.program.output());
  assertNoSecret(JSON.stringify(client.messages));

  broker.control.set({ login: { answer: "AB1007", times: 1 } });
  await using refused = new Run("start", [], { env });
  await refused.stderr.match(/AB1007/);
  refused.program.signal("SIGTERM");
  await refused.ends(0);
  assertNoSecret(refused.program.output());
});

Deno.test("the start task may log into .smartapi-proxy; elsewhere it says what would do and goes on", async () => {
  const teardown = new AsyncDisposableStack();
  await using _ = teardown;
  const broker = await simulator(teardown);
  const env = { ...environmentOf(broker), PORT: "0", HOST: "127.0.0.1" };
  for (const path of [".smartapi-proxy/proxy.log", "elsewhere.log"]) {
    await using run = new Run("start", [], { env: { ...env, LOG_FILE: path } });
    await run.stderr.match(/logged in|login refused/);
    if (path.startsWith(".")) {
      const file = Deno.readTextFileSync(`${run.folder.path}/${path}`);
      assert.match(file, /listening on/);
      assertNoSecret(file);
    } else {
      assert.match(
        run.stderr.text(),
        /LOG_FILE elsewhere\.log cannot be written: .*Choose a file in \.smartapi-proxy/,
      );
    }
    run.program.signal("SIGTERM");
    await run.ends(0);
  }
});
