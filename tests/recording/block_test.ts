import { deepStrictEqual as deepEqual, ok, strictEqual as equal, throws } from "node:assert/strict";
import fc from "fast-check";
import { BLOCK_RAW_BYTES, BlockBuilder } from "../../lib/recording/block_builder.ts";
import { bestCodec, compress, decompress } from "../../lib/recording/codec.ts";
import {
  BLOCK_HEAD_BYTES,
  decodeBlockHead,
  decodeFileHead,
  encodeFileHead,
  FILTER_BYTES,
} from "../../lib/recording/format.ts";
import { mayHold, noteInstrument } from "../../lib/recording/instrument_filter.ts";
import { keyOfPacket } from "../../lib/smartapi/packet_keys.ts";
import { eventBody, KIND, readRecords, type Recorded, refusedBody } from "../../lib/recording/records.ts";
import { encodePacket } from "../../lib/smartapi/packet_encoder.ts";
import { anyTick, TEN_O_CLOCK } from "../ticks.ts";

function unpack({ bytes }: { readonly bytes: Uint8Array }): Recorded[] {
  const { codec, rawBytes, base } = decodeBlockHead(bytes)!;
  return [...readRecords(decompress(codec, bytes.subarray(BLOCK_HEAD_BYTES), rawBytes), base)];
}

const anyRecord = fc.oneof(
  { weight: 5, arbitrary: anyTick().map((tick) => ({ kind: "tick" as const, body: encodePacket(tick) })) },
  fc.record({ kind: fc.constant("refused" as const), body: fc.uint8Array(), reason: fc.string() }),
  fc.record({ kind: fc.constant("event" as const), day: fc.string({ unit: "grapheme" }) }),
);

Deno.test("a block gives back what went in: kinds, bytes, order, and times that may be set back", () => {
  fc.assert(fc.property(
    fc.array(fc.tuple(anyRecord, fc.integer({ min: -86_400_000, max: 86_400_000 })), { minLength: 1 }),
    (list) => {
      const builder = new BlockBuilder();
      const expected: Recorded[] = [];
      for (const [record, delta] of list) {
        const at = TEN_O_CLOCK + delta;
        if (record.kind === "tick") {
          builder.add(KIND.tick, at, record.body);
          expected.push({ kind: "tick", at, packet: record.body });
        } else if (record.kind === "refused") {
          builder.add(KIND.refused, at, refusedBody(record.reason, record.body, "nse:1"));
          expected.push({ kind: "refused", at, packet: record.body, reason: record.reason, key: "nse:1" });
        } else {
          const event = { kind: "phase", exchange: "nse", phase: "open", day: record.day } as const;
          builder.add(KIND.event, at, eventBody(event));
          expected.push({ kind: "event", at, event });
        }
      }
      const block = builder.seal();
      deepEqual(unpack(block).map(plain), expected.map(plain));
      const header = decodeBlockHead(block.bytes)!;
      equal(header.records, list.length);
      equal(header.ticks, list.filter(([{ kind }]) => kind === "tick").length);
      equal(header.from, Math.min(...list.map(([, delta]) => TEN_O_CLOCK + delta)));
      equal(header.to, Math.max(...list.map(([, delta]) => TEN_O_CLOCK + delta)));
    },
  ));
});

/** A view of a larger buffer says the same as bytes of their own. */
function plain(record: Recorded): unknown {
  return record.kind === "event" ? record : { ...record, packet: [...record.packet] };
}

Deno.test("a builder is as new after each block, also after one that was larger than usual", () => {
  const builder = new BlockBuilder();
  const large = new Uint8Array(BLOCK_RAW_BYTES * 2).fill(7);
  ok(builder.fits(TEN_O_CLOCK, large.length), "an empty one takes any");
  builder.add(KIND.refused, TEN_O_CLOCK, refusedBody("wrong_length", large, "nse:1"));
  builder.add(KIND.event, TEN_O_CLOCK, eventBody({ kind: "start", version: "x".repeat(BLOCK_RAW_BYTES) }));
  equal(unpack(builder.seal()).length, 2);
  builder.add(KIND.event, TEN_O_CLOCK, eventBody({ kind: "stop" }));
  deepEqual(unpack(builder.seal()), [{ kind: "event", at: TEN_O_CLOCK, event: { kind: "stop" } }]);
});

Deno.test("of a refused packet that is too long the beginning is kept, and its length", () => {
  const [record] = [
    ...readRecords(
      (() => {
        const body = refusedBody("wrong_length", new Uint8Array(100_000).fill(9));
        const raw = new Uint8Array(9 + body.length);
        raw[0] = KIND.refused;
        new DataView(raw.buffer).setUint32(1, body.length, true);
        raw.set(body, 9);
        return raw;
      })(),
      TEN_O_CLOCK,
    ),
  ];
  ok(record?.kind === "refused");
  equal(record.length, 100_000);
  equal(record.packet.length, 65_536);
});

Deno.test("a record of a kind that is not known yet is passed by; one that is too long is a fault", () => {
  const raw = Uint8Array.of(77, 2, 0, 0, 0, 0, 0, 0, 0, 1, 2);
  deepEqual([...readRecords(raw, 0)], []);
  throws(() => [...readRecords(raw.subarray(0, 10), 0)], /beyond its block/);
  throws(() => [...readRecords(raw.subarray(0, 5), 0)], /beyond its block/);
});

Deno.test("no flipped bit of a header passes", () => {
  const { bytes } = new BlockBuilderWithOne().seal();
  for (let bit = 0; bit < BLOCK_HEAD_BYTES * 8; bit++) {
    const spoilt = bytes.slice();
    spoilt[bit >> 3]! ^= 1 << (bit & 7);
    equal(decodeBlockHead(spoilt), undefined, `bit ${bit}`);
  }
  const head = encodeFileHead("simulated");
  deepEqual(decodeFileHead(head), { source: "simulated" });
  for (let bit = 0; bit < head.length * 8; bit++) {
    const spoilt = head.slice();
    spoilt[bit >> 3]! ^= 1 << (bit & 7);
    equal(typeof decodeFileHead(spoilt), "string", `bit ${bit}`);
  }
});

class BlockBuilderWithOne extends BlockBuilder {
  constructor() {
    super();
    this.add(KIND.event, TEN_O_CLOCK, eventBody({ kind: "stop" }));
  }
}

Deno.test("the filter knows every instrument that was noted, and most that were not", () => {
  fc.assert(fc.property(fc.array(anyTick(["ltp"]), { minLength: 1, maxLength: 30 }), (ticks) => {
    const filter = new Uint8Array(FILTER_BYTES);
    for (const tick of ticks) noteInstrument(filter, encodePacket(tick));
    for (const { key } of ticks) ok(mayHold(filter, [key]), key);
  }));
  const filter = new Uint8Array(FILTER_BYTES);
  for (let token = 2_000; token < 2_020; token++) noteInstrument(filter, packet(token));
  let wrong = 0;
  for (let token = 5_000; token < 6_000; token++) if (mayHold(filter, [`nse:${token}`])) wrong++;
  ok(wrong < 150, `${wrong} of 1000`);
});

function packet(token: number): Uint8Array {
  return encodePacket({
    mode: "ltp",
    key: `nse:${token}`,
    exchange: "nse",
    token: `${token}`,
    sequence: 1,
    exchangeTime: TEN_O_CLOCK,
    receivedAt: TEN_O_CLOCK,
    lastPrice: 1,
  });
}

Deno.test("the instrument of a packet is read as the decoder reads it", () => {
  fc.assert(fc.property(anyTick(), (tick) => equal(keyOfPacket(encodePacket(tick)), tick.key)));
  equal(keyOfPacket(Uint8Array.of(1, 99)), undefined);
});

Deno.test("both codecs give back what went in; a payload that is cut, or longer than it says, is a fault", () => {
  const raw = new Uint8Array(50_000).map((_, i) => i * i >> 3);
  const codecs = bestCodec() === "zstd" ? ["zstd", "deflate"] as const : ["deflate"] as const;
  for (const codec of codecs) {
    const stored = compress(codec, raw);
    deepEqual(new Uint8Array(decompress(codec, stored, raw.length)), raw);
    throws(() => decompress(codec, stored.subarray(0, stored.length - 20), raw.length));
    throws(() => decompress(codec, stored, raw.length - 1));
    throws(() => decompress(codec, stored, raw.length + 1));
  }
});
