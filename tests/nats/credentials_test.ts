/** Who a real nats-server lets in, and what is told of one who is not. */
import { deepStrictEqual as deepEqual, doesNotMatch, match, ok, rejects, throws } from "node:assert/strict";
import { nkeys } from "@nats-io/nats-core";
import { openNats } from "../../lib/commands/nats.ts";
import { type Config, readConfig } from "../../lib/config/config.ts";
import type { Bus } from "../../lib/nats/bus.ts";
import { type NatsCredentials, readCreds, readPem, readSeed } from "../../lib/nats/credentials.ts";
import { Secret } from "../../lib/util/secret.ts";
import { logLines } from "../log/lines.ts";
import { becomes, NatsServer, natsTest, troubled } from "./nats_server.ts";
import { Operator } from "./operator.ts";

const nothing = new Uint8Array();
const seedOf = (pair: { getSeed(): Uint8Array }) => new TextDecoder().decode(pair.getSeed());
const fixture = (name: string) => new URL(`../fixtures/tls/${name}`, import.meta.url).pathname;
const pem = (name: string) => Deno.readTextFileSync(fixture(name));

/** Settles once a request passes both ways: a server that was just reloaded may still hang up. */
async function works(bus: Bus): Promise<void> {
  for (let said = ""; !said.includes("no hub listens");) {
    await becomes(bus, true);
    said = await bus.request("nobody", nothing, 1_000).then(() => "", ({ message }) => message);
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
}

interface Way {
  readonly name: string;
  readonly config: string;
  readonly good: NatsCredentials;
  readonly bad: readonly NatsCredentials[];
  readonly secrets: readonly string[];
}

function ways(): Way[] {
  const [ours, foreign] = [nkeys.createUser(), nkeys.createUser()];
  const [operator, otherOperator] = [new Operator(), new Operator()];
  const [creds, foreignCreds] = [operator.creds("hub"), otherOperator.creds("hub")];
  const expired = operator.creds("hub", {}, Math.floor(Date.now() / 1000) - 60);
  const jwtOf = (file: string) => readCreds(file).jwt.reveal();
  return [
    {
      name: "user and password",
      config: 'authorization { user: hub, password: "s3cret-word" }',
      good: { user: "hub", password: new Secret("s3cret-word") },
      bad: [{ user: "hub", password: new Secret("wr0ng-word") }, { user: "hub" }, {}],
      secrets: ["s3cret-word", "wr0ng-word"],
    },
    {
      name: "a token",
      config: 'authorization { token: "t0ken-word" }',
      good: { token: new Secret("t0ken-word") },
      bad: [{ token: new Secret("wr0ng-word") }],
      secrets: ["t0ken-word", "wr0ng-word"],
    },
    {
      name: "an nkey",
      config: `authorization { users: [ { nkey: ${ours.getPublicKey()} } ] }`,
      good: { nkey: () => readSeed(`${seedOf(ours)}\n`) },
      bad: [{ nkey: () => new Secret(seedOf(foreign)) }],
      secrets: [seedOf(ours), seedOf(foreign)],
    },
    {
      name: "a .creds file",
      config: operator.config,
      good: { creds: () => readCreds(creds) },
      bad: [
        { creds: () => readCreds(foreignCreds) },
        { creds: () => readCreds(expired) },
        // The JWT of one user with the seed of another.
        { creds: () => ({ jwt: readCreds(creds).jwt, seed: readCreds(foreignCreds).seed }) },
      ],
      secrets: [creds, foreignCreds].flatMap((file) => [jwtOf(file), readCreds(file).seed.reveal()]),
    },
  ];
}

for (const { name, config, good, bad, secrets } of ways()) {
  natsTest(`credentials: ${name}; a wrong one is told in plain words and shows no secret`, async () => {
    await using log = await logLines();
    await using server = await NatsServer.start(config);
    const bus = await server.connect("good", good);
    await works(bus);
    const refused = await Promise.all(bad.map((each, i) => server.dial(`bad${i}`, each)));
    const told = await Promise.all(refused.map((each) => troubled(each, /refuses/)));
    deepEqual(new Set(told), new Set(["the NATS server refuses these credentials"]));
    await rejects(refused[0]!.request("nobody", nothing, 100), /refuses these credentials/);
    await Promise.all([bus, ...refused].map((each) => each.stop()));
    const written = log.lines.join("\n");
    match(written, /not connected: the NATS server refuses these credentials/);
    for (const secret of secrets) ok(!written.includes(secret), `a secret in the log:\n${written}`);
  });
}

natsTest(
  "a user whose password the server no longer takes is told so, and let in when it is right again",
  async () => {
    const withPassword = (password: string) => `authorization { user: hub, password: "${password}" }`;
    await using server = await NatsServer.start(withPassword("one"));
    const waits = { reconnectTimeWait: 10, reconnectJitter: 0 };
    const bus = await server.connect("hub", { user: "hub", password: new Secret("one"), waits });
    await server.reload(withPassword("two"));
    await troubled(bus, /refuses these credentials/);
    await server.reload(withPassword("one"));
    await becomes(bus, true);
    await works(bus);
    await bus.stop();
  },
);

natsTest("a file of credentials that was renewed is read at the next connection", async () => {
  const operator = new Operator();
  const soon = Math.floor(Date.now() / 1000) + 2;
  const path = await Deno.makeTempFile();
  await Deno.writeTextFile(path, operator.creds("hub", {}, soon));
  await using log = await logLines();
  await using server = await NatsServer.start(operator.config);
  const { nats } = readConfig({ NATS_URL: server.url, NATS_CREDS_FILE: path }, "edge");
  const { bus } = await openNats({ nats } as Config, "hub");
  await becomes(bus, true);
  await works(bus);
  await Deno.writeTextFile(path, operator.creds("hub"));
  // The server ends a connection whose credentials have expired.
  await becomes(bus, false);
  await becomes(bus, true);
  await works(bus);
  // While it is being written, what it held before is used.
  await Deno.writeTextFile(path, "-----BEGIN NATS");
  await server.kill();
  await becomes(bus, false);
  await server.restart();
  await becomes(bus, true);
  await works(bus);
  match(log.lines.join("\n"), /NATS_CREDS_FILE .*holds no JWT.*; what it held before is used/);
  await bus.stop();
  await Deno.remove(path);
});

natsTest(
  "what the server does not allow is named; a subscription is tried again after a reconnect",
  async () => {
    const allowing = (...subjects: string[]) =>
      `authorization { users: [ { user: one, password: one, permissions: {
      publish: ["a"], subscribe: ${JSON.stringify(["_INBOX_one.>", ...subjects])} } } ] }`;
    await using log = await logLines();
    await using server = await NatsServer.start(allowing());
    const waits = { reconnectTimeWait: 10, reconnectJitter: 0 };
    const options = { user: "one", password: new Secret("one"), waits };
    const [bus, other] = [await server.connect("one", options), await server.connect("two", options)];
    await rejects(bus.request("b", nothing, 1_000), /does not let this program publish at b$/);
    await rejects(other.request("a", nothing, 1_000), /does not let this program listen at _INBOX_two\./);
    const heard = Promise.withResolvers<void>();
    bus.subscribe("a", () => heard.resolve());
    // The server has answered by then, in the order in which it was asked.
    await rejects(bus.request("b", nothing, 1_000), /does not let/);
    match(log.lines.join("\n"), /Permissions Violation for Subscription to "a"/);
    await server.kill();
    await becomes(bus, false);
    await server.restart(allowing("a"));
    await Promise.all([becomes(bus, true), becomes(other, true)]);
    await rejects(bus.request("a", nothing, 1_000), /did not answer|no hub/);
    other.publish("a", nothing);
    await heard.promise;
    await Promise.all([bus.stop(), other.stop()]);
  },
);

Deno.test("files of credentials are read as people's tools write them, and what is none shows nothing of itself", () => {
  const [seed, creds] = [seedOf(nkeys.createUser()), new Operator().creds("hub")];
  deepEqual(readSeed(`# our user\r\n${seed}\r\nUABC\n`).reveal(), seed);
  const { jwt, seed: inside } = readCreds(creds);
  for (const form of [creds.replaceAll("\n", "\r\n"), `\ufeff${creds}`, `${creds}\n\n`, creds.trim()]) {
    const read = readCreds(form);
    deepEqual([read.jwt.reveal(), read.seed.reveal()], [jwt.reveal(), inside.reveal()]);
  }
  const refuses = (read: (text: string) => unknown, text: string, why: RegExp) =>
    throws(() => read(text), (error: Error) => {
      match(error.message, why);
      doesNotMatch(error.message, /secret/);
      return true;
    });
  const accountSeed = seedOf(nkeys.createAccount());
  for (const text of ["", "secret", seed.slice(1), `${seed}A`, seed.toLowerCase(), accountSeed]) {
    refuses(readSeed, text, /no seed of a user's nkey/);
  }
  refuses(readCreds, seed, /no JWT/);
  refuses(readCreds, `secret ${jwt.reveal()}`, /no seed/);
  refuses(readPem, "secret", /not in PEM/);
});

natsTest(
  "TLS: a server that the given authority has signed, and no other; a plain one is not taken",
  async () => {
    const tls = `tls { cert_file: "${fixture("one.crt")}", key_file: "${fixture("one.key")}" }`;
    await using server = await NatsServer.start(tls);
    await using plain = await NatsServer.start();
    const secure = ({ port }: NatsServer) => [`tls://localhost:${port}`];
    const good = await server.connect("one", { servers: secure(server), tls: { ca: pem("one.crt") } });
    await works(good);
    const byAddress = await server.connect("ip", {
      servers: [`tls://127.0.0.1:${server.port}`],
      tls: { ca: pem("one.crt") },
    });
    await works(byAddress);
    // Whoever offers TLS is spoken to by TLS, also where the address does not ask for it.
    const unasked = await server.dial("two");
    const foreign = await server.dial("three", { servers: secure(server), tls: { ca: pem("other.crt") } });
    const unsecured = await server.dial("four", { servers: secure(plain) });
    match(await troubled(unsecured, /TLS/), /the NATS server does not speak TLS/);
    await Promise.all([unasked, foreign].map((bus) => troubled(bus, /certificate|issuer/i)));
    await Promise.all([good, byAddress, unasked, foreign, unsecured].map((bus) => bus.stop()));
  },
);

natsTest(
  "TLS: a server that wants a certificate is shown one; without one, or with another, it is told",
  async () => {
    await using server = await NatsServer.start(`tls {
    cert_file: "${fixture("one.crt")}", key_file: "${fixture("one.key")}"
    ca_file: "${fixture("other.crt")}", verify: true
  }`);
    const connect = (name: string, own: string | undefined) =>
      server.dial(name, {
        servers: [`tls://localhost:${server.port}`],
        tls: { ca: pem("one.crt"), ...own && { cert: pem(`${own}.crt`), key: pem(`${own}.key`) } },
        waits: { timeout: 500 },
      });
    const good = await connect("good", "other");
    await becomes(good, true);
    await works(good);
    const [without, wrong] = [await connect("without", undefined), await connect("wrong", "one")];
    await troubled(without, /wants to see a certificate: NATS_TLS_CERT and NATS_TLS_KEY/);
    await troubled(wrong, /certificate|in time/i);
    await Promise.all([good, without, wrong].map((bus) => bus.stop()));
  },
);

Deno.test("a file of credentials that is none ends the start with its setting's name", async () => {
  const path = await Deno.makeTempFile();
  await Deno.writeTextFile(path, "secret");
  const { nats } = readConfig({ NATS_URL: "nats://127.0.0.1:1" }, "edge");
  const files = [
    [{ credsFile: path }, /NATS_CREDS_FILE ".+": holds no JWT/],
    [{ nkeyFile: path }, /NATS_NKEY_FILE ".+": holds no seed/],
    [{ tls: { ca: path } }, /NATS_TLS_CA ".+": is not in PEM/],
    [{ tls: { key: `${path}.gone` } }, /NATS_TLS_KEY ".+": /],
  ] as const;
  for (const [given, why] of files) {
    await rejects(openNats({ nats: { ...nats, ...given } } as unknown as Config, "hub"), (error: Error) => {
      match(error.message, why);
      doesNotMatch(error.message, /secret/);
      return true;
    });
  }
  await Deno.remove(path);
});
