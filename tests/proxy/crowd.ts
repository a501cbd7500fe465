import { ticksOf } from "./test_client.ts";
import type { Rig } from "./rig.ts";

/** A tick as the crowd asks for it. */
export interface SeenTick {
  readonly exchange: string;
  readonly token: string;
  readonly last_traded_price: number;
  readonly sequence_number: number;
  /** The proxy's clock. */
  readonly received_at: number;
}

const CONTRACT = { fields: ["last_traded_price", "sequence_number", "received_at"] };

/**
 * Clients that read all at once and want the same. Each message is decoded once, and compared as a text for all others:
 * so many clients would cost more than the proxy that is looked at.
 */
export class Crowd {
  /** Data messages by their `seq`, as the first of the crowd got them, and the time by the rig's clock. */
  readonly #texts: { text: string; at: number }[] = [];
  readonly #members: Member[] = [];

  private constructor(private readonly rig: Rig) {}

  static async join(rig: Rig, size: number): Promise<Crowd> {
    const crowd = new Crowd(rig);
    const url = `ws://127.0.0.1:${rig.proxy.port}`;
    for (let i = 0; i < size; i++) crowd.#members.push(new Member(url, (text, i) => crowd.#compare(text, i)));
    await Promise.all(crowd.#members.map(({ greeted }) => greeted));
    return crowd;
  }

  /** Asks for NSE's watch list, all of them; settles with the last answer. */
  async subscribe(): Promise<void> {
    for (const { socket } of this.#members) {
      socket.send(JSON.stringify({ command: "configure", ...CONTRACT }));
      socket.send(JSON.stringify({ command: "subscribe", exchange: "nse" }));
    }
    while (this.#members.some(({ answers }) => answers < 2)) await this.rig.turn(0);
  }

  #compare(text: string, index: number): void {
    const first = this.#texts[index] ??= { text, at: this.rig.clock.now() };
    if (first.text !== text) throw new Error(`message ${index + 1} differs: ${text}`);
  }

  /** Turns the clock, and lets everyone get what the first of them gets. */
  async turn(ms: number): Promise<void> {
    await this.rig.turn(ms);
    while (this.#members.some(({ count }) => count < this.#texts.length)) await this.rig.turn(0);
  }

  /** How many data messages each has. */
  get counts(): number[] {
    return this.#members.map(({ count }) => count);
  }

  /** Every tick, in order, with the time of its delivery and how many were replaced by newer ones. */
  read(): { ticks: (SeenTick & { readonly at: number })[]; conflated: number } {
    let conflated = 0;
    const ticks = this.#texts.flatMap(({ text, at }) => {
      const message = JSON.parse(text);
      conflated += message.conflated ?? 0;
      return ticksOf(message).map((tick) => ({ ...tick as SeenTick, at }));
    });
    return { ticks, conflated };
  }

  async leave(): Promise<void> {
    await Promise.all(this.#members.map((member) => member.leave()));
  }
}

/** A client that counts. */
class Member {
  readonly socket: WebSocket;
  readonly greeted: Promise<void>;
  answers = 0;
  count = 0;
  readonly #gone: Promise<unknown>;

  constructor(url: string, compare: (text: string, index: number) => void) {
    this.socket = new WebSocket(url);
    this.#gone = new Promise((resolve) => this.socket.onclose = resolve);
    this.greeted = new Promise((resolve) => {
      this.socket.onmessage = ({ data }: MessageEvent<string>) => {
        if (data.startsWith('{"type":"info"')) resolve();
        else if (data.startsWith('{"type":"market_data"')) compare(data, this.count++);
        else if (data.startsWith('{"status":"success"')) this.answers++;
      };
    });
  }

  async leave(): Promise<void> {
    this.socket.close();
    await this.#gone;
  }
}
