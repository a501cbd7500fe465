/** Where each field stands in a packet; all numbers little-endian, nothing between the fields. */
export const AT = {
  mode: 0,
  exchange: 1,
  token: 2,
  sequence: 27,
  exchangeTime: 35,
  lastPrice: 43,
  lastQuantity: 51,
  averagePrice: 59,
  volume: 67,
  totalBuy: 75,
  totalSell: 83,
  open: 91,
  high: 99,
  low: 107,
  close: 115,
  lastTradeTime: 123,
  openInterest: 131,
  openInterestChange: 139,
  bids: 147,
  asks: 247,
  upperCircuit: 347,
  lowerCircuit: 355,
  week52High: 363,
  week52Low: 371,
} as const;

export const TOKEN_BYTES = 25;
export const LEVELS = 5;
export const LEVEL_BYTES = 20;

/** The withdrawn mode 4; at 35 is the time of receipt, which the real feed left 0. */
export const DEPTH20_AT = { mode: 0, exchange: 1, token: 2, exchangeTime: 27, bids: 43, asks: 243 } as const;

export const DEPTH20_LEVELS = 20;
export const DEPTH20_LEVEL_BYTES = 10;
