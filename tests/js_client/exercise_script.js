/** The exercise in Deno, Node or Bun: `exercise_script.js CLIENT PROXY`; writes its result as the last line. */
import { exercise } from "./exercise.js";
import process from "node:process";

const [client, proxy] = process.argv.slice(2);
console.log(JSON.stringify(await exercise(await import(client), proxy, console.log)));
