/**
 * How often the page is drawn: at each frame of the display, and at most ten times a second where that takes too long.
 * A slow device shows fewer pictures of the same prices, and answers the finger in between.
 */

/** A frame that takes longer is too much for each frame of the display. */
const SLOW_MS = 40;

/** Back to each frame below this; between the two nothing changes. */
const QUICK_MS = 22;

const LEAST_BETWEEN_MS = 100;

/** A page that was hidden had no frames, and was not slow. */
const LONGEST_MS = 150;

/** The weight of the newest frame in the mean. */
const WEIGHT = 0.2;

/**
 * `options.frame(callback)`: As `requestAnimationFrame`. `options.wait(callback, ms)`: As `setTimeout`.
 * `options.elapsed()`: Ms of a clock that never goes back.
 */
export function createPace({ draw, frame, wait, elapsed }) {
  let asked = false;
  let slow = false;
  let mean = 0;
  let drawnAt = -Infinity;

  function run() {
    asked = false;
    const begin = elapsed();
    drawnAt = begin;
    draw();
    // Layout and paint come after the script: the next frame tells what all of it took.
    frame(() => {
      mean += WEIGHT * (Math.min(LONGEST_MS, elapsed() - begin) - mean);
      if (mean > SLOW_MS) slow = true;
      else if (mean < QUICK_MS) slow = false;
    });
  }

  return {
    /** Asks for a drawing. */
    ask() {
      if (asked) return;
      asked = true;
      const left = slow ? drawnAt + LEAST_BETWEEN_MS - elapsed() : 0;
      if (left > 0) wait(() => frame(run), left);
      else frame(run);
    },
    get slow() {
      return slow;
    },
  };
}
