/** As much of a document as the page's painters write to: for tests of what they write, without a browser. */
export class StubElement {
  readonly children: StubElement[] = [];
  readonly attributes = new Map<string, string>();
  readonly dataset: Record<string, string> = {};
  readonly style: Record<string, string> = {};
  readonly listeners = new Map<string, ((event: unknown) => void)[]>();
  className = "";
  id = "";
  title = "";
  type = "";
  tabIndex = 0;
  hidden = false;
  disabled = false;
  checked = false;
  value = "";
  /** Of a text node. */
  data = "";

  constructor(readonly tag: string) {}

  append(...nodes: (StubElement | string)[]): void {
    for (const node of nodes) this.children.push(typeof node === "string" ? textNode(node) : node);
  }

  replaceChildren(...nodes: (StubElement | string)[]): void {
    this.children.length = 0;
    this.append(...nodes);
  }

  setAttribute(name: string, value: string): void {
    this.attributes.set(name, value);
  }

  removeAttribute(name: string): void {
    this.attributes.delete(name);
  }

  addEventListener(name: string, listener: (event: unknown) => void): void {
    this.listeners.set(name, [...this.listeners.get(name) ?? [], listener]);
  }

  /** Tells all who listen. */
  fire(name: string, event: Record<string, unknown> = {}): void {
    for (const listener of this.listeners.get(name) ?? []) {
      listener({ preventDefault() {}, target: this, ...event });
    }
  }

  focus(): void {}

  get textContent(): string {
    if (this.tag === "#text") return this.data;
    return this.children.filter(({ hidden }) => !hidden).map(({ textContent }) => textContent).join("");
  }

  set textContent(text: string) {
    this.replaceChildren(...text === "" ? [] : [text]);
  }
}

function textNode(data: string): StubElement {
  return Object.assign(new StubElement("#text"), { data });
}

/** A document for `globalThis.document`, whose elements with an id are made when they are first asked for. */
export function stubDocument() {
  const byId = new Map<string, StubElement>();
  return {
    createElement: (tag: string) => new StubElement(tag),
    createElementNS: (_space: string, tag: string) => new StubElement(tag),
    createTextNode: textNode,
    getElementById(id: string) {
      const found = byId.get(id) ?? Object.assign(new StubElement("div"), { id });
      byId.set(id, found);
      return found;
    },
  };
}
