/**
 * The official JavaScript SDK's stream alone, pointed at the proxy by its address: takes it and an access token as
 * arguments. Prints `["tick", …]` for each tick, a JSON array a line; the end of standard input ends it.
 */
import process from "node:process";
import { createInterface } from "node:readline";
import { SDK } from "./official_sdk.ts";

const [streamUrl, token] = Deno.args;

const { default: sdk } = await import(SDK);
const { default: { CONSTANTS } } = await import(`${SDK}/config/constant.js`);
CONSTANTS.websocketURL = streamUrl;

const stream = new sdk.WebSocketV2({ clientcode: "A1", jwttoken: "none", apikey: "none", feedtype: token });
stream.on("tick", (tick: unknown) => console.log(JSON.stringify(["tick", tick])));
await stream.connect();
for (const mode of [1, 2, 3]) {
  stream.fetchData({ correlationID: "abc", action: 1, mode, exchangeType: 1, tokens: ["3045"] });
}
for await (const _ of createInterface({ input: process.stdin }));
Deno.exit(0);
