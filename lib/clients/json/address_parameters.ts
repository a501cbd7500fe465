import { nearestName } from "../../util/nearest_name.ts";
import { printable } from "../../util/printable.ts";

/** What may stand in an address of our own wire. */
export const ADDRESS_PARAMETERS = ["encoding", "interval", "token"] as const;

/** Of the parameters of an address, those of our own wire. */
export function ownParameters(query: URLSearchParams): URLSearchParams {
  return new URLSearchParams(
    ADDRESS_PARAMETERS.flatMap((name) => query.getAll(name).map((value) => [name, value])),
  );
}

/** The first parameter of an address that nobody knows, as a sentence; undefined where there is none. */
export function unknownParameter(query: URLSearchParams, known: readonly string[]): string | undefined {
  const unknown = [...query.keys()].find((name) => !known.includes(name));
  if (unknown === undefined) return undefined;
  const nearest = nearestName(unknown, known);
  const meant = nearest === undefined ? "." : `; did you mean ${nearest}?`;
  return `${printable(unknown.slice(0, 40))}: is not known${meant} Known: ${known.join(", ")}`;
}
