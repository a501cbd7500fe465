"use strict";
/** The proxy's WebSocket: connects by itself, keeps trying, decodes, and hands everything on in the order it came. */
(function (page) {
  /** Before the first retry, doubled each time up to the cap; half of it is left to chance. */
  const RETRY_BASE_MS = 600;
  const RETRY_CAP_MS = 10_000;

  /** An address that swallows packets would keep the browser connecting for minutes. */
  const OPEN_WITHIN_MS = 8_000;

  /**
   * A network that went away without a word leaves a socket that looks open for ever. So silence is looked at this
   * often, and counted in looks instead of time: a page that the browser had put to sleep must not wake up, find that
   * an hour has passed, and blame the socket.
   */
  const LOOK_EVERY_MS = 5_000;
  const PROBE_AFTER_LOOKS = 2;
  const LOST_AFTER_LOOKS = 5;

  /** Any version of the proxy answers this, and the answer changes nothing. */
  const PROBE = JSON.stringify({ command: "list_exchanges" });

  /** Where the proxy is: beside the page, or on this machine where the page was opened from the disk. */
  function proxyUrl({ protocol, host }) {
    if (protocol === "http:") return `ws://${host}/`;
    if (protocol === "https:") return `wss://${host}/`;
    return "ws://localhost:8765/";
  }

  function bytesOfBase64(text) {
    if (Uint8Array.fromBase64) return Uint8Array.fromBase64(text);
    const binary = atob(text);
    const bytes = new Uint8Array(binary.length);
    for (let i = 0; i < binary.length; i++) bytes[i] = binary.charCodeAt(i);
    return bytes;
  }

  /** The ticks of a data message; only `compressed` says how they are packed. */
  async function ticksOf({ compressed, data }) {
    if (!compressed) return data;
    const gunzip = new DecompressionStream("gzip");
    const writer = gunzip.writable.getWriter();
    // Broken bytes fail at both ends; the reading end reports it.
    writer.write(bytesOfBase64(data)).catch(() => {});
    writer.close().catch(() => {});
    return await new Response(gunzip.readable).json();
  }

  /**
   * @param options.url Where to connect.
   * @param options.on Who is told, always in the order of the wire:
   *   `link(state)` with kind `connecting`, `open` or `lost` (then `retryAt`, `code`, `reason`);
   *   `data({ ticks, snapshot, conflated, receivedAt })`; `message(object)` for all other JSON;
   *   `hole({ from, to })` for data messages that never came; `fault(text)` for what could not be read.
   * @returns `send(command)`, `retry()`, and the running counts `traffic`.
   */
  function createWire({ url, on, random = Math.random }) {
    const traffic = { frames: 0, bytes: 0 };
    let current;
    let attempt = 0;
    let timer;

    // Decompression is asynchronous. Everything else, the end of a connection included, queues up behind it, or news
    // of a cut would overtake the last prices before it.
    let line = Promise.resolve();
    function inTurn(job) {
      line = line.then(job).catch((error) => {
        console.error(error);
        on.fault(`The page failed at a message: ${error.message}`);
      });
    }

    function dial() {
      clearTimeout(timer);
      attempt++;
      inTurn(() => on.link({ kind: "connecting", attempt }));
      const connection = { socket: undefined, seq: 0, looks: 0, over: false, openedAt: 0 };
      current = connection;
      try {
        connection.socket = new WebSocket(url);
      } catch (error) {
        lost(connection, 0, error.message);
        return;
      }
      const { socket } = connection;
      socket.binaryType = "arraybuffer";
      socket.onmessage = ({ data }) => received(connection, data);
      socket.onclose = ({ code, reason }) => lost(connection, code, reason);
      timer = setTimeout(() => {
        if (socket.readyState === WebSocket.CONNECTING) lost(connection, 0, "no answer");
      }, OPEN_WITHIN_MS);
    }

    /** Once per connection, whoever notices first. */
    function lost(connection, code, reason) {
      if (connection.over) return;
      connection.over = true;
      clearTimeout(timer);
      if (connection.socket) {
        connection.socket.onmessage = connection.socket.onclose = null;
        connection.socket.close();
      }
      // A connection that had been good counts as the first failure, and the next try as a second one.
      attempt = Math.max(1, attempt);
      const ceiling = Math.min(RETRY_CAP_MS, RETRY_BASE_MS * 2 ** (attempt - 1));
      const wait = ceiling * (0.5 + random() / 2);
      timer = setTimeout(dial, wait);
      const state = { kind: "lost", code, reason, attempt, retryAt: Date.now() + wait };
      inTurn(() => on.link(state));
    }

    function received(connection, text) {
      connection.looks = 0;
      traffic.frames++;
      // Bytes for ASCII, which all but a strange symbol is.
      traffic.bytes += text.length ?? text.byteLength;
      // Binary frames are only sent to those who asked for them.
      if (typeof text !== "string") return;
      let message;
      try {
        message = JSON.parse(text);
      } catch {
        inTurn(() => on.fault("A frame was not JSON"));
        return;
      }
      if (typeof message !== "object" || message === null) return;
      if (message.type === "market_data") return receivedData(connection, message);
      if (message.type === "info" && connection.openedAt === 0) {
        connection.openedAt = Date.now();
        // Not before: a port that takes connections and drops them again is no proxy, and must not be hammered.
        attempt = 0;
        inTurn(() => on.link({ kind: "open" }));
      }
      inTurn(() => on.message(message));
    }

    function receivedData(connection, message) {
      const receivedAt = Date.now();
      const { seq } = message;
      if (Number.isInteger(seq)) {
        const expected = connection.seq + 1;
        if (seq > expected) inTurn(() => on.hole({ from: expected, to: seq - 1 }));
        connection.seq = Math.max(connection.seq, seq);
      }
      // Begun at once; only the delivery waits for its turn.
      const reading = ticksOf(message).catch((error) => error);
      inTurn(async () => {
        const ticks = await reading;
        if (!Array.isArray(ticks)) return on.fault(`Data message ${seq} could not be read`);
        on.data({
          ticks,
          snapshot: message.snapshot === true,
          conflated: message.conflated > 0 ? message.conflated : 0,
          receivedAt,
        });
      });
    }

    function look() {
      if (current.over || current.socket.readyState !== WebSocket.OPEN) return;
      current.looks++;
      if (current.looks === PROBE_AFTER_LOOKS) current.socket.send(PROBE);
      if (current.looks >= LOST_AFTER_LOOKS) lost(current, 0, "silent");
    }

    function retry() {
      if (current.over) dial();
    }

    setInterval(look, LOOK_EVERY_MS);
    dial();

    return {
      traffic,
      send(command) {
        if (current.socket?.readyState === WebSocket.OPEN) current.socket.send(JSON.stringify(command));
      },
      /** At once, where a retry is being waited for. */
      retry,
    };
  }

  page.createWire = createWire;
  page.proxyUrl = proxyUrl;
})(globalThis.smartapiPage ??= {});
