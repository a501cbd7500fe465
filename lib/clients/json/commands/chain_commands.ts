import type { z } from "zod";
import { isChainRefusal } from "../../chains/chain_request.ts";
import type { ClientChain } from "../../chains/client_chain.ts";
import { refusedWords, statusOf } from "../../instrument_selection.ts";
import type { Mode } from "../../../market/market.ts";
import { chainMessage, chainPart, chainState, chainWords } from "../chain_message.ts";
import { groupedByExchange, subscribedRow } from "../rows.ts";
import { type chain, DEFAULT_STRIKES } from "./chain_field.ts";
import type { CommandContext, Reply } from "./define_command.ts";

/** A chain as a command names it. */
export type ChainInput = NonNullable<z.infer<typeof chain>>;

/** What a command asks for where it does not say. */
const DEFAULT_MODE: Mode = "ltp";

/** A chain has its exchange in itself, and comes with nothing else: each answer is about one thing. */
export function checkChainAlone(
  input: Readonly<Partial<Record<"exchange" | "tokens" | "symbols" | "candles" | "from", unknown>>>,
  context: z.RefinementCtx,
): void {
  if (input.exchange !== undefined) {
    const message = 'takes its exchange inside, as in {"underlying":"NIFTY","exchange":"nfo"}';
    context.addIssue({ code: "custom", path: ["chain"], message });
  }
  if (input.from !== undefined) {
    const message = "is none of a chain, whose instruments change with the money; name them";
    context.addIssue({ code: "custom", path: ["from"], message });
  }
  for (const field of ["tokens", "symbols", "candles"] as const) {
    if (input[field] === undefined) continue;
    const message = 'takes a command of its own, beside one with "chain"';
    context.addIssue({ code: "custom", path: [field], message });
  }
}

/** What a chain costs. */
export function chainUnits({ strikes = DEFAULT_STRIKES }: ChainInput): number {
  return 10 + strikes / 2;
}

export function subscribeChain(input: ChainInput, mode: Mode | undefined, context: CommandContext): Reply {
  const { budget, chains, connection, instruments, tell } = context;
  const { underlying, exchange, expiry = "nearest", strikes = DEFAULT_STRIKES } = input;
  const given = chains.subscribe(connection, {
    underlying,
    exchange,
    expiry,
    strikes,
    mode: mode ?? DEFAULT_MODE,
    tell: (change) => tell(chainMessage(change, instruments)),
  });
  if (isChainRefusal(given)) return { answer: { status: "error", ...given } };
  const { view, rows } = given;
  const accepted = rows.flatMap((row) => row.status === "accepted" ? [row.key] : []);
  const parts = accepted.map((key) => view.parts.get(key)!);
  return {
    snapshot: accepted,
    answer: {
      ...statusOf(rows),
      message: `Subscribed to the chain ${chainWords(view)}${refusedWords(rows)}`,
      data: groupedByExchange(accepted),
      chain: chainState(view),
      added: parts.map((part) => chainPart(part, instruments)),
      results: rows.map((row) => subscribedRow(row, context)),
      budget: budget.current(),
    },
  };
}

export function unsubscribeChain(input: ChainInput, context: CommandContext): Reply {
  const { chains, connection, instruments } = context;
  const found = instruments.underlying(input.underlying, input.exchange);
  const own = chains.of(connection);
  const named = own.filter((view) =>
    isOf(view, input, found.kind === "found" ? found.underlying.id : undefined)
  );
  if (named.length === 0 && found.kind !== "found") {
    const suggestions = found.suggest();
    const message = `${input.underlying}: ${found.message}`;
    const code = found.kind === "no_options" ? "no_options" : "unknown_instrument";
    return { answer: { status: "error", code, message, ...suggestions.length > 0 ? { suggestions } : {} } };
  }
  const unsubscribed = named.map(({ chain }) => chain.id);
  const keys = named.flatMap((view) => chains.unsubscribe(view));
  return {
    answer: {
      status: "success",
      message: `Unsubscribed from ${unsubscribed.join(", ") || "no chain"}`,
      data: groupedByExchange(keys.filter((key) => !connection.subscriptions.has(key))),
      unsubscribed,
      left: connection.subscriptions.size,
    },
  };
}

/** Whether a chain that a client has is meant: by its choice of an expiry, or by the day that it means now. */
function isOf({ chain }: ClientChain, { underlying, expiry }: ChainInput, id: string | undefined): boolean {
  // A name that leads nowhere today still means what it led to.
  const word = underlying.toUpperCase().replace(/^.*:/, "");
  if (id === undefined ? chain.underlying.name !== word : chain.underlying.id !== id) return false;
  return expiry === undefined || chain.choice === expiry || chain.expiry === expiry;
}
