import { getLogger } from "@logtape/logtape";
import { knownRefusal } from "../../smartapi/known_refusals.ts";
import { readTextFrame } from "../../smartapi/request.ts";
import type { Account } from "../account/account.ts";
import type { UpstreamEvent } from "../upstream.ts";
import type { BrokerSocket } from "./broker_socket.ts";
import type { BrokerTraffic } from "./broker_traffic.ts";
import { type OpenRequest, OpenRequests } from "./open_requests.ts";

export interface ErrorFramesOptions {
  readonly account: Pick<Account, "publicWords">;
  readonly traffic: BrokerTraffic;
  /** By their index. */
  readonly sockets: readonly Pick<BrokerSocket, "noteRefusal" | "sessionEnded">[];
  readonly event: (event: UpstreamEvent) => void;
}

const log = getLogger(["broker"]);

/** The texts of the stream beside pongs: a refused request is found again by its correlation id, logged and reported. */
export class ErrorFrames {
  readonly #options: ErrorFramesOptions;
  readonly #requests = new OpenRequests();

  constructor(options: ErrorFramesOptions) {
    this.#options = options;
  }

  /** @returns The correlation id under which the request is sent. */
  noteRequest(request: OpenRequest): string {
    return this.#requests.note(request);
  }

  /** @param index Of the socket that received the text. */
  read(text: string, index: number): void {
    const { account, event, sockets, traffic } = this.#options;
    const frame = readTextFrame(text);
    if (frame.kind === "pong") return;
    if (frame.kind === "unknown") {
      const words = account.publicWords(frame.text);
      return log.warn("the broker sent an unknown text, which is ignored: {words}", { words });
    }
    traffic.refusedRequests++;
    const code = account.publicWords(frame.code);
    const message = account.publicWords(frame.message);
    const known = knownRefusal(frame.code, frame.message);
    const request = this.#requests.take(frame.correlationId);
    const change = request?.change;
    log.error("the broker refused to {action} {count} instruments ({first}): {code} {message}; {remedy}", {
      first: change === undefined ? "unknown" : change.keys.slice(0, 3).join(", "),
      remedy: known?.advice ?? "the broker's documentation does not name this code",
      action: change?.action ?? "serve",
      count: change?.keys.length ?? "some",
      code,
      message,
    });
    if (request !== undefined) sockets[request.socket]?.noteRefusal(request.change, code, message);
    event({ kind: "subscription_refused", code, message, keys: change?.keys ?? [] });
    // The stream's own word for a handshake's 401.
    if (known?.kind === "relogin") sockets[index]?.sessionEnded(`the stream says ${code} "${message}"`);
  }
}
