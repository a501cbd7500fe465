/** What the proxy hands to a client's socket, seen from inside: tests alone look there. */
export interface Handed {
  /** Bytes, since the beginning. */
  total: number;
  /** The longest frame. */
  longest: number;
  /** The most that was handed over and not taken by the operating system. */
  most: number;
}

/**
 * Counts for clients whose handshake names them with the header `x-who`.
 *
 * @returns The counts by name; disposing ends the counting of new clients.
 */
export function countHanded(): Map<string, Handed> & Disposable {
  const handed = new Map<string, Handed>();
  const { upgradeWebSocket } = Deno;
  Deno.upgradeWebSocket = (request, options) => {
    // Before the upgrade, which ends the request.
    const who = request.headers.get("x-who");
    const upgraded = upgradeWebSocket(request, options);
    if (who !== null) count(upgraded.socket, handed, who);
    return upgraded;
  };
  return Object.assign(handed, { [Symbol.dispose]: () => Deno.upgradeWebSocket = upgradeWebSocket });
}

function count(socket: WebSocket, handed: Map<string, Handed>, who: string): void {
  const counts = { total: 0, longest: 0, most: 0 };
  handed.set(who, counts);
  const send = socket.send.bind(socket);
  socket.send = (frame) => {
    send(frame);
    // The frames of these tests are ASCII.
    const length = typeof frame === "string" ? frame.length : (frame as Uint8Array).byteLength;
    counts.total += length;
    counts.longest = Math.max(counts.longest, length);
    counts.most = Math.max(counts.most, socket.bufferedAmount);
  };
}
