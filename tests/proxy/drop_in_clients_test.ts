import { deepStrictEqual as deepEqual, ok, strictEqual as equal } from "node:assert/strict";
import { AccessList, digestOf } from "../../lib/access/access_list.ts";
import { readTokens } from "../../lib/access/token_file.ts";
import { DEFAULT_LIMITS } from "../../lib/config/limits.ts";
import { PACKET_BYTES, PATHS } from "../../lib/smartapi/endpoints.ts";
import { FakeClock } from "../fakes.ts";
import { RawClient } from "./raw_client.ts";
import { jsonCall } from "./rest_call.ts";
import { Rig } from "./rig.ts";

const TOKEN = "phone-secret-0123456789";

const TEXT = 1;
const BINARY = 2;
const PING = 9;
const PONG = 10;

interface Session {
  readonly jwtToken: string;
  readonly feedToken: string;
}

/** A client as it was seen on the wire, or read in its source. */
interface WireClient {
  readonly name: string;
  /** Where its tokens are in the handshake. */
  readonly headers?: (session: Session) => Record<string, string>;
  readonly query?: (session: Session) => string;
  readonly heartbeat?: readonly [opcode: typeof TEXT | typeof PING, content: string];
  /** Its messages, in their order. */
  readonly requests: readonly unknown[];
  /** What it is subscribed to afterwards: `mode token`. */
  readonly pairs: readonly string[];
}

const list = (exchangeType: unknown, ...tokens: unknown[]) => ({ exchangeType, tokens });

const request = (action: unknown, mode: unknown, tokenList: unknown[], correlationID?: string) => ({
  ...correlationID === undefined ? {} : { correlationID },
  action,
  params: { mode, tokenList },
});

const CLIENTS: readonly WireClient[] = [
  {
    name: "Python: everything in headers, Bearer, Origin, PING frames, no id when it subscribes again",
    headers: ({ jwtToken, feedToken }) => ({
      ...{ "Authorization": `Bearer ${jwtToken}`, "x-api-key": "any", "x-client-code": "ANY" },
      ...{ "x-feed-token": feedToken, "Origin": "http://localhost:8765" },
    }),
    heartbeat: [PING, "ping"],
    requests: [request(1, 3, [list(1, "3045", "2885")], "abc123"), request(1, 3, [list(1, "3045")])],
    pairs: ["3 3045", "3 2885"],
  },
  {
    name: "JavaScript: a bare jwt, an offer of deflate, text pings, one exchange in each message",
    headers: ({ jwtToken, feedToken }) => ({
      ...{ "Authorization": jwtToken, "x-api-key": "any", "x-client-code": "ANY", "x-feed-token": feedToken },
      "sec-websocket-extensions": "permessage-deflate; client_max_window_bits",
    }),
    heartbeat: [TEXT, "ping"],
    requests: [request(1, 1, [list(1, "3045")]), request(1, 2, [list(5, "574841")])],
    pairs: ["1 3045", "2 574841"],
  },
  {
    name: "Go: the feed token alone, PING frames, always the same id",
    headers: ({ feedToken }) => ({
      ...{ "x-client-code": "ANY", "x-feed-token": feedToken, "X-Client-Lib": "GOLANG" },
    }),
    heartbeat: [PING, "ping"],
    requests: [request(1, 1, [list(1, "3045")], "abc"), request(1, 2, [list(1, "3045")], "abc")],
    pairs: ["1 3045", "2 3045"],
  },
  {
    name: "Java: the feed token alone, PING frames that count, the whole list once for each token",
    headers: ({ feedToken }) => ({
      ...{ "x-client-code": "ANY", "x-feed-token": feedToken, "x-client-lib": "JAVA" },
    }),
    heartbeat: [PING, "17"],
    requests: [1, 2, 3].flatMap((mode) => Array(2).fill(request(1, mode, [list(1, "3045", "2885")]))),
    pairs: [1, 2, 3].flatMap((mode) => [`${mode} 3045`, `${mode} 2885`]),
  },
  {
    name: "Rust: the feed token alone and no heartbeat of its own",
    headers: ({ feedToken }) => ({ "x-client-code": "ANY", "x-feed-token": feedToken }),
    requests: [request(1, 2, [list(1, "3045")], "mine")],
    pairs: ["2 3045"],
  },
  {
    name: "C#: the client code of somebody else, Bearer, text pings",
    headers: ({ jwtToken, feedToken }) => ({
      ...{ "Authorization": `Bearer ${jwtToken}`, "x-api-key": "any" },
      ...{ "x-client-code": "SOMEBODY", "x-feed-token": feedToken },
    }),
    heartbeat: [TEXT, "ping"],
    requests: [request(1, 3, [list(1, "3045")], "abcde12345")],
    pairs: ["3 3045"],
  },
  {
    name: "TypeScript in a browser: the query, long ids, unsubscribing in a mode it is not subscribed in",
    query: ({ feedToken }) => `?clientCode=ANY&feedToken=${feedToken}&apiKey=any`,
    heartbeat: [TEXT, "ping"],
    requests: [
      request(1, 2, [list(1, "3045")], "pending-1-1795149000000"),
      request(0, 1, [list(1, "3045")], "pending-2-1795149000001"),
    ],
    pairs: ["2 3045"],
  },
  {
    name: "a page: the feed token in the query alone, digits in quotes, numbers as tokens",
    query: ({ feedToken }) => `?feedToken=${feedToken}`,
    heartbeat: [TEXT, "ping"],
    requests: [request("1", "1", [list("1", 3045)])],
    pairs: ["1 3045"],
  },
  {
    name: "smartapi-js: all exchanges in each message, most of them without a token",
    headers: ({ jwtToken, feedToken }) => ({
      ...{ "Authorization": jwtToken, "x-api-key": "any", "x-client-code": "ANY", "x-feed-token": feedToken },
    }),
    heartbeat: [TEXT, "ping"],
    requests: [
      request(1, 3, [list(1, "3045"), ...[2, 3, 4, 7, 13].map((each) => list(each)), list(5, "574841")]),
    ],
    pairs: ["3 3045", "3 574841"],
  },
];

/** A proxy that wants an access token, and the session of a program that gave it as its PIN. */
async function start(clock: FakeClock, options: { clientsPerAddress?: number } = {}) {
  const entries = readTokens(JSON.stringify([{ name: "phone", sha256: digestOf(TOKEN) }]));
  const access = new AccessList(clock, entries);
  const limits = { ...DEFAULT_LIMITS, ...options };
  const rig = await Rig.start({ clock, proxy: { access, limits } });
  const { data } = await jsonCall(rig, PATHS.login, {
    body: { clientcode: "ANY", password: TOKEN, totp: "1" },
  });
  return { rig, access, entries, session: data as Session };
}

/** Turns the clock until what is waited for has come. */
async function during<Value>(rig: Rig, waiting: Promise<Value>): Promise<Value> {
  let done = false;
  waiting.finally(() => done = true).catch(() => {});
  await rig.until(() => done);
  return await waiting;
}

function dial(rig: Rig, { headers, query }: WireClient, session: Session) {
  const path = `/smart-stream${query?.(session) ?? ""}`;
  return during(rig, RawClient.connect(rig.proxy.port, path, headers?.(session) ?? {}));
}

for (const wireClient of CLIENTS) {
  Deno.test(wireClient.name, async () => {
    const { rig, session } = await start(new FakeClock());
    await using _rig = rig;
    const { client, status, head } = await dial(rig, wireClient, session);
    equal(status, 101);
    ok(!/sec-websocket-(?:extensions|protocol)/i.test(head), head);
    if (wireClient.heartbeat) await client.sendFrame(...wireClient.heartbeat);
    for (const each of wireClient.requests) await client.send(each);
    const seen = new Set<string>();
    let answered = wireClient.heartbeat === undefined;
    while (seen.size < wireClient.pairs.length || !answered) {
      const frame = await during(rig, client.nextFrame());
      ok(frame !== undefined, "the connection ended");
      if (frame.opcode === BINARY) seen.add(pairOf(frame.payload));
      else if (frame.opcode !== PING) {
        const [opcode, content] = wireClient.heartbeat!;
        equal(frame.opcode, opcode === PING ? PONG : TEXT);
        equal(new TextDecoder().decode(frame.payload), opcode === PING ? content : "pong");
        answered = true;
      }
    }
    deepEqual([...seen].toSorted(), [...wireClient.pairs].toSorted());
    // What was unsubscribed in another mode still comes.
    const more = await during(rig, nextPacket(client));
    ok(wireClient.pairs.includes(pairOf(more)));
    client.close();
  });
}

Deno.test("a program that was closed comes back with its old token, also while its old connection is still there", async () => {
  const { rig, access, entries, session } = await start(new FakeClock(), { clientsPerAddress: 1 });
  await using _rig = rig;
  const java = CLIENTS.find(({ name }) => name.startsWith("Java"))!;
  const first = await dial(rig, java, session);
  const refused = await dial(rig, java, session);
  equal(refused.status, 429);
  refused.client.close();
  access.replace([]);
  rig.proxy.recheckAccess();
  let frame;
  do frame = await during(rig, first.client.nextFrame()); while (frame?.opcode !== 8);
  access.replace(entries);
  // It answers no close frame, and keeps its side open.
  const second = await dial(rig, java, session);
  equal(second.status, 101);
  first.client.close();
  second.client.close();
});

Deno.test("a program that dials anew without a pause is slowed down, and its refusals are the broker's", async () => {
  const { rig, session } = await start(new FakeClock());
  await using _rig = rig;
  const java = CLIENTS.find(({ name }) => name.startsWith("Java"))!;
  const statuses: number[] = [];
  const clients: RawClient[] = [];
  for (let i = 0; i < 130; i++) {
    const { client, status, head } = await RawClient.connect(
      rig.proxy.port,
      "/smart-stream",
      java.headers!(session),
    );
    statuses.push(status);
    if (status === 429) ok(/x-error-message: Invalid Request. Connection Limit Exceeded./i.test(head), head);
    clients.push(client);
  }
  ok(statuses.includes(101) && statuses.at(-1) === 429, statuses.join());
  for (const client of clients) client.close();
});

async function nextPacket(client: RawClient): Promise<Uint8Array> {
  while (true) {
    const frame = await client.nextFrame();
    if (frame === undefined) throw new Error("the connection ended");
    if (frame.opcode === BINARY) return frame.payload;
  }
}

/** Mode and token of a packet, which has to be alone in its frame. */
function pairOf(payload: Uint8Array): string {
  const mode = payload[0] as 1 | 2 | 3;
  equal(payload.length, PACKET_BYTES[mode]);
  return `${mode} ${new TextDecoder().decode(payload.subarray(2, 27)).replace(/\0.*$/s, "")}`;
}
