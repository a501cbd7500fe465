import { ANYONE, type Entitlement } from "../../../lib/access/entitlement.ts";
import type { ClientSocket } from "../../../lib/clients/delivery/outbox.ts";
import type { Opening } from "../../../lib/clients/protocol.ts";
import type { Tick } from "../../../lib/market/market.ts";
import { snapQuoteTick } from "../../ticks.ts";
import { Stage } from "../stage.ts";

/** Frames as `mode:length`, texts as they are. */
export class Socket implements ClientSocket {
  frames: string[] = [];
  packets: Uint8Array[] = [];
  readonly closes: number[] = [];
  held = 0;
  send(frame: string | Uint8Array): void {
    if (typeof frame !== "string") this.packets.push(frame);
    this.frames.push(typeof frame === "string" ? frame : `${frame[0]}:${frame.length}`);
  }
  close(code: number): void {
    this.closes.push(code);
  }
  buffered(): number {
    return this.held;
  }
}

export function connect(stage: Stage, entitlement: Entitlement = ANYONE) {
  const socket = new Socket();
  const protocol = stage.pipeline.protocols.find(({ paths }) => paths.includes("/smart-stream"))!;
  const opening = protocol.open({ query: new URLSearchParams(), headers: new Headers() }) as Opening;
  const client = stage.gateway.connect(socket, { from: "127.0.0.1:1", opening, entitlement });
  const ask = async (action: unknown, mode: unknown, tokenList: unknown, id?: unknown) => {
    client.received(JSON.stringify({ correlationID: id, action, params: { mode, tokenList } }));
    await stage.pass();
    return socket.frames.splice(0);
  };
  const say = async (text: string | ArrayBuffer) => {
    client.received(text);
    await stage.pass();
    return socket.frames.splice(0);
  };
  return { socket, client, ask, say };
}

export const KEY = "nse:3045";
export const SBIN = [{ exchangeType: 1, tokens: ["3045"] }];
export const BAD = { errorCode: "E1001", errorMessage: "Invalid Request Payload." };
export const LIMIT = { errorCode: "E1002", errorMessage: "Invalid Request. Subscription Limit Exceeded." };

export async function tick(stage: Stage, socket: Socket, tick: Tick): Promise<string[]> {
  stage.upstream.tick(tick);
  await stage.pass();
  return socket.frames.splice(0);
}

export function snap(stage: Stage, price = 100): Tick {
  const now = stage.clock.now();
  return snapQuoteTick(KEY, price, { exchangeTime: now, receivedAt: now });
}
