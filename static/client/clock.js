// @ts-check

/** The runtime's own time. @type {import("../client.d.ts").Clock} */
export const runtimeClock = {
  now: () => Date.now(),
  after(ms, run) {
    const timer = setTimeout(run, ms);
    return () => clearTimeout(timer);
  },
};
