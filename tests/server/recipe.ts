import { strictEqual as equal } from "node:assert/strict";

/** A recipe of the documentation with other words in it, each of which stands there once. */
export function changed(recipe: string, changes: readonly (readonly [string, string])[]): string {
  let text = recipe;
  for (const [from, to] of changes) {
    equal(text.split(from).length, 2, `"${from}" stands in the recipe once`);
    text = text.replace(from, to);
  }
  return text;
}
