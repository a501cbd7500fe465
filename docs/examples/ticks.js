import { connect } from "../../static/client.js"; // or from "http://localhost:8765/client.js"

const client = connect(globalThis.Deno?.args[0] ?? "ws://localhost:8765");

client.on("gap", ({ kind, from, to }) => console.log("not seen:", kind, from, to));
client.on("freshness", ({ message }) => console.log(message));

const { results } = await client.subscribe({ symbols: ["NIFTY 50", "NSE:SBIN-EQ"], mode: "quote" });
for (const { instrument, status, message } of results) console.log(instrument, status, message ?? "");

let count = 0;
for await (const { symbol, last_traded_price, volume, freshness } of client.ticks()) {
  console.log(symbol, last_traded_price, volume ?? "", freshness ?? "");
  if (++count === 10) break;
}
await client.close();
