import { deepStrictEqual as deepEqual, match, strictEqual as equal } from "node:assert/strict";
import { openLogFile } from "../../lib/log/file.ts";
import { FakeClock } from "../fakes.ts";
import { TemporaryFolder } from "../sdk/program.ts";

function setting(path: string, { maxBytes = 1_000, files = 3 } = {}) {
  const clock = new FakeClock();
  const complaints: string[] = [];
  const complain = (message: string) => complaints.push(message);
  return { clock, complaints, file: openLogFile({ path, maxBytes, files, clock, complain }) };
}

const read = (path: string) => Deno.readTextFileSync(path);

Deno.test("lines are there as soon as they are written, in a folder that is made, for the owner alone", () => {
  using folder = new TemporaryFolder();
  const path = `${folder.path}/a/b/proxy.log`;
  const { file, complaints } = setting(path);
  file.write("one\n");
  equal(read(path), "one\n");
  file.write("two\n");
  equal(read(path), "one\ntwo\n");
  if (Deno.build.os !== "windows") equal(Deno.statSync(path).mode! & 0o777, 0o600);
  file.close();
  const again = setting(path);
  again.file.write("three\n");
  equal(read(path), "one\ntwo\nthree\n");
  again.file.close();
  deepEqual(complaints, []);
});

Deno.test("a full file makes room for a new one, and the oldest goes", () => {
  using folder = new TemporaryFolder();
  const path = `${folder.path}/proxy.log`;
  const { file } = setting(path, { maxBytes: 10, files: 3 });
  for (let i = 1; i <= 9; i++) file.write(`line${i}\n`);
  deepEqual([read(path), read(`${path}.1`), read(`${path}.2`)], ["line9\n", "line8\n", "line7\n"]);
  deepEqual([...Deno.readDirSync(folder.path)].length, 3);
  file.write("a line that is longer than a whole file\n");
  equal(read(path), "a line that is longer than a whole file\n");
  file.close();
});

Deno.test("with one file alone, it begins anew", () => {
  using folder = new TemporaryFolder();
  const path = `${folder.path}/proxy.log`;
  const { file } = setting(path, { maxBytes: 10, files: 1 });
  for (let i = 1; i <= 3; i++) file.write(`line${i}\n`);
  equal(read(path), "line3\n");
  deepEqual([...Deno.readDirSync(folder.path)].length, 1);
  file.close();
});

Deno.test("a file that cannot be written is said once, tried again, and tells what it misses", () => {
  using folder = new TemporaryFolder();
  const path = `${folder.path}/proxy.log`;
  // A folder in its place.
  Deno.mkdirSync(path);
  const { file, clock, complaints } = setting(path);
  for (let i = 0; i < 3; i++) file.write("lost\n");
  equal(complaints.length, 1);
  match(complaints[0]!, /LOG_FILE .*proxy\.log cannot be written: .*tried again every 30 s/);
  clock.advance(30_000);
  file.write("lost again\n");
  equal(complaints.length, 1);
  Deno.removeSync(path);
  file.write("too early\n");
  clock.advance(30_000);
  file.write("there\n");
  equal(read(path), "(5 lines could not be written before this one)\nthere\n");
  equal(complaints.length, 2);
  match(complaints[1]!, /is written again; 5 lines are missing/);
  file.write("more\n");
  equal(complaints.length, 2);
  file.close();
});

Deno.test({
  name: "a full disk stops nothing",
  ignore: Deno.build.os !== "linux",
  fn() {
    const { file, complaints, clock } = setting("/dev/full");
    for (let i = 0; i < 100; i++) {
      file.write("lost\n");
      clock.advance(1_000);
    }
    equal(complaints.length, 1);
    match(complaints[0]!, /No space left/);
    file.close();
  },
});
