type Numbers = Uint8Array | Uint16Array | Uint32Array | Float64Array;

/** Numbers of a block: as many as 2 to the power of this. */
const BLOCK_BITS = 13;

const BLOCK = 2 ** BLOCK_BITS;

/** A list of numbers of one width. Grows by whole blocks, so that nothing is ever copied or left to the collector. */
export class Column<Values extends Numbers> {
  readonly #make: (length: number) => Values;
  readonly #blocks: Values[] = [];
  #length = 0;

  constructor(make: (length: number) => Values) {
    this.#make = make;
  }

  get length(): number {
    return this.#length;
  }

  push(value: number): void {
    const index = this.#length++;
    if (index % BLOCK === 0) this.#blocks.push(this.#make(BLOCK));
    this.#blocks[index >>> BLOCK_BITS]![index % BLOCK] = value;
  }

  at(index: number): number {
    return this.#blocks[index >>> BLOCK_BITS]![index % BLOCK]!;
  }
}
