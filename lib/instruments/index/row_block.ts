/** Rows of a block: as many as 2 to the power of this. */
export const ROW_BLOCK_BITS = 13;

export const ROW_BLOCK = 2 ** ROW_BLOCK_BITS;

/** The numbers of some rows by column. Columns grow by whole blocks, so that nothing is ever copied or left to the collector. */
export class RowBlock {
  readonly nameIds = new Uint32Array(ROW_BLOCK);
  readonly exchanges = new Uint8Array(ROW_BLOCK);
  readonly types = new Uint8Array(ROW_BLOCK);
  readonly kinds = new Uint8Array(ROW_BLOCK);
  readonly expiryDays = new Uint16Array(ROW_BLOCK);
  readonly strikes = new Float64Array(ROW_BLOCK);
  readonly lots = new Float64Array(ROW_BLOCK);
  readonly ticks = new Float64Array(ROW_BLOCK);
  /** 0 where the list does not say, 1 for no, 2 for yes. */
  readonly auctions = new Uint8Array(ROW_BLOCK);
}
