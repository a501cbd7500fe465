import type { InstrumentKey } from "../../lib/market/market.ts";
import { handshakeRefusal } from "../../lib/smartapi/stream.ts";
import { joined } from "../../lib/util/joined.ts";
import { type FakeBroker, TOKENS } from "./fake_broker.ts";
import { SECRETS } from "./secrets.ts";
import type { Outcome, StreamRow } from "./stream_rows.ts";

const SECOND = 1_000;
const MINUTE = 60_000;

const NIFTY: InstrumentKey = "nse:99926000";
const SBIN: InstrumentKey = "nse:3045";
const OPTION: InstrumentKey = "nfo:40000";

type FeedRow = StreamRow<FakeBroker>;

/** What no client has to be told, since the last price stays true. */
const HARMLESS: Outcome = {
  told: [],
  worth: "live",
  ready: true,
  backWithin: 6 * SECOND,
  dials: [0, 0],
  logins: [0, 0],
  requests: [0, 0],
};

/** The socket is good, and its prices are not of now. */
const OF_BEFORE: Outcome = { ...HARMLESS, worth: "quiet", ready: false };

/** One connection is lost, one handshake is refused, and the next one is not. */
const LOST: Outcome = {
  ...HARMLESS,
  told: ["upstream_down", "stale", "upstream_up", "fresh"],
  toldWithin: 0,
  dials: [2, 2],
  requests: [1, 1],
};

/** The broker's wish is kept. */
const PATIENT: Partial<Outcome> = { worth: "stale", ready: false, backWithin: 545 * SECOND };

/** Of a trouble that there is already when the program starts, and no client has a price. */
const FROM_START = {
  ...OF_BEFORE,
  watch: [SBIN],
  fromStart: true,
  backWithin: 5 * SECOND,
  logins: [1, 2],
} as const;

/** Requests for an instrument are lost, so many of them. */
function swallowing(key: InstrumentKey, times: number): (broker: FakeBroker) => void {
  return (broker) => {
    let left = times;
    broker.swallows = (each) => each === key && left-- > 0;
  };
}

function handshake(
  name: string,
  status: number,
  outcome: Partial<Outcome>,
  retryAfterMs?: number,
): FeedRow {
  return {
    ...LOST,
    says: new RegExp(`HTTP ${status}`),
    ...outcome,
    name: `a handshake answered with ${name}`,
    lasts: MINUTE,
    begin(broker) {
      const first = broker.dials.length + 1;
      broker.handshake = (number) => number > first ? "open" : handshakeRefusal(status, "", retryAfterMs);
      broker.drop();
    },
  };
}

/** Each request is answered with an error that names it. */
function refusal(broker: FakeBroker, code: string, message: string): void {
  broker.onRequest = (text) =>
    JSON.stringify({ correlationID: JSON.parse(text).correlationID, errorCode: code, errorMessage: message });
}

/** Rows of what only a broker in the hand can do. */
export const FEED_ROWS: readonly FeedRow[] = [
  handshake("a redirection", 302, {}),
  handshake("a page and HTTP 200", 200, {}),
  handshake("404", 404, {}),
  handshake("503 and Retry-After: 600", 503, PATIENT, 600 * SECOND),
  handshake("429 and Retry-After: 600", 429, PATIENT, 600 * SECOND),
  {
    name: "every packet comes 180 s late, from the start",
    ...OF_BEFORE,
    lasts: 10 * MINUTE,
    fromStart: true,
    dials: [1, 1],
    logins: [1, 1],
    requests: [1, 2],
    says: /its prices come 180 s late/,
    begin: (broker) => broker.ageMs = 180 * SECOND,
  },
  {
    name: "packets begin to come 180 s late: none replaces a newer one",
    ...OF_BEFORE,
    told: ["suspect", "fresh"],
    lasts: 10 * MINUTE,
    says: /its prices come 180 s late/,
    rejected: ["time_backwards"],
    begin: (broker) => broker.ageMs = 180 * SECOND,
  },
  {
    name: "every packet comes 20 s late",
    ...HARMLESS,
    lasts: 10 * MINUTE,
    fromStart: true,
    dials: [1, 1],
    logins: [1, 1],
    requests: [1, 2],
    begin: (broker) => broker.ageMs = 20 * SECOND,
  },
  {
    name: "the exchange's clock stands still, while packets come",
    ...OF_BEFORE,
    told: ["upstream_silent", "stale", "upstream_up", "fresh"],
    toldWithin: 80 * SECOND,
    worth: "stale",
    lasts: 10 * MINUTE,
    says: /no tick for 75 s in trading hours/,
    dials: [2, 2],
    logins: [0, 1],
    requests: [1, 6],
    begin: (broker) => broker.frozenAt = broker.clock.now(),
  },
  {
    name: "one packet is repeated for ever",
    ...OF_BEFORE,
    told: ["upstream_silent", "stale", "upstream_up", "fresh"],
    worth: "stale",
    lasts: 10 * MINUTE,
    dials: [2, 2],
    logins: [0, 1],
    requests: [1, 6],
    begin(broker) {
      const packets = new Map<string, Uint8Array>();
      broker.frames = (packet) => {
        const key = String(packet.subarray(0, 27));
        const first = packets.get(key) ?? packet;
        packets.set(key, first);
        return [first];
      };
    },
  },
  ...([["seconds", 1e-3], ["microseconds", 1e3], ["nanoseconds", 1e6]] as const).map(
    ([unit, factor]): FeedRow => ({
      name: `times in ${unit}`,
      ...HARMLESS,
      told: ["suspect", "upstream_silent", "stale", "fresh", "upstream_up"],
      toldWithin: 0,
      worth: "suspect",
      ready: false,
      lasts: 5 * MINUTE,
      backWithin: 5 * SECOND,
      rejected: ["bad_time"],
      dials: [1, 2],
      logins: [0, 1],
      requests: [1, 6],
      begin: (broker) => broker.timeFactor = factor,
    }),
  ),
  ...[1, 2, 3, 30].map((seconds): FeedRow => ({
    name: `a packet that is ${seconds} s older comes after a newer one`,
    ...HARMLESS,
    lasts: 10 * SECOND,
    rejected: ["out_of_order"],
    never: [790],
    always: [805],
    begin(broker) {
      const exchangeTime = broker.clock.now() - seconds * SECOND;
      const late = broker.packet(SBIN, "snapquote", 790, { exchangeTime });
      broker.tick(SBIN, 805);
      broker.send(late);
    },
  })),
  {
    name: "an index, whose packets have no number: an older one after a newer",
    ...HARMLESS,
    lasts: 10 * SECOND,
    rejected: ["out_of_order"],
    never: [790],
    begin(broker) {
      broker.send(broker.packet(NIFTY, "snapquote", 790, { exchangeTime: broker.clock.now() - 2 * SECOND }));
    },
  },
  {
    name: "the broker begins to number anew",
    ...HARMLESS,
    lasts: MINUTE,
    always: [805],
    begin(broker) {
      broker.renumber(0);
      broker.clock.after(10 * SECOND, () => broker.tick(SBIN, 805));
    },
  },
  {
    name: "a packet with the price of another instrument",
    ...HARMLESS,
    told: ["suspect", "fresh"],
    lasts: 10 * SECOND,
    rejected: ["price_jump"],
    never: [24_500],
    begin(broker) {
      broker.tick(SBIN, 24_500);
      broker.clock.after(500, () => broker.tick(SBIN, 801));
    },
  },
  {
    name: "a lone packet far from the one before it is shown with its doubt, within a second",
    ...HARMLESS,
    watch: [NIFTY, OPTION],
    told: ["suspect", "fresh"],
    lasts: 10 * SECOND,
    always: [24_500],
    begin(broker) {
      broker.prices.set(OPTION, 120);
      broker.tick(OPTION, 120);
      broker.tick(OPTION, 24_500);
      broker.prices.set(OPTION, 800);
    },
  },
  {
    name: "a real jump is shown with the packet that confirms it",
    ...HARMLESS,
    told: ["suspect", "fresh"],
    lasts: MINUTE,
    always: [8_010],
    begin(broker) {
      broker.tick(SBIN, 8_000);
      broker.clock.after(500, () => broker.tick(SBIN, 8_010));
      broker.prices.set(SBIN, 8_010);
    },
  },
  {
    name: "all packets have grown by eight bytes",
    ...HARMLESS,
    lasts: MINUTE,
    always: [805],
    begin(broker) {
      broker.frames = (packet) => [joined([packet, new Uint8Array(8).fill(7)])];
      broker.tick(SBIN, 805);
    },
  },
  {
    name: "two packets in each frame",
    ...HARMLESS,
    lasts: MINUTE,
    always: [805, 806],
    begin(broker) {
      broker.send(
        joined([broker.packet(SBIN, "snapquote", 805), broker.packet(SBIN, "snapquote", 806)]),
      );
    },
  },
  {
    name: "a whole packet and a piece of one in a frame: the whole one is read",
    ...HARMLESS,
    lasts: 10 * SECOND,
    always: [805],
    begin(broker) {
      broker.send(
        joined([
          broker.packet(SBIN, "snapquote", 805),
          broker.packet(SBIN, "snapquote", 806).subarray(0, 60),
        ]),
      );
    },
  },
  {
    name: "frames of any length, of zeros and of ones",
    ...HARMLESS,
    lasts: 10 * SECOND,
    says: /wrong_length|unknown_mode/,
    begin(broker) {
      for (const length of [0, 1, 2, 26, 27, 50, 52, 122, 124, 378, 380, 443, 1_000, 60_000]) {
        for (const byte of [0, 255]) broker.send(new Uint8Array(length).fill(byte));
      }
    },
  },
  ...[0, 6, 8, 14, 99, 255].map((type): FeedRow => ({
    name: `a packet of exchange type ${type}`,
    ...HARMLESS,
    lasts: 10 * SECOND,
    never: [24_500],
    begin(broker) {
      const packet = broker.packet(SBIN, "snapquote", 24_500);
      packet[1] = type;
      broker.send(packet);
    },
  })),
  {
    name: "a packet whose numbers beside the price are the largest there are costs no price",
    ...HARMLESS,
    lasts: 10 * SECOND,
    always: [805],
    begin(broker) {
      const packet = broker.packet(SBIN, "snapquote", 805);
      // Last and average traded quantity, volume, and the two totals, which are doubles: all bits are ones.
      packet.fill(255, 51, 91);
      broker.send(packet);
    },
  },
  {
    name: "a packet whose book is nonsense costs no price",
    ...HARMLESS,
    lasts: 10 * SECOND,
    always: [805],
    begin(broker) {
      const packet = broker.packet(SBIN, "snapquote", 805);
      packet.fill(255, 147, 347);
      broker.send(packet);
    },
  },
  {
    name: "nothing comes from the start, and no index is on the list",
    ...FROM_START,
    told: ["upstream_silent", "stale", "upstream_up", "fresh"],
    toldWithin: 80 * SECOND,
    worth: undefined,
    lasts: 10 * MINUTE,
    dials: [2, 3],
    requests: [3, 12],
    begin: (broker) => broker.snapshots = broker.ticks = () => false,
  },
  {
    name: "a snapshot, and silence from the start, and no index is on the list",
    ...FROM_START,
    told: ["upstream_silent", "stale", "upstream_up", "fresh"],
    toldWithin: 305 * SECOND,
    worth: "stale",
    lasts: 10 * MINUTE,
    dials: [2, 2],
    requests: [2, 8],
    begin: (broker) => broker.ticks = () => false,
  },
  {
    name: "the request for one instrument is swallowed once, and made again",
    ...HARMLESS,
    fromStart: true,
    lasts: MINUTE,
    dials: [1, 1],
    logins: [1, 1],
    requests: [2, 3],
    begin: swallowing(SBIN, 1),
  },
  {
    name: "the requests for one instrument are swallowed for ever",
    ...HARMLESS,
    watch: [SBIN, NIFTY],
    fromStart: true,
    lasts: 50 * MINUTE,
    worth: undefined,
    backWithin: Infinity,
    dials: [1, 1],
    logins: [1, 1],
    requests: [4, 6],
    lists: /the broker has answered none of 4 requests for it/,
    begin: swallowing(SBIN, Infinity),
  },
  {
    name: "after a reconnect the request for one instrument is swallowed",
    ...HARMLESS,
    watch: [SBIN, NIFTY],
    told: ["upstream_down", "stale", "fresh", "upstream_up"],
    toldWithin: 0,
    lasts: 20 * SECOND,
    worth: "stale",
    backWithin: 20 * SECOND,
    dials: [1, 1],
    requests: [2, 3],
    begin(broker) {
      swallowing(SBIN, 1)(broker);
      broker.drop();
    },
  },
  {
    name: "the broker drops one subscription of a busy instrument: it is asked for again",
    ...HARMLESS,
    watch: [SBIN, NIFTY],
    lasts: 3 * MINUTE,
    requests: [1, 1],
    begin(broker) {
      for (const side of broker.open) side.held.delete(SBIN);
    },
  },
  ...([
    ["E1001", "Invalid Request Payload."],
    ["E1002", "Invalid Request. Subscription Limit Exceeded."],
  ] as const).map(([code, message]): FeedRow => ({
    name: `${code} to each request for ten minutes`,
    ...HARMLESS,
    fromStart: true,
    told: ["subscription_refused"],
    lasts: 10 * MINUTE,
    worth: undefined,
    ready: false,
    backWithin: 8 * MINUTE,
    dials: [1, 1],
    logins: [1, 1],
    requests: [4, 30],
    says: new RegExp(`${code} ${message}`),
    lists: new RegExp(`the broker refused it: ${code} ${message}`),
    begin: (broker) => refusal(broker, code, message),
  })),
  {
    name: "errors that repeat what they were sent",
    ...HARMLESS,
    fromStart: true,
    told: ["subscription_refused"],
    lasts: MINUTE,
    worth: undefined,
    backWithin: 3 * MINUTE,
    dials: [1, 1],
    logins: [1, 1],
    requests: [2, 12],
    begin: (broker) => refusal(broker, "E1001", JSON.stringify({ ...SECRETS, ...TOKENS })),
  },
];
