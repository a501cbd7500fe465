/** What a REST call is answered, in one of the broker's shapes. */
export interface RestAnswer {
  readonly status: number;
  readonly type: string;
  readonly body: string;
  /** A short word for counting: `success`, or the broker's code. */
  readonly outcome: string;
  readonly headers?: Readonly<Record<string, string>>;
}

/** The answers to a token that is not good, in the broker's codes. */
const TOKEN_MESSAGES = {
  AG8001: "Invalid Token: neither the Authorization nor the API key is good at this proxy",
  AG8003: "Token missing: this proxy needs the jwtToken of a login, or an access token",
} as const;

export function success(data: unknown, headers?: Readonly<Record<string, string>>): RestAnswer {
  return json("success", { status: true, message: "SUCCESS", errorcode: "", data }, headers);
}

/**
 * A refusal. It is HTTP 200 with `status: false`: the broker's SDKs take another status for a success, or cannot read
 * it.
 */
export function refusal(errorcode: string, message: string): RestAnswer {
  return json(errorcode, { status: false, message, errorcode, data: null });
}

/**
 * A token that is not good. The broker's gateway has names of its own for the fields; the application's are here too,
 * since programs fail that look for `status` alone.
 */
export function tokenRefusal(code: keyof typeof TOKEN_MESSAGES): RestAnswer {
  const message = TOKEN_MESSAGES[code];
  return json(code, { success: false, status: false, message, errorCode: code, errorcode: code, data: "" });
}

/** What the broker answers to too many calls, word for word: programs know it. */
export function throttled(): RestAnswer {
  return {
    status: 403,
    type: "text/plain",
    body: "Access denied because of exceeding access rate",
    outcome: "throttled",
  };
}

/**
 * An answer of the broker. JSON and its refusal of too many calls are passed on as they are; anything else is a page
 * of someone in front of it, which has no business on this origin.
 */
export function passed(
  status: number,
  text: string,
  headers: Readonly<Record<string, string>>,
): RestAnswer {
  if (/^\s*[{[]/.test(text)) {
    const outcome = status === 200 ? "success" : `http_${status}`;
    return { status, type: "application/json", body: text, outcome, headers };
  }
  if (status === 403 && /exceeding access rate|rate limit/i.test(text.slice(0, 200))) return throttled();
  return refusal("AB2001", `The SmartAPI proxy cannot read the broker's answer: HTTP ${status}`);
}

export function responseOf({ status, type, body, headers }: RestAnswer): Response {
  return new Response(body, {
    status,
    headers: {
      "content-type": type,
      "x-content-type-options": "nosniff",
      "cache-control": "no-store",
      ...headers,
    },
  });
}

function json(outcome: string, body: unknown, headers: Readonly<Record<string, string>> = {}): RestAnswer {
  return { status: 200, type: "application/json", body: JSON.stringify(body), outcome, headers };
}
