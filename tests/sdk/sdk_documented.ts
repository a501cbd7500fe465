/**
 * Runs a program of the documentation that uses the official JavaScript SDK; its text is the first argument. The end of
 * standard input is the end of it.
 */
import { createRequire } from "node:module";
import process from "node:process";
import { createInterface } from "node:readline";
import { SDK } from "./official_sdk.ts";

const modules = new Map([
  ["smartapi-javascript", (await import(SDK)).default],
  ["smartapi-javascript/config/constant.js", (await import(`${SDK}/config/constant.js`)).default],
]);
// Asked by the constructor, and of third parties: a test asks nobody.
createRequire(import.meta.resolve(SDK))("public-ip").v4 = () => Promise.resolve("127.0.0.1");

new Function("require", Deno.args[0]!)((name: string) => modules.get(name));
for await (const _ of createInterface({ input: process.stdin }));
// The SDK never lets go of its timers.
Deno.exit(0);
