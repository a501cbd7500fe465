import type { ProxyEvent } from "./proxy_events.ts";
import { NoProxy, Refused } from "./refusal.ts";
import type { View } from "./views.ts";

/** How watching ended, for scripts. Wrong arguments are 2, as everywhere; 1 is a fault of this program. */
export const EXIT = {
  /** It was told to end, or nobody reads any more. */
  ended: 0,
  badArguments: 2,
  /** The proxy gives none of the instruments. */
  refused: 3,
  /** An access token is missing, or not good. */
  token: 4,
  /** There is no proxy at the address. */
  noProxy: 5,
} as const;

/**
 * Shows what is event of a proxy until that ends.
 *
 * @param fail Takes the sentence that says why it ended.
 * @returns The exit code.
 * @throws What is none of the reasons to end.
 */
export async function watch(
  events: AsyncIterable<ProxyEvent>,
  view: View,
  fail: (why: string) => void,
): Promise<number> {
  let ending: unknown;
  try {
    await view.begin();
    for await (const event of events) await view.show(event);
  } catch (error) {
    ending = error;
  }
  await view.end().catch(() => {});
  if (ending === undefined || ending instanceof Deno.errors.BrokenPipe) return EXIT.ended;
  if (!(ending instanceof Refused || ending instanceof NoProxy)) throw ending;
  fail(ending.message);
  return codeOf(ending);
}

function codeOf(ending: Refused | NoProxy): number {
  if (ending instanceof NoProxy) return EXIT.noProxy;
  if (ending.isOfToken) return EXIT.token;
  return ending.code === "bad_query" ? EXIT.badArguments : EXIT.refused;
}
