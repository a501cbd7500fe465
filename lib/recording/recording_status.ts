/** How the recording stands; plain data that survives JSON. */
export interface RecordingStatus {
  /** `failing`: the disk does not take it; what comes meanwhile is lost to the recording, and to nobody else. */
  readonly state: "recording" | "failing";
  /** A sentence about what is wrong, where something is. */
  readonly reason?: string;
  readonly folder: string;
  /** The day in India that is written, `2026-11-20`; undefined before the first block. */
  readonly date?: string;
  /** On the disk: that day's file, and all recordings together. */
  readonly dayBytes: number;
  readonly totalBytes: number;
  /** What all recordings together may take. */
  readonly maxBytes: number;
  /** Made, and not written yet. */
  readonly waitingBytes: number;
  /** Written since the start, and lost since the start. */
  readonly records: number;
  readonly lost: number;
}
