import { deepStrictEqual as deepEqual, match } from "node:assert/strict";
import { ADDRESS_PARAMETERS } from "../../../lib/clients/json/address_parameters.ts";
import { readDeliveryOptions } from "../../../lib/clients/json/delivery_options.ts";

const read = (query: string) => readDeliveryOptions(new URLSearchParams(query));

Deno.test("an address may hold what is known, and nothing else", () => {
  deepEqual(read(""), { encoding: "gzip", interval: 0 });
  deepEqual(read("token=x&interval=500&encoding=json"), { encoding: "json", interval: 500 });
  for (const name of ["fields", "replay", "mode", "x".repeat(2_000)]) {
    match(String(read(`${name}=1`)), /^\w{1,40}: is not known\. Known: encoding, interval, token$/);
  }
});

Deno.test("each misspelt name in an address is told with the one that was meant", () => {
  for (const name of ADDRESS_PARAMETERS) {
    const at = Math.floor(name.length / 2);
    for (
      const misspelt of [name.slice(0, at) + name.slice(at + 1), `${name}s`, name.toUpperCase(), `${name} `]
    ) {
      match(
        String(read(`encoding=json&${encodeURIComponent(misspelt)}=5`)),
        new RegExp(`did you mean ${name}\\?`),
      );
    }
  }
});
