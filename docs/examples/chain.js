import { connect } from "../../static/client.js"; // or from "http://localhost:8765/client.js"

const client = connect(globalThis.Deno?.args[0] ?? "ws://localhost:8765");

client.on("chain", ({ message }) => console.log(message));

const { chain } = await client.subscribeChain({ underlying: "NIFTY", strikes: 2, mode: "snapquote" });
console.log(chain.id, chain.expires);

let count = 0;
for await (const { symbol, last_traded_price, open_interest } of client.ticks()) {
  console.log(symbol, last_traded_price, open_interest ?? "");
  if (open_interest > 0 && ++count === 20) break;
}
await client.close();
