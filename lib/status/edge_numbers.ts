/** What a hub counts of its edges. */
export interface EdgeNumbers {
  /** By the edge's name: instruments that it has, and those that it wants and does not get. */
  readonly edges: Readonly<Record<string, { readonly instruments: number; readonly refused: number }>>;
  /** Requests since the start, by what was asked for and what became of it. */
  readonly requests: Iterable<readonly [request: string, outcome: string, count: number]>;
  /** Batches of packets since the start. */
  readonly published: BatchCounts;
}

export interface BatchCounts {
  readonly batches: number;
  readonly bytes: number;
  /** Batches that could not be sent: there was no connection, or they were too large for the server. */
  readonly unsent: number;
}
