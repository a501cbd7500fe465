import { deepStrictEqual as deepEqual, ok, strictEqual as equal } from "node:assert/strict";
import { Secret } from "../../lib/util/secret.ts";
import { manyInstruments } from "../../lib/simulator/instruments.ts";
import { SIMULATED_CREDENTIALS } from "../../lib/simulator/simulator.ts";
import { Rig, type RigOptions } from "./rig.ts";

const statuses = (news: readonly { status?: string }[]) => news.map(({ status }) => status);

function credentials(pin: string) {
  const { clientCode, apiKey, totpSecret } = SIMULATED_CREDENTIALS;
  return {
    clientCode,
    pin: new Secret(pin),
    apiKey: new Secret(apiKey),
    totpSecret: new Secret(totpSecret),
  };
}

Deno.test("a wrong PIN is tried once; other credentials are taken up, and the clients hear of both", async () => {
  await using rig = await Rig.start({ proxy: { credentials: credentials("4321") } });
  const client = await rig.connect();
  client.send({ command: "subscribe", exchange: "nse" });
  await rig.pass(120_000, 500);
  deepEqual(rig.control.stats().logins.map(({ outcome }) => outcome), ["AB1007"]);
  const late = await rig.connect();
  equal(late.messages[0]!.upstream.state, "refused");
  late.send({ command: "subscribe", exchange: "nse" });
  rig.changeCredentials(credentials(SIMULATED_CREDENTIALS.pin));
  await rig.until(() => client.ticks.length > 10 && late.news.length >= 2);
  deepEqual(rig.control.stats().logins.map(({ outcome }) => outcome), ["AB1007", "ok"]);
  ok(statuses(client.news).includes("upstream_up"));
  deepEqual(statuses(late.news).slice(0, 2), ["upstream_up", "fresh"]);
});

Deno.test("other credentials replace a socket that is live", async () => {
  await using rig = await Rig.start();
  const client = await rig.connect();
  client.send({ command: "subscribe", exchange: "nse" });
  await rig.until(() => client.ticks.length > 10);
  rig.changeCredentials(credentials(SIMULATED_CREDENTIALS.pin));
  await rig.until(() => rig.control.stats().handshakes[101] === 2 && rig.control.stats().sockets === 1);
  const count = client.ticks.length;
  await rig.until(() => client.ticks.length > count + 10);
  equal(rig.control.stats().maxSockets, 1);
});

Deno.test("an error of the broker is told to those who want the instruments it is about, and is not repeated", async () => {
  await using rig = await Rig.start();
  const nse = await rig.connect();
  const mcx = await rig.connect();
  nse.send({ command: "subscribe", exchange: "nse" });
  await rig.until(() => nse.ticks.length > 10);
  mcx.send({ command: "subscribe", exchange: "mcx" });
  await rig.until(() => mcx.ticks.length > 10);
  const request = JSON.parse(rig.control.stats().requests.at(-1)!);
  rig.control.send(JSON.stringify({
    correlationID: request.correlationID,
    errorCode: "E1002",
    errorMessage: "Invalid Request. Subscription Limit Exceeded.",
  }));
  await rig.until(() => mcx.news.length > 0);
  equal(mcx.news[0]!.status, "subscription_refused");
  equal(mcx.news[0]!.reason, "E1002");
  deepEqual(mcx.news[0]!.instruments, ["mcx:574841", "mcx:999999"]);
  await rig.pass(10_000, 100);
  deepEqual(nse.news, []);
  equal(rig.control.stats().requests.length, 2);
});

function crowd(count: number, maxSockets: number): RigOptions {
  const instruments = manyInstruments(count);
  return {
    simulator: { instruments, rate: 2_000 },
    proxy: { maxSockets, watchlist: new Map([["nse", instruments.map(({ token }) => token)]]) },
  };
}

Deno.test("2,500 instruments stand on three sockets, each once, in messages of at most 500", async () => {
  await using rig = await Rig.start(crowd(2_500, 3));
  const client = await rig.connect();
  client.send({ command: "subscribe", exchange: "nse" });
  await rig.until(() => rig.control.stats().subscriptions.flat().length === 2_500);
  const { subscriptions, requests, maxSockets, logins } = rig.control.stats();
  deepEqual(subscriptions.map((pairs) => pairs.length).sort(), [833, 833, 834]);
  equal(new Set(subscriptions.flat()).size, 2_500);
  equal(maxSockets, 3);
  equal(logins.length, 1);
  for (const request of requests) {
    const tokens = JSON.parse(request).params.tokenList.flatMap((entry: { tokens: string[] }) =>
      entry.tokens
    );
    ok(tokens.length <= 500);
  }
  equal(client.answers[0]!.status, "success");
  // One socket of the three is lost: only its instruments are concerned.
  rig.control.set({ ghostSeconds: 0 });
  await rig.until(() => client.ticks.length > 3_000);
  rig.control.dropSockets();
  await rig.until(() => statuses(client.news).filter((status) => status === "upstream_up").length === 3);
  const ups = client.news.filter(({ status }) => status === "upstream_up");
  deepEqual(ups.map(({ instruments }) => instruments.length).sort(), [833, 833, 834]);
  equal(rig.control.stats().maxSockets, 3);
});

Deno.test("what does not fit the sockets is refused to that client, with the numbers", async () => {
  await using rig = await Rig.start(crowd(1_100, 1));
  const client = await rig.connect();
  client.send({ command: "subscribe", exchange: "nse" });
  await rig.until(() => client.answers.length > 0);
  const [answer] = client.answers;
  equal(answer!.status, "partial");
  equal(answer!.code, "budget_exhausted");
  ok(answer!.message.includes("990 of 1100"), answer!.message);
  equal(answer!.data[0].tokens.length, 990);
  await rig.until(() => rig.control.stats().subscriptions.flat().length === 990);
});
