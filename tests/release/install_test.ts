/** The installers, against a file server of our own. */
import {
  deepStrictEqual as deepEqual,
  doesNotMatch,
  match,
  ok,
  strictEqual as equal,
  throws,
} from "node:assert/strict";
import { INSTALLERS, withRepository } from "../../scripts/release/installers.ts";
import { sumsOf } from "../../scripts/release/sums.ts";
import { projectText, ROOT, TARGETS } from "../../scripts/release/targets.ts";
import { TemporaryFolder } from "../sdk/program.ts";

const SCRIPT = new URL("scripts/install.sh", ROOT).pathname;
const EXECUTABLE = "#!/bin/sh\necho smartapi-proxy 9.8.7\n";

/** Folders of a release: what stands under an address is in a file of that path. */
function release(files: Readonly<Record<string, string>>) {
  const asked: string[] = [];
  const server = Deno.serve({ hostname: "127.0.0.1", port: 0, onListen: () => {} }, (request) => {
    const { pathname } = new URL(request.url);
    asked.push(pathname);
    const text = files[pathname];
    return text === undefined ? new Response("no such file", { status: 404 }) : new Response(text);
  });
  return { url: `http://127.0.0.1:${server.addr.port}`, asked, stop: () => server.shutdown() };
}

async function sums(content: string): Promise<string> {
  using folder = new TemporaryFolder();
  for (const { file } of TARGETS) Deno.writeTextFileSync(`${folder.path}/${file}`, content);
  return await sumsOf(folder.path);
}

async function install(files: Readonly<Record<string, string>>, env: Record<string, string> = {}) {
  using folder = new TemporaryFolder();
  const server = release(files);
  const target = `${folder.path}/bin`;
  Deno.mkdirSync(target);
  try {
    const { code, stdout, stderr } = await new Deno.Command("sh", {
      args: [SCRIPT],
      env: { SMARTAPI_PROXY_RELEASES: server.url, INSTALL_DIR: target, ...env },
    }).output();
    const said = new TextDecoder().decode(stdout) + new TextDecoder().decode(stderr);
    const left = [...Deno.readDirSync(target)].map(({ name }) => name);
    const mode = left.includes("smartapi-proxy")
      ? Deno.statSync(`${target}/smartapi-proxy`).mode! & 0o777
      : undefined;
    return { code, said, left, mode, asked: server.asked };
  } finally {
    await server.stop();
  }
}

/** The same content under the name of each system. */
function executables(under: string, content: string): Record<string, string> {
  return Object.fromEntries(TARGETS.map(({ file }) => [`${under}/${file}`, content]));
}

const canRun = Deno.build.os !== "windows";

Deno.test({
  name: "install.sh installs what was released, the newest or a version, and leaves nothing else",
  ignore: !canRun,
  async fn() {
    for (
      const [env, under] of [[{}, "/latest/download"], [{ VERSION: "9.8.7" }, "/download/v9.8.7"]] as const
    ) {
      const files = { ...executables(under, EXECUTABLE), [`${under}/SHA256SUMS`]: await sums(EXECUTABLE) };
      const { code, said, left, mode } = await install(files, env);
      equal(code, 0, said);
      match(
        said,
        /Installed smartapi-proxy 9\.8\.7 as .*\/bin\/smartapi-proxy\n[^]*is not in PATH[^]*smartapi-proxy init/,
      );
      deepEqual([left, mode], [["smartapi-proxy"], 0o755]);
    }
  },
});

Deno.test({
  name: "install.sh installs nothing that differs by a byte, that no sum is known of, or that is not there",
  ignore: !canRun,
  async fn() {
    const under = "/latest/download";
    const good = await sums(EXECUTABLE);
    const rows: [name: string, files: Record<string, string>, said: RegExp][] = [
      [
        "tampered",
        { ...executables(under, `${EXECUTABLE}\n`), [`${under}/SHA256SUMS`]: good },
        /is not what was released[^]*nothing was installed/,
      ],
      [
        "another name with the right sum",
        {
          ...executables(under, EXECUTABLE),
          [`${under}/SHA256SUMS`]: good.replaceAll("  smart", "  evil-smart"),
        },
        /SHA256SUMS of the release has no smartapi-proxy-/,
      ],
      ["no sums", executables(under, EXECUTABLE), /SHA256SUMS cannot be fetched/],
      ["no executable", { [`${under}/SHA256SUMS`]: good }, /cannot be fetched/],
      [
        "empty sums",
        { ...executables(under, EXECUTABLE), [`${under}/SHA256SUMS`]: "" },
        /has no smartapi-proxy-/,
      ],
    ];
    for (const [name, files, wanted] of rows) {
      const { code, said, left } = await install(files);
      equal(code, 1, `${name}: ${said}`);
      match(said, wanted, name);
      doesNotMatch(said, /Installed/, name);
      deepEqual(left, [], name);
    }
  },
});

Deno.test({
  name: "install.sh of the repository says that it is none of a release",
  ignore: !canRun,
  async fn() {
    const { code, said, asked } = await install({}, { SMARTAPI_PROXY_RELEASES: "" });
    deepEqual([code, asked], [1, []]);
    match(said, /take the one of a release/);
  },
});

Deno.test("withRepository() puts the repository into each installer", () => {
  for (const name of INSTALLERS) {
    const text = withRepository(projectText(`scripts/${name}`), "owner/name");
    ok(text.includes("https://github.com/owner/name/releases"), name);
    ok(!text.includes("https://github.com/@REPOSITORY@"), name);
  }
  for (const wrong of ["owner", "owner/name/more", "https://x/y", "a b/c"]) {
    throws(() => withRepository("@REPOSITORY@", wrong), /no OWNER\/NAME/);
  }
  throws(() => withRepository("nothing", "owner/name"), /no @REPOSITORY@/);
});

Deno.test("each installer asks for files that a release has", () => {
  for (const name of INSTALLERS) {
    const text = projectText(`scripts/${name}`);
    for (const [file] of text.matchAll(/smartapi-proxy-(?:linux|macos|windows)-[\w.]+/g)) {
      ok(TARGETS.some((each) => each.file === file), `${name}: ${file}`);
    }
  }
});
