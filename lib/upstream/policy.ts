/** Milliseconds, and where chance comes from. */
export interface Policy {
  readonly random: () => number;
  readonly pingEvery: number;
  /** No frame at all for this long, and the connection is dead. */
  readonly silentAfter: number;
  /** Doubled after each handshake that took longer, up to the cap. */
  readonly handshakeTimeout: number;
  readonly handshakeTimeoutCap: number;
  /** How long a closing handshake may take before the connection is cut. */
  readonly closeTimeout: number;
  readonly backoffBase: number;
  readonly backoffCap: number;
  /** Live for this long, and the next trouble starts from the base again. */
  readonly healthyAfter: number;
  readonly throttleBase: number;
  readonly throttleCap: number;
  /** The pause once a fresh token was refused too. */
  readonly denialBase: number;
  readonly denialCap: number;
}

export const DEFAULT_POLICY: Omit<Policy, "random"> = {
  pingEvery: 10_000,
  silentAfter: 25_000,
  handshakeTimeout: 15_000,
  handshakeTimeoutCap: 60_000,
  closeTimeout: 5_000,
  backoffBase: 1_000,
  backoffCap: 60_000,
  healthyAfter: 60_000,
  throttleBase: 30_000,
  throttleCap: 300_000,
  denialBase: 30_000,
  denialCap: 3_600_000,
};
