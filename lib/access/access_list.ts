import { createHash, timingSafeEqual } from "node:crypto";
import type { Clock } from "../util/clock.ts";
import type { Entitlement } from "./entitlement.ts";
import type { TokenEntry } from "./token_file.ts";

/** SHA-256 of a token, in hexadecimal. */
export function digestOf(token: string): string {
  return createHash("sha256").update(token).digest("hex");
}

/** The tokens that are good at present. */
export class AccessList {
  #entries: readonly TokenEntry[] = [];
  /** Their digests, in the same order. */
  #digests: readonly Uint8Array[] = [];

  constructor(private readonly clock: Clock, entries: readonly TokenEntry[]) {
    this.replace(entries);
  }

  replace(entries: readonly TokenEntry[]): void {
    this.#entries = entries;
    this.#digests = entries.map(({ sha256 }) => bytesOf(sha256));
  }

  /** What a token permits; undefined when it is not, or no longer, good. Takes as long for any token. */
  entitlementOf(token: string): Entitlement | undefined {
    const given = createHash("sha256").update(token).digest();
    let found: TokenEntry | undefined;
    for (let i = 0; i < this.#digests.length; i++) {
      if (timingSafeEqual(given, this.#digests[i]!)) found = this.#entries[i];
    }
    return found !== undefined && this.#isOpen(found) ? found : undefined;
  }

  /** The good tokens of a name: mostly one, but the file may have one of the name that `ACCESS_TOKEN` has. */
  named(name: string): readonly TokenEntry[] {
    return this.#entries.filter((entry) => entry.name === name && this.#isOpen(entry));
  }

  /** Whether a entitlement of before holds still, to the letter. */
  holds(entitlement: Entitlement): boolean {
    return this.#entries.some((entry) => sameGrant(entry, entitlement) && this.#isOpen(entry));
  }

  #isOpen({ expires }: TokenEntry): boolean {
    return expires === undefined || this.clock.now() < expires;
  }
}

function sameGrant(a: Entitlement & { sha256?: string }, b: Entitlement & { sha256?: string }): boolean {
  return comparable(a) === comparable(b);
}

function comparable(
  { name, sha256, exchanges, maxInstruments, rest, operator, expires }: Entitlement & { sha256?: string },
): string {
  return JSON.stringify([
    name,
    sha256,
    exchanges && [...exchanges].sort(),
    maxInstruments,
    rest,
    operator,
    expires,
  ]);
}

function bytesOf(hex: string): Uint8Array {
  return Uint8Array.from({ length: hex.length / 2 }, (_, i) => parseInt(hex.slice(2 * i, 2 * i + 2), 16));
}
