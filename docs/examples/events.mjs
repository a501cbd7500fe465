// Ticks by server-sent events, in Node 18 or newer: node events.mjs NSE:SBIN-EQ http://localhost:8765
const [symbols = "NSE:SBIN-EQ", proxy = "http://localhost:8765"] = process.argv.slice(2);

const answer = await fetch(`${proxy}/events?${new URLSearchParams({ symbols, mode: "ltp" })}`);
if (!answer.ok) throw new Error((await answer.json()).message);

let rest = "";
for await (const text of answer.body.pipeThrough(new TextDecoderStream())) {
  const events = (rest + text).split("\n\n");
  rest = events.pop();
  for (const event of events) {
    const fields = Object.fromEntries(event.split("\n").map((line) => line.split(/: (.*)/)));
    if (fields.data === undefined) continue; // a heartbeat
    const data = JSON.parse(fields.data);
    if (fields.event !== undefined) console.log(fields.event, data.message ?? data.reason);
    else {for (const tick of data.data) {
        console.log(tick.symbol, tick.last_traded_price ?? "-", tick.freshness);
      }}
  }
}
