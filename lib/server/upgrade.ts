import type { ClientHandle, ClientSocket } from "../clients/protocol.ts";

/** Makes a WebSocket of a request, as the runtime does. */
export type UpgradeWebSocket = typeof Deno.upgradeWebSocket;

/**
 * Makes a WebSocket of a request.
 *
 * @param make By default the runtime's own; a test may look at the socket first.
 * @param connect Called when the handshake is done.
 * @param release Gives the client's place back; may be called more than once.
 * @returns The answer to the request, or what is wrong with it; then nothing was called.
 */
export function upgrade(
  request: Request,
  connect: (socket: ClientSocket) => ClientHandle,
  release: () => void,
  deadAfterMs: number,
  make: UpgradeWebSocket = Deno.upgradeWebSocket,
): Response | Error {
  let socket: WebSocket;
  let response: Response;
  try {
    ({ socket, response } = make(request, { idleTimeout: deadAfterMs / 1000 }));
  } catch (error) {
    return error instanceof Error ? error : new Error(String(error));
  }
  socket.binaryType = "arraybuffer";
  let client: ClientHandle | undefined;
  const ended = () => {
    if (socket.readyState !== WebSocket.CLOSED) return;
    socket.onclose = socket.onerror = null;
    release();
    client?.gone();
  };
  socket.onopen = () => client = connect(clientSocket(socket, release));
  socket.onmessage = ({ data }) => client?.received(data);
  // A connection that breaks in the middle of its handshake has no `close`.
  socket.onclose = socket.onerror = ended;
  return response;
}

/** Bytes that may wait before the runtime is asked how many do: that costs a tenth of what sending a frame does. */
const UNASKED_BYTES = 16 * 1024;

/** @param release Gives the client's place back: when we close it, whatever its peer does. */
function clientSocket(socket: WebSocket, release: () => void): ClientSocket {
  /** No more than so many wait. */
  let atMost = 0;
  return {
    send(frame) {
      if (socket.readyState !== WebSocket.OPEN) return;
      socket.send(frame);
      atMost += frame.length;
    },
    close(code, reason) {
      release();
      if (socket.readyState === WebSocket.OPEN) socket.close(code, reason);
    },
    buffered: () => atMost <= UNASKED_BYTES ? atMost : atMost = socket.bufferedAmount,
  };
}
