// @ts-types="npm:@types/ws@8.18.2"
import { WebSocket } from "ws";
import { networkWords } from "../util/network_words.ts";
import { PublicWords } from "./public_words.ts";
import { retryAfterOf } from "./answer_head.ts";
import { bearer, type BrokerSession, type Credentials, secretsOf } from "./rest.ts";

/** How a stream's socket came to its end. */
export type StreamEnd =
  /** 401: the token is not, or no longer, good. */
  | { readonly kind: "unauthorized"; readonly message: string }
  /** 429: too many sockets, or too many tries. */
  | { readonly kind: "throttled"; readonly message: string; readonly retryAfterMs?: number }
  /** Any other answer than an upgrade. */
  | { readonly kind: "refused"; readonly message: string; readonly retryAfterMs?: number }
  /** It could not be reached, or broke. */
  | { readonly kind: "network"; readonly message: string }
  /** The server closed it. */
  | { readonly kind: "closed"; readonly message: string };

export interface StreamEvents {
  opened(): void;
  text(frame: string): void;
  /** The bytes are the receiver's to keep. */
  binary(frame: Uint8Array): void;
  /** The last event, once, whatever happened: the socket is gone. */
  ended(end: StreamEnd): void;
}

export interface StreamSocket {
  /** Does nothing unless the socket is open. */
  send(text: string): void;
  /** Reads nothing more for now; what was read already may still come. */
  pause(): void;
  resume(): void;
  /** Begins the closing handshake. */
  close(): void;
  /** Cuts the connection; `ended` follows. */
  terminate(): void;
}

/** Dials the stream. Never calls back before it has returned. */
export type OpenStream = (session: BrokerSession, events: StreamEvents) => StreamSocket;

/** The longest packet has 443 bytes, the longest text some hundreds; a larger frame is not the broker's. */
const MAX_FRAME_BYTES = 64 * 1024;

/**
 * Opens sockets to Streaming 2.0 with the four headers it wants. npm `ws` and not the runtime's own WebSocket, since
 * only it shows the status and `x-error-message` of a refused handshake.
 *
 * @param words What must not be repeated: a server that repeats what it was sent must not bring it into our log.
 */
export function createStreamOpener(
  url: string,
  credentials: Credentials,
  words: PublicWords = new PublicWords(),
): OpenStream {
  const { host } = new URL(url);
  return (session, events) => {
    words.learn([...secretsOf(credentials), session.jwt.reveal(), session.feedToken.reveal()]);
    const socket = new WebSocket(url, {
      headers: {
        "Authorization": bearer(session.jwt),
        "x-api-key": credentials.apiKey.reveal(),
        "x-client-code": credentials.clientCode,
        "x-feed-token": session.feedToken.reveal(),
      },
      perMessageDeflate: false,
      maxPayload: MAX_FRAME_BYTES,
      followRedirects: false,
    });
    let end: StreamEnd | undefined;
    socket.on("unexpected-response", (_request, response) => {
      const said = words.of(String(response.headers["x-error-message"] ?? ""));
      // A date is as far away as the answer's own date says.
      const sentAt = Date.parse(response.headers.date ?? "");
      const retryAfterMs = retryAfterOf(response.headers["retry-after"], sentAt);
      end ??= handshakeRefusal(response.statusCode ?? 0, said, retryAfterMs);
      response.destroy();
      socket.terminate();
    });
    let isOpen = false;
    socket.on("error", (error) => {
      const why = networkWords(error, words);
      end ??= { kind: "network", message: isOpen ? why : `${host} cannot be reached (${why})` };
    });
    socket.on("open", () => {
      isOpen = true;
      events.opened();
    });
    socket.on("message", (data, isBinary) => {
      if (!isBinary) events.text(String(data));
      else if (data instanceof Uint8Array) events.binary(data);
    });
    socket.on("close", (code, reason) => {
      events.ended(end ?? closure(code, words.of(reason.toString())));
    });
    return {
      send(text) {
        if (socket.readyState === WebSocket.OPEN) socket.send(text);
      },
      pause: () => socket.pause(),
      resume: () => socket.resume(),
      close: () => socket.close(1000),
      terminate: () => socket.terminate(),
    };
  };
}

/** What became of a handshake that was answered otherwise than with an upgrade. @param words Good to show to anyone. */
export function handshakeRefusal(status: number, words: string, retryAfterMs?: number): StreamEnd {
  const message = `the handshake was answered with HTTP ${status}${words === "" ? "" : ` "${words}"`}`;
  if (status === 401) return { kind: "unauthorized", message };
  const wish = retryAfterMs === undefined ? {} : { retryAfterMs };
  return { kind: status === 429 ? "throttled" : "refused", message, ...wish };
}

/** What became of a socket that closed. 1006 stands for one that broke. @param reason Good to show to anyone. */
export function closure(code: number, reason: string): StreamEnd {
  if (code === 1006) return { kind: "network", message: "the connection broke without a closing handshake" };
  return {
    kind: "closed",
    message: `closed by the server with ${code}${reason === "" ? "" : ` "${reason}"`}`,
  };
}
