/** What the id of an event tells: which run of the proxy it is of, and when it was made, ms since the Unix epoch. */
export interface EventId {
  readonly epoch: string;
  readonly at: number;
}

export function idAt(epoch: string, at: number): string {
  return `${epoch}/${at}`;
}

/** Undefined for what is no id of a proxy's. */
export function readEventId(text: string): EventId | undefined {
  const [, epoch, at] = /^(.{1,100})\/([0-9]{1,15})$/.exec(text) ?? [];
  return epoch === undefined ? undefined : { epoch, at: Number(at) };
}
