import { PATHS } from "../lib/smartapi/endpoints.ts";
import { json, type LoginAnswer, TOKENS } from "../tests/broker_answers/fake_broker.ts";
import { pause } from "./load.ts";

/** Stands before the simulator's REST side, and answers logins in its place where it is told to. */
export interface LoginGate {
  readonly port: number;
  /** How logins are answered, counted from 1; undefined for the simulator's own answers. */
  answer: ((number: number) => LoginAnswer) | undefined;
  stop(): Promise<void>;
}

/** @param port Where the simulator listens on this machine. */
export function startLoginGate(port: number): LoginGate {
  let answer: LoginGate["answer"];
  let count = 0;

  async function forward(request: Request): Promise<Response> {
    const { pathname, search } = new URL(request.url);
    const body = request.body === null ? {} : { body: await request.arrayBuffer() };
    return await fetch(`http://127.0.0.1:${port}${pathname}${search}`, {
      method: request.method,
      headers: request.headers,
      redirect: "manual",
      ...body,
    });
  }

  const server = Deno.serve({ hostname: "127.0.0.1", port: 0, onListen: () => {} }, async (request) => {
    const made = new URL(request.url).pathname === PATHS.login ? answer?.(++count) : undefined;
    if (made === undefined) return await forward(request);
    if (made === "hang") return await new Promise<Response>(() => {});
    if (made === "reset") return new Response(new ReadableStream({ start: (body) => body.error() }));
    if (!("afterMs" in made)) return await withTokens(made, () => forward(request));
    await pause(made.afterMs, request.signal);
    return await withTokens(made.answer, () => forward(request));
  });

  return {
    port: server.addr.port,
    get answer() {
      return answer;
    },
    set answer(next) {
      answer = next;
      count = 0;
    },
    stop: () => server.shutdown(),
  };
}

/** The table's answers carry the table's tokens: those of a real session take their places, so that the stream lets them in. */
async function withTokens(made: Response, logIn: () => Promise<Response>): Promise<Response> {
  if (made.body === null) return made;
  const text = await made.text().catch(() => undefined);
  const { status, headers } = made;
  // One that breaks off in the table breaks off here.
  if (text === undefined) {
    return new Response(new ReadableStream({ start: (body) => body.error() }), { status, headers });
  }
  if (!text.includes(TOKENS.feedToken)) return new Response(text, { status, headers });
  const granted = await (await logIn()).json();
  if (granted.status !== true) return json(granted);
  const real = text.replaceAll(TOKENS.jwtToken, granted.data.jwtToken)
    .replaceAll(TOKENS.feedToken, granted.data.feedToken)
    .replaceAll(TOKENS.refreshToken, granted.data.refreshToken);
  return new Response(real, { status, headers });
}
