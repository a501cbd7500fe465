/** How often hub and edges tell each other how they stand, ms. */

/** Between two beats of the hub. */
export const BEAT_MS = 1_000;

/** Without a beat for so long, an edge calls its prices stale: two may be late, and three seconds are promised. */
export const STALE_AFTER_MS = 2_500;

/** Between two times that an edge says what it wants. */
export const RENEW_MS = 5_000;

/** What an edge wants is forgotten after so long without a word of it. */
export const LEASE_MS = 15_000;

/** How long an edge waits for the hub's answer. */
export const ANSWER_MS = 2_000;

/** The same for market data by REST, which may wait for its turn at the hub and for the broker. */
export const DATA_ANSWER_MS = 15_000;
