// @ts-self-types="./client.d.ts"
/**
 * The client for programs as a module; `client.d.ts` says how it is used. The code is in classic scripts, which a page
 * can load from the disk too, where browsers refuse modules. Each takes what it needs of the others when it is called,
 * not when it is loaded: not every runtime keeps this order.
 */
import "./client_codec.js";
import "./client_connection.js";
import "./client_requests.js";
import "./client_wanted.js";
import "./client_ticks.js";
import "./client_connect.js";

export const { CommandError, connect } = globalThis.smartapiClient;
