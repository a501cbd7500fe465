/** Serves the files of `static/`, from the checkout or from inside the binary, and nothing else. */

const TYPES: Readonly<Record<string, string>> = {
  html: "text/html; charset=utf-8",
  css: "text/css; charset=utf-8",
  js: "text/javascript; charset=utf-8",
  ts: "application/typescript; charset=utf-8",
  webmanifest: "application/manifest+json",
  json: "application/json; charset=utf-8",
  svg: "image/svg+xml",
  png: "image/png",
  ico: "image/x-icon",
  txt: "text/plain; charset=utf-8",
  py: "text/x-python; charset=utf-8",
};

/** What the page may do: load from here, connect to a proxy, and nothing else. */
const HEADERS = {
  "content-security-policy":
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self' ws: wss:; manifest-src 'self'; " +
    "base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
  "x-content-type-options": "nosniff",
  "x-frame-options": "DENY",
  "referrer-policy": "no-referrer",
  "cross-origin-resource-policy": "same-origin",
  "cache-control": "no-cache",
} as const;

/** What pages of other origins may load as well, the client for programs: code without secrets, made for them. */
const SHARED = /^client(\/[a-z_]+)?(\.js|\.d\.ts)$|^client\.py$/;
const SHARED_HEADERS = {
  "access-control-allow-origin": "*",
  "cross-origin-resource-policy": "cross-origin",
} as const;

export interface StaticFiles {
  /** The answer for a path of a URL, or undefined where there is no such file. */
  respond(path: string): Promise<Response> | undefined;
}

/**
 * @param folder Absolute path. The names in it and in its folders are read once: a path that is not among them is never
 *   opened, so there is nothing to climb out of.
 */
export function openStaticFiles(folder: string): StaticFiles {
  const paths = new Map<string, string>();
  for (const name of namesIn(folder)) paths.set(name, `${folder}/${name}`);
  return {
    respond(path) {
      const name = path === "/" ? "client.html" : path.slice(1);
      const file = paths.get(name);
      return file === undefined ? undefined : serve(file, name);
    },
  };
}

function* namesIn(folder: string, prefix = ""): Iterable<string> {
  for (const { name, isDirectory } of Deno.readDirSync(folder)) {
    if (isDirectory) yield* namesIn(`${folder}/${name}`, `${prefix}${name}/`);
    else yield `${prefix}${name}`;
  }
}

async function serve(path: string, name: string): Promise<Response> {
  const type = TYPES[name.slice(name.lastIndexOf(".") + 1)] ?? "application/octet-stream";
  return new Response(await Deno.readFile(path), {
    headers: { ...HEADERS, ...SHARED.test(name) ? SHARED_HEADERS : {}, "content-type": type },
  });
}
