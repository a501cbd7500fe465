import { deepStrictEqual as deepEqual, match, ok, strictEqual as equal, throws } from "node:assert/strict";
import { createHash } from "node:crypto";
import denoJson from "../../deno.json" with { type: "json" };
import { notesOf, sectionsOf } from "../../scripts/release/changelog.ts";
import { compileWords } from "../../scripts/release/compile.ts";
import { missingFor, type ReleaseState, repeatedVersions } from "../../scripts/release/ready.ts";
import { billOfMaterials, billOfProject, type LockFile } from "../../scripts/release/sbom.ts";
import { sumsOf } from "../../scripts/release/sums.ts";
import { projectText, ROOT, TARGETS } from "../../scripts/release/targets.ts";
import { TemporaryFolder } from "../sdk/program.ts";

const READY: ReleaseState = {
  version: "0.2.0",
  changelog:
    "# Changes\n\n## Unreleased\n\n## 0.2.0 - 2026-11-29\n\n- A thing.\n\n## 0.1.0 - 2026-01-02\n\n- Another.\n",
  repeated: [{ file: "static/client.py", version: "0.2.0" }],
  tags: ["v0.1.0"],
  changed: [],
  today: "2026-11-29",
};

Deno.test("missingFor() finds nothing to say of a version that is ready", () => {
  deepEqual(missingFor(READY), []);
  deepEqual(missingFor({ ...READY, tag: "v0.2.0", tags: ["v0.1.0", "v0.2.0"] }), []);
});

Deno.test("missingFor() names each thing that is missing", () => {
  const { changelog } = READY;
  const rows: [change: Partial<ReleaseState>, said: RegExp][] = [
    [{ version: "v0.2" }, /is no version/],
    [{ repeated: [{ file: "static/client.py", version: "0.1.0" }] }, /static\/client\.py says 0\.1\.0/],
    [{ repeated: [{ file: "static/client.py", version: undefined }] }, /says no version/],
    [{ tags: ["v0.2.0"] }, /tag v0\.2\.0 is there already/],
    [{ tag: "v0.3.0" }, /the tag is v0\.3\.0/],
    [{ changed: [" M README.md"] }, /not committed: .*README/],
    [
      { changelog: changelog.replace("## Unreleased\n", "## Unreleased\n\n- New.\n") },
      /"Unreleased" belongs under/,
    ],
    [{ changelog: changelog.replace("0.2.0 -", "0.1.9 -") }, /no section "## 0\.2\.0 - 2026-11-29"/],
    [{ changelog: changelog.replace("0.2.0 - 2026-11-29", "0.2.0") }, /0\.2\.0 has no date/],
    [{ changelog: changelog.replace("2026-11-29", "29.11.2026") }, /0\.2\.0 has no date/],
    [{ changelog: changelog.replace("2026-11-29", "2026-13-01") }, /0\.2\.0 has no date/],
    [{ changelog: changelog.replace("2026-11-29", "2027-11-29") }, /still to come/],
    [{ changelog: changelog.replace("- A thing.\n", "") }, /says nothing of 0\.2\.0/],
    [
      { changelog: changelog.replace("# Changes\n", "# Changes\n\n## 0.3.0 - 2026-11-29\n\n- x\n") },
      /not the newest/,
    ],
  ];
  for (const [change, said] of rows) {
    const missing = missingFor({ ...READY, ...change });
    ok(missing.some((each) => said.test(each)), `${said} in ${JSON.stringify(missing)}`);
  }
});

Deno.test("the version stands in deno.json, and every place that repeats it says the same", () => {
  for (const { file, version } of repeatedVersions()) equal(version, denoJson.version, file);
});

Deno.test("every version of CHANGELOG.md is dated, and the present one has notes", () => {
  const sections = sectionsOf(projectText("CHANGELOG.md"));
  ok(sections.length > 0);
  for (const { name, date } of sections) {
    if (name !== "Unreleased") match(date ?? "", /^\d{4}-\d\d-\d\d$/, name);
  }
  ok(notesOf(projectText("CHANGELOG.md"), denoJson.version).length > 100);
  throws(() => notesOf(projectText("CHANGELOG.md"), "9.9.9"), /no section/);
});

Deno.test("compileWords() makes of the task another target, and nothing else", () => {
  const { command } = denoJson.tasks.compile;
  for (const { target, file } of TARGETS) {
    const [compile, flag, named, ...words] = compileWords(command, target, `dist/${file}`);
    deepEqual([compile, flag, named], ["compile", "--target", target]);
    equal(
      ["deno", compile, ...words].join(" "),
      command.replace("--output smartapi-proxy", `--output dist/${file}`),
    );
  }
  throws(() => compileWords("deno run main.ts", "x", "y"), /not a task that compiles/);
});

Deno.test("sumsOf() writes what sha256sum --check reads, without a line for the sums themselves", async () => {
  using folder = new TemporaryFolder();
  const bytes = crypto.getRandomValues(new Uint8Array(60_000));
  Deno.writeFileSync(`${folder.path}/b.exe`, bytes);
  Deno.writeTextFileSync(`${folder.path}/a`, "");
  Deno.writeTextFileSync(`${folder.path}/SHA256SUMS`, "of before");
  Deno.mkdirSync(`${folder.path}/folder`);
  const hex = (data: Uint8Array | string) => createHash("sha256").update(data).digest("hex");
  equal(await sumsOf(folder.path), `${hex("")}  a\n${hex(bytes)}  b.exe\n`);
});

Deno.test("billOfMaterials() has what is reached, once, and whom it needs", () => {
  const lock: LockFile = {
    npm: {
      "@a/one@1.0.0_two@2.0.0": {
        integrity: `sha512-${btoa("\x01\xff")}`,
        dependencies: ["two", "three@3.0.0"],
      },
      "two@2.0.0": { dependencies: ["three@3.0.0"] },
      "three@3.0.0": {},
      "three@4.0.0": {},
      "unused@1.0.0": {},
    },
  };
  const bill = billOfMaterials("1.2.3", lock, ["@a/one@1.0.0_two@2.0.0"], [{
    name: "chart",
    version: "5.0.0",
  }]);
  deepEqual(bill.components, [
    {
      ...{ type: "library", "bom-ref": "pkg:npm/%40a/one@1.0.0", name: "@a/one", version: "1.0.0" },
      ...{ purl: "pkg:npm/%40a/one@1.0.0", hashes: [{ alg: "SHA-512", content: "01ff" }] },
    },
    ...[["three", "3.0.0"], ["two", "2.0.0"], ["chart", "5.0.0"]].map(([name, version]) => {
      const ref = `pkg:npm/${name}@${version}`;
      return { type: "library", "bom-ref": ref, name, version, purl: ref };
    }),
  ]);
  deepEqual(bill.dependencies, [
    { ref: "pkg:generic/smartapi-proxy@1.2.3", dependsOn: ["pkg:npm/%40a/one@1.0.0", "pkg:npm/chart@5.0.0"] },
    { ref: "pkg:npm/%40a/one@1.0.0", dependsOn: ["pkg:npm/three@3.0.0", "pkg:npm/two@2.0.0"] },
    { ref: "pkg:npm/three@3.0.0", dependsOn: [] },
    { ref: "pkg:npm/two@2.0.0", dependsOn: ["pkg:npm/three@3.0.0"] },
  ]);
  throws(() => billOfMaterials("1", lock, ["absent@1.0.0"]), /deno\.lock has no absent/);
});

Deno.test("the bill of this checkout names what the executable embeds, and nothing of the tests", async () => {
  const { components } = await billOfProject() as { components: { name: string; hashes?: unknown[] }[] };
  const names = components.map(({ name }) => name);
  for (const name of ["zod", "ws", "otpauth", "@noble/hashes", "hyparquet-writer", "lightweight-charts"]) {
    ok(names.includes(name), `${name} in ${names}`);
  }
  for (const name of ["fast-check", "ajv", "@types/ws"]) ok(!names.includes(name), name);
  for (const { name, hashes } of components) ok(name === "lightweight-charts" || hashes?.length === 1, name);
});

Deno.test("what the workflows call is there: scripts, tasks, and the files of a release", () => {
  const workflows = [...Deno.readDirSync(new URL(".github/workflows/", ROOT))].map(({ name }) =>
    [name, projectText(`.github/workflows/${name}`)] as const
  );
  let called = 0;
  for (const [name, text] of workflows) {
    for (const [, task] of text.matchAll(/deno task ([\w:]+)/g)) {
      ok(task! in denoJson.tasks, `${name}: deno task ${task}`);
      called++;
    }
    for (const [path] of text.matchAll(/\b(?:scripts|deploy|\.ci)\/[\w./]+/g)) {
      ok(Deno.statSync(new URL(path, ROOT)).isFile, `${name}: ${path}`);
      called++;
    }
    for (const [file] of text.matchAll(/smartapi-proxy-(?:linux|macos|windows)[\w.-]+/g)) {
      ok(TARGETS.some((each) => each.file === file), `${name}: ${file}`);
    }
  }
  ok(called > 8, `${called} calls`);
  const tried = [...projectText(".github/workflows/release.yml").matchAll(/file: (smartapi-proxy-[\w.-]+)/g)];
  deepEqual(tried.map(([, file]) => file), TARGETS.map(({ file }) => file));
});
