/** What this page has not seen, from when to when. Pure; times in ms since the Unix epoch. */

const MOST = 100;

/**
 * A gap: `kind` is `connection` (the page was cut off from the proxy), `upstream` (the proxy from the broker) or
 * `messages` (some never came, `missing` of them); `to` is undefined while it lasts; `instruments` is how many
 * were concerned, or undefined for all.
 */
function createGaps() {
  const list = [];

  function add(gap) {
    list.unshift(gap);
    if (list.length > MOST) list.pop();
  }

  function lasting(kind) {
    return list.find((gap) => gap.kind === kind && gap.to === undefined);
  }

  return {
    /** Newest first. */
    list,

    begin(kind, from) {
      if (lasting(kind) === undefined) add({ kind, from, to: undefined });
    },

    end(kind, to) {
      const gap = lasting(kind);
      if (gap !== undefined) gap.to = Math.max(gap.from, to);
    },

    /** As the proxy reports it afterwards, in place of what was only known to have begun. */
    upstream(from, to, instruments) {
      const known = lasting("upstream");
      if (known !== undefined) list.splice(list.indexOf(known), 1);
      add({ kind: "upstream", from, to, instruments });
    },

    messages(at, missing) {
      add({ kind: "messages", from: at, to: at, missing });
    },
  };
}

export { createGaps };
