import type { Network } from "../../lib/doctor/broker_probe.ts";
import type { Finding } from "../../lib/doctor/finding.ts";

/** A network in which everything works, but for what is given. */
export function networkOf(changes: Partial<Network> = {}): Network {
  return {
    lookup: (_, family) => Promise.resolve(family === 4 ? ["192.0.2.1"] : []),
    connect: () => Promise.resolve(),
    request: () => Promise.resolve({ status: 404, date: null }),
    words: (error) => String((error as Error).message),
    ...changes,
  };
}

/** What findings say in short. */
export function shortly(findings: readonly Finding[]): string[] {
  return findings.map(({ level, name }) => `${level} ${name}`);
}
