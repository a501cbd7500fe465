/**
 * The official JavaScript SDK as a program of its own, pointed at a simulator or at the proxy by its two addresses; it
 * is known to end its process by itself. Takes REST address, stream address, client code, PIN, API key and a one-time
 * code as arguments, and "candles" where it is to ask for some; each line of its standard input is a request for `fetchData`, and the end of it is the end of the
 * program.
 *
 * Prints a JSON array a line: the name of a step and what the SDK made of it, and `["tick", …]` for each tick.
 */
import { createRequire } from "node:module";
import process from "node:process";
import { createInterface } from "node:readline";
import { SDK } from "./official_sdk.ts";

const [restUrl, streamUrl, clientCode, pin, apiKey, code] = Deno.args;

const { default: sdk } = await import(SDK);
const { default: { API } } = await import(`${SDK}/config/api.js`);
const { default: { CONSTANTS } } = await import(`${SDK}/config/constant.js`);
// Both tables are read when the SDK's objects are made.
API.root = restUrl;
CONSTANTS.websocketURL = streamUrl;
// Asked by the constructor, and of third parties: a test asks nobody.
createRequire(import.meta.resolve(SDK))("public-ip").v4 = () => Promise.resolve("127.0.0.1");

function print(...event: readonly unknown[]): void {
  console.log(JSON.stringify(event));
}

const smartApi = new sdk.SmartAPI({ api_key: apiKey });
const session = await smartApi.generateSession(clientCode, pin, code);
print("login", session);
if (session.status !== true) Deno.exit(1);
print("profile", await smartApi.getProfile());
if (Deno.args[6] === "candles") {
  const candles = { exchange: "NSE", symboltoken: "3045", interval: "ONE_DAY" };
  const range = { fromdate: "2026-01-05 09:15", todate: "2026-01-09 15:30" };
  print("candles", await smartApi.getCandleData({ ...candles, ...range }));
}
print("renewal", await smartApi.generateToken(session.data.refreshToken));

const stream = new sdk.WebSocketV2({
  clientcode: clientCode,
  jwttoken: `Bearer ${session.data.jwtToken}`,
  apikey: apiKey,
  feedtype: session.data.feedToken,
});
stream.on("tick", (tick: unknown) => print("tick", tick));
await stream.connect();
print("open");

for await (const line of createInterface({ input: process.stdin })) stream.fetchData(JSON.parse(line));
stream.close();
print("logout", await smartApi.logout(clientCode));
// The SDK never lets go of its timers.
Deno.exit(0);
