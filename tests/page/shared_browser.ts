import { Browser } from "./browser.ts";

/** Its start and end cost more than most of the tests in it. */
let shared: Promise<Browser> | undefined;

// Those in an isolate have one browser; it ends after the last of them.
Deno.test.afterAll(async () => {
  await (await shared)?.[Symbol.asyncDispose]();
});

/** An empty page, asked like a {@linkcode Browser}; one at a time. */
export interface Page extends AsyncDisposable {
  ask(command: string, argument?: string): Promise<unknown>;
}

/** An empty page with a profile of its own, in the browser that all tests of an isolate share. */
export async function openPage(): Promise<Page> {
  const browser = await (shared ??= Browser.open());
  return {
    ask: (command, argument) => browser.ask(command, argument),
    async [Symbol.asyncDispose]() {
      await browser.ask("renew");
    },
  };
}
