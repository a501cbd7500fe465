import type { Clock } from "./clock.ts";

/** How often a file is looked at for changes. */
const LOOK_EVERY_MS = 2_000;

/**
 * Tells when a file was written. Looks at its time of change, since events of file systems differ from one to the
 * next, and editors replace files rather than write them.
 *
 * @returns Ends the watching.
 */
export function watchFile(path: string, clock: Clock, changed: () => void): () => void {
  let last: number | undefined;
  let disarm = () => {};
  let ended = false;
  const look = async () => {
    const written = await Deno.stat(path).then((info) => info.mtime?.getTime(), () => undefined);
    if (ended) return;
    if (last !== undefined && written !== undefined && written !== last) changed();
    last = written ?? last;
    disarm = clock.after(LOOK_EVERY_MS, look);
  };
  look();
  return () => {
    ended = true;
    disarm();
  };
}
