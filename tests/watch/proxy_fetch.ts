import { type ProxyEvent, proxyEvents } from "../../lib/watch/proxy_events.ts";
import { ask } from "../clients/http/ask.ts";
import type { Stage } from "../clients/stage.ts";
import { settle } from "../fakes.ts";

/** A `fetch` that ends at a stage instead of at a network. */
export function fetchOf(stage: Stage, seen: Headers[] = []): typeof fetch {
  return async (url, { headers, signal } = {}) => {
    const { pathname, search } = url as URL;
    seen.push(new Headers(headers));
    const { body, status, headers: answered } = await ask(stage, pathname + search, { headers: headers! });
    const cut = body?.pipeThrough(new TransformStream(), { signal: signal! });
    return new Response(cut ?? null, { status, headers: answered });
  };
}

/** What a watcher hears, as it comes. */
export class Watcher {
  readonly heard: ProxyEvent[] = [];
  /** Why it ended; `null` when it was told to. */
  ended: unknown;
  readonly #abort = new AbortController();

  constructor(
    private readonly stage: Pick<Stage, "clock">,
    fetch: typeof globalThis.fetch,
    options: Partial<Parameters<typeof proxyEvents>[0]> = {},
  ) {
    const events = proxyEvents({
      url: new URL("http://proxy.example/events?symbols=SBIN,NOBODY&mode=quote"),
      token: undefined,
      clock: stage.clock,
      random: () => 1,
      fetch,
      signal: this.#abort.signal,
      ...options,
    });
    this.#read(events).then(() => this.ended = null, (error) => this.ended = error);
  }

  /** The events by name, and what was lost. */
  get names(): string[] {
    return this.heard.map((heard) => heard.kind === "lost" ? "lost" : heard.name);
  }

  stop(): void {
    this.#abort.abort();
  }

  /** Lets streams do their work; they take more turns than promises do. */
  async pass(ms = 30): Promise<void> {
    for (let i = 0; i < 10; i++) {
      await new Promise((resolve) => setTimeout(resolve));
      await settle();
      this.stage.clock.advance(ms / 10);
    }
    await new Promise((resolve) => setTimeout(resolve));
  }

  async #read(events: AsyncIterable<ProxyEvent>): Promise<void> {
    for await (const heard of events) this.heard.push(heard);
  }
}
