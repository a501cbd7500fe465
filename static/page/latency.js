/**
 * How long things take. Two clocks are never simply subtracted: the proxy's is read by pings, and what is left of its
 * difference to this machine's is at most half a round trip.
 */

const PINGS = 60;
const TICKS = 2_000;

function ring(length) {
  const values = [];
  let next = 0;
  return {
    values,
    add(value) {
      values[next] = value;
      next = (next + 1) % length;
    },
  };
}

/** The value below which this part of all lies; undefined of nothing. */
function percentile(values, part) {
  if (values.length === 0) return undefined;
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.ceil(sorted.length * part) - 1)];
}

function createLatency() {
  let pings = ring(PINGS);
  let ticks = ring(TICKS);

  return {
    /** Numbers of an earlier connection say nothing of this one. */
    reset() {
      pings = ring(PINGS);
      ticks = ring(TICKS);
    },

    /**
     * @param sentAt, gotAt By this machine's clock, ms.
     * @param serverAt By the proxy's.
     */
    ping(sentAt, gotAt, serverAt) {
      pings.add({ took: gotAt - sentAt, ahead: serverAt - (sentAt + gotAt) / 2 });
    },

    /** @param exchangeTime By the exchange's clock, which counts whole seconds. */
    tick(receivedAt, exchangeTime) {
      ticks.add(receivedAt - exchangeTime);
    },

    /** All in ms; undefined where nothing was measured. `ticks` is by the clock of the proxy. */
    figures() {
      const took = pings.values.map((ping) => ping.took);
      // The quickest ping knows the other clock best.
      const best = pings.values.reduce((a, b) => b.took < (a?.took ?? Infinity) ? b : a, undefined);
      const delay = (part) => {
        const value = percentile(ticks.values, part);
        return value === undefined || best === undefined ? undefined : Math.max(0, value + best.ahead);
      };
      return {
        ping: { p50: percentile(took, 0.5), p99: percentile(took, 0.99), count: took.length },
        ticks: { p50: delay(0.5), p99: delay(0.99), count: ticks.values.length },
      };
    },
  };
}

export { createLatency };
