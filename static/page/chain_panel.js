/** The option chain around the money, of the underlying that was asked for. It is asked for while it is open. */

import { createChainFeed } from "./chain_feed.js";
import { chainWords, expiriesOf, faultWords, ladderOf } from "./chain_ladder.js";
import { createChainTable } from "./chain_table.js";
import { byId, dataCell, option, put } from "./dom.js";

const FIRST = { underlying: "NIFTY", expiry: "nearest" };

/**
 * `options.get`: See `createChainFeed`. `options.add(key, symbol)`: A contract was chosen.
 */
export function createChainPanel({ get, settings, store, add, changed }) {
  const panel = byId("chain");
  const form = byId("chain-form");
  const underlying = byId("chain-underlying");
  const expiry = byId("chain-expiry");
  const old = dataCell(panel, "old");
  const feed = createChainFeed({ get, changed });
  const show = createChainTable({ body: byId("chain-body"), chosen: ({ key, symbol }) => add(key, symbol) });
  const stored = settings.get("chain");
  let choices = "";
  let drawn;

  underlying.value = typeof stored?.underlying === "string" ? stored.underlying : FIRST.underlying;

  function choose(expiry) {
    const name = underlying.value.trim();
    if (name === "") return;
    settings.set("chain", { underlying: name });
    feed.ask(name, expiry);
    changed();
  }

  form.addEventListener("submit", (event) => {
    event.preventDefault();
    // Another underlying has other days.
    const same = feed.state.underlying === underlying.value.trim();
    choose(same ? expiry.value : FIRST.expiry);
  });
  expiry.addEventListener("change", () => choose(expiry.value));
  panel.addEventListener("toggle", () => {
    if (panel.open && feed.state.underlying === undefined) choose(FIRST.expiry);
  });

  function showChoices({ answer, expiry: chosen }) {
    const wanted = expiriesOf(answer, chosen);
    const text = JSON.stringify(wanted);
    if (text !== choices) {
      choices = text;
      expiry.replaceChildren(...wanted.map(([value, words]) => option(value, words)));
    }
    if (expiry.value !== chosen) expiry.value = chosen;
  }

  return {
    render() {
      const { state } = feed;
      if (!panel.open || state.underlying === undefined) return;
      if (store.feed.link.kind === "open") feed.beat();
      const cut = store.cut;
      old(feed.old || cut || state.fault !== undefined ? "yes" : "no");
      put(byId("chain-fault"), faultWords(state, { old: feed.old, cut }));
      if (state.answer === drawn) return;
      drawn = state.answer;
      const ladder = drawn === undefined ? [] : ladderOf(drawn);
      showChoices(state);
      put(byId("chain-words"), drawn === undefined ? "" : chainWords(drawn, ladder));
      byId("chain-table").hidden = ladder.length === 0;
      show(ladder);
    },
  };
}
