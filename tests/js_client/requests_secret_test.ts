import { ok, rejects } from "node:assert/strict";
import { createRequests } from "../../static/client/requests.js";

Deno.test("no error of a command prints what may be a token in the address", async () => {
  for (
    const url of ["ws://host:1/?token=secret", "ws://host:1/x?a=1&token=secret#y", "ws://me:secret@host:1/"]
  ) {
    const requests = createRequests({ url, timeout: 1, isUp: () => false, send: () => {} });
    for (const kept of [true, false]) {
      await rejects(requests.ask({ command: "status" }, { kept }), (error: Error) => {
        ok(error.message.includes("ws://host:1/"), error.message);
        ok(!error.message.includes("secret"), error.message);
        return true;
      });
    }
    requests.close();
  }
});
