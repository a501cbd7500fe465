import type { ChainNews, RollingChain } from "../../chain/rolling_chain.ts";
import type { StrikePair } from "../../instruments/underlying.ts";
import type { OptionSide } from "../../pricing/black76.ts";
import type { InstrumentKey, Mode } from "../../market/market.ts";
import type { ClientConnection } from "../client_connection.ts";
import type { Row } from "../instrument_selection.ts";

/** An instrument of a chain; that which tells where the money is has no strike. */
export interface ChainPart {
  readonly key: InstrumentKey;
  readonly strike?: number;
  readonly side?: OptionSide;
}

/** One client's view of a chain. */
export interface ClientChain {
  readonly chain: RollingChain;
  readonly connection: ClientConnection;
  /** On each side of the money. */
  strikes: number;
  mode: Mode;
  /** What it is to have now, the nearest to the money first. */
  parts: ReadonlyMap<InstrumentKey, ChainPart>;
  /** What there was no room for; asked for again at the next change. */
  refused: ReadonlyMap<InstrumentKey, RefusedRow>;
  /** Is told what has changed. */
  tell: (change: ChainChange) => void;
}

export type RefusedRow = Extract<Row, { readonly status: "refused" }>;

/** What a change of a chain means to one of its clients. */
export interface ChainChange {
  readonly news: ChainNews;
  readonly view: ClientChain;
  readonly added: readonly ChainPart[];
  readonly dropped: readonly ChainPart[];
}

/** All instruments that a client of a chain is to have: what tells of the money first, then the nearest strikes. */
export function partsOf(chain: RollingChain, strikes: number): Map<InstrumentKey, ChainPart> {
  const parts = new Map<InstrumentKey, ChainPart>();
  const { reference } = chain;
  if (reference !== undefined) parts.set(reference, { key: reference });
  for (const part of chain.around(strikes).flatMap(sidesOf)) parts.set(part.key, part);
  return parts;
}

function sidesOf({ strike, call, put }: StrikePair): ChainPart[] {
  return [
    ...call === undefined ? [] : [{ key: call, strike, side: "CE" as const }],
    ...put === undefined ? [] : [{ key: put, strike, side: "PE" as const }],
  ];
}

/** Views that have the same of a chain. */
export interface AlikeViews {
  readonly chain: RollingChain;
  readonly strikes: number;
  readonly members: ClientChain[];
}

export function alike(views: readonly ClientChain[]): AlikeViews[] {
  const groups = new Map<string, AlikeViews>();
  for (const view of views) {
    const { chain, strikes } = view;
    const id = `${chain.id} ${strikes}`;
    const known = groups.get(id);
    if (known === undefined) groups.set(id, { chain, strikes, members: [view] });
    else known.members.push(view);
  }
  return [...groups.values()];
}

type Parts = ReadonlyMap<InstrumentKey, ChainPart>;

/** What a client has of a chain. */
export function heldParts({ chain, connection, parts }: ClientChain): Parts {
  return new Map([...parts].filter(([key]) => connection.chainParts.has(key, chain)));
}

/** Those that others do not have. */
export function lacking(parts: Parts, others: Parts): ChainPart[] {
  return [...parts.values()].filter(({ key }) => !others.has(key));
}
