/** Ticks and bytes a second, over the last three seconds: steady enough to be read, quick enough to be believed. */

const SAMPLES = 4;

/** `options.counts`: Has the running count `ticks`; `options.traffic`: has `bytes`. */
export function createRates({ counts, traffic, elapsed = () => performance.now() }) {
  const samples = [];
  return () => {
    samples.push({ at: elapsed(), ticks: counts.ticks, bytes: traffic.bytes });
    if (samples.length > SAMPLES) samples.shift();
    const [from] = samples;
    const to = samples.at(-1);
    const seconds = (to.at - from.at) / 1000;
    return {
      ticks: seconds > 0 ? Math.round((to.ticks - from.ticks) / seconds) : 0,
      bytes: seconds > 0 ? (to.bytes - from.bytes) / seconds : 0,
    };
  };
}
