/** What is at the address is no proxy, or there is nothing. */
export class NoProxy extends Error {
  override readonly name = "NoProxy";
}

/** The proxy said no. */
export class Refused extends Error {
  override readonly name = "Refused";

  /**
   * @param code The proxy's; docs/http.md has the list.
   * @param temporary It may say yes if it is asked again.
   * @param retryAfterMs It wants not to be asked again before.
   */
  constructor(
    readonly code: string,
    message: string,
    readonly temporary: boolean,
    readonly retryAfterMs: number,
  ) {
    super(message);
  }

  /** Asking the same again is of no use, however the proxy stands by then. */
  get needsOtherRequest(): boolean {
    return this.isOfToken || this.code === "bad_query";
  }

  get isOfToken(): boolean {
    return ["token_required", "token_refused", "origin_refused"].includes(this.code);
  }
}

/** Why an answer is no event stream; undefined where it is one. */
export async function refusalOf(response: Response, url: URL): Promise<Refused | NoProxy | undefined> {
  const { status, headers } = response;
  if (status === 200 && headers.get("content-type")?.startsWith("text/event-stream")) return undefined;
  const { code, message } = await errorIn(response);
  if (code === undefined || code === "not_found") {
    return new NoProxy(`${url.origin} is no proxy, or an older one: HTTP ${status}`);
  }
  const temporary = status === 429 || (status >= 500 && code !== "budget_exhausted");
  const retryAfterMs = Number(headers.get("retry-after") ?? 0) * 1000 || 0;
  return new Refused(code, message ?? `the proxy answered ${code}`, temporary, retryAfterMs);
}

async function errorIn(response: Response): Promise<{ code?: string; message?: string }> {
  const { status, code, message } = await response.json().catch(() => ({})) ?? {};
  return status === "error" && typeof code === "string" ? { code, message: String(message) } : {};
}
