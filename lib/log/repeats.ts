import type { LogRecord, Sink } from "@logtape/logtape";
import type { Clock } from "../util/clock.ts";

/** Lines of one template that are written within a minute; the rest is counted. */
export const MAX_ALIKE = 20;

const WINDOW_MS = 60_000;

interface Window {
  count: number;
  /** The last line that was not written; what its summary takes level and category from. */
  last?: LogRecord;
  readonly disarm: () => void;
}

export interface LimitedSink {
  readonly sink: Sink;
  /** Writes what is yet to be said of lines that were held back. */
  close(): void;
}

/**
 * Writes the first lines of a kind in each minute, and one line at its end that says how many more there were: what
 * repeats a thousand times must neither fill the disk nor hide the line beside it. Of one kind are lines of the same
 * category, level and template; templates are constants, so there are few kinds.
 */
export function limitRepeats(sink: Sink, clock: Clock): LimitedSink {
  const windows = new Map<string, Window>();

  function end(kind: string): void {
    const window = windows.get(kind);
    windows.delete(kind);
    window?.disarm();
    if (window?.last === undefined) return;
    const { last } = window;
    const count = window.count - MAX_ALIKE;
    const template = templateOf(last);
    sink({
      ...last,
      timestamp: clock.now(),
      message: [`… ${count} more like this in the last minute: ${template}`],
      rawMessage: "… {count} more like this in the last minute: {template}",
      properties: { count, template },
    });
  }

  return {
    sink(record) {
      const kind = `${record.category.join(".")} ${record.level} ${templateOf(record)}`;
      let window = windows.get(kind);
      if (window === undefined) {
        window = { count: 0, disarm: clock.after(WINDOW_MS, () => end(kind)) };
        windows.set(kind, window);
      }
      if (++window.count <= MAX_ALIKE) sink(record);
      else window.last = record;
    },
    close() {
      for (const kind of [...windows.keys()]) end(kind);
    },
  };
}

function templateOf({ rawMessage }: LogRecord): string {
  return typeof rawMessage === "string" ? rawMessage : rawMessage.join("{}");
}
