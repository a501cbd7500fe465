// @ts-check
/**
 * One WebSocket after the other: connects by itself, keeps trying, notices silence, decodes, and tells everything in
 * the order it came.
 */

import { shownError } from "./address.js";
import { runtimeClock } from "./clock.js";
import { packetsOf, ticksOf } from "./codec.js";

/** An address that swallows packets would keep us connecting for minutes. */
const OPEN_WITHIN_MS = 8_000;

/** A peer that does not answer the closing handshake is not waited for any longer. */
const CLOSE_WITHIN_MS = 2_000;

/**
 * A network that went away without a word leaves a socket that looks open for ever. So silence is looked at this
 * often, and counted in looks instead of time: a computer or page that had been put to sleep must not wake up, find
 * that an hour has passed, and blame the socket.
 */
const LOOK_EVERY_MS = 5_000;
const PROBE_AFTER_LOOKS = 2;
const LOST_AFTER_LOOKS = 5;

/** Any version of the proxy answers this, and the answer changes nothing. */
const PROBE = JSON.stringify({ command: "list_exchanges" });

// The states of a socket; not every implementation has their names.
const CONNECTING = 0;
const OPEN = 1;
const CLOSED = 3;

/**
 * @typedef {import("../client.d.ts").Socket} Socket
 *
 * One socket's life. Whatever its socket still says when it is `over` is not heard.
 *
 * @typedef {{ socket: Socket | undefined, over: boolean, asked: boolean, seq: number, looks: number, openedAt: number,
 *   lastMessageAt: number }} Life
 */

/**
 * @type {import("./parts.d.ts").CreateConnection}
 */
export const createConnection = (options) => {
  const { url, on, WebSocket, retryBase, retryCap, goodAfter, random } = options;
  const clock = options.clock ?? runtimeClock;
  const traffic = { frames: 0, bytes: 0 };
  /** @type {Life} */
  let life = newLife();
  let failures = 0;
  let closed = false;
  /** Calls off what is waited for: an answer to the attempt, or the next attempt. */
  let cancelWait = () => {};

  // Decompression is asynchronous. Everything else, the end of a connection included, queues up behind it, or news
  // of a cut would overtake the last prices before it.
  let line = Promise.resolve();

  /** @param {() => void | Promise<void>} job */
  function inTurn(job) {
    line = line.then(() => closed ? undefined : job()).catch(fault);
  }

  /** @param {unknown} error */
  function fault(error) {
    if (!closed) on.fault(error instanceof Error ? error : new Error(String(error)));
  }

  /** @returns {Life} */
  function newLife() {
    return { socket: undefined, over: false, asked: false, seq: 0, looks: 0, openedAt: 0, lastMessageAt: 0 };
  }

  /** @returns {Error | undefined} Why there is not even an attempt. */
  function dial() {
    cancelWait();
    const attempt = failures + 1;
    inTurn(() => on.link({ kind: "connecting", attempt }));
    const mine = life = newLife();
    let socket;
    try {
      socket = mine.socket = new WebSocket(url);
    } catch (error) {
      const refused = shownError(/** @type {Error} */ (error), url);
      lost(mine, 0, refused.message);
      return refused;
    }
    socket.binaryType = "arraybuffer";
    socket.onmessage = ({ data }) => received(mine, data);
    socket.onclose = ({ code, reason }) => lost(mine, code, reason);
    // `close` follows, and says the rest; but Node says nothing more of an attempt that failed.
    socket.onerror = () => mine.lastMessageAt === 0 && lost(mine, 1006, "");
    cancelWait = clock.after(OPEN_WITHIN_MS, () => {
      if (socket.readyState === CONNECTING) lost(mine, 0, "no answer");
    });
  }

  /** No event of this life counts any more. @param {Life} mine */
  function end(mine) {
    mine.over = true;
    cancelWait();
    if (!mine.socket) return;
    mine.socket.onmessage = mine.socket.onclose = null;
    mine.socket.close();
  }

  /** Once per connection, whoever notices first. @param {Life} mine @param {number} code @param {string} reason */
  function lost(mine, code, reason) {
    if (mine.over) return;
    end(mine);
    const wasUp = mine.openedAt > 0;
    failures = wasUp && clock.now() - mine.openedAt >= goodAfter ? 1 : failures + 1;
    const wait = random() * Math.min(retryCap, retryBase * 2 ** Math.min(failures - 1, 30));
    cancelWait = clock.after(wait, dial);
    on.down?.(wasUp ? { from: mine.openedAt, to: mine.lastMessageAt } : undefined, { code, reason });
    const retryAt = Math.round(clock.now() + wait);
    const attempt = failures;
    inTurn(() => on.link({ kind: "lost", code, reason, attempt, retryAt }));
  }

  /** @param {Life} mine @param {string | ArrayBuffer} frame */
  function received(mine, frame) {
    mine.looks = 0;
    mine.lastMessageAt = clock.now();
    traffic.frames++;
    if (typeof frame !== "string") {
      traffic.bytes += frame.byteLength;
      // It counts, but carries no number.
      mine.seq++;
      return inTurn(() => on.packets?.(packetsOf(frame)));
    }
    // Bytes for ASCII, which all but a strange symbol is.
    traffic.bytes += frame.length;
    let message;
    try {
      message = JSON.parse(frame);
    } catch (cause) {
      return inTurn(() => fault(new SyntaxError("A frame was not JSON", { cause })));
    }
    if (typeof message !== "object" || message === null) return;
    if (message.type === "market_data") return receivedData(mine, message);
    // A port that takes connections and drops them again is no proxy: not before its greeting are we connected.
    if (message.type === "info" && mine.openedAt === 0) {
      mine.openedAt = clock.now();
      on.up?.(message);
      inTurn(() => on.link({ kind: "open" }));
    }
    if (message.status === "token_required" && mine.openedAt === 0 && !mine.asked) {
      mine.asked = true;
      on.asked?.({
        send: (text) => !mine.over && mine.socket?.send(text),
        drop: (reason) => lost(mine, 0, reason),
      });
    }
    inTurn(() => on.message(message));
  }

  /** @param {Life} mine @param {import("./parts.d.ts").DataMessage} message */
  function receivedData(mine, message) {
    const { seq, snapshot, source, conflated } = message;
    const receivedAt = mine.lastMessageAt;
    if (Number.isInteger(seq)) {
      const expected = mine.seq + 1;
      if (seq > expected) inTurn(() => on.hole({ from: expected, to: seq - 1 }));
      mine.seq = Math.max(mine.seq, seq);
    }
    // Begun at once; only the delivery waits for its turn.
    const reading = ticksOf(message).catch((error) => error);
    inTurn(async () => {
      const ticks = await reading;
      if (closed) return;
      if (!Array.isArray(ticks)) {
        return fault(new TypeError(`Data message ${seq} could not be read`, { cause: ticks }));
      }
      if (source === "replay") { for (const tick of ticks) tick.source = source; }
      on.data({
        ticks,
        snapshot: snapshot === true,
        conflated: conflated > 0 ? conflated : 0,
        receivedAt,
      });
    });
  }

  function look() {
    cancelLook = clock.after(options.look ?? LOOK_EVERY_MS, look);
    const { over, socket } = life;
    if (over || socket?.readyState !== OPEN) return;
    life.looks++;
    // A proxy that waits for a token takes any other command for a refusal to give one.
    const pending = life.asked && life.openedAt === 0;
    if (life.looks === PROBE_AFTER_LOOKS && !pending) socket.send(PROBE);
    if (life.looks >= LOST_AFTER_LOOKS) lost(life, 0, "silent");
  }

  let cancelLook = clock.after(options.look ?? LOOK_EVERY_MS, look);
  const refused = dial();

  return {
    traffic,
    refused,
    get up() {
      return !life.over && life.openedAt > 0;
    },
    send(text) {
      if (life.socket?.readyState === OPEN) life.socket.send(text);
    },
    retry() {
      if (life.over && !closed) dial();
    },
    async close() {
      const { socket } = life;
      if (!closed) {
        closed = true;
        cancelLook();
        end(life);
      }
      if (socket && socket.readyState !== CLOSED) await gone(socket, clock);
      await line;
    },
  };
};

/** @param {Socket} socket @param {import("../client.d.ts").Clock} clock @returns {Promise<void>} */
function gone(socket, clock) {
  return new Promise((resolve) => {
    const cancel = clock.after(CLOSE_WITHIN_MS, resolve);
    socket.addEventListener("close", () => {
      cancel();
      resolve();
    });
  });
}
