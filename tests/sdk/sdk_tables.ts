/** Prints the official SDK's tables of addresses and numbers, as one JSON object. */
import { SDK } from "./official_sdk.ts";

const { default: { API } } = await import(`${SDK}/config/api.js`);
const { default: { CONSTANTS, ACTION, MODE, EXCHANGES } } = await import(`${SDK}/config/constant.js`);
console.log(JSON.stringify({ API, CONSTANTS, ACTION, MODE, EXCHANGES }));
