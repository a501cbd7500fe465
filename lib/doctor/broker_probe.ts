import type { Clock } from "../util/clock.ts";
import { failed, type Finding, note, ok } from "./finding.ts";

/** How the network is tried; a test hands in its own. */
export interface Network {
  /** The addresses of a name, of one family; none where it has none. @throws {Error} Nobody knows the name. */
  lookup(host: string, family: 4 | 6): Promise<readonly string[]>;
  /** Opens a TCP connection and closes it. @throws {Error} There is none. */
  connect(address: string, port: number, signal: AbortSignal): Promise<void>;
  /** Asks for an address. @throws {Error} No answer came. */
  request(url: URL, signal: AbortSignal): Promise<{ readonly status: number; readonly date: string | null }>;
  /** What an error of the network means, in words without secrets. */
  words(error: unknown): string;
}

export interface BrokerProbe {
  readonly network: Network;
  readonly clock: Clock;
  readonly restUrl: string;
  readonly streamUrl: string;
  /** `Deno.build.os`: each system sets its clock in another way. */
  readonly os: string;
}

/** Nothing of the network may take longer. */
const WITHIN_MS = 10_000;

/** The broker's time comes in whole seconds, and is under way for a while. */
const NOTED_DRIFT_MS = 3_000;

/** A one-time code is good for half a minute. */
const FATAL_DRIFT_MS = 30_000;

/** Looks whether both hosts of the broker can be reached, by what, and whether our clock is theirs. */
export async function probeBroker(options: BrokerProbe): Promise<Finding[]> {
  const rest = new URL(options.restUrl);
  // A request to a WebSocket's address is refused, which is an answer.
  const stream = new URL(options.streamUrl.replace(/^ws/, "http"));
  const [ofRest, ofStream] = await Promise.all([
    probeHost("login", rest, options),
    probeHost("stream", stream, options),
  ]);
  const drift = ofRest.date === null ? undefined : driftOf(ofRest.date, ofRest.at);
  return [
    ...ofRest.findings,
    ...ofStream.findings,
    ...drift === undefined ? [] : [clockFinding(drift, options.os)],
  ];
}

interface HostReport {
  readonly findings: readonly Finding[];
  /** What the host says of the time, and when we heard it, ms. */
  readonly date: string | null;
  readonly at: number;
}

async function probeHost(name: string, url: URL, options: BrokerProbe): Promise<HostReport> {
  const { network, clock } = options;
  const port = Number(url.port || (url.protocol === "https:" ? 443 : 80));
  const findings: Finding[] = [];
  let [date, at]: [string | null, number] = [null, clock.now()];
  if (isName(url.hostname)) {
    const named = await addresses(url.hostname, options);
    if (named instanceof Error) {
      const cure = "is there a network, and a DNS server? Try to open the host's name in a browser";
      return { findings: [failed("dns", `${url.hostname}: ${network.words(named)}`, cure)], date, at };
    }
    findings.push(ok("dns", `${url.hostname} has ${count(named.v4, "IPv4")} and ${count(named.v6, "IPv6")}`));
    const finding = await probeFamilies(url.hostname, port, named, options);
    if (finding !== undefined) findings.push(finding);
  }
  try {
    const begun = clock.elapsed();
    const answer = await within(clock, (signal) => network.request(url, signal));
    [date, at] = [answer.date, clock.now()];
    const took = Math.round(clock.elapsed() - begun);
    findings.push(ok(name, `${url.host} answers (HTTP ${answer.status}, ${took} ms)`));
  } catch (error) {
    const cure = /certificate|TLS/.test(network.words(error))
      ? "something between here and the broker replaces its certificate: a virus scanner, or a company's proxy"
      : "a firewall, a proxy or the broker's maintenance is in the way; the program tries again for ever";
    findings.push(failed(name, `${url.host} cannot be reached: ${network.words(error)}`, cure));
    return { findings, date, at };
  }
  if (name === "stream") findings.push(...await probeDirectly(url.hostname, port, options));
  return { findings, date, at };
}

/** A request may go through the proxy that `HTTPS_PROXY` names; the stream's socket does not. */
async function probeDirectly(
  hostname: string,
  port: number,
  { network, clock }: BrokerProbe,
): Promise<Finding[]> {
  try {
    await within(clock, (signal) => network.connect(hostname.replace(/^\[|\]$/g, ""), port, signal));
    return [];
  } catch (error) {
    const text = `${hostname} answers through HTTPS_PROXY alone; directly: ${network.words(error)}`;
    return [
      failed("stream", text, `the stream needs a direct way out to port ${port}: open it in the firewall`),
    ];
  }
}

interface Named {
  readonly v4: readonly string[];
  readonly v6: readonly string[];
}

async function addresses(host: string, { network }: BrokerProbe): Promise<Named | Error> {
  const none = (error: unknown) => error instanceof Error ? error : new Error(String(error));
  const [v4, v6] = await Promise.all([
    network.lookup(host, 4).catch(none),
    network.lookup(host, 6).catch(none),
  ]);
  if (v4 instanceof Error && v6 instanceof Error) return v4;
  const found = { v4: v4 instanceof Error ? [] : v4, v6: v6 instanceof Error ? [] : v6 };
  return found.v4.length + found.v6.length > 0 ? found : new Error("no DNS answer");
}

/** Whether IPv6 only looks as if it worked: then each connection may wait for it first. */
async function probeFamilies(
  host: string,
  port: number,
  { v4, v6 }: Named,
  { network, clock }: BrokerProbe,
): Promise<Finding | undefined> {
  if (v6[0] === undefined) return undefined;
  const opens = (address: string) =>
    within(clock, (signal) => network.connect(address, port, signal)).then(() => true, () => false);
  if (await opens(v6[0])) return ok("ipv6", `${host} is reached by IPv6`);
  const others = v4[0] !== undefined && await opens(v4[0]);
  return others
    ? note(
      "ipv6",
      `${host} has an IPv6 address that this machine cannot reach; IPv4 works`,
      "nothing has to be done; where connecting is slow, switch IPv6 off or mend the network's",
    )
    : undefined;
}

/** How far the other's clock is ahead of ours, ms. */
function driftOf(date: string, at: number): number | undefined {
  const theirs = Date.parse(date);
  return Number.isFinite(theirs) ? theirs + 500 - at : undefined;
}

const CLOCK_CURES: Readonly<Record<string, string>> = {
  linux: "sudo timedatectl set-ntp true",
  darwin: "sudo sntp -sS time.apple.com, or System Settings, Date & Time, Set automatically",
  windows: "as administrator: w32tm /resync, or Settings, Time & language, Set time automatically",
};

function clockFinding(drift: number, os: string): Finding {
  const seconds = Math.round(Math.abs(drift) / 1000);
  if (Math.abs(drift) < NOTED_DRIFT_MS) return ok("clock", "as the broker's, to a second or two");
  const text = `${seconds} s ${drift > 0 ? "behind" : "ahead of"} the broker's`;
  const cure = CLOCK_CURES[os] ?? "let the system set its clock by NTP";
  return Math.abs(drift) < FATAL_DRIFT_MS ? note("clock", text, cure) : failed("clock", text, cure);
}

function isName(hostname: string): boolean {
  return hostname !== "localhost" && !hostname.startsWith("[") && !/^[\d.]+$/.test(hostname);
}

function count({ length }: readonly string[], family: string): string {
  return length === 0 ? `no ${family}` : `${length} ${family} address${length === 1 ? "" : "es"}`;
}

async function within<Result>(clock: Clock, run: (signal: AbortSignal) => Promise<Result>): Promise<Result> {
  const abort = new AbortController();
  const late = Promise.withResolvers<never>();
  const disarm = clock.after(WITHIN_MS, () => {
    late.reject(new Error("timed out"));
    abort.abort();
  });
  try {
    return await Promise.race([run(abort.signal), late.promise]);
  } finally {
    disarm();
  }
}
