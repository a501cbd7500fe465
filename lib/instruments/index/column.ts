/** Numbers of a block: as many as 2 to the power of this. */
const BLOCK_BITS = 13;

const BLOCK = 2 ** BLOCK_BITS;

/** A list of whole numbers below 2^32. Grows by whole blocks, so that nothing is ever copied or left to the collector. */
export class Column {
  readonly #blocks: Uint32Array[] = [];
  #length = 0;

  get length(): number {
    return this.#length;
  }

  push(value: number): void {
    const index = this.#length++;
    if (index % BLOCK === 0) this.#blocks.push(new Uint32Array(BLOCK));
    this.#blocks[index >>> BLOCK_BITS]![index % BLOCK] = value;
  }

  at(index: number): number {
    return this.#blocks[index >>> BLOCK_BITS]![index % BLOCK]!;
  }
}
