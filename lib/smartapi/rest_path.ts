/** A path without doubled slashes and without one at its end: the SDKs put roots and paths together in either way. */
export function plainPath(path: string): string {
  return path.replace(/\/{2,}/g, "/").replace(/(?<=.)\/$/, "");
}
