// @ts-self-types="./client.d.ts"
/** The client for programs; `client.d.ts` says how it is used. Who copies it copies the folder `client` as well. */
export { connect } from "./client/connect.js";
export { CommandError } from "./client/requests.js";
