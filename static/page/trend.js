/** The small line beside a price: the last three minutes, one price each three seconds. */

const POINTS = 60;
const STEP_MS = 3_000;

/** @param now Ms since the Unix epoch, here as everywhere below. */
function createTrend(now) {
  const prices = new Array(POINTS);
  let step = Math.floor(now / STEP_MS);

  /** Carries the price on through steps without a tick; through an outage it leaves a hole. */
  function advance(now, live) {
    const next = Math.floor(now / STEP_MS);
    const last = live ? prices[step % POINTS] : undefined;
    const from = Math.max(step + 1, next - POINTS + 1);
    for (let i = from; i <= next; i++) prices[i % POINTS] = last;
    step = Math.max(step, next);
  }

  return {
    add(now, price, live = true) {
      advance(now, live);
      prices[step % POINTS] = price;
    },

    /** Oldest first; undefined where there was none. */
    points(now, live) {
      advance(now, live);
      return Array.from({ length: POINTS }, (_, i) => prices[(step + 1 + i) % POINTS]);
    },
  };
}

export { createTrend };
