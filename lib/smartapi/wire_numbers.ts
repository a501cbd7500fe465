import type { Level } from "../market/market.ts";
import { LEVEL_BYTES, LEVELS } from "./packet_layout.ts";

/** The high half of what is a safe integer. */
const MAX_HIGH = 0x1fffff;

/** A signed 64-bit integer from two 32-bit reads, exact; infinite where it is beyond 2^53. */
export function int64(view: DataView, at: number): number {
  const high = view.getInt32(at + 4, true);
  if (high > MAX_HIGH || high < -MAX_HIGH) return high > 0 ? Infinity : -Infinity;
  return high * 4_294_967_296 + view.getUint32(at, true);
}

/**
 * Rupees; undefined for zero and below, with which the broker says that it has none, and for what no price can be.
 *
 * @param signed A price below zero is one, but for the sentinel of -1.
 */
export function price(raw: number, units: number, signed = false): number | undefined {
  return isPrice(raw, signed) ? raw / units : undefined;
}

function isPrice(raw: number, signed: boolean): boolean {
  return (raw > 0 && raw <= Number.MAX_SAFE_INTEGER) ||
    (signed && raw < -1 && raw >= Number.MIN_SAFE_INTEGER);
}

/** A quantity; undefined for what none can be. */
export function quantity(value: number): number | undefined {
  return value >= 0 && value <= Number.MAX_SAFE_INTEGER ? value : undefined;
}

const FIRST_TIME_MS = 946_684_800_000;

const LAST_TIME_MS = 4_102_444_800_000;

/** Whether a number can be a time of the feed, ms: of the years 2000 to 2099. Seconds and microseconds are not. */
export function isTime(ms: number): boolean {
  return ms >= FIRST_TIME_MS && ms < LAST_TIME_MS;
}

/** Five slots of a book side; an empty one (no price) and the sentinels of -1 are dropped. */
export function levels(view: DataView, start: number, units: number, signed = false): Level[] {
  const side: Level[] = [];
  for (let at = start; at < start + LEVELS * LEVEL_BYTES; at += LEVEL_BYTES) {
    const quantity = int64(view, at + 2);
    const raw = int64(view, at + 10);
    if (!isPrice(raw, signed) || quantity <= 0 || quantity === Infinity) continue;
    const orders = view.getInt16(at + 18, true);
    side.push({ price: raw / units, quantity, orders: orders > 0 ? orders : 0 });
  }
  return side;
}
