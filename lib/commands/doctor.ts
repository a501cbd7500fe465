import { lookup } from "node:dns";
import { statfs } from "node:fs";
import { type Config, ConfigError } from "../config/config.ts";
import { type EnvFile, readEnvFile } from "../config/env_file.ts";
import { type BrokerProbe, type Network, probeBroker } from "../doctor/broker_probe.ts";
import { failed, type Finding, findingLines, note, ok } from "../doctor/finding.ts";
import { probeDisk, probeInstrumentList, probeRights, type Stat } from "../doctor/file_probes.ts";
import { probePort } from "../doctor/port_probe.ts";
import { probeSettings } from "../doctor/settings_probe.ts";
import { KEPT_NAME } from "../instruments/catalog.ts";
import { networkWords } from "../util/network_words.ts";
import { PublicWords } from "../smartapi/public_words.ts";
import { systemClock } from "../util/clock.ts";
import { loadCalendar, type Running, secretsOf, sourceFor, type Unread } from "./bootstrap.ts";

/** Looks at everything around the program that can keep it from working. The exit code is 1 when something does. */
export function doctor(unread: Unread): Running {
  const ended = examine(unread, (line) => console.log(line));
  // It is looked at later, and not by who only stops it.
  ended.catch(() => {});
  return { ended, stop: () => Promise.resolve() };
}

async function examine(unread: Unread, print: (line: string) => void): Promise<number> {
  const file = await readEnvFile(unread.envFile, unread.usualEnvFiles);
  const values = unread.valuesWith(file.values);
  const { config, findings } = probeSettings(values, (name) => originOf(name, unread, file));
  // In this order, and each as soon as it is known.
  const probes: Promise<readonly Finding[]>[] = [
    Promise.resolve(findings),
    rightsOf(config, file),
    config.demo
      ? Promise.resolve([ok("broker", "none: the demo has its own")])
      : probeBroker(brokerOf(config)),
    portOf(config),
    calendarOf(config),
    instrumentsOf(config),
    probeDisk({
      folder: config.instruments.folder,
      recordingBytes: config.record.exchanges.length > 0 ? config.record.maxBytes : undefined,
      ...{ stat, freeBytes, tryWriting },
    }),
  ];
  // One that fails is thrown when its turn comes.
  for (const probe of probes) probe.catch(() => {});
  let failures = 0;
  for (const probe of probes) {
    for (const finding of await probe) {
      if (finding.level === "failed") failures++;
      for (const line of findingLines(finding)) print(line);
    }
  }
  print(failures === 0 ? "Nothing is wrong here; `check` tries the account itself." : `${failures} to mend`);
  return failures === 0 ? 0 : 1;
}

/** Where the value of a setting came from, in words. */
function originOf(name: string, { flags, environment }: Unread, file: EnvFile): string {
  if (flags[name] !== undefined) return "the flag";
  return environment[name] === undefined && file.path !== undefined ? file.path : "the environment";
}

function rightsOf({ access, tls }: Config, file: EnvFile): Promise<Finding[]> {
  if (Deno.build.os === "windows") return Promise.resolve([]);
  const files = [
    { path: file.path, holds: "the secrets of your account" },
    { path: access.tokensFile, holds: "the digests of your access tokens" },
    { path: tls?.key, holds: "the key of your certificate" },
  ];
  const named = files.flatMap(({ path, holds }) => path === undefined ? [] : [{ path, holds }]);
  return probeRights(named, stat);
}

function brokerOf({ restUrl, streamUrl, credentials, access }: Config): BrokerProbe {
  const words = new PublicWords(secretsOf({ credentials, access }).map((secret) => secret.reveal()));
  const network: Network = {
    lookup: (host, family) =>
      new Promise((resolve, reject) =>
        lookup(
          host,
          { family, all: true },
          (error, found) => error === null ? resolve(found.map(({ address }) => address)) : reject(error),
        )
      ),
    async connect(hostname, port, signal) {
      (await Deno.connect({ hostname, port, signal })).close();
    },
    async request(url, signal) {
      const response = await fetch(url, { redirect: "manual", signal });
      await response.body?.cancel();
      return { status: response.status, date: response.headers.get("date") };
    },
    words: (error) => networkWords(error, words),
  };
  return { network, clock: systemClock, restUrl, streamUrl, os: Deno.build.os };
}

async function portOf({ host, port, tls, access }: Config): Promise<Finding[]> {
  const { token } = access;
  const headers: Record<string, string> = token === undefined
    ? {}
    : { Authorization: `Bearer ${token.reveal()}` };
  return [
    await probePort({
      host,
      port,
      listen: (hostname, port) => Deno.listen({ hostname, port }).close(),
      health: async () => {
        const url = `${tls === undefined ? "http" : "https"}://localhost:${port}/healthz`;
        return await (await fetch(url, { headers, signal: AbortSignal.timeout(5_000) })).json();
      },
    }),
  ];
}

async function calendarOf(config: Config): Promise<Finding[]> {
  try {
    const calendar = await loadCalendar(config, config.demo ? "simulated" : sourceFor(config));
    const warning = calendar.coverageWarning(systemClock.now());
    return [
      warning === undefined
        ? ok("calendar", "hours and holidays of this year are known")
        : note("calendar", warning, "a newer release of this program may have it built in"),
    ];
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error;
    return [
      failed(
        "calendar",
        error.problems.join("; "),
        "mend the file, or unset MARKET_CALENDAR for the built-in one",
      ),
    ];
  }
}

async function instrumentsOf(config: Config): Promise<Finding[]> {
  const { instruments: { file, folder } } = config;
  if (config.demo) return [];
  const path = file ?? `${folder}/${KEPT_NAME}`;
  return [await probeInstrumentList({ path, isOwn: file !== undefined, stat, now: systemClock.now() })];
}

const stat: Stat = async (path) => {
  try {
    return await Deno.stat(path);
  } catch {
    return undefined;
  }
};

function freeBytes(path: string): Promise<number> {
  return new Promise((resolve, reject) =>
    statfs(
      path,
      (error, { bavail, bsize } = { bavail: 0, bsize: 0 } as never) =>
        error === null ? resolve(Number(bavail) * Number(bsize)) : reject(error),
    )
  );
}

async function tryWriting(folder: string): Promise<void> {
  const path = `${folder}/doctor.${Deno.pid}.tmp`;
  await Deno.writeTextFile(path, "", { createNew: true });
  await Deno.remove(path);
}
