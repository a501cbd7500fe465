import type { Level } from "../market/market.ts";
import { LEVELS } from "../smartapi/packet_layout.ts";
import type { Column } from "./columns.ts";

/**
 * Rows of a block. Memory comes and goes in blocks, and so is that of the rows, however many tables they are in. No power
 * of two: the same row of all columns would share a few lines of the processor's cache.
 */
export const BLOCK_ROWS = 4_000;

/** Numbers of all columns of so many rows: column by column, {@linkcode BLOCK_ROWS} places for each. */
export type Block = Float64Array<ArrayBuffer>;

/**
 * Rows that are to stand together in a file. All values are doubles, which hold every price, time and quantity of a tick
 * exactly, and NaN where there is none; a text is the number of a word.
 */
export interface RowGroup {
  readonly rows: number;
  readonly blocks: readonly Block[];
  /** By column, the words of a text in the order of their numbers; undefined for numbers. */
  readonly words: readonly (readonly string[] | undefined)[];
}

/** India's time less UTC. */
const IST_MS = 5.5 * 3_600_000;

/** Blocks that are used again: else each group would leave tens of MB to the collector. */
export class BlockPool {
  readonly #free = new Map<number, Block[]>();

  take(columns: number): Block {
    return this.#free.get(columns)?.pop() ?? new Float64Array(columns * BLOCK_ROWS);
  }

  give(blocks: readonly Block[]): void {
    for (const block of blocks) {
      const columns = block.length / BLOCK_ROWS;
      const free = this.#free.get(columns);
      if (free === undefined) this.#free.set(columns, [block]);
      else free.push(block);
    }
  }
}

/** Rows on their way into a group. */
export class RowGatherer<Row> {
  readonly #columns: readonly Column<Row>[];
  readonly #pool: BlockPool;
  #blocks: Block[] = [];
  #rows = 0;
  /** By column: the numbers of the words so far. */
  #words: (Map<string, number> | undefined)[] = [];

  constructor(columns: readonly Column<Row>[], pool: BlockPool) {
    this.#columns = columns;
    this.#pool = pool;
    this.#forgetWords();
  }

  get rows(): number {
    return this.#rows;
  }

  /** Takes all rows at once: a column's values in one go cost a third of what they do row by row. */
  add(rows: readonly Row[]): void {
    for (let done = 0; done < rows.length;) {
      const at = this.#rows % BLOCK_ROWS;
      if (at === 0) this.#blocks.push(this.#pool.take(this.#columns.length));
      const end = Math.min(rows.length, done + BLOCK_ROWS - at);
      this.#fill(rows, done, end, at);
      this.#rows += end - done;
      done = end;
    }
  }

  /** The rows so far; there are none afterwards. */
  take(): RowGroup {
    const group = {
      rows: this.#rows,
      blocks: this.#blocks,
      words: this.#words.map((words) => words && [...words.keys()]),
    };
    this.#blocks = [];
    this.#rows = 0;
    this.#forgetWords();
    return group;
  }

  #fill(rows: readonly Row[], from: number, to: number, at: number): void {
    const block = this.#blocks.at(-1)!;
    for (let i = 0; i < this.#columns.length; i++) {
      const { type, value, side } = this.#columns[i]!;
      const start = i * BLOCK_ROWS + at - from;
      const words = this.#words[i];
      if (side !== undefined) {
        fillSide(block, start, rows, from, to, side);
        i += SIDE_COLUMNS - 1;
      } else if (words !== undefined) {
        fillTexts(block, start, rows, from, to, value as TextOf<Row>, words);
      } else fillNumbers(block, start, rows, from, to, value as NumberOf<Row>, type === "ist" ? IST_MS : 0);
    }
  }

  #forgetWords(): void {
    this.#words = this.#columns.map(({ type }) => type === "text" ? new Map() : undefined);
  }
}

const LEVEL_COLUMNS = 3;
const SIDE_COLUMNS = LEVEL_COLUMNS * LEVELS;

type NumberOf<Row> = (row: Row) => number | undefined;
type TextOf<Row> = (row: Row) => string | undefined;

function fillNumbers<Row>(
  block: Block,
  start: number,
  rows: readonly Row[],
  from: number,
  to: number,
  value: NumberOf<Row>,
  shift: number,
): void {
  for (let i = from; i < to; i++) {
    const number = value(rows[i]!);
    block[start + i] = number === undefined ? NaN : number + shift;
  }
}

function fillTexts<Row>(
  block: Block,
  start: number,
  rows: readonly Row[],
  from: number,
  to: number,
  value: TextOf<Row>,
  words: Map<string, number>,
): void {
  for (let i = from; i < to; i++) {
    const text = value(rows[i]!);
    let number: number | undefined = NaN;
    if (text !== undefined) {
      number = words.get(text);
      if (number === undefined) words.set(text, number = words.size);
    }
    block[start + i] = number;
  }
}

function fillSide<Row>(
  block: Block,
  start: number,
  rows: readonly Row[],
  from: number,
  to: number,
  side: (row: Row) => readonly Level[],
): void {
  for (let i = from; i < to; i++) {
    const levels = side(rows[i]!);
    let place = start + i;
    for (let at = 0; at < LEVELS; at++, place += LEVEL_COLUMNS * BLOCK_ROWS) {
      const level = levels[at];
      block[place] = level === undefined ? NaN : level.price;
      block[place + BLOCK_ROWS] = level === undefined ? NaN : level.quantity;
      block[place + 2 * BLOCK_ROWS] = level === undefined ? NaN : level.orders;
    }
  }
}
