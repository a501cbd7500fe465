/** Values of the proxy's messages. The page takes none of them on trust. */

/** Longer texts of the other side are cut; they are for a line, not for a page. */
const MAX_TEXT = 300;

export function isPrice(value) {
  return typeof value === "number" && Number.isFinite(value);
}

/** A finite number, or undefined. */
export function known(value) {
  return isPrice(value) ? value : undefined;
}

/** A text that says something, or what stands in for it. */
export function textOf(value, otherwise) {
  return typeof value === "string" && value !== "" ? value.slice(0, MAX_TEXT) : otherwise;
}
