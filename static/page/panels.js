/** The folded panels beside the list that ask the proxy themselves. */

import { createChainPanel } from "./chain_panel.js";
import { createFeedPanel } from "./feed_panel.js";

/**
 * `options.ask`: See `createWire`. `options.get`: See `createAccess`.
 * `options.add(key, symbol)`: The user has chosen an instrument in one of them.
 */
export function createPanels({ ask, get, store, settings, add, changed }) {
  const feed = createFeedPanel({ ask, store });
  const chain = createChainPanel({ get, settings, store, add, changed });
  return {
    render: chain.render,
    everySecond: feed.render,
  };
}
