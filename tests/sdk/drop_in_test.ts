import {
  deepStrictEqual as deepEqual,
  match,
  notStrictEqual as notEqual,
  strictEqual as equal,
} from "node:assert/strict";
import { SIMULATED_CREDENTIALS, type Simulator } from "../../lib/simulator/simulator.ts";
import { DATA_CALLS, type DataSource } from "../../lib/smartapi/data_calls.ts";
import { PATHS } from "../../lib/smartapi/endpoints.ts";
import { PROXY_TOKEN as TOKEN, startGuarded } from "./guarded_proxy.ts";
import { TemporaryFolder } from "./program.ts";
import { downloadSdk, startScript } from "./sdk.ts";

Deno.test("the official SDK logs in at the proxy and gets candles and streams three modes, with two other addresses and nothing else", async () => {
  using folder = new TemporaryFolder();
  await downloadSdk();
  await using guarded = await startGuarded();
  const { address } = guarded;
  const login = [`http://${address}`, `ws://${address}/smart-stream`, "ANYCODE", TOKEN, "anykey", "000000"];
  const more = ["candles"];
  await using sdk = startScript("sdk_client.ts", folder.path, [...login, ...more]);
  await sdk.stdout.match(/^\["open"\]$/);
  const steps = sdk.stdout.all.map((line) => JSON.parse(line));
  deepEqual(steps.map(([step, answer]) => [step, answer?.status]), [
    ["login", true],
    ["profile", true],
    ["candles", true],
    ["renewal", true],
    ["open", undefined],
  ]);
  equal(steps[1][1].data.clientcode, "ANYCODE");
  // From a Monday to a Friday.
  equal(steps[2][1].data.length, 5);
  for (const mode of [1, 2, 3]) {
    await sdk.write(
      JSON.stringify({ correlationID: "abc", action: 1, mode, exchangeType: 1, tokens: ["3045"] }),
    );
  }
  for (const mode of [1, 2, 3]) await sdk.stdout.match(new RegExp(`"subscription_mode":"?${mode}.*3045`));
  await sdk.closeInput();
  equal(await sdk.ended, 0, sdk.output());
  const [step, answer] = JSON.parse(sdk.stdout.all.at(-1)!);
  deepEqual([step, answer.status], ["logout", true]);
  // It knew nothing of the account.
  for (const secret of Object.values(SIMULATED_CREDENTIALS)) equal(login.includes(secret), false);
});

Deno.test("the official SDK is told by the proxy why it is not let in", async () => {
  using folder = new TemporaryFolder();
  await downloadSdk();
  await using guarded = await startGuarded();
  const { address } = guarded;
  await using sdk = startScript("sdk_client.ts", folder.path, [
    ...[`http://${address}`, `ws://${address}/smart-stream`, "ANYCODE", "1234", "anykey", "000000"],
  ]);
  equal(await sdk.ended, 1, sdk.output());
  const [step, answer] = JSON.parse(sdk.stdout.all[0]!);
  deepEqual([step, answer.status, answer.errorcode], ["login", false, "AB1007"]);
  match(answer.message, /proxy/);
});

Deno.test("each path of the official SDK is answered by the proxy itself, asks for market data, or is refused in its name", async () => {
  using folder = new TemporaryFolder();
  await downloadSdk();
  await using script = startScript("sdk_tables.ts", folder.path);
  equal(await script.ended, 0, script.output());
  const { API } = JSON.parse(script.stdout.text());
  const paths = Object.values(API).filter((each): each is string =>
    typeof each === "string" && /^\/?rest\//.test(each)
  );
  const others = Object.entries(API).filter(([, each]) => !paths.includes(each as string));
  deepEqual(others.map(([name]) => name), ["root", "login", "debug", "timeout"]);
  const asked = new Set<string>();
  const data: DataSource = {
    ask(call) {
      asked.add(call);
      return Promise.resolve({ kind: "busy" });
    },
  };
  await using guarded = await startGuarded({ data });
  const before = await loggedIn(guarded.simulator);
  const answered: readonly string[] = Object.values(PATHS);
  const passed: readonly string[] = Object.values(DATA_CALLS).map(({ path }) => path);
  for (const path of paths) {
    for (const method of ["POST", "GET", "PUT", "DELETE"]) {
      const response = await fetch(`http://${guarded.address}/${path}`, {
        method,
        headers: { "authorization": `Bearer ${TOKEN}`, "x-privatekey": TOKEN },
        ...method === "GET" ? {} : { body: '{"variety":"NORMAL","symboltoken":"3045"}' },
      });
      const isPassed = passed.includes(path.replace(/^\/?/, "/")) && (method === "POST" || method === "GET");
      if (isPassed) {
        await response.body?.cancel();
        equal(response.status, 403, path);
        continue;
      }
      const { status, message, errorcode, data } = await response.json();
      equal(response.status, 200);
      if (answered.includes(path)) {
        equal(status, true, path);
        continue;
      }
      deepEqual([status, errorcode, data], [false, "AB2000", null], path);
      match(message, /proxy/);
    }
  }
  // Who is asked for market data was asked for that alone, and the broker for nothing.
  deepEqual([...asked, "ltp"].toSorted(), Object.keys(DATA_CALLS).toSorted());
  deepEqual(guarded.simulator.control.stats().restCalls, before);
});

/** What the broker was asked until the proxy has logged in. */
async function loggedIn({ control }: Simulator) {
  while (control.stats().sockets === 0) await new Promise((resolve) => setTimeout(resolve, 5));
  const { restCalls } = control.stats();
  notEqual(restCalls.login, undefined);
  return restCalls;
}
