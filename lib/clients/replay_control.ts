/** What the clients of a replay may do with it: those who share it share its clock. Times in ms since the Unix epoch. */
export interface ReplayControl {
  /** Which day it is, and where it stands, in the words of the JSON wire. */
  report(): Record<string, unknown>;
  pause(): void;
  resume(): void;
  /** @param speed Of market time to real time; 0 for as fast as it is read. */
  setSpeed(speed: number): void;
  /** @returns What is wrong with the time, where something is. */
  seek(at: number): string | undefined;
  /** A time of the replayed day such as `10:15:30`; undefined where the text is none. */
  timeOf(text: string): number | undefined;
}
