import { getLogger } from "@logtape/logtape";
import type { Config } from "../config/config.ts";
import type { LeaseAnswer } from "../nats/messages.ts";
import { type Proxy, startProxy } from "../proxy.ts";
import { HubRequests } from "../upstream/nats/hub_requests.ts";
import { NatsUpstream } from "../upstream/nats/nats_upstream.ts";
import { systemClock } from "../util/clock.ts";
import type { Context, Running } from "./bootstrap.ts";
import { openFront, openList } from "./front.ts";
import { openNats } from "./nats.ts";

/** Between two tries to reach the hub for the first time. */
const RETRY_MS = 1_000;

const log = getLogger(["nats"]);

/**
 * The proxy without an account: its prices come from a hub. It serves nobody before the hub has said whether they are
 * real ones, since nobody may mistake a made-up price for one.
 */
export async function edge(config: Config, context: Context): Promise<Running> {
  const name = config.nats.edge;
  const nats = await openNats(config, name);
  const requests = new HubRequests({ ...nats, edge: name });
  const stopping = new AbortController();

  async function begin(): Promise<(() => Promise<void>) | undefined> {
    const first = await firstAnswer(requests, stopping.signal);
    if (first === undefined) return undefined;
    const { source, capacity } = first;
    if (source === "simulated") log.warn("SIMULATED FEED: the prices are made up");
    const catalog = await openList(config, { source });
    const front = await openFront(config, context, { source, catalog });
    const { calendar } = front.options;
    const upstream = new NatsUpstream({ ...nats, calendar, clock: systemClock, requests, source, capacity });
    const proxy: Proxy = startProxy({
      ...front.options,
      upstream,
      data: config.shareRest ? requests : undefined,
    });
    const leave = front.attend(proxy);
    return async () => {
      leave();
      await catalog.stop();
      await proxy.stop();
    };
  }

  const begun = begin();
  return {
    async stop() {
      stopping.abort();
      const stop = await begun.catch(() => undefined);
      await stop?.();
      await nats.bus.stop();
    },
    // It never ends by itself, but what it cannot begin with is told.
    ended: begun.then(() => new Promise<number>(() => {})),
  };
}

/** Asks until the hub answers; undefined once that is called off. */
async function firstAnswer(requests: HubRequests, signal: AbortSignal): Promise<LeaseAnswer | undefined> {
  let told = "";
  while (!signal.aborted) {
    try {
      return await requests.lease(new Map());
    } catch (error) {
      const { message } = error as Error;
      if (told !== message) log.warn("waiting for the hub: {message}", { message });
      told = message;
    }
    await new Promise<void>((resolve) => {
      const disarm = systemClock.after(RETRY_MS, resolve);
      signal.addEventListener("abort", () => {
        disarm();
        resolve();
      }, { once: true });
    });
  }
  return undefined;
}
