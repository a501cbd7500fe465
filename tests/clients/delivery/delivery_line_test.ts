import assert from "node:assert/strict";
import { DeliveryLine } from "../../../lib/clients/delivery/delivery_line.ts";

/** A promise and the ways to settle it. */
function later<T>(): { promise: Promise<T>; resolve: (value: T) => void; reject: (error: unknown) => void } {
  return Promise.withResolvers<T>();
}

Deno.test("add() sends in the order of the adding, however long each takes to make", async () => {
  const line = new DeliveryLine();
  const sent: string[] = [];
  const slow = later<string>();
  const fast = later<string>();
  line.add(slow.promise, (text) => void sent.push(text));
  line.add(fast.promise, (text) => void sent.push(text));
  const last = line.add("now", (text) => void sent.push(text));
  fast.resolve("fast");
  await fast.promise;
  assert.deepEqual(sent, []);
  slow.resolve("slow");
  await last;
  assert.deepEqual(sent, ["slow", "fast", "now"]);
});

Deno.test("add() waits for the end of a sending before the next one", async () => {
  const line = new DeliveryLine();
  const sent: string[] = [];
  const admission = later<void>();
  line.add(1, async () => {
    await admission.promise;
    sent.push("first");
  });
  const last = line.add(2, () => void sent.push("second"));
  admission.resolve();
  await last;
  assert.deepEqual(sent, ["first", "second"]);
});

Deno.test("add() goes on after a message that could not be made, and one that could not be sent", async () => {
  const line = new DeliveryLine();
  const sent: string[] = [];
  line.add(Promise.reject(new Error("not made")), () => void sent.push("never"));
  line.add("x", () => {
    throw new Error("not sent");
  });
  line.add("x", () => Promise.reject(new Error("not sent either")));
  await line.add("last", (text) => void sent.push(text));
  assert.deepEqual(sent, ["last"]);
});

Deno.test("add() leaves no rejection unhandled, even one that comes long before its turn", async () => {
  const line = new DeliveryLine();
  const admission = later<string>();
  line.add(admission.promise, () => {});
  const failing = later<string>();
  const last = line.add(failing.promise, () => {});
  failing.reject(new Error("early"));
  // An unhandled rejection would end the test here.
  await new Promise((resolve) => setTimeout(resolve, 0));
  admission.resolve("x");
  await last;
});
