import { deepStrictEqual as deepEqual, strictEqual as equal } from "node:assert/strict";
import * as accessModule from "../../static/page/access.js";
import { parts } from "./parts.ts";
import { stubDocument } from "./stub_dom.ts";

// deno-lint-ignore no-explicit-any
const { createAccess } = accessModule as any;

function memory(stored: Record<string, string> = {}) {
  const values = new Map(Object.entries(stored));
  return {
    values,
    getItem: (name: string) => values.get(name) ?? null,
    setItem: (name: string, text: string) => void values.set(name, text),
    removeItem: (name: string) => void values.delete(name),
  };
}

function setUp({ tab = memory(), device = memory() } = {}) {
  const document = stubDocument();
  Object.assign(globalThis, { document });
  const by = (id: string) => document.getElementById(id);
  by("access").hidden = true;
  const sent: string[] = [];
  let retries = 0;
  let locked = false;
  const access = createAccess({
    send: ({ token }: { token: string }) => sent.push(token),
    retry: () => retries++,
    tab,
    device,
    locked: (is: boolean) => locked = is,
  });
  return {
    by,
    sent,
    tab,
    device,
    asks: () => access.message({ type: "system", status: "token_required" }),
    letsIn: () => access.message({ type: "info" }),
    lost: (code: number, reason = "") => access.lost({ code, reason }),
    submit(token: string) {
      by("access-token").value = token;
      by("access").fire("submit");
    },
    get state() {
      return {
        form: !by("access").hidden,
        says: by("access-why").textContent,
        disabled: by("access-connect").disabled,
        locked,
      };
    },
    get retries() {
      return retries;
    },
  };
}

Deno.test("the form says one thing in each state, and waits for one answer at a time", () => {
  const page = setUp();
  page.asks();
  deepEqual(page.state, { form: true, says: "", disabled: false, locked: true });
  page.submit("wrong");
  deepEqual(page.state, { form: true, says: "Asking the proxy…", disabled: true, locked: true });
  // The right one while the wrong one is being answered: it is neither sent nor lost.
  page.submit("right");
  deepEqual(page.sent, ["wrong"]);
  page.lost(1008, "This access token is not known");
  deepEqual(page.state, {
    form: true,
    says: "This access token is not known.",
    disabled: false,
    locked: true,
  });
  equal(page.by("access-token").value, "right");
  page.submit("right");
  equal(page.retries, 1);
  equal(page.state.disabled, true);
  page.asks();
  deepEqual(page.sent, ["wrong", "right"]);
  page.letsIn();
  deepEqual(page.state, { form: false, says: "", disabled: false, locked: false });
});

Deno.test("only a token that was good is kept: for the tab, and on the device where the user says so", () => {
  const page = setUp();
  page.asks();
  page.submit("good");
  equal(page.tab.values.size, 0);
  page.letsIn();
  deepEqual([[...page.tab.values.values()], page.device.values.size], [["good"], 0]);

  const remembering = setUp();
  remembering.asks();
  remembering.by("access-remember").checked = true;
  remembering.submit("good");
  remembering.letsIn();
  deepEqual([...remembering.device.values.values()], ["good"]);

  const later = setUp({ device: remembering.device });
  later.asks();
  deepEqual([later.sent, later.state.form], [["good"], false]);
  later.lost(1008, "It has expired");
  deepEqual([later.device.values.size, later.state.form, later.state.says], [0, true, "It has expired."]);
});

Deno.test("a connection that breaks while the token is tried refuses nothing: it is tried again", () => {
  const page = setUp();
  page.asks();
  page.submit("good");
  page.lost(1006);
  equal(page.state.locked, false);
  equal(page.state.says, "The proxy cannot be reached; it is asked as soon as it answers.");
  page.asks();
  deepEqual(page.sent, ["good", "good"]);
  page.letsIn();
  equal(page.tab.values.size, 1);
});

Deno.test("storage that refuses is as good as none", () => {
  const refuses = () => {
    throw new Error("refused");
  };
  // deno-lint-ignore no-explicit-any
  const storage = { getItem: refuses, setItem: refuses, removeItem: refuses } as any;
  const page = setUp({ tab: storage, device: storage });
  page.asks();
  page.submit("good");
  page.letsIn();
  equal(page.state.form, false);
});

Deno.test("a proxy that waits for a token is not called one that does not answer", () => {
  const store = parts.createStore();
  store.link({ kind: "connecting", attempt: 2 });
  store.lock(true);
  store.link({ kind: "lost", code: 1008, reason: "x", retryAt: 0 });
  deepEqual(store.notices(), []);
  store.lock(false);
  equal(store.notices()[0].id, "lost");
});
