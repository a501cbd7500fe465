import type { SignIn } from "../access/session_tokens.ts";

/** REST calls as programs make them that were written for something else. */
export interface RestCalls {
  /** Whether a path is one of theirs. */
  serves(path: string): boolean;
  /**
   * Answers a call.
   *
   * @param path Of its address, without the query: nothing in that is looked at.
   */
  answer(request: Request, path: string, caller: RestCaller): Promise<Response>;
}

export interface RestCaller {
  /** Who shows the first good one of these tokens; undefined, after a while, when none is. */
  readonly signIn: (tokens: readonly string[]) => Promise<SignIn | undefined>;
  /** Whose limits count; see `server/address.ts`. */
  readonly peer: string;
}
