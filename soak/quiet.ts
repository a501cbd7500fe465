import { higherMode, type InstrumentKey, type Mode } from "../lib/market/market.ts";
import type { Control } from "../lib/simulator/control.ts";
import type { SoakClient, ToldGap } from "./client.ts";
import type { Findings } from "./findings.ts";
import { pause } from "./load.ts";
import { MAX_SOCKETS, type Program } from "./program.ts";
import type { Truth } from "./truth.ts";

/** A moment at which sockets were seen to be gone, and whether any was left. */
export interface Loss {
  readonly at: number;
  readonly left: number;
}

export interface QuietOptions {
  readonly control: Control;
  readonly truth: Truth;
  readonly program: Program;
  readonly findings: Findings;
  /** Those who stay. */
  readonly clients: () => readonly SoakClient[];
  readonly losses: readonly Loss[];
  /** The most connections to the stream that the program was seen to hold. */
  readonly mostHeld: () => number;
  /** How long the market is watched for whether every tick arrives. */
  readonly watchMs: number;
  readonly tell: (what: string) => void;
}

/** The proxy keeps a subscription for this long after its last client, and a little more. */
const GRACE_MS = 33_000;

/** A loss is seen within one look at the sockets, and by the proxy once it has read what came before. */
const LOOK_MS = 400;

/** Descriptors that come and go: requests to the broker and for health. */
const SPARE_DESCRIPTORS = 4;

/** Waits until something is so. Answers whether it came to be. */
export async function until(
  isSo: () => boolean | Promise<boolean>,
  deadline: () => number,
): Promise<boolean> {
  for (;;) {
    if (await isSo()) return true;
    if (Date.now() > deadline()) return false;
    await pause(100);
  }
}

/** Holds the proxy to all that must be so when nothing goes wrong; called with no command under way. */
export class QuietChecks {
  /** When each instrument was last seen to be wanted, ms since the Unix epoch. */
  readonly #wantedAt = new Map<InstrumentKey, number>();
  #descriptors: number | undefined;
  /** Packets that the simulator had dropped when the quiet began. */
  #dropped = 0;

  constructor(private readonly options: QuietOptions) {}

  /** To be called while the load acts too, so that what is still in its grace period is known. */
  noteWants(): void {
    const now = Date.now();
    for (const client of this.options.clients()) {
      for (const key of client.wants.keys()) this.#wantedAt.set(key, now);
    }
  }

  /** For clients that do not stay. */
  noteWanted(key: InstrumentKey): void {
    this.#wantedAt.set(key, Date.now());
  }

  /**
   * Waits until the upstream is back. Answers how long that took, ms.
   *
   * @param within The longest that it may take, ms, whatever wait the program gives itself.
   */
  async recovered(within: number): Promise<number> {
    const { program, findings } = this.options;
    const begin = Date.now();
    const deadline = () => begin + within;
    const isUp = async () => this.#demandDiffers() === undefined && await upstream(program) === "up";
    if (!await until(isUp, deadline)) {
      const state = await upstream(program);
      findings.add(
        "not recovered in time",
        `upstream ${state} after ${within / 1000} s, next try in ${
          Math.round((program.nextTryAt() - Date.now()) / 1000)
        } s; ${this.#demandDiffers() ?? "demand is right"}`,
      );
    }
    return Date.now() - begin;
  }

  async check(): Promise<void> {
    const { control, truth, clients } = this.options;
    // Only of the quiet: a frame of ten megabytes, for one, costs what is sent behind it.
    this.#dropped = control.stats().dropped;
    truth.countAnew();
    await pause(this.options.watchMs);
    await this.#checkTicking();
    await this.#still();
    this.#checkPrices();
    truth.countAnew();
    for (const client of clients()) client.countAnew();
    control.set({ session: "open" });
    await pause(this.options.watchMs);
    await this.#still();
    this.#checkEveryTick();
    this.#checkPrices();
    this.#checkOutages();
    this.#checkProgram();
    control.set({ session: "open" });
  }

  /** Stops the market, and waits until all that was sent has arrived. */
  async #still(): Promise<void> {
    const { control, clients } = this.options;
    control.set({ session: "closed" });
    // Longer than any interval, and than a lagging client takes to be looked at.
    await pause(1_500);
    const ticks = () => clients().reduce((sum, client) => sum + client.ticks, 0);
    let before = -1;
    await until(async () => {
      before = ticks();
      await pause(1_200);
      return ticks() === before;
    }, () => Date.now() + 1_000);
  }

  async #checkTicking(): Promise<void> {
    const { clients, findings } = this.options;
    const since = Date.now();
    const silent = () => clients().filter((client) => client.wants.size > 4 && client.heardAt < since);
    if (await until(() => silent().length === 0, () => since + 15_000)) return;
    findings.add("a client gets no ticks again", silent().map(({ name }) => name).join());
  }

  #demand(): Map<InstrumentKey, Mode> {
    const demand = new Map<InstrumentKey, Mode>();
    for (const { wants } of this.options.clients()) {
      for (const [key, mode] of wants) demand.set(key, higherMode(mode, demand.get(key) ?? mode));
    }
    return demand;
  }

  /** How what the broker was asked for differs from what the clients want. */
  #demandDiffers(): string | undefined {
    this.noteWants();
    const told = new Map<string, string[]>();
    for (const pair of this.options.control.stats().subscriptions.flat()) {
      const [key, mode] = pair.split(" ");
      told.set(key!, [...told.get(key!) ?? [], mode!]);
    }
    for (const [key, mode] of this.#demand()) {
      const modes = told.get(key)?.join(" and ");
      if (modes !== mode) return `${key} is wanted in ${mode} and subscribed in ${modes ?? "no mode"}`;
      told.delete(key);
    }
    for (const [key, modes] of told) {
      if (modes.length > 1) return `${key} is subscribed in ${modes.join(" and ")}`;
      const wantedAt = this.#wantedAt.get(key as InstrumentKey) ?? 0;
      if (Date.now() - wantedAt > GRACE_MS) return `${key} is subscribed, and nobody wants it`;
    }
    return undefined;
  }

  /** Of what has ticked since the quiet began: what a frozen or mute broker kept to itself, nobody can know. */
  #checkPrices(): void {
    const { truth, clients, findings } = this.options;
    for (const { name, prices, wants } of clients()) {
      for (const key of wants.keys()) {
        if (truth.count(key) === 0) continue;
        const [has, last] = [prices.get(key), truth.last(key)];
        if (has !== last) {
          findings.add("a last price that is not the market's", `${name}: ${key} ${has}, not ${last}`);
        }
      }
    }
  }

  /** Of the time since the market was still: whoever asked for every tick, and reads in time, has every one. */
  #checkEveryTick(): void {
    const { truth, clients, findings } = this.options;
    for (const client of clients()) {
      if (!client.every || client.conflated > 0) continue;
      for (const key of client.wants.keys()) {
        const [has, sent] = [client.counts.get(key) ?? 0, truth.count(key)];
        if (has !== sent) findings.add("not every tick arrived", `${client.name}: ${key} ${has} of ${sent}`);
      }
    }
  }

  /** Whoever was there has been told of each loss, with a gap that covers it, and of its end. */
  #checkOutages(): void {
    const { losses, clients, findings } = this.options;
    for (const { name, changes, connectedAt, since, downs, gaps } of clients()) {
      // Who changes its subscriptions amid an outage hears of its beginning or of its end alone; the gaps of one outage
      // end with the data of each instrument.
      const open = downs.filter((since) => !gaps.some(({ from }) => from === since));
      if (!changes && open.length > 0) {
        findings.add("not every outage was told", `${name}: no end of ${open.join(", ")}`);
      }
      for (const { at, left } of losses) {
        if (connectedAt > at - LOOK_MS) continue;
        const told = gaps.filter(({ from, to }) => from <= at + LOOK_MS && to >= at - LOOK_MS);
        const when = `${name}: at ${clockText(at)}; told ${gaps.map(gapText).join(", ")}`;
        const wanted = [...since.values()].some((wantedSince) => wantedSince <= at - 1_000);
        if (told.length === 0 && wanted) findings.add("a loss was not told", when);
        if (left > 0) continue;
        for (const [key, wantedSince] of since) {
          if (wantedSince > at - 1_000 || told.some(({ instruments }) => instruments.has(key))) continue;
          findings.add("a loss was told without its instruments", `${key} of ${when}`);
        }
      }
      for (let i = 0; i < gaps.length; i++) {
        const { from, to } = gaps[i]!;
        if (!(from <= to && to <= Date.now())) {
          findings.add("a gap that cannot be", `${name}: ${from} to ${to}`);
        }
        if (!changes && !downs.includes(from)) findings.add("a gap that did not begin", `${name}: ${from}`);
      }
    }
  }

  #checkProgram(): void {
    const { program, control, clients, findings, mostHeld } = this.options;
    const { sockets, dropped } = control.stats();
    // A broker that was stopped counts, for a moment, connections that were given up meanwhile: what we hold is what counts.
    if (mostHeld() > MAX_SOCKETS) findings.add("the program holds too many sockets", `${mostHeld()}`);
    const lost = dropped - this.#dropped;
    if (lost > 0) findings.add("the simulator was not read in time", `${lost} packets`);
    const descriptors = program.descriptors() - clients().length - sockets;
    this.#descriptors ??= descriptors;
    this.options.tell(
      `descriptors: ${descriptors} beside clients and broker; memory: ${program.memory().toFixed()} MiB`,
    );
    if (descriptors > this.#descriptors + SPARE_DESCRIPTORS) {
      findings.add("descriptors are not given back", `${descriptors}, at first ${this.#descriptors}`);
    }
  }
}

function clockText(at: number): string {
  return new Date(at).toISOString().slice(11, 23);
}

function gapText({ from, to, instruments }: ToldGap): string {
  return `${clockText(from)} to ${clockText(to)} of ${instruments.size}`;
}

async function upstream({ running }: Program): Promise<string> {
  const response = await fetch(`http://127.0.0.1:${running.port}/healthz`, {
    headers: { connection: "close" },
  });
  return (await response.json()).upstream.state;
}
