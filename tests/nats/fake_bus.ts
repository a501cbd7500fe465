import type { Bus, BusMessage } from "../../lib/nats/bus.ts";
import type { FakeClock } from "../fakes.ts";

/** A message server in the hand: it can be frozen, cut off and made to lose messages. */
export class FakeServer {
  readonly #buses = new Set<FakeBus>();
  #held: BusMessage[] | undefined;
  #isUp = true;
  #delayMs = 0;
  /** What one message may hold. */
  maxBytes = 1024 * 1024;
  /** Messages to lose. */
  loses: (message: BusMessage) => boolean = () => false;
  /** All that was published, whether it arrived or not. */
  readonly published: BusMessage[] = [];

  constructor(readonly clock: FakeClock) {}

  connect(inbox = "_INBOX_test"): FakeBus {
    const bus = new FakeBus(this, inbox);
    this.#buses.add(bus);
    return bus;
  }

  get isUp(): boolean {
    return this.#isUp;
  }

  /** From now on nothing arrives, and nobody is told. */
  freeze(): void {
    this.#held = [];
  }

  /** Everything that was sent meanwhile arrives now. */
  thaw(): void {
    const held = this.#held ?? [];
    this.#held = undefined;
    for (const message of held) this.carry(message);
  }

  /** From now on everything arrives later by so much. */
  delay(ms: number): { end(): void } {
    this.#delayMs = ms;
    return { end: () => this.#delayMs = 0 };
  }

  /** Everyone is cut off, and knows it. */
  kill(): void {
    this.#isUp = false;
    this.#held = undefined;
    for (const bus of this.#buses) bus.tell();
  }

  restart(): void {
    this.#isUp = true;
    for (const bus of this.#buses) bus.tell();
  }

  carry(message: BusMessage, from?: FakeBus): void {
    if (!this.#isUp) return;
    this.published.push(message);
    if (this.loses(message)) return;
    if (this.#held !== undefined) this.#held.push(message);
    else if (this.#delayMs > 0) this.clock.after(this.#delayMs, () => this.#arrive(message, from));
    else queueMicrotask(() => this.#arrive(message, from));
  }

  #arrive(message: BusMessage, from: FakeBus | undefined): void {
    for (const bus of this.#buses) if (bus !== from) bus.receive(message);
  }
}

let inboxes = 0;

export class FakeBus implements Bus {
  readonly #subscriptions = new Set<{ pattern: RegExp; receive: (message: BusMessage) => void }>();
  readonly #listeners = new Set<() => void>();
  #stopped = false;
  /** What has come while nobody reads. */
  #unread: BusMessage[] | undefined;

  constructor(private readonly server: FakeServer, private readonly inbox: string) {}

  get connected(): boolean {
    return this.server.isUp && !this.#stopped;
  }

  get trouble(): string | undefined {
    return this.connected ? undefined : "the server is gone";
  }

  get maxBytes(): number {
    return this.server.maxBytes;
  }

  publish(subject: string, payload: Uint8Array): boolean {
    if (!this.connected || payload.length > this.maxBytes) return false;
    this.server.carry({ subject, payload: payload.slice() }, this);
    return true;
  }

  subscribe(subject: string, receive: (message: BusMessage) => void): () => void {
    const pattern = new RegExp(`^${subject.replaceAll(".", "\\.").replaceAll("*", "[^.]+")}$`);
    const subscription = { pattern, receive };
    this.#subscriptions.add(subscription);
    return () => this.#subscriptions.delete(subscription);
  }

  request(subject: string, payload: Uint8Array, timeoutMs: number): Promise<Uint8Array> {
    if (payload.length > this.maxBytes) return Promise.reject(new Error("too long"));
    const reply = `${this.inbox}.${++inboxes}`;
    return new Promise((resolve, reject) => {
      const end = this.subscribe(reply, ({ payload }) => {
        done();
        resolve(payload);
      });
      const disarm = this.server.clock.after(timeoutMs, () => {
        done();
        reject(new Error("no answer in time"));
      });
      const done = () => {
        end();
        disarm();
      };
      this.server.carry({ subject, payload: payload.slice(), reply }, this);
    });
  }

  onChange(changed: () => void): () => void {
    this.#listeners.add(changed);
    return () => this.#listeners.delete(changed);
  }

  stop(): Promise<void> {
    this.#stopped = true;
    this.#subscriptions.clear();
    return Promise.resolve();
  }

  tell(): void {
    for (const changed of [...this.#listeners]) changed();
  }

  /** Its program stands still: what comes is read when it goes on. */
  sleep(): void {
    this.#unread = [];
  }

  wake(): void {
    const unread = this.#unread ?? [];
    this.#unread = undefined;
    for (const message of unread) this.receive(message);
  }

  receive(message: BusMessage): void {
    if (this.#unread !== undefined) return void this.#unread.push(message);
    for (const { pattern, receive } of [...this.#subscriptions]) {
      if (pattern.test(message.subject)) receive(message);
    }
  }
}
