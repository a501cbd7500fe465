import { match, strictEqual as equal } from "node:assert/strict";
import { connect, type TLSSocket } from "node:tls";
import { WebSocket } from "ws";
import { systemClock } from "../../lib/util/clock.ts";
import { startSimulator } from "../../lib/simulator/simulator.ts";
import { simulatorEnv, startProgram } from "./process.ts";

const FIXTURES = new URL("../fixtures/tls/", import.meta.url).pathname;

/** The name in the certificate that a new connection gets. */
function nameAt(port: number): Promise<string> {
  return new Promise((resolve, reject) => {
    const socket: TLSSocket = connect({ host: "127.0.0.1", port, rejectUnauthorized: false }, () => {
      resolve(String(socket.getPeerCertificate().subject?.CN));
      socket.destroy();
    });
    socket.on("error", reject);
  });
}

Deno.test("with a certificate the port speaks https and wss, and takes over a renewed one: clients are told, and come back", async () => {
  const simulator = await startSimulator({ clock: systemClock, random: Math.random, rate: 100 });
  const folder = await Deno.makeTempDir();
  const [cert, key] = [`${folder}/tls.crt`, `${folder}/tls.key`];
  const install = async (name: string) => {
    await Deno.copyFile(`${FIXTURES}${name}.crt`, cert);
    await Deno.copyFile(`${FIXTURES}${name}.key`, key);
  };
  try {
    await install("one");
    await using program = await startProgram(
      ["--port", "0", "--host", "127.0.0.1", "--tls-cert", cert, "--tls-key", key],
      simulatorEnv(simulator),
    );
    const { port } = program;
    await program.wrote(`see https://localhost:${port} or connect to wss://localhost:${port}`);
    equal(await nameAt(port), "one of the tests");

    const socket = new WebSocket(`wss://127.0.0.1:${port}/?encoding=json`, { rejectUnauthorized: false });
    const messages: Record<string, unknown>[] = [];
    const closed = new Promise((resolve) => socket.on("close", resolve));
    const heard = (wanted: (message: Record<string, unknown>) => boolean) =>
      new Promise<void>((resolve) =>
        socket.on("message", (data) => {
          const message = JSON.parse(String(data));
          messages.push(message);
          if (wanted(message)) resolve();
        })
      );
    const first = heard(({ type }) => type === "market_data");
    socket.on("open", () => socket.send('{"command":"subscribe","exchange":"nse"}'));
    await first;

    // Half of a renewal: the certificate of one, the key of another.
    await Deno.copyFile(`${FIXTURES}other.crt`, cert);
    await program.wrote("the certificate of before stays in use");
    equal(await nameAt(port), "one of the tests");
    await Deno.copyFile(`${FIXTURES}other.key`, key);
    await program.wrote("new connections get the certificate");
    equal(await nameAt(port), "other of the tests");

    // The client was told and closed; it is let in again, and the broker's socket was not touched.
    equal(await closed, 1012);
    equal(messages.at(-1)!.status, "restart");
    const again = new WebSocket(`wss://127.0.0.1:${port}/?encoding=json`, { rejectUnauthorized: false });
    const back = new Promise<void>((resolve) =>
      again.on("message", (data) => {
        if (JSON.parse(String(data)).type === "market_data") resolve();
      })
    );
    again.on("open", () => again.send('{"command":"subscribe","exchange":"nse"}'));
    await back;
    equal(simulator.control.stats().handshakes[101], 1);
    const plain = await fetch(`http://127.0.0.1:${port}/healthz`).catch(() => undefined);
    equal(plain?.ok ?? false, false);
    const gone = new Promise((resolve) => again.on("close", resolve));
    program.kill("SIGTERM");
    equal(await gone, 1001);
    equal((await program.status).code, 0);
  } finally {
    await simulator.stop();
    await Deno.remove(folder, { recursive: true });
  }
});

Deno.test("a certificate that cannot be used stops the start with one message", async () => {
  const run = (cert: string, key: string) =>
    startProgram(["--demo", "--port", "0", "--host", "127.0.0.1", "--tls-cert", cert, "--tls-key", key]).then(
      () => "it started",
      (error) => error.message,
    );
  match(
    await run(`${FIXTURES}nowhere.crt`, `${FIXTURES}one.key`),
    /TLS_CERT or TLS_KEY ".*nowhere\.crt": No such file/,
  );
  match(await run(`${FIXTURES}one.crt`, `${FIXTURES}other.key`), /Cannot listen on .*KeyMismatch/);
});
