import { Buffer } from "node:buffer";
import { isBad, type MasterRow, readMasterRow, type RowFacts } from "./master_row.ts";
import { afterBlanks, PlainRow } from "./plain_row.ts";
import { PlainRowReader } from "./plain_row_reader.ts";

/** Where no row ends within so many bytes, there are no rows. */
const MAX_ROW_BYTES = 1024 * 1024;

/** Of a value whose end is not there yet. */
const NOT_WHOLE = -1;

const BYTE_ORDER_MARK = [0xef, 0xbb, 0xbf] as const;
const QUOTE = 0x22;
const COMMA = 0x2c;
const LESS = 0x3c;
const BRACKET = 0x5b;
const BACKSLASH = 0x5c;
const CLOSING_BRACKET = 0x5d;
const BRACE = 0x7b;
const CLOSING_BRACE = 0x7d;

/** Who takes the rows. */
export interface RowTaker {
  take(row: MasterRow): void;
  /** @param found Where token and symbol are in the bytes, which will be others soon. */
  takePlain(facts: RowFacts, bytes: Uint8Array, found: PlainRow): void;
  /** @param json Makes the object of a row that is of no use. */
  leaveOut(reason: string, json: () => unknown): void;
}

/** What has to come next. */
type Wanted = "array" | "row or end" | "row" | "comma or end" | "nothing";

/** Reads the text of the list, one JSON array of flat objects, as its bytes come. */
export class MasterText {
  readonly #plain = new PlainRow();
  readonly #reader = new PlainRowReader(this.#plain);
  /** What was not read yet, with a zero behind it. */
  #bytes = Buffer.alloc(1);
  #length = 0;
  #wanted: Wanted = "array";

  constructor(private readonly taker: RowTaker) {}

  /** @throws {Error} It is no list. */
  write(chunk: Uint8Array): void {
    this.#append(chunk);
    const done = this.#read();
    this.#bytes.copyWithin(0, done, this.#length);
    this.#length -= done;
    if (this.#length > MAX_ROW_BYTES) throw new Error("not JSON, or not rows");
  }

  /** @throws {Error} Something is missing. */
  end(): void {
    if (this.#wanted === "array" && this.#length === 0) throw new Error("empty");
    if (this.#wanted !== "nothing") throw new Error("cut off, or not JSON");
  }

  #append(chunk: Uint8Array): void {
    const length = this.#length + chunk.length;
    if (this.#bytes.length <= length) {
      const bytes = Buffer.alloc(2 * length + 1);
      bytes.set(this.#bytes.subarray(0, this.#length));
      this.#bytes = bytes;
    }
    this.#bytes.set(chunk, this.#length);
    this.#bytes[length] = 0;
    this.#length = length;
  }

  /** @returns Where that ends which was read. */
  #read(): number {
    for (let at = 0;;) {
      at = afterBlanks(this.#bytes, at);
      if (at >= this.#length) return this.#length;
      const end = this.#wanted === "row" ? this.#row(at) : this.#between(at);
      if (end === NOT_WHOLE) return at;
      at = end;
    }
  }

  #row(at: number): number {
    const end = this.#bytes[at] === BRACE ? this.#plain.scan(this.#bytes, at) : 0;
    const facts = end > 0 ? this.#reader.read(this.#bytes) : undefined;
    if (facts === undefined) return this.#oddRow(at);
    if (isBad(facts)) this.taker.leaveOut(facts.reason, () => this.#object(at, end));
    else this.taker.takePlain(facts, this.#bytes, this.#plain);
    this.#wanted = "comma or end";
    return end;
  }

  /** A row of which more has to be known, if it is whole. */
  #oddRow(at: number): number {
    const end = endOfValue(this.#bytes, at, this.#length);
    if (end === NOT_WHOLE) return NOT_WHOLE;
    const object = this.#object(at, end);
    const row = readMasterRow(object);
    if (isBad(row)) this.taker.leaveOut(row.reason, () => object);
    else this.taker.take(row);
    this.#wanted = "comma or end";
    return end;
  }

  #object(from: number, to: number): unknown {
    try {
      return JSON.parse(this.#bytes.toString("utf8", from, to));
    } catch {
      throw new Error("not JSON, or not rows");
    }
  }

  #between(at: number): number {
    const code = this.#bytes[at];
    if (this.#wanted === "array") return this.#beginning(at);
    if (this.#wanted === "nothing") throw new Error("cut off, or not JSON");
    if (code === CLOSING_BRACKET) this.#wanted = "nothing";
    else if (this.#wanted === "row or end") {
      this.#wanted = "row";
      return at;
    } else if (code === COMMA) this.#wanted = "row";
    else throw new Error("not JSON, or not rows");
    return at + 1;
  }

  #beginning(at: number): number {
    const bytes = this.#bytes;
    if (bytes[at] === BYTE_ORDER_MARK[0]) {
      if (at + BYTE_ORDER_MARK.length > this.#length) return NOT_WHOLE;
      if (BYTE_ORDER_MARK.every((code, i) => bytes[at + i] === code)) return at + BYTE_ORDER_MARK.length;
    }
    if (bytes[at] !== BRACKET) throw new Error(bytes[at] === LESS ? "an HTML page" : "not a JSON array");
    this.#wanted = "row or end";
    return at + 1;
  }
}

/** Where a value ends, of whatever kind it is; what it is made of, JSON.parse will see. */
function endOfValue(bytes: Uint8Array, from: number, length: number): number {
  let depth = 0;
  for (let at = from; at < length; at++) {
    const code = bytes[at];
    if (code === QUOTE) {
      at = endOfString(bytes, at, length);
      if (at === NOT_WHOLE) return NOT_WHOLE;
    } else if (code === BRACE || code === BRACKET) depth++;
    else if (code === CLOSING_BRACE || code === CLOSING_BRACKET) {
      if (depth === 0) return at;
      if (--depth === 0) return at + 1;
    } else if (code === COMMA && depth === 0) return at;
  }
  return NOT_WHOLE;
}

/** The place of a string's last quote. */
function endOfString(bytes: Uint8Array, from: number, length: number): number {
  for (let at = from + 1; at < length; at++) {
    if (bytes[at] === BACKSLASH) at++;
    else if (bytes[at] === QUOTE) return at;
  }
  return NOT_WHOLE;
}
