import { Buffer } from "node:buffer";
import { readExpiry } from "./expiry.ts";
import {
  type BadRow,
  positive,
  readSegment,
  type RowDraft,
  type RowFacts,
  type RowWords,
  settle,
  yesOrNo,
} from "./master_row.ts";
import { PLACE, type PlainRow } from "./plain_row.ts";
import { SeenTexts } from "./seen_texts.ts";

const ZERO = 0x30;
const NINE = 0x39;

/** Of a number in the list. */
const MAX_TOKEN_LENGTH = 25;

/** Reads rows whose values were found in bytes: what `readMasterRow` makes of their objects. */
export class PlainRowReader implements RowWords {
  readonly #segments = new SeenTexts(readSegment);
  readonly #names = new SeenTexts((text) => text);
  readonly #types = new SeenTexts((text) => text.toUpperCase());
  readonly #expiries = new SeenTexts(readExpiry);
  readonly #numbers = new SeenTexts(positive);
  readonly #auctions = new SeenTexts(yesOrNo);
  #bytes: Buffer = Buffer.alloc(0);
  /** The same one for all rows, so that nothing is left to the collector. */
  readonly #draft: RowDraft = {
    exchange: "nse",
    name: "",
    type: "other",
    expiryDay: 0,
    strike: 0.5,
    lotSize: 0.5,
    tickSize: 0.5,
    closingAuction: undefined,
    lacks: undefined,
  };
  typeWord = "";

  constructor(private readonly found: PlainRow) {}

  symbol(): string {
    return this.#bytes.toString("latin1", this.found.from[PLACE.symbol], this.found.to[PLACE.symbol]);
  }

  /** @returns Facts that are those of the next row soon; undefined for a row that has to be looked at more closely. */
  read(bytes: Buffer): RowFacts | BadRow | undefined {
    this.#bytes = bytes;
    const segment = this.#seen(this.#segments, PLACE.exch_seg);
    if ("reason" in segment) return segment;
    if (!this.#hasSymbol() || !this.#hasToken()) return undefined;
    const draft = this.#draft;
    draft.exchange = segment.exchange;
    draft.name = this.#seen(this.#names, PLACE.name);
    draft.expiryDay = this.#seen(this.#expiries, PLACE.expiry);
    draft.strike = this.#seen(this.#numbers, PLACE.strike);
    draft.lotSize = this.#seen(this.#numbers, PLACE.lotsize);
    draft.tickSize = this.#seen(this.#numbers, PLACE.tick_size);
    draft.closingAuction = this.#seen(this.#auctions, PLACE.is_cas_enabled);
    this.typeWord = this.#seen(this.#types, PLACE.instrumenttype);
    settle(draft, this);
    return draft;
  }

  #seen<Meaning>(texts: SeenTexts<Meaning>, place: number): Meaning {
    return texts.of(this.#bytes, this.found.from[place]!, this.found.to[place]!);
  }

  #hasSymbol(): boolean {
    return this.found.from[PLACE.symbol]! < this.found.to[PLACE.symbol]!;
  }

  /** Whether the token is as all are; others may mean a number as well. */
  #hasToken(): boolean {
    const from = this.found.from[PLACE.token]!;
    const to = this.found.to[PLACE.token]!;
    const bytes = this.#bytes;
    for (let at = from; at < to; at++) if (bytes[at]! < ZERO || bytes[at]! > NINE) return false;
    return to > from && to - from <= MAX_TOKEN_LENGTH;
  }
}
