/** Turns the clock of a recorded day: play and pause, how fast, and the time of the day. */

import { byId, option, put } from "./dom.js";
import { dayWords } from "./recorded_day.js";
import { istClock } from "./format.js";
import { createRecordedDays } from "./recorded_days.js";
import { isLost } from "./subscriptions.js";
import { known, textOf } from "./values.js";

const MINUTE_MS = 60_000;

/** Market time to real time. */
const SPEEDS = [[1, "1×"], [2, "2×"], [5, "5×"], [10, "10×"], [60, "60×"], [300, "300×"], [
  0,
  "As fast as it comes",
]];

/** A clock that goes on tells each second; another step is a jump. */
const LONGEST_STEP_MS = 1_001;

/** Keys that are held down move the slider often: the proxy is told where it comes to rest. */
const SETTLED_MS = 250;

const STATES = {
  waiting: "Waiting for a subscription",
  playing: "Playing",
  paused: "Paused",
  ended: "The day has ended",
};

/**
 * `options.played`: See `recordedDay`; undefined for the live feed. `options.ask`: See `createWire`.
 * `options.get`: See `createAccess`. `options.store`: Is told when another time is played.
 */
export function createTransport({ played, ask, get, store }) {
  const days = createRecordedDays({ played, get });
  if (played === undefined) return { message: () => false };

  const [bar, play, speed, slider, clock] = [
    "transport",
    "replay-play",
    "replay-speed",
    "replay-seek",
    "replay-time",
  ]
    .map((id) => byId(id));
  /** As the proxy has said last; undefined before its first word on any connection. */
  let stand;
  /** The slider is being moved: the clock does not move it. */
  let held = false;
  let settling;

  for (const [value, words] of SPEEDS) option(String(value), words, speed);

  function show() {
    const { state, time } = stand;
    const goesOn = state === "playing" || state === "waiting";
    put(play, goesOn ? "Pause" : state === "ended" ? "Play again" : "Play");
    if (document.activeElement !== speed) speed.value = String(stand.speed);
    put(clock, istClock(time));
    days.say(STATES[state] ?? state);
    if (!held) slide(time);
  }

  function slide(time) {
    slider.value = String(time);
    slider.setAttribute("aria-valuetext", istClock(Number(slider.value)));
  }

  /** The first message of a connection. After a loss, the new clock goes on where the old one stood. */
  function begun(replay) {
    const before = stand;
    stand = {
      from: known(replay.from) ?? 0,
      to: known(replay.to) ?? 0,
      time: known(replay.time) ?? 0,
      state: textOf(replay.state, "waiting"),
      speed: known(replay.speed) ?? 1,
    };
    bar.hidden = false;
    slider.min = String(Math.floor(stand.from / MINUTE_MS) * MINUTE_MS);
    slider.max = String(stand.to);
    show();
    days.load();
    if (before === undefined || before.time < stand.from || before.time >= stand.to) return;
    if (before.state === "paused") tell({ command: "pause" });
    if (before.speed !== stand.speed) tell({ command: "speed", speed: before.speed });
    tell({ command: "seek", to: before.time });
  }

  async function tell(command) {
    try {
      await ask(command);
    } catch (error) {
      if (!isLost(error)) days.say(error.message);
    }
  }

  function turned({ time, state, speed }) {
    const jumped = time < stand.time || time - stand.time > LONGEST_STEP_MS;
    stand = {
      ...stand,
      time: known(time) ?? stand.time,
      state: textOf(state, stand.state),
      speed: known(speed) ?? 1,
    };
    // What was shown is of another time, and nothing is known of this one yet.
    if (jumped) store.sought();
    show();
  }

  function seek(time) {
    tell({ command: "seek", to: Math.min(Math.max(time, stand.from), stand.to - 1) });
  }

  play.addEventListener("click", () => {
    if (stand.state === "ended") seek(stand.from);
    else tell({ command: stand.state === "paused" ? "resume" : "pause" });
  });
  speed.addEventListener("change", () => tell({ command: "speed", speed: Number(speed.value) }));
  slider.addEventListener("input", () => {
    held = true;
    slide(Number(slider.value));
    put(clock, istClock(Number(slider.value)));
  });
  slider.addEventListener("change", () => {
    clearTimeout(settling);
    settling = setTimeout(() => {
      held = false;
      seek(Number(slider.value));
    }, SETTLED_MS);
  });

  return {
    /** @returns Whether the message was about this and nothing else. */
    message({ type, status, message, replay, time, state, speed }) {
      if (type === "info" && replay !== undefined) begun(replay);
      if (status === "replay_refused") {
        days.say(`${dayWords(played)}: ${textOf(message, "it cannot be replayed")}`);
      }
      if (status === "replay_refused" && stand === undefined) days.load();
      if (stand === undefined || (type !== "clock" && type !== "end")) return false;
      turned({ time, state: type === "end" ? "ended" : state, speed: type === "end" ? stand.speed : speed });
      return true;
    },
  };
}
