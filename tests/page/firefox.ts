import { linesOf } from "../lines_of.ts";

const FIREFOX = "/usr/bin/firefox-esr";

/** Whether there is a Firefox; its tests are skipped with a word where there is none. */
const there = await Deno.stat(FIREFOX).then(() => true, () => false);
if (!there) console.warn(`tests/page: those in Firefox are skipped, as there is no ${FIREFOX}`);

export const IN_FIREFOX = { ignore: !there, sanitizeOps: false, sanitizeResources: false };

/** Nothing of it goes to the internet, nor asks anything. */
const PREFERENCES = {
  "app.normandy.enabled": false,
  "app.update.disabledForTesting": true,
  "browser.aboutwelcome.enabled": false,
  "browser.safebrowsing.malware.enabled": false,
  "browser.safebrowsing.phishing.enabled": false,
  "browser.shell.checkDefaultBrowser": false,
  "browser.startup.page": 0,
  "datareporting.policy.dataSubmissionEnabled": false,
  "extensions.systemAddon.update.enabled": false,
  "network.captive-portal-service.enabled": false,
  "network.connectivity-service.enabled": false,
  "services.settings.server": "data:,#remote-settings-dummy/v1",
  "toolkit.telemetry.server": "",
};

/** Keys that are not a letter, as WebDriver writes them. */
const KEYS: Readonly<Record<string, string>> = {
  ArrowDown: "\uE015",
  ArrowUp: "\uE013",
  Control: "\uE009",
  Enter: "\uE007",
  Escape: "\uE00C",
  Home: "\uE011",
};

const DEADLINE_MS = 30_000;
const LOOK_AGAIN_MS = 50;

interface Answer {
  readonly id?: number;
  readonly type: string;
  readonly result?: Readonly<Record<string, unknown>>;
  readonly message?: string;
  readonly method?: string;
  readonly params?: { readonly level?: string; readonly text?: string };
}

/**
 * Debian's Firefox, asked over WebDriver BiDi. Playwright drives a build of its own, or a newer one than Debian has.
 *
 * Source: W3C, WebDriver BiDi.
 */
export class Firefox implements AsyncDisposable {
  /** What the page wrote to the console as an error, or threw. */
  readonly errors: string[] = [];
  readonly #pending = new Map<number, PromiseWithResolvers<Readonly<Record<string, unknown>>>>();
  #id = 0;
  #context = "";

  private constructor(
    private readonly child: Deno.ChildProcess,
    private readonly profile: string,
    private readonly socket: WebSocket,
  ) {
    socket.onmessage = ({ data }) => this.#take(JSON.parse(data));
  }

  static async open(): Promise<Firefox> {
    const profile = await Deno.makeTempDir();
    const lines = Object.entries(PREFERENCES).map(([name, value]) =>
      `user_pref(${JSON.stringify(name)}, ${JSON.stringify(value)});\n`
    );
    await Deno.writeTextFile(`${profile}/user.js`, lines.join(""));
    const child = new Deno.Command(FIREFOX, {
      args: [
        "--headless",
        "--no-remote",
        "--profile",
        profile,
        "--remote-debugging-port",
        "0",
        "about:blank",
      ],
      stdout: "null",
      stderr: "piped",
    }).spawn();
    const socket = new WebSocket(`${await addressOf(child)}/session`);
    const firefox = new Firefox(child, profile, socket);
    await new Promise((resolve, reject) => {
      socket.onopen = resolve;
      socket.onerror = reject;
    });
    await firefox.#ask("session.new", { capabilities: {} });
    await firefox.#ask("session.subscribe", { events: ["log.entryAdded"] });
    const { contexts } = await firefox.#ask("browsingContext.getTree", { maxDepth: 0 });
    firefox.#context = (contexts as { context: string }[])[0]!.context;
    return firefox;
  }

  async goto(url: string): Promise<void> {
    await this.#ask("browsingContext.navigate", { context: this.#context, url, wait: "complete" });
  }

  async size(width: number, height: number): Promise<void> {
    await this.#ask("browsingContext.setViewport", { context: this.#context, viewport: { width, height } });
  }

  /** The value of an expression in the page, which must be one that JSON has. */
  async value(expression: string): Promise<unknown> {
    const { type, result, exceptionDetails } = await this.#ask("script.evaluate", {
      expression: `Promise.resolve(${expression}).then((value) => JSON.stringify(value))`,
      target: { context: this.#context },
      awaitPromise: true,
    }) as { type: string; result: { value?: string }; exceptionDetails?: { text: string } };
    if (type === "exception") throw new Error(`${expression}: ${exceptionDetails?.text}`);
    return result.value === undefined ? undefined : JSON.parse(result.value);
  }

  /** Waits until an expression holds in the page. */
  async holds(expression: string): Promise<void> {
    const end = performance.now() + DEADLINE_MS;
    while (!await this.value(expression)) {
      if (performance.now() > end) {
        throw new Error(
          `not so: ${expression}; the page says: ${await this.value("document.body.innerText")}`,
        );
      }
      await new Promise((resolve) => setTimeout(resolve, LOOK_AGAIN_MS));
    }
  }

  /** Waits until a text stands on the page. */
  sees(text: string): Promise<void> {
    const words = JSON.stringify(text.toLowerCase());
    return this.holds(`document.body.innerText.toLowerCase().includes(${words})`);
  }

  /** Presses the keys of a shortcut, `Control+k`, or one. */
  async press(shortcut: string): Promise<void> {
    const keys = shortcut.split(/(?<=.)\+/).map((key) => KEYS[key] ?? key);
    await this.#keys([
      ...keys.map((value) => ({ type: "keyDown", value })),
      ...keys.toReversed().map((value) => ({ type: "keyUp", value })),
    ]);
  }

  async type(text: string): Promise<void> {
    await this.#keys([...text].flatMap((value) => [{ type: "keyDown", value }, { type: "keyUp", value }]));
  }

  /** Presses the left button of the mouse on the middle of an element. */
  async click(selector: string): Promise<void> {
    const [x, y] = await this.value(`(() => {
      const element = document.querySelector(${JSON.stringify(selector)});
      element.scrollIntoView({ block: "nearest" });
      const box = element.getBoundingClientRect();
      return [Math.floor(box.x + box.width / 2), Math.floor(box.y + box.height / 2)];
    })()`) as [number, number];
    await this.#ask("input.performActions", {
      context: this.#context,
      actions: [{
        type: "pointer",
        id: "mouse",
        actions: [
          { type: "pointerMove", x, y },
          { type: "pointerDown", button: 0 },
          { type: "pointerUp", button: 0 },
        ],
      }],
    });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#ask("browser.close", {}).catch(() => {});
    this.socket.close();
    await this.child.status;
    await Deno.remove(this.profile, { recursive: true });
  }

  async #keys(actions: readonly unknown[]): Promise<void> {
    await this.#ask("input.performActions", {
      context: this.#context,
      actions: [{ type: "key", id: "keyboard", actions }],
    });
  }

  #ask(method: string, params: unknown): Promise<Readonly<Record<string, unknown>>> {
    const id = ++this.#id;
    const pending = Promise.withResolvers<Readonly<Record<string, unknown>>>();
    this.#pending.set(id, pending);
    this.socket.send(JSON.stringify({ id, method, params }));
    return pending.promise;
  }

  #take({ id, type, result, message, method, params }: Answer): void {
    if (method === "log.entryAdded" && params?.level === "error") this.errors.push(String(params.text));
    if (id === undefined) return;
    const pending = this.#pending.get(id);
    this.#pending.delete(id);
    if (type === "success") pending?.resolve(result ?? {});
    else pending?.reject(new Error(message));
  }
}

/** Where it says that it can be asked; all else that it says is read and forgotten. */
async function addressOf({ stderr }: Deno.ChildProcess): Promise<string> {
  const lines = linesOf(stderr);
  for (;;) {
    const { value, done } = await lines.next();
    if (done) throw new Error("Firefox has ended");
    const found = /WebDriver BiDi listening on (\S+)/.exec(value)?.[1];
    if (found === undefined) continue;
    (async () => {
      while (!(await lines.next()).done);
    })();
    return found;
  }
}
