import { ANYONE, type Entitlement } from "../../../lib/access/entitlement.ts";
import type { Opening } from "../../../lib/clients/protocol.ts";
import { FakeClock } from "../../fakes.ts";
import { catalogOfRows } from "../../instruments/catalog_of.ts";
import { ODD_LIST } from "../../instruments/odd_list.ts";
import { FakeSocket } from "../fake_socket.ts";
import { Stage, type StageOptions } from "../stage.ts";

export type Message = Record<string, unknown>;

/** A stage with the odd list, on the day that it is of. */
export async function stageOf(options: StageOptions = {}) {
  const clock = new FakeClock(Date.parse("2026-11-27T10:00:00+05:30"));
  const { instruments, stop } = await catalogOfRows(ODD_LIST, clock);
  instruments.tradedAs = () => ({});
  const stage = new Stage({ clock, instruments, ...options });
  return { stage, clock, [Symbol.asyncDispose]: stop };
}

/** A client on one of the addresses; without an entitlement, it has to bring a token. */
export function connect(stage: Stage, path = "/openalgo", entitlement: Entitlement | null = ANYONE) {
  const socket = new FakeSocket();
  const protocol = stage.pipeline.protocols.find(({ paths }) => paths.includes(path))!;
  const opening = protocol.open({ query: new URLSearchParams(), headers: new Headers() }) as Opening;
  const client = stage.gateway.connect(socket, {
    from: "127.0.0.1:1",
    opening,
    ...entitlement === null ? {} : { entitlement },
    authenticate: (token) => Promise.resolve(token === "good" ? { name: "excel" } : undefined),
  });
  /** Everything that came since the last time. */
  const heard = async (): Promise<Message[]> => {
    await stage.pass();
    return socket.frames.splice(0).map((frame) => JSON.parse(frame));
  };
  const say = (message: unknown) => {
    client.received(typeof message === "string" ? message : JSON.stringify(message));
    return heard();
  };
  const ask = async (message: unknown): Promise<Message> => (await say(message)).at(-1)!;
  return { socket, client, say, ask, heard };
}
