/** The files with which the program is run as a service, each checked by what reads it where that is installed. */
import { match, ok, strictEqual as equal } from "node:assert/strict";
import { CommandError, outputOf } from "./output_of.ts";
import { projectText, ROOT } from "../../scripts/release/targets.ts";
import { TemporaryFolder } from "../sdk/program.ts";

const UNIT = projectText("deploy/smartapi-proxy.service");
const EDGE_UNIT = projectText("deploy/smartapi-edge@.service");

async function has(command: string, ...args: string[]): Promise<boolean> {
  return await outputOf(command, args).then(() => true, (error) => error instanceof CommandError);
}

const hasSystemd = await has("systemd-analyze", "--version");
const hasPromtool = await has("promtool", "--version");
const hasCompose = await has("docker-compose", "--version");
const hasPython = await has("python3", "--version");

const pathOf = (file: string) => new URL(file, ROOT).pathname;

/** @returns What systemd says of the unit, with a program that is here in place of ours. */
async function analyze(...args: string[]): Promise<string> {
  using folder = new TemporaryFolder();
  const path = `${folder.path}/smartapi-proxy.service`;
  Deno.writeTextFileSync(path, UNIT.replace(/^ExecStart=\S+/m, "ExecStart=/bin/true"));
  return await outputOf("systemd-analyze", [...args, path]);
}

Deno.test({
  name: "systemd takes the unit without a word, and finds it little exposed",
  ignore: !hasSystemd,
  async fn() {
    equal((await analyze("verify")).trim(), "");
    // Of 100; a service without any of it has 96.
    await analyze("security", "--offline=yes", "--no-pager", "--threshold=20");
  },
});

Deno.test("the unit starts the program again after a fault, and not after exit code 2", () => {
  for (
    const line of [
      "Restart=on-failure",
      "RestartPreventExitStatus=2",
      "ProtectSystem=strict",
      "NoNewPrivileges=yes",
    ]
  ) {
    match(UNIT, new RegExp(`^${line}$`, "m"));
  }
  // V8 could not run with it.
  ok(!/^MemoryDenyWriteExecute/m.test(UNIT));
});

Deno.test("the unit of an edge is that of the proxy, but for its name, its folder and its command", () => {
  const own = /^(?:#.*|Description=.*|StateDirectory=.*|WorkingDirectory=.*|ExecStart=.*)$/gm;
  equal(EDGE_UNIT.replaceAll(own, ""), UNIT.replaceAll(own, ""));
  match(EDGE_UNIT, /^ExecStart=\/usr\/local\/bin\/smartapi-proxy edge --edge-name %i$/m);
  match(EDGE_UNIT, /^StateDirectory=smartapi-edge\/%i$/m);
  match(EDGE_UNIT, /^WorkingDirectory=\/var\/lib\/smartapi-edge\/%i$/m);
});

Deno.test({
  name: "the agent of launchd is a property list that runs the proxy and keeps it running",
  ignore: !hasPython || Deno.build.os === "windows",
  async fn() {
    const read = "import json,plistlib,sys; print(json.dumps(plistlib.load(open(sys.argv[1],'rb'))))";
    const plist = pathOf("deploy/smartapi-proxy.plist");
    const agent = JSON.parse(await outputOf("python3", ["-c", read, plist]));
    equal(agent.ProgramArguments[1], "serve");
    equal(agent.KeepAlive.SuccessfulExit, false);
    equal(agent.Umask, 0o077);
    ok(agent.ThrottleInterval >= 60);
  },
});

Deno.test("the container runs as nobody, with nothing beside it and a root that cannot be written", () => {
  const image = projectText("deploy/Dockerfile");
  match(image, /^FROM gcr\.io\/distroless\/\S+:nonroot$/m);
  match(image, /^USER nonroot$/m);
  ok(!/^RUN /m.test(image), "an image without a shell runs nothing while it is built");
  const compose = projectText("deploy/compose.yaml");
  for (
    const line of [
      /read_only: true/,
      /cap_drop: \[ALL\]/,
      /no-new-privileges:true/,
      /"127\.0\.0\.1:8765:8765"/,
    ]
  ) {
    match(compose, line);
  }
  const [, home] = /^VOLUME (\S+)$/m.exec(image)!;
  match(compose, new RegExp(`"data:${home}"`));
});

Deno.test({
  name: "the compose file is one",
  ignore: !hasCompose,
  async fn() {
    await outputOf("docker-compose", ["--file", pathOf("deploy/compose.yaml"), "config"], {
      SMARTAPI_PROXY_IMAGE: "smartapi-proxy",
    });
  },
});

Deno.test({
  name: "Prometheus takes the rules",
  ignore: !hasPromtool,
  async fn() {
    match(
      await outputOf("promtool", ["check", "rules", pathOf("docs/prometheus-rules.yaml")]),
      /SUCCESS: \d+ rules/,
    );
  },
});
