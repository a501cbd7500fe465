/** What the user has chosen about the page itself, kept in the browser: one small object of plain values. */

const STORED_AS = "smartapi-proxy.settings";

/** `options.storage`: As `localStorage`, or undefined: then it holds as long as the page does. */
export function createSettings({ storage = undefined } = {}) {
  let values = {};
  try {
    const stored = JSON.parse(storage?.getItem(STORED_AS) ?? "{}");
    if (stored !== null && typeof stored === "object" && !Array.isArray(stored)) values = stored;
  } catch {
    // Spoiled or refused: as if nothing had been chosen.
  }
  return {
    /** Undefined where nothing was chosen. The caller takes it no more on trust than any other input. */
    get: (name) => Object.hasOwn(values, name) ? values[name] : undefined,
    /** @param value Undefined forgets the choice. */
    set(name, value) {
      values = { ...values, [name]: value };
      try {
        storage?.setItem(STORED_AS, JSON.stringify(values));
      } catch {
        // Full or forbidden.
      }
    },
  };
}
