/**
 * The official JavaScript SDK, for the scripts beside this file, which are run without `deno.json` and with a lock
 * file of their own: in the project's, its more than two hundred packages would be downloaded by everyone who only
 * wants to start the proxy. After another version: `deno run --no-config --lock=deno.lock --frozen=false sdk_tables.ts`.
 */
export const SDK = "npm:smartapi-javascript@1.0.27";
