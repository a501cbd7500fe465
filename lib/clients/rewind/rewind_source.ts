import type { Exchange } from "../../market/market.ts";

/** A packet that reached the clients when it came. */
export interface RecordedPacket {
  /** When it came, ms since the Unix epoch. */
  readonly at: number;
  /** Good until the next part is read. */
  readonly packet: Uint8Array;
  /** What was said against it, where something was. */
  readonly reason?: string;
}

/** The next part of today's recording. Times in ms since the Unix epoch. */
export interface RecordedPart {
  readonly packets: readonly RecordedPacket[];
  /** What it does not have. */
  readonly missed: readonly { readonly from: number; readonly to: number }[];
}

/** Reads today's recording up to one moment after the other. */
export interface TodaysReader extends AsyncDisposable {
  /** From here on up to this very moment is read: all ticks that came before it, and none that comes after it. */
  mark(): void;
  /** @returns Undefined when that moment is reached. */
  read(): Promise<RecordedPart | undefined>;
}

/** Today's recording, which goes on while it is read. */
export interface RewindSource {
  /** Whether it keeps what comes of an exchange. */
  records(exchange: Exchange): boolean;
  /** @param from ms since the Unix epoch, today. */
  open(from: number): TodaysReader;
}
