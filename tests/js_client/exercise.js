/**
 * What each runtime is asked to do with the client, in plain JavaScript: streams, is refused, loses the proxy, has all
 * again, and ends.
 *
 * @param {{ connect: typeof import("../../static/client.js").connect,
 *   CommandError: typeof import("../../static/client.js").CommandError }} library
 * @param {string} url
 * @param {(text: string) => void} say How far it is: `streams` when the proxy may be taken away.
 */
export async function exercise({ connect, CommandError }, url, say) {
  let unpacked = 0;
  const { DecompressionStream } = globalThis;
  globalThis.DecompressionStream = class extends DecompressionStream {
    /** @param {CompressionFormat} format */
    constructor(format) {
      super(format);
      unpacked++;
    }
  };

  const client = connect(url, { retryBase: 50 });
  /** @type {Promise<import("../../static/client.js").Gap>} */
  const gap = new Promise((resolve) => client.on("gap", (gap) => gap.kind === "connection" && resolve(gap)));
  const ticks = client.ticks();

  /** @param {number} count Ticks of each instrument to be waited for. */
  async function read(count) {
    /** @type {Map<string, number>} */
    const counts = new Map();
    while (counts.size < 2 || Math.min(...counts.values()) < count) {
      const { value } = await ticks.next();
      if (!value || !(value.last_traded_price > 0 && value.bids?.length === 5)) {
        throw new Error(JSON.stringify(value));
      }
      if (!value.snapshot) counts.set(value.symbol, (counts.get(value.symbol) ?? 0) + 1);
    }
    return [...counts.keys()].sort();
  }

  const wants = { symbols: ["NSE:SBIN-EQ", "NSE:RELIANCE-EQ", "NOBODY"] };
  const { status, results } = await client.subscribe({ ...wants, mode: "snapquote" });
  const before = await read(2);
  const refusal = await client.subscribe({ symbols: ["NOBODY"] }).catch((error) => error);
  const [found] = await client.search("nifty bank", { limit: 1 });
  say("streams");
  const { from, to, instruments } = await gap;
  const after = await read(2);
  const { wanted } = client;
  await client.close();
  return {
    status,
    rows: results.map(({ status }) => status),
    before,
    unpacked: unpacked > 0,
    refusal: refusal instanceof CommandError && refusal.code,
    found: found.symbol,
    gap: from <= to && instruments,
    after,
    wanted: [...wanted],
    ended: (await ticks.return()).done,
  };
}
