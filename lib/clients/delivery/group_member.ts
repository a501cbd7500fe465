import { getLogger } from "@logtape/logtape";
import type { Batch } from "./encoder.ts";

/** One receiver of a group's batches; its outbox keeps them in order. */
export interface GroupMember {
  deliver(batch: Batch): void;
  /** A batch that was delivered unfinished has its payload now. */
  drain(): void;
}

const log = getLogger(["clients"]);

/** Whatever goes wrong with one member stays with it. */
export function withEach(members: readonly GroupMember[], act: (member: GroupMember) => void): void {
  for (const member of members) {
    try {
      act(member);
    } catch (error) {
      logFault(error);
    }
  }
}

/** Lets go what waited for a batch that is made. */
export const drain = (member: GroupMember) => member.drain();

function logFault(error: unknown): void {
  log.error("a batch could not be delivered to a client, a fault of the proxy; please report it: {error}", {
    error,
  });
}
