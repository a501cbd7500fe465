import { show } from "./show.ts";

/** Characters of a frame that are repeated to the one who sent it. */
const SHOWN = 30;

/** A frame's JSON; undefined where it has none. Editors put a byte order mark before it. */
export function parseFrame(frame: string): unknown {
  try {
    return JSON.parse(withoutMark(frame));
  } catch {
    return undefined;
  }
}

/** For people: what stands in a frame that is no JSON. */
export function whatWasSeen(frame: string): string {
  const text = withoutMark(frame).trim();
  if (text === "") return "the frame is empty";
  const second = secondValue(text);
  if (second !== undefined) {
    return `the frame goes on after its JSON, with ${shown(second)}; each command takes a frame of its own`;
  }
  const quotes = /['\u2018\u2019\u201c\u201d]/.test(text) ? `; JSON has straight double quotes (")` : "";
  const begins = /^[{[]/.test(text) ? `the frame breaks off or has a fault in it` : "the frame is no JSON";
  return `${begins}, it is ${shown(text)}${quotes}`;
}

/** Characters in which the end of a first object is looked for. */
const MAX_LOOKED = 10_000;

/** What follows a whole object at the beginning of a text. */
function secondValue(text: string): string | undefined {
  const end = endOfObject(text);
  if (end === undefined || end === text.length) return undefined;
  if (parseFrame(text.slice(0, end)) === undefined) return undefined;
  return text.slice(end).trim();
}

/** Where the object ends with which a text begins; a brace within a string does not count. */
function endOfObject(text: string): number | undefined {
  let depth = 0;
  let inString = false;
  for (let at = 0; at < Math.min(text.length, MAX_LOOKED); at++) {
    const sign = text[at];
    if (inString) {
      if (sign === "\\") at++;
      else if (sign === '"') inString = false;
    } else if (sign === '"') inString = true;
    else if (sign === "{") depth++;
    else if (sign === "}" && --depth === 0) return at + 1;
    if (depth === 0 && !inString) return undefined;
  }
  return undefined;
}

function withoutMark(text: string): string {
  return text.replace(/^\ufeff+/, "");
}

function shown(text: string): string {
  return show(text.length > SHOWN ? `${text.slice(0, SHOWN)}…` : text);
}
