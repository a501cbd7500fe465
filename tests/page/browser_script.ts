/**
 * A real browser, driven from outside: each line of standard input is a JSON command, each answered with a line. Run
 * without `deno.json` and with a lock file of its own, so that the driver is not downloaded by everyone who only wants
 * to start the proxy.
 */
import process from "node:process";
import { createInterface } from "node:readline";

// Not a plain import, which would put it into the project's own lock file.
const DRIVER = "npm:playwright-core@1.65.1";
const AXE = "npm:axe-core@4.14.1";

const { chromium } = await import(DRIVER);
const browser = await chromium.launch({
  executablePath: "/usr/bin/chromium",
  args: [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    ...Deno.args,
  ],
});

/** An empty page with a profile of its own, and what it did since. */
async function openPage() {
  const context = await browser.newContext({ viewport: { width: 1280, height: 800 } });
  const page = await context.newPage();
  const errors: string[] = [];
  const hosts = new Set<string>();
  page.on(
    "console",
    (message: { type(): string; text(): string }) =>
      message.type() === "error" && errors.push(message.text()),
  );
  page.on("pageerror", (error: unknown) => errors.push(String(error)));
  page.on("request", (request: { url(): string }) => hosts.add(new URL(request.url()).host));
  return { page, errors, hosts };
}

let { page, errors, hosts } = await openPage();

/** Nothing while the page goes on to another one. */
const bodyText = () => page.evaluate("document.body.innerText").catch(() => "") as Promise<string>;

/** Looks again and again: the page's own policy permits no script that would watch from inside. */
async function until(isSo: (body: string) => boolean): Promise<void> {
  const end = Date.now() + 15_000;
  while (!isSo(await bodyText())) {
    if (Date.now() > end) throw new Error(`not so within 15 s; the page says: ${await bodyText()}`);
    await page.waitForTimeout(50);
  }
}

async function untilTrue(expression: string): Promise<void> {
  const end = Date.now() + 15_000;
  while (!await page.evaluate(expression).catch(() => false)) {
    if (Date.now() > end) throw new Error(`not so within 15 s; the page says: ${await bodyText()}`);
    await page.waitForTimeout(50);
  }
}

const commands: Record<string, (argument: string) => Promise<unknown>> = {
  /** Forgets the page with all that it stored, and goes on with another one. */
  renew: async () => {
    await page.context().close();
    ({ page, errors, hosts } = await openPage());
  },
  goto: async (url) => (await page.goto(url))?.status() ?? 0,
  /** Waits until a text stands somewhere on the page. */
  sees: (text) => until((body) => body.toLowerCase().includes(text.toLowerCase())),
  /** Waits until it stands there a second time. */
  seesTwice: (text) => until((body) => body.toLowerCase().split(text.toLowerCase()).length > 2),
  /** Waits until the page's text is another than it is now. */
  changes: async () => {
    const before = await bodyText();
    await until((body) => body !== before);
  },
  /** Waits until the text is gone. */
  misses: (text) => until((body) => !body.toLowerCase().includes(text.toLowerCase())),
  click: (selector) => page.click(selector, { timeout: 5_000 }),
  press: (key) => page.keyboard.press(key),
  type: (text) => page.keyboard.type(text),
  reload: async () => void await page.reload(),
  /** Waits until an expression holds in the page. */
  holds: (expression) => untilTrue(expression),
  /** The value of an expression in the page. */
  value: (expression) => page.evaluate(expression),
  size: (size) => {
    const [width, height] = size.split("x").map(Number);
    return page.setViewportSize({ width, height });
  },
  scheme: (colorScheme) => page.emulateMedia({ colorScheme }),
  /** As a device that is pressed by a finger. */
  touch: async () => {
    const session = await page.context().newCDPSession(page);
    await session.send("Emulation.setTouchEmulationEnabled", { enabled: true, maxTouchPoints: 1 });
  },
  /** As a device that is so many times slower. */
  slow: async (times) => {
    const session = await page.context().newCDPSession(page);
    await session.send("Emulation.setCPUThrottlingRate", { rate: Number(times) });
  },
  /** Processor time that the page's process has taken, seconds. */
  processor: async () => {
    const session = await page.context().newCDPSession(page);
    await session.send("Performance.enable");
    const { metrics } = await session.send("Performance.getMetrics");
    await session.detach();
    return metrics.find(({ name }: { name: string }) => name === "ProcessTime").value;
  },
  picture: (path) => page.screenshot({ path }).then(() => path),
  /** What a screen reader's or a weak eye's user would stumble over: rule, and where. */
  axe: async () => {
    // Once into each page: it is half a megabyte.
    if (!await page.evaluate("'axe' in window")) await page.evaluate((await import(AXE)).default.source);
    const { violations } = await page.evaluate("axe.run(document, { resultTypes: ['violations'] })");
    return violations.map((
      { id, nodes }: { id: string; nodes: { target: string[]; failureSummary: string }[] },
    ) =>
      `${id}: ${
        nodes.slice(0, 3).map(({ target, failureSummary }) => `${target} ${failureSummary}`).join(" | ")
      }`
    );
  },
  errors: () => Promise.resolve(errors),
  hosts: () => Promise.resolve([...hosts]),
};

console.log(JSON.stringify({ ready: true }));
for await (const line of createInterface({ input: process.stdin })) {
  const { command, argument } = JSON.parse(line);
  try {
    console.log(JSON.stringify({ result: await commands[command]!(argument) }));
  } catch (error) {
    console.log(JSON.stringify({ error: String(error) }));
  }
}
await browser.close();
