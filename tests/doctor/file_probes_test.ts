import { deepStrictEqual as deepEqual, match, strictEqual as equal } from "node:assert/strict";
import {
  type DiskProbe,
  probeDisk,
  probeInstrumentList,
  probeRights,
  type Stat,
} from "../../lib/doctor/file_probes.ts";
import { FakeClock } from "../fakes.ts";
import { shortly } from "./doctor_of.ts";

function statOf(files: Readonly<Record<string, { mode?: number | null; mtime?: Date }>>): Stat {
  return (path) => {
    const file = files[path];
    return Promise.resolve(file && { mode: file.mode ?? null, mtime: file.mtime ?? null });
  };
}

Deno.test("probeRights() wants what is secret for its owner alone", async () => {
  const rows: [mode: number | null, level: string | undefined][] = [
    [0o100600, "ok"],
    [0o100400, "ok"],
    [0o100700, "ok"],
    [0o100640, "failed"],
    [0o100604, "failed"],
    [0o100620, "failed"],
    [0o100666, "failed"],
    [null, undefined],
  ];
  for (const [mode, level] of rows) {
    const [finding] = await probeRights([{ path: ".env", holds: "secrets" }], statOf({ ".env": { mode } }));
    equal(finding?.level, level, `mode ${mode}`);
    if (level === "failed") equal(finding!.cure, "chmod 600 .env");
  }
  deepEqual(await probeRights([{ path: "absent", holds: "secrets" }], statOf({})), []);
});

Deno.test("probeInstrumentList() says how old the list is, and whose task a new one is", async () => {
  const now = new FakeClock().now();
  const rows: [hours: number | undefined, isOwn: boolean, level: string, text: RegExp][] = [
    [undefined, false, "ok", /first start fetches it/],
    [undefined, true, "failed", /no list\.json/],
    [23, false, "ok", /last 24 hours/],
    [25, false, "note", /a? ?1 day old/],
    [80, true, "note", /3 days old/],
  ];
  for (const [hours, isOwn, level, text] of rows) {
    const stat = statOf(
      hours === undefined ? {} : { "list.json": { mtime: new Date(now - hours * 3_600_000) } },
    );
    const finding = await probeInstrumentList({ path: "list.json", isOwn, stat, now });
    equal(finding.level, level, `${hours} h`);
    match(finding.text, text);
  }
});

const DISK: DiskProbe = {
  folder: "data",
  recordingBytes: undefined,
  stat: statOf({ data: {} }),
  freeBytes: () => Promise.resolve(50e9),
  tryWriting: () => Promise.resolve(),
};

Deno.test("probeDisk() knows what the list and the recordings take", async () => {
  const rows: [free: number, recordingBytes: number | undefined, wanted: string][] = [
    [50e9, undefined, "ok disk"],
    [50e9, 20e9, "ok disk"],
    [5e9, 20e9, "note disk"],
    [5e9, undefined, "ok disk"],
    [100e6, undefined, "failed disk"],
    [100e6, 20e9, "failed disk"],
  ];
  for (const [free, recordingBytes, wanted] of rows) {
    const findings = await probeDisk({ ...DISK, recordingBytes, freeBytes: () => Promise.resolve(free) });
    deepEqual(shortly(findings), [wanted], `${free} for ${recordingBytes}`);
  }
});

Deno.test("probeDisk() tries a folder that is there, and asks the working folder's disk for one that is not", async () => {
  const readOnly = () => Promise.reject(new Error("Read-only file system"));
  const findings = await probeDisk({ ...DISK, tryWriting: readOnly });
  deepEqual(shortly(findings), ["failed folder", "ok disk"]);
  match(findings[0]!.text, /data cannot be written: Read-only/);
  let asked = "";
  const absent = await probeDisk({
    ...DISK,
    stat: statOf({}),
    tryWriting: readOnly,
    freeBytes: (path) => Promise.resolve((asked = path, 50e9)),
  });
  deepEqual([shortly(absent), asked], [["ok disk"], "."]);
});

Deno.test("a disk that nobody can ask is a note", async () => {
  deepEqual(shortly(await probeDisk({ ...DISK, freeBytes: () => Promise.reject(new Error("no")) })), [
    "note disk",
  ]);
});
