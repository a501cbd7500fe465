import type { Clock } from "../util/clock.ts";

/** About 35 MB over a line of any kind; shorter limits are known to fail. */
const TIMEOUT_MS = 90_000;

/** Several times the size of the real one: what goes on beyond it would only fill the disk. */
const MAX_BYTES = 256 * 1024 * 1024;

export interface DownloadOptions {
  readonly clock: Clock;
  readonly fetch: typeof fetch;
  /** Calls the download off. */
  readonly signal: AbortSignal;
}

/**
 * Fetches a file onto the disk.
 *
 * @param path What is there is overwritten; what is there after a failure is of no use.
 * @throws {Error} It is not there, too long, or did not come in time.
 */
export async function download(url: string, path: string, options: DownloadOptions): Promise<void> {
  const timeout = new AbortController();
  const disarm = options.clock.after(
    TIMEOUT_MS,
    () => timeout.abort(new Error(`not here within ${TIMEOUT_MS / 1000} s`)),
  );
  const signal = AbortSignal.any([timeout.signal, options.signal]);
  try {
    const response = await options.fetch(url, { signal });
    if (!response.ok || response.body === null) {
      await response.body?.cancel();
      throw new Error(`the server answered with ${response.status}`);
    }
    await write(response.body, path, signal);
  } catch (error) {
    signal.throwIfAborted();
    throw error;
  } finally {
    disarm();
  }
}

async function write(body: ReadableStream<Uint8Array>, path: string, signal: AbortSignal): Promise<void> {
  using file = await Deno.open(path, { write: true, create: true, truncate: true });
  let bytes = 0;
  const sink = new WritableStream<Uint8Array>({
    async write(chunk) {
      bytes += chunk.length;
      if (bytes > MAX_BYTES) throw new Error(`longer than ${MAX_BYTES} bytes`);
      for (let from = 0; from < chunk.length;) from += await file.write(chunk.subarray(from));
    },
  });
  await body.pipeTo(sink, { signal });
  await file.sync();
}
