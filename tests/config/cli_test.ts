import assert from "node:assert/strict";
import fc from "fast-check";
import { helpText, readArguments } from "../../lib/config/cli.ts";
import { ConfigError } from "../../lib/config/config.ts";
import { SETTINGS } from "../../lib/config/settings.ts";

function run(...args: string[]) {
  const invocation = readArguments(args);
  return invocation.kind === "run" ? invocation : assert.fail(`it is ${invocation.kind}`);
}

function problem(...args: string[]): string {
  try {
    readArguments(args);
  } catch (error) {
    assert.ok(error instanceof ConfigError, String(error));
    assert.equal(error.problems.length, 1);
    return error.problems[0]!;
  }
  return assert.fail(`understood: ${args.join(" ")}`);
}

Deno.test("readArguments() runs the proxy when no command is given", () => {
  assert.deepEqual(run(), {
    kind: "run",
    command: "serve",
    flags: {},
    envFile: undefined,
    operands: [],
  });
  assert.equal(run("serve").command, "serve");
  assert.equal(run("check").command, "check");
  assert.equal(run("simulate").command, "simulate");
  assert.equal(run("--port", "1").command, "serve");
});

Deno.test("readArguments() gives flags by the name of their variable", () => {
  assert.deepEqual(
    run("--port", "9000", "--batch-ms=5", "--watchlist", "nse:1;mcx:2", "--max-sockets", "3").flags,
    { PORT: "9000", BATCH_MS: "5", WATCHLIST: "nse:1;mcx:2", SMARTAPI_MAX_SOCKETS: "3" },
  );
});

Deno.test("readArguments() reads every flag of SETTINGS, for its command", () => {
  for (const { commands, env, flag, placeholder } of SETTINGS) {
    if (flag === undefined) continue;
    for (const name of commands) {
      const args: string[] = placeholder === undefined ? [`--${flag}`] : [`--${flag}`, "x"];
      if (name === "token" || name === "watch") args.push("phone");
      assert.deepEqual(
        run(name, ...args).flags,
        { [env]: placeholder === undefined ? "1" : "x" },
        `${name} ${flag}`,
      );
    }
  }
});

Deno.test("readArguments() reads the name of a new token, and wants exactly one", () => {
  assert.deepEqual(run("token", "phone").operands, ["phone"]);
  assert.deepEqual(run("token", "--expires", "2027-03-31", "phone").operands, ["phone"]);
  for (const args of [["token"], ["token", "a", "b"]]) assert.match(problem(...args), /needs one name/);
});

Deno.test("readArguments() reads what is to be watched, one name at least", () => {
  assert.deepEqual(run("watch", "NSE:SBIN-EQ", "--csv", "NIFTY 50").operands, ["NSE:SBIN-EQ", "NIFTY 50"]);
  assert.match(problem("watch"), /needs names/);
});

Deno.test("readArguments() reads which recordings are verified: files, days, or all", () => {
  assert.deepEqual(run("verify").operands, []);
  assert.deepEqual(run("verify", "2026-11-20", "a.rec", "--data-folder", "x").operands, [
    "2026-11-20",
    "a.rec",
  ]);
  assert.equal(run("recordings").command, "recordings");
  assert.match(problem("recordings", "2026-11-20"), /2026-11-20/);
  assert.match(problem("export", "2026-11-20"), /2026-11-20/);
});

Deno.test("readArguments() gives the same flag to each command's own variable", () => {
  assert.deepEqual(run("serve", "--port", "1", "--host", "::").flags, { PORT: "1", HOST: "::" });
  assert.deepEqual(run("simulate", "--port", "1", "--host", "::").flags, {
    SIMULATOR_PORT: "1",
    SIMULATOR_HOST: "::",
  });
});

Deno.test("readArguments() switches the demo on", () => {
  assert.deepEqual(run("--demo").flags, { DEMO: "1" });
  assert.equal(run("--demo").command, "serve");
});

Deno.test("readArguments() passes on the file of the environment", () => {
  assert.equal(run("--env-file", "/a/b.env").envFile, "/a/b.env");
  assert.equal(run("simulate", "--env-file=x").envFile, "x");
});

Deno.test("readArguments() takes the last of a flag given twice", () => {
  assert.deepEqual(run("--port", "1", "--port", "2").flags, { PORT: "2" });
});

Deno.test("readArguments() shows help and version, wherever they stand", () => {
  for (const args of [["--help"], ["-h"], ["serve", "--help"], ["simulate", "-h"], ["--port", "1", "-h"]]) {
    assert.deepEqual(readArguments(args), { kind: "help" });
  }
  for (const args of [["--version"], ["-V"], ["simulate", "--version"]]) {
    assert.deepEqual(readArguments(args), { kind: "version" });
  }
});

Deno.test("readArguments() names an unknown command, the known ones and the help", () => {
  for (const word of ["run", "Serve", "__proto__", "constructor", "toString", ""]) {
    const said = problem(word);
    assert.ok(said.includes(`"${word}"`), said);
    assert.match(said, /serve.*check.*simulate.*--help/);
  }
});

Deno.test("readArguments() names the flag that was probably meant", () => {
  assert.throws(() => readArguments(["serve", "--prot", "1"]), /--prot; did you mean --port\?/);
  assert.throws(() => readArguments(["--watch-list=nse:1"]), /--watch-list; did you mean --watchlist\?/);
});

Deno.test("readArguments() names an unknown flag and the help", () => {
  assert.match(problem("--prot", "1"), /--prot.*--help/);
  assert.match(problem("-x"), /-x.*--help/);
  assert.match(problem("simulate", "--watchlist", "nse:1"), /--watchlist/);
  assert.match(problem("--__proto__", "1"), /__proto__/);
});

Deno.test("readArguments() names a flag that lacks its value, or has one too many", () => {
  assert.match(problem("--port"), /--port/);
  assert.match(problem("--port", "--demo"), /--port/);
  assert.match(problem("--demo=1"), /--demo/);
});

Deno.test("readArguments() names words that nothing asks for", () => {
  assert.match(problem("serve", "simulate"), /simulate/);
  assert.match(problem("--port", "1", "extra"), /extra/);
});

Deno.test("readArguments() takes no secret: it would stand in the list of processes", () => {
  for (const flag of ["--pin", "--api-key", "--totp-secret", "--smartapi-pin"]) problem(flag, "x");
});

Deno.test("readArguments() gives an invocation or a ConfigError for any arguments", () => {
  const word = fc.oneof(
    fc.string(),
    fc.constantFrom(
      "serve",
      "simulate",
      "--port",
      "--demo",
      "-h",
      "--",
      "-",
      "--=",
      "--port=",
      "-hV",
      "--no-demo",
    ),
  );
  fc.assert(
    fc.property(fc.array(word, { maxLength: 6 }), (args) => {
      try {
        assert.match(readArguments(args).kind, /^(run|help|version)$/);
      } catch (error) {
        assert.ok(error instanceof ConfigError, String(error));
      }
    }),
    { numRuns: 500 },
  );
});

Deno.test("helpText() shows the version, and every setting with its flag, variable and default", () => {
  const help = helpText("9.8.7");
  assert.ok(help.includes("9.8.7"));
  for (const { default: fallback, env, flag, help: what } of SETTINGS) {
    assert.ok(help.includes(env), env);
    assert.ok(help.includes(what), `the help of ${env}`);
    if (flag !== undefined) assert.ok(help.includes(`--${flag}`), flag);
    if (fallback !== undefined) assert.ok(help.includes(fallback), `the default of ${env}`);
  }
  for (
    const word of [
      "serve",
      "init",
      "check",
      "doctor",
      "simulate",
      "recordings",
      "verify",
      "export",
      "--env-file",
      "--help",
      "--version",
    ]
  ) {
    assert.ok(help.includes(word));
  }
});

Deno.test("helpText() shows a secret's variable and no flag for it", () => {
  const help = helpText("1");
  for (const { env, secret } of SETTINGS) {
    // What it risks stands in its help.
    if (!secret || env === "WATCH_TOKEN") continue;
    const line = help.split("\n").find((each) => new RegExp(`\\b${env}\\b`).test(each))!;
    assert.doesNotMatch(line, /--/);
  }
});

Deno.test("helpText() names the flags of every command, and keeps names and texts apart", () => {
  const help = helpText("1");
  for (const { flag, commands } of SETTINGS) {
    if (flag === undefined) continue;
    assert.ok(commands.length > 0, flag);
    if (commands.includes("check")) assert.match(help, new RegExp(`^Flags of check.*--${flag}\\b`, "m"));
  }
  for (const line of help.split("\n").filter((each) => /^ +--/.test(each))) {
    assert.match(line, /^ +--[a-z-]+( [A-Z]+)?( +\S.*)?$/, line);
    assert.ok(line.length <= 30 || / $/.test(line.slice(0, 30)), line);
  }
});
