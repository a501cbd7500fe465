import type { Clock } from "../util/clock.ts";

/** About 35 MB over a line of any kind; shorter limits are known to fail. */
const TIMEOUT_MS = 90_000;

/** Several times the size of the real one: what goes on beyond it would only fill the memory and the disk. */
const MAX_BYTES = 256 * 1024 * 1024;

export interface DownloadOptions {
  readonly clock: Clock;
  readonly fetch: typeof fetch;
  /** Calls the download off. */
  readonly signal: AbortSignal;
}

/**
 * The pieces of a file of the network, as they come.
 *
 * @throws {Error} It is not there, too long, or did not come in time.
 */
export async function* download(
  url: string,
  options: DownloadOptions,
): AsyncGenerator<Uint8Array<ArrayBuffer>> {
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
    let bytes = 0;
    // A body does not end by itself when it is called off.
    for await (const chunk of response.body.pipeThrough(new TransformStream(), { signal })) {
      bytes += chunk.length;
      if (bytes > MAX_BYTES) throw new Error(`longer than ${MAX_BYTES} bytes`);
      yield chunk;
    }
  } catch (error) {
    signal.throwIfAborted();
    throw error;
  } finally {
    disarm();
  }
}
