import { deepStrictEqual as deepEqual, strictEqual as equal } from "node:assert/strict";
import type { Values } from "../../lib/config/config.ts";
import { probeSettings } from "../../lib/doctor/settings_probe.ts";

const ACCOUNT = {
  SMARTAPI_CLIENT_CODE: "A123456",
  SMARTAPI_PIN: "7351",
  SMARTAPI_API_KEY: "apikeywitness",
  SMARTAPI_TOTP_SECRET: "KRUGKIDROVUWG2ZAMJZG653OEBTG66BA",
};

function probe(values: Values) {
  const { config, findings } = probeSettings(values, (name) => `the file of ${name}`);
  return { config, said: findings.map(({ level, text, cure }) => [level, text, cure]) };
}

Deno.test("probeSettings() is content with an account, and with the demo", () => {
  deepEqual(probe(ACCOUNT).said, [["ok", "complete, and of the right form", undefined]]);
  deepEqual(probe({ DEMO: "1" }).said, [["ok", "good for the demo, which needs no account", undefined]]);
});

Deno.test("what is missing of the account is one finding; every other problem is its own", () => {
  deepEqual(
    probe({ SMARTAPI_CLIENT_CODE: "A123456", SMARTAPI_PNI: "7351", TLS_CERT: "a.pem", PORT: "x" }).said,
    [
      ["failed", 'PORT "x": must be a whole number from 0 to 65535', "mend it in the file of PORT"],
      [
        "failed",
        "SMARTAPI_PIN is missing: there is SMARTAPI_PNI, which is misspelt",
        "mend it in the file of SMARTAPI_PIN",
      ],
      ["failed", "TLS_KEY is missing: TLS needs a certificate and its key", "mend it in the file of TLS_KEY"],
      [
        "failed",
        "not set: SMARTAPI_API_KEY, SMARTAPI_TOTP_SECRET",
        "smartapi-proxy init asks for them; --demo needs none",
      ],
    ],
  );
});

Deno.test("a setting that is wrong leaves the others as they were set", () => {
  const { config } = probe({ ...ACCOUNT, BATCH_MS: "soon", PORT: "9000", DATA_FOLDER: "data" });
  deepEqual([config.port, config.batchMs, config.instruments.folder], [9000, 10, "data"]);
  equal(probe({ ...ACCOUNT, TLS_CERT: "a.pem", PORT: "9000" }).config.port, 8765);
});

Deno.test("no finding shows a secret", () => {
  const { said } = probe({ ...ACCOUNT, SMARTAPI_PIN: "not a pin", SMARTAPI_TOTP_SECRET: "123456" });
  equal(said.length, 2);
  for (const secret of ["not a pin", "123456", "apikeywitness"]) {
    equal(JSON.stringify(said).includes(secret), false);
  }
});
