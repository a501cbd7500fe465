import assert from "node:assert/strict";
import { ConfigError } from "../../lib/config/config.ts";
import { readEnvFile } from "../../lib/config/env_file.ts";
import { TemporaryFolder } from "../sdk/program.ts";

Deno.test("readEnvFile() reads what editors write: byte order mark, CRLF, quotes, comments, export", async () => {
  using folder = new TemporaryFolder();
  const path = `${folder.path}/.env`;
  await Deno.writeTextFile(
    path,
    "\ufeffPORT=1\r\n# a comment\r\nexport HOST='::1' # why\r\n\r\nBATCH_MS = 5\r\n",
  );
  assert.deepEqual(await readEnvFile(path, []), {
    path,
    values: { PORT: "1", HOST: "::1", BATCH_MS: "5" },
  });
});

Deno.test("readEnvFile() takes the first usual file there is, and none when there is none", async () => {
  using folder = new TemporaryFolder();
  const [first, second] = [`${folder.path}/a`, `${folder.path}/b`];
  assert.deepEqual(await readEnvFile(undefined, [first, second]), { values: {} });
  await Deno.writeTextFile(second, "PORT=2");
  assert.equal((await readEnvFile(undefined, [first, second])).values.PORT, "2");
});

Deno.test("readEnvFile() says which file cannot be read", async () => {
  using folder = new TemporaryFolder();
  for (const path of [`${folder.path}/nowhere`, folder.path]) {
    await assert.rejects(readEnvFile(path, []), (error) => {
      assert.ok(error instanceof ConfigError);
      assert.ok(error.message.includes(`${path} cannot be read`), error.message);
      return true;
    });
  }
});
