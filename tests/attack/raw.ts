/** Attackers: bytes over TCP, as no library would send them. */

import { handshake } from "../proxy/raw_client.ts";

const encoder = new TextEncoder();

/** A connection whose other end may go away at any time. */
export class Attacker {
  #closed = false;

  private constructor(private readonly conn: Deno.TcpConn) {}

  static async connect(port: number): Promise<Attacker> {
    return new Attacker(await Deno.connect({ hostname: "127.0.0.1", port }));
  }

  /** Connects, and shakes hands. */
  static async upgraded(port: number): Promise<Attacker> {
    const attacker = await Attacker.connect(port);
    await attacker.write(handshake(port));
    const head = await attacker.read();
    if (head.startsWith("HTTP/1.1 101")) return attacker;
    attacker.close();
    throw new Error(`not upgraded: ${head.slice(0, 200)}`);
  }

  /** Whether all of it was taken. */
  async write(data: string | Uint8Array): Promise<boolean> {
    const bytes = typeof data === "string" ? encoder.encode(data) : data;
    try {
      for (let at = 0; at < bytes.length;) at += await this.conn.write(bytes.subarray(at));
      return true;
    } catch {
      return false;
    }
  }

  /** What is there next; empty at the end. */
  async read(): Promise<string> {
    const buffer = new Uint8Array(64 * 1024);
    const count = await this.conn.read(buffer).catch(() => null);
    return count === null ? "" : String.fromCharCode(...buffer.subarray(0, count));
  }

  /** Reads on until the other end closes. */
  async ended(): Promise<string> {
    let all = "";
    for (let text; (text = await this.read()) !== "";) all += text;
    return all;
  }

  close(): void {
    if (this.#closed) return;
    this.#closed = true;
    this.conn.close();
  }
}

/** A frame of a client, masked with zeros as the RFC permits. */
export function frame(first: number, payload: Uint8Array | string, masked = true): Uint8Array {
  const body = typeof payload === "string" ? encoder.encode(payload) : payload;
  const { length } = body;
  const size = length < 126
    ? [length]
    : length < 65_536
    ? [126, length >> 8, length & 255]
    : [127, 0, 0, 0, 0, (length >>> 24) & 255, (length >> 16) & 255, (length >> 8) & 255, length & 255];
  if (masked) size[0]! |= 0x80;
  const head = [first, ...size, ...masked ? [0, 0, 0, 0] : []];
  const bytes = new Uint8Array(head.length + length);
  bytes.set(head);
  bytes.set(body, head.length);
  return bytes;
}
