import { strictEqual as equal } from "node:assert/strict";
import { AccessList, digestOf } from "../../lib/access/access_list.ts";
import { readTokens } from "../../lib/access/token_file.ts";
import { FakeClock } from "../fakes.ts";

const TOKEN = "phone-secret-0123456789";

function listOf(sha256: string): AccessList {
  return new AccessList(new FakeClock(), readTokens(JSON.stringify([{ name: "phone", sha256 }])));
}

Deno.test("a token is good by its whole digest: one other byte of it is another token's", () => {
  const digest = digestOf(TOKEN);
  equal(listOf(digest).entitlementOf(TOKEN)?.name, "phone");
  for (let at = 0; at < digest.length; at += 2) {
    const other = digest[at] === "0" ? "1" : "0";
    equal(
      listOf(digest.slice(0, at) + other + digest.slice(at + 1)).entitlementOf(TOKEN),
      undefined,
      `byte ${at / 2}`,
    );
  }
});
