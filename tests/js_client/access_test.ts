import { deepStrictEqual as deepEqual, match, ok, strictEqual as equal } from "node:assert/strict";
import { AccessList, digestOf } from "../../lib/access/access_list.ts";
import { readTokens } from "../../lib/access/token_file.ts";
import { type Client, connect, type Options } from "../../static/client.js";
import { FakeClock, settle } from "../fakes.ts";
import { Rig } from "../proxy/rig.ts";
import { told } from "./hand_socket.ts";

const TOKEN = "phone-secret-0123456789";
const WRONG = "wrong-secret-0123456789";

const list = (token: string) => readTokens(JSON.stringify([{ name: "phone", sha256: digestOf(token) }]));

/** A proxy that wants a token. */
async function guarded() {
  const clock = new FakeClock();
  const access = new AccessList(clock, list(TOKEN));
  const rig = await Rig.start({ clock, proxy: { access } });
  const client = (options: Options) =>
    connect(`ws://127.0.0.1:${rig.proxy.port}`, { retryBase: 1, ...options });
  return { rig, access, client };
}

/** What a program sees of a client that ends by itself, each as the code of its error. */
async function ending(client: Client, wait: (done: () => boolean) => Promise<void>) {
  const [errors, closed, lost] = [told(client, "error"), told(client, "closed"), told(client, "lost")];
  const codeOf = (error: unknown) => `${(error as { code?: string }).code}`;
  const outcomes = Promise.all(
    [
      client.subscribe({ symbols: ["SBIN"] }),
      client.search("nifty"),
      client.ticks().next(),
      (async () => {
        for await (const _ of client.ticks());
      })(),
    ].map((each: Promise<unknown>) => each.then(() => "fulfilled", codeOf)),
  );
  let codes: string[] | undefined;
  outcomes.then((each) => codes = each);
  await wait(() => codes !== undefined);
  // What is asked afterwards says the same, and a new loop is over.
  const after = await client.status().then(() => "fulfilled", codeOf);
  equal((await client.ticks().next()).done, true);
  await client.close();
  deepEqual([closed.length, lost.length], [1, 0]);
  return { codes: [...codes!, after], errors };
}

Deno.test("a token lets in, as a text, from a function and from one that takes a while; never in an address", async () => {
  const { rig, client } = await guarded();
  await using _ = rig;
  const urls: string[] = [];
  class Watched extends WebSocket {
    constructor(url: string) {
      super(url);
      urls.push(url);
    }
  }
  for (const token of [TOKEN, () => TOKEN, async () => (await settle(), TOKEN)]) {
    await using own = client({ token, WebSocket: Watched });
    const news = told(own, "news");
    let rows: number | undefined;
    own.subscribe({ symbols: ["SBIN"] }).then(({ results }) => rows = results.length);
    await rig.until(() => rows === 1);
    deepEqual(news.filter(({ status }) => status === "token_required"), []);
  }
  equal(urls.length, 3);
  ok(!urls.join().includes(TOKEN));
});

Deno.test("without a token, or with one that is none, all ends at once as token_required", async () => {
  const { rig, client } = await guarded();
  await using _ = rig;
  const none: Options["token"][] = [
    undefined,
    "",
    () => undefined,
    () => "",
    () => Promise.resolve(undefined),
    () => ({ secret: WRONG }) as unknown as string,
  ];
  for (const token of none) {
    const { codes, errors } = await ending(client({ token }), (done) => rig.until(done));
    deepEqual(codes, Array(5).fill("token_required"));
    equal(errors.length, 1);
    match(errors[0]!.message, /^ws:\/\/127\.0\.0\.1:\d+\/ asks for an access token/);
    ok(!Deno.inspect(errors[0]).includes(WRONG));
  }
});

Deno.test("a wrong token, whatever is wrong with it, ends all as token_refused and is not tried again", async () => {
  const { rig, client } = await guarded();
  await using _ = rig;
  for (const token of [WRONG, () => WRONG, WRONG.repeat(50), WRONG.repeat(500), `${TOKEN}\n`]) {
    let made = 0;
    class Counted extends WebSocket {
      constructor(url: string) {
        super(url);
        made++;
      }
    }
    const own = client({ token, WebSocket: Counted });
    const { codes, errors } = await ending(own, (done) => rig.until(done));
    deepEqual(codes, Array(5).fill("token_refused"));
    equal(errors.length, 1);
    match(errors[0]!.message, /^ws:\/\/127\.0\.0\.1:\d+\/ refused the access token: /);
    ok(!/secret/.test(Deno.inspect(errors[0])));
    equal(made, 1);
  }
});

Deno.test("a token that has changed is asked for at the next connection; an old text is refused there", async () => {
  const { rig, access, client } = await guarded();
  await using _ = rig;
  let token = TOKEN;
  await using asks = client({ token: () => token });
  const holds = client({ token: TOKEN });
  const [opened, errors] = [told(asks, "open"), told(holds, "error")];
  const opens = told(holds, "open");
  await rig.until(() => opened.length === 1 && opens.length === 1);
  token = "another-secret-0123456789";
  access.replace(list(token));
  rig.proxy.recheckAccess();
  await rig.until(() => opened.length === 2 && errors.length === 1);
  equal((errors[0] as Error & { code: string }).code, "token_refused");
  await holds.close();
});
