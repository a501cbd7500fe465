import { failed, type Finding, note, ok } from "./finding.ts";

export interface PortProbe {
  readonly host: string;
  readonly port: number;
  /** Listens there and stops at once. @throws {Error} It cannot. */
  readonly listen: (host: string, port: number) => void;
  /** What `/healthz` answers at the port, as JSON. @throws {Error} Nothing that can be read. */
  readonly health: () => Promise<unknown>;
}

/** Whether the proxy can have its port, or has it. */
export async function probePort({ host, port, listen, health }: PortProbe): Promise<Finding> {
  const name = "port";
  try {
    listen(host, port);
    return ok(name, port === 0 ? "any free one is taken" : `${port} is free at ${host}`);
  } catch (error) {
    if (error instanceof Deno.errors.AddrInUse) return await holderOf(port, health);
    if (error instanceof Deno.errors.PermissionDenied) {
      return failed(
        name,
        `${port} may not be used by this user`,
        "ports below 1024 are the system's: PORT=8765",
      );
    }
    const reason = error instanceof Error ? error.message : String(error);
    return failed(
      name,
      `nobody can listen at ${host}: ${reason}`,
      "HOST=0.0.0.0 is every address, 127.0.0.1 this machine",
    );
  }
}

async function holderOf(port: number, health: () => Promise<unknown>): Promise<Finding> {
  const answer = await health().catch(() => undefined);
  if (isObject(answer) && answer.status === "ok") {
    const version = typeof answer.version === "string" ? ` (${answer.version})` : "";
    return note(
      "port",
      `${port} is held by a proxy that runs${version}`,
      "stop it before you start another one",
    );
  }
  return failed(
    "port",
    `${port} is held by another program`,
    `choose another with PORT, or find it: ss -ltnp, on Windows and macOS netstat -an`,
  );
}

function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null;
}
