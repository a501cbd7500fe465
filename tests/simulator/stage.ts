import { ok } from "node:assert/strict";
import { TOTP } from "otpauth";
// @ts-types="npm:@types/ws@8.18.2"
import { WebSocket } from "ws";
import type { InstrumentKey, Mode } from "../../lib/market/market.ts";
import { PATHS } from "../../lib/smartapi/endpoints.ts";
import { subscriptionRequest } from "../../lib/smartapi/request.ts";
import {
  SIMULATED_CREDENTIALS,
  type Simulator,
  type SimulatorOptions,
  startSimulator,
} from "../../lib/simulator/simulator.ts";
import { FakeClock, seededRandom } from "../fakes.ts";

export const HEADERS = { "X-PrivateKey": "simkey", "X-UserType": "USER", "X-SourceID": "WEB" };

/** A simulator on real sockets, with time in the hand. */
export class Stage implements AsyncDisposable {
  readonly clock: FakeClock;
  simulator!: Simulator;
  readonly #sockets: WebSocket[] = [];

  private constructor(start?: string) {
    this.clock = new FakeClock(start === undefined ? undefined : Date.parse(start));
  }

  /** @param start The moment that it is; by default one in trading hours. */
  static async start(options: Partial<SimulatorOptions> = {}, start?: string): Promise<Stage> {
    const stage = new Stage(start);
    stage.simulator = await startSimulator({ clock: stage.clock, random: seededRandom(3), ...options });
    return stage;
  }

  code(secret = SIMULATED_CREDENTIALS.totpSecret): string {
    return new TOTP({ secret }).generate({ timestamp: this.clock.now() });
  }

  async post(path: string, body: unknown, headers: Record<string, string> = HEADERS) {
    const response = await fetch(this.simulator.restUrl + path, {
      method: "POST",
      headers: { "content-type": "application/json", ...headers },
      body: JSON.stringify(body),
    });
    const text = await response.text();
    return { status: response.status, type: response.headers.get("content-type"), text, json: parsed(text) };
  }

  async login() {
    this.clock.advance(1_100);
    const { clientCode, pin } = SIMULATED_CREDENTIALS;
    const answer = await this.post(PATHS.login, { clientcode: clientCode, password: pin, totp: this.code() });
    return answer.json.data as { jwtToken: string; refreshToken: string; feedToken: string };
  }

  /** Dials the stream; answers the status, and the socket where it is 101. */
  dial(
    headers: Record<string, string>,
    query = "",
  ): Promise<{ status: number; said?: string; socket?: WebSocket }> {
    const socket = new WebSocket(`${this.simulator.streamUrl}${query}`, {
      headers,
      perMessageDeflate: false,
    });
    this.#sockets.push(socket);
    return new Promise((resolve) => {
      socket.on("error", () => {});
      socket.on("unexpected-response", (_request, response) => {
        const said = response.headers["x-error-message"] as string | undefined;
        response.resume();
        resolve({ status: response.statusCode!, said });
        socket.terminate();
      });
      socket.on("open", () => resolve({ status: 101, socket }));
    });
  }

  async open(): Promise<WebSocket> {
    const { jwtToken, feedToken } = await this.login();
    const { socket } = await this.dial(streamHeaders(jwtToken, feedToken));
    return socket!;
  }

  get control() {
    return this.simulator.control;
  }

  /** Lets what was sent arrive, both ways, until something is so; the clock stands still. */
  async until(isSo: () => boolean): Promise<void> {
    for (let i = 0; !isSo(); i++) {
      ok(i < 2_000, `not so after two seconds: ${isSo}`);
      await new Promise((resolve) => setTimeout(resolve, 1));
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    const gone = this.#sockets.map((socket) =>
      socket.readyState === WebSocket.CLOSED
        ? Promise.resolve()
        : new Promise((resolve) => socket.on("close", resolve))
    );
    await this.simulator.stop();
    await Promise.all(gone);
  }
}

function parsed(text: string) {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

export function streamHeaders(jwt: string, feed: string): Record<string, string> {
  const { clientCode, apiKey } = SIMULATED_CREDENTIALS;
  return {
    "Authorization": `Bearer ${jwt}`,
    "x-client-code": clientCode,
    "x-api-key": apiKey,
    "x-feed-token": feed,
  };
}

/** The next frames of a socket, so many of them, while the clock is turned. */
export async function frames(
  stage: Stage,
  socket: WebSocket,
  count: number,
  step = 20,
): Promise<(string | Uint8Array)[]> {
  const heard: (string | Uint8Array)[] = [];
  socket.on(
    "message",
    (data, binary) => heard.push(binary ? new Uint8Array(data as Uint8Array) : String(data)),
  );
  for (let i = 0; heard.length < count; i++) {
    ok(i < 5_000, `only ${heard.length} of ${count} frames`);
    await new Promise((resolve) => setTimeout(resolve, 1));
    stage.clock.advance(step);
  }
  socket.removeAllListeners("message");
  return heard;
}

export const ask = (mode: Mode, ...keys: InstrumentKey[]) =>
  subscriptionRequest("subscribe", "0000000001", mode, keys);
