/** The row that is looked at stands in the page's address, so that a link shows the same. */

const KEY = /^#([a-z]{2,8}:[0-9]{1,25})$/;

/** @returns The key in an address's fragment, or undefined. */
export function keyOf(hash) {
  return KEY.exec(decodeURIComponent(hash.replaceAll(/%(?![0-9a-f]{2})/gi, "%25")))?.[1];
}

/** `options.hash`, `options.base`: The fragment of the address, and what stands before it. `options.pages`: As `history`. */
export function createLink({ hash, base, pages }) {
  let wanted = keyOf(hash);
  return {
    /** What a link asked for and was not there yet. */
    get wanted() {
      return wanted;
    },

    /** The row that a link asked for, once, when it is there. @param has `(key)`: Whether it is on the list. */
    take(has) {
      if (wanted === undefined || !has(wanted)) return undefined;
      const key = wanted;
      wanted = undefined;
      return key;
    },

    /** @param key Of the row that is looked at, or undefined. */
    shows(key) {
      wanted = undefined;
      pages.replaceState(pages.state, "", key === undefined ? base : `#${key}`);
    },
  };
}
