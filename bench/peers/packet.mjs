/** An LTP packet of the NSE as the JSON that the Node and the Bun peer send. */
export function tickJson(packet) {
  const view = new DataView(packet.buffer, packet.byteOffset, packet.byteLength);
  let end = 2;
  while (packet[end] !== 0) end++;
  const token = String.fromCharCode(...packet.subarray(2, end));
  const time = Number(view.getBigInt64(35, true));
  const json = JSON.stringify({
    exchange: "nse",
    exchange_type: packet[1],
    token,
    mode: "ltp",
    last_traded_price: Number(view.getBigInt64(43, true)) / 100,
    timestamp: timestamp(time),
    exchange_timestamp: time,
    sequence_number: Number(view.getBigInt64(27, true)),
  });
  return { token, json };
}

let lastTime = 0;
let lastText = "";

/** Indian time; the same second is not written twice. */
function timestamp(ms) {
  if (ms !== lastTime) {
    lastTime = ms;
    lastText = new Date(ms + 19_800_000).toISOString().slice(0, 19).replace("T", " ");
  }
  return lastText;
}
