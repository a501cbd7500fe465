/**
 * How often the page is drawn: at each frame of the display where that takes little, and else with rests in between, ten
 * times a second at most. A slow or busy device shows fewer pictures of the same prices, and answers the finger in between.
 */

/** A drawing that takes longer, layout and paint included, does not leave room for much else in a frame. */
const SLOW_MS = 12;

/** Quick again below this; between the two nothing changes. */
const QUICK_MS = 8;

/** A slow device rests for so many times the time of its drawing, within bounds. */
const REST = 4;
const LEAST_BETWEEN_MS = 100;
const MOST_BETWEEN_MS = 200;

/** One drawing that was held up by something else says little. */
const LONGEST_MS = 150;

/** The weight of the newest drawing in the mean. */
const WEIGHT = 0.2;

/**
 * `options.frame(callback)`: As `requestAnimationFrame`. `options.wait(callback, ms)`: As `setTimeout`.
 * `options.done(callback)`: Calls it when a frame that is being drawn is laid out and painted.
 * `options.elapsed()`: Ms of a clock that never goes back. `options.told(slow)`: Called when the device is found slow or quick.
 */
export function createPace({ draw, frame, wait, done, elapsed, told = (_slow) => {} }) {
  let asked = false;
  let framed = false;
  let slow = false;
  let mean = 0;
  let drawnAt = -Infinity;

  function run() {
    asked = framed = false;
    const begin = drawnAt = elapsed();
    draw();
    done(() => {
      mean += WEIGHT * (Math.min(LONGEST_MS, elapsed() - begin) - mean);
      const was = slow;
      if (mean > SLOW_MS) slow = true;
      else if (mean < QUICK_MS) slow = false;
      if (was !== slow) told(slow);
    });
  }

  function soon() {
    asked = true;
    if (framed) return;
    framed = true;
    frame(run);
  }

  return {
    /** Asks for a drawing. */
    ask() {
      if (asked) return;
      const rest = slow ? Math.min(MOST_BETWEEN_MS, Math.max(LEAST_BETWEEN_MS, REST * mean)) : 0;
      const left = drawnAt + rest - elapsed();
      if (left <= 0) return soon();
      asked = true;
      // The user may have asked for one in the meantime.
      wait(() => asked && soon(), left);
    },

    /** Asks for a drawing at the next frame: it answers the user. */
    soon,

    get slow() {
      return slow;
    },
  };
}

/** The same for this page; its style knows when it is slow. */
export function paceOfPage(draw) {
  return createPace({
    draw,
    frame: (callback) => requestAnimationFrame(callback),
    wait: (callback, ms) => setTimeout(callback, ms),
    done: afterFrame(),
    elapsed: () => performance.now(),
    told: (slow) => document.documentElement.toggleAttribute("data-slow", slow),
  });
}

/** A message is delivered after the frame within which it was sent. */
function afterFrame() {
  const { port1, port2 } = new MessageChannel();
  let callbacks = [];
  port1.onmessage = () => {
    const due = callbacks;
    callbacks = [];
    for (const callback of due) callback();
  };
  return (callback) => {
    callbacks.push(callback);
    port2.postMessage(undefined);
  };
}
