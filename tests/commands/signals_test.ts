/** Each program that runs on, ended by a signal that ends programs, while what it needs is not there. */
import assert from "node:assert/strict";
import { simulatedCredentials } from "../../lib/commands/credentials.ts";
import { Program, TemporaryFolder } from "../sdk/program.ts";

const MAIN = new URL("../../main.ts", import.meta.url).href;

/** An address on which nobody listens. */
function nobody(scheme: string): string {
  using listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  return `${scheme}://127.0.0.1:${listener.addr.port}`;
}

interface Run {
  readonly args: readonly string[];
  readonly env?: Record<string, string>;
  /** What ends it; it comes twice, as a terminal and `deno task` send it. */
  readonly signal: Deno.Signal;
  readonly from: "stdout" | "stderr";
  /** What it writes when it is where it stays. */
  readonly shows: RegExp;
}

function account(): Record<string, string> {
  const { clientCode, pin, apiKey, totpSecret } = simulatedCredentials();
  return {
    SMARTAPI_CLIENT_CODE: clientCode,
    SMARTAPI_PIN: pin.reveal(),
    SMARTAPI_API_KEY: apiKey.reveal(),
    SMARTAPI_TOTP_SECRET: totpSecret.reveal(),
    SMARTAPI_REST_URL: nobody("http"),
    SMARTAPI_STREAM_URL: nobody("ws"),
    INSTRUMENTS_URL: nobody("http"),
  };
}

const HERE = { HOST: "127.0.0.1", PORT: "0" };

const RUNS: Readonly<Record<string, () => Run>> = {
  "serve, whose broker is not there": () => ({
    args: ["serve"],
    env: { ...HERE, ...account() },
    signal: "SIGHUP",
    from: "stderr",
    shows: /no login: .*next try/,
  }),
  "simulate": () => ({
    args: ["simulate", "--port", "0"],
    signal: "SIGTERM",
    from: "stdout",
    shows: /Faults on demand/,
  }),
  "edge, whose hub is not there": () => ({
    args: ["edge"],
    env: { ...HERE, NATS_URL: nobody("nats") },
    signal: "SIGINT",
    from: "stderr",
    shows: /waiting for the hub/,
  }),
  "watch, whose proxy is not there": () => ({
    args: ["watch", "--url", nobody("ws"), "nse:3045"],
    signal: "SIGHUP",
    from: "stdout",
    shows: /cannot be reached/,
  }),
};

for (const [name, run] of Object.entries(RUNS)) {
  Deno.test(`${name}: a signal ends it in order, with 0, also when it comes twice at once`, async () => {
    using folder = new TemporaryFolder();
    const { args, env, signal, from, shows } = run();
    const command = ["run", "--quiet", "--no-prompt", "--allow-all", MAIN, ...args];
    await using program = new Program(command, { cwd: folder.path, ...env === undefined ? {} : { env } });
    await program[from].match(shows);
    for (let i = 0; i < 2; i++) program.signal(signal);
    assert.equal(await program.ended, 0, program.output());
  });
}
