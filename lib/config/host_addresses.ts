import { networkInterfaces } from "node:os";
import type { HostAddresses } from "../smartapi/rest.ts";

/** The addresses to tell the broker: as configured, else this machine's own, and never a reason not to start. */
export function hostAddresses(configured: Partial<HostAddresses>): HostAddresses {
  let own: { address: string; mac: string } | undefined;
  try {
    own = Object.values(networkInterfaces()).flat().find((each) => each?.family === "IPv4" && !each.internal);
  } catch {
    // Not permitted to look; the broker hardly checks them.
  }
  const localIp = configured.localIp ?? own?.address ?? "127.0.0.1";
  return {
    localIp,
    publicIp: configured.publicIp ?? localIp,
    mac: configured.mac ?? own?.mac ?? "00:00:00:00:00:00",
  };
}
