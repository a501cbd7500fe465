/**
 * Candles of one interval, as many as are kept, in typed arrays: 41 bytes each in place of some 200 of an object. A
 * thousand instruments have more than a million of them after a day.
 */

/** In place of a volume that is not known; no candle has so much. */
const UNKNOWN = 0xffff_ffff;

const GAP = 1;
const HOLED = 2;

/** Room grows with what comes: most instruments of a long list trade seldom. */
const FIRST_ROOM = 16;

const KINDS = {
  time: Uint32Array,
  open: Float64Array,
  high: Float64Array,
  low: Float64Array,
  close: Float64Array,
  volume: Uint32Array,
  flags: Uint8Array,
};

/** The first of so many, by rising time, that begins then or later; `length` where there is none. */
export function firstFrom(time, length, timeAt) {
  let low = 0;
  let high = length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (timeAt(middle) < time) low = middle + 1;
    else high = middle;
  }
  return low;
}

export function createCandleRing(keep) {
  let room = Math.min(FIRST_ROOM, keep);
  let fields = arrays(room);
  let first = 0;
  let length = 0;
  /** When the newest one began: asked for with each tick. */
  let lastTime;

  function arrays(size) {
    return Object.fromEntries(Object.entries(KINDS).map(([name, Kind]) => [name, new Kind(size)]));
  }

  const place = (i) => (first + i) % room;

  function grow() {
    const next = Math.min(keep, room * 2);
    const grown = arrays(next);
    for (const name of Object.keys(KINDS)) {
      for (let i = 0; i < length; i++) grown[name][i] = fields[name][place(i)];
    }
    fields = grown;
    first = 0;
    room = next;
  }

  return {
    get length() {
      return length;
    },

    /** Seconds since the Unix epoch at which the newest one began; undefined where there is none. */
    get lastTime() {
      return lastTime;
    },

    /** Bytes that are held, for their test. */
    get bytes() {
      return Object.values(fields).reduce((sum, { byteLength }) => sum + byteLength, 0);
    },

    closeAt: (i) => fields.close[place(i)],

    timeAt: (i) => fields.time[place(i)],

    /** @param i From the oldest, 0. @returns The candle as an object of its own. */
    at(i) {
      const at = place(i);
      const flags = fields.flags[at];
      return {
        time: fields.time[at],
        open: fields.open[at],
        high: fields.high[at],
        low: fields.low[at],
        close: fields.close[at],
        volume: fields.volume[at] === UNKNOWN ? undefined : fields.volume[at],
        gap: (flags & GAP) !== 0,
        holed: (flags & HOLED) !== 0,
      };
    },

    /** The first one that begins then or later; `length` where there is none. */
    indexFrom: (time) => firstFrom(time, length, (i) => fields.time[place(i)]),

    /** Begins a candle; the oldest goes where there are too many. */
    push(time, price, volume, gap) {
      if (length === room && room < keep) grow();
      if (length === room) first = (first + 1) % room;
      else length++;
      const at = place(length - 1);
      fields.time[at] = lastTime = time;
      fields.open[at] =
        fields.high[at] =
        fields.low[at] =
        fields.close[at] =
          price;
      fields.volume[at] = volume === undefined ? UNKNOWN : Math.min(volume, UNKNOWN - 1);
      fields.flags[at] = gap ? GAP : 0;
    },

    /** A tick in the newest one. */
    extend(price, volume, holed) {
      const at = place(length - 1);
      if (price > fields.high[at]) fields.high[at] = price;
      if (price < fields.low[at]) fields.low[at] = price;
      fields.close[at] = price;
      if (volume !== undefined) {
        const before = fields.volume[at] === UNKNOWN ? 0 : fields.volume[at];
        fields.volume[at] = Math.min(before + volume, UNKNOWN - 1);
      }
      if (holed) fields.flags[at] |= HOLED;
    },
  };
}
