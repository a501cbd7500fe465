/** The folded panels beside the list: the feed, the option chain, and who moved. */

import { createChainPanel } from "./chain_panel.js";
import { createFeedPanel } from "./feed_panel.js";
import { createMoversPanel } from "./movers_panel.js";

/**
 * `options.ask`: See `createWire`. `options.get`: See `createAccess`.
 * `options.add(key, symbol)`: An instrument was chosen that is not on the list; `choose(key)`: one that is.
 */
export function createPanels({ ask, get, store, settings, add, choose, changed }) {
  const feed = createFeedPanel({ ask, store });
  const chain = createChainPanel({ get, settings, store, add, changed });
  const movers = createMoversPanel({ store, choose, changed });
  return {
    render: chain.render,
    everySecond(now) {
      feed.render(now);
      movers.everySecond();
    },
  };
}
