/** How often a call may be made; every client of one client code counts. */
export interface CallLimits {
  readonly second: number;
  readonly minute?: number;
  readonly hour?: number;
}

/** One of the broker's REST calls that only read market data. */
export interface DataCall {
  readonly method: "GET" | "POST";
  readonly path: string;
  readonly limits: CallLimits;
}

const ROOT = "/rest/secure/angelbroking";

/**
 * The calls for market data. None of them changes anything, and none tells of an account.
 *
 * Source: SmartAPI documentation, "Rate Limit", "Historical API", "Live Market Data API", "Option Greeks" and
 * "Gainers and Losers"; the address table of the official JavaScript SDK 1.0.27. Where no limit is documented, it is
 * taken to be one a second.
 */
export const DATA_CALLS = {
  candles: {
    method: "POST",
    path: `${ROOT}/historical/v1/getCandleData`,
    limits: { second: 3, minute: 180, hour: 5_000 },
  },
  openInterest: { method: "POST", path: `${ROOT}/historical/v1/getOIData`, limits: { second: 1 } },
  quote: {
    method: "POST",
    path: `${ROOT}/market/v1/quote`,
    limits: { second: 10, minute: 500, hour: 5_000 },
  },
  ltp: {
    method: "POST",
    path: `${ROOT}/order/v1/getLtpData`,
    limits: { second: 10, minute: 500, hour: 5_000 },
  },
  searchScrip: { method: "POST", path: `${ROOT}/order/v1/searchScrip`, limits: { second: 1 } },
  optionGreeks: { method: "POST", path: `${ROOT}/marketData/v1/optionGreek`, limits: { second: 1 } },
  gainersLosers: { method: "POST", path: `${ROOT}/marketData/v1/gainersLosers`, limits: { second: 1 } },
  putCallRatio: { method: "GET", path: `${ROOT}/marketData/v1/putCallRatio`, limits: { second: 1 } },
  openInterestBuildup: { method: "POST", path: `${ROOT}/marketData/v1/OIBuildup`, limits: { second: 1 } },
  nseIntraday: { method: "GET", path: `${ROOT}/marketData/v1/nseIntraday`, limits: { second: 1 } },
  bseIntraday: { method: "GET", path: `${ROOT}/marketData/v1/bseIntraday`, limits: { second: 1 } },
} as const satisfies Readonly<Record<string, DataCall>>;

export type DataCallName = keyof typeof DATA_CALLS;

/** The name of the call with a path; undefined for any other. */
export function dataCallOf(path: string): DataCallName | undefined {
  return NAMES.get(path);
}

const NAMES: ReadonlyMap<string, DataCallName> = new Map(
  Object.entries(DATA_CALLS).map(([name, { path }]) => [path, name as DataCallName]),
);

/** The parameters of a call. */
export type DataBody = Readonly<Record<string, unknown>>;

/** What became of a call. */
export type DataAnswer =
  /** The broker's own answer. */
  | { readonly kind: "answer"; readonly status: number; readonly type: string; readonly text: string }
  /** The same, put together from what was asked for before. */
  | { readonly kind: "kept"; readonly text: string }
  /** It would have had to wait too long for its turn. */
  | { readonly kind: "busy" }
  /** No answer came. @property message May be shown to anyone. */
  | { readonly kind: "failed"; readonly message: string };

/** Who answers calls for market data; it never throws. */
export interface DataSource {
  ask(call: DataCallName, body: DataBody): Promise<DataAnswer>;
}
