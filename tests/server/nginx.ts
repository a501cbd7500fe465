import { strictEqual as equal } from "node:assert/strict";
import { freePort } from "../free_port.ts";
import { changed } from "./recipe.ts";

const ROOT = new URL("../../", import.meta.url);

/** nginx itself; undefined where there is none. */
export const NGINX = ["/usr/sbin/nginx", "/usr/bin/nginx"].find((path) => exists(path));

export interface Nginx extends AsyncDisposable {
  /** Where it speaks TLS. */
  readonly port: number;
  readonly pid: number;
}

export interface NginxOptions {
  /** The port of the proxy behind it. */
  readonly upstream: number;
  /** What is to stand in the place of what, each once in the recipe. */
  readonly changes: readonly (readonly [string, string])[];
  /** Before the command: what holds it to a core, for one. */
  readonly launcher?: readonly string[];
}

/**
 * nginx as docs/examples/nginx.conf has it, on a port and with a certificate of the tests. It may not listen yet. Its end
 * fails where it has complained.
 */
export async function startNginx({ upstream, changes, launcher = [] }: NginxOptions): Promise<Nginx> {
  const folder = await Deno.makeTempDir();
  const port = freePort();
  const recipe = Deno.readTextFileSync(new URL("docs/examples/nginx.conf", ROOT));
  const config = `${folder}/nginx.conf`;
  const own: readonly (readonly [string, string])[] = [
    ["listen 443 ssl", `listen 127.0.0.1:${port} ssl`],
    ["/etc/ssl/ticks.example.com.crt", new URL("tests/fixtures/tls/one.crt", ROOT).pathname],
    ["/etc/ssl/ticks.example.com.key", new URL("tests/fixtures/tls/one.key", ROOT).pathname],
    ["http://127.0.0.1:8765", `http://127.0.0.1:${upstream}`],
  ];
  Deno.writeTextFileSync(config, changed(recipe, [...own, ...changes]));
  const flags = ["-p", folder, "-e", "stderr", "-c", config, "-g", `daemon off; pid ${folder}/pid;`];
  const [command, ...args] = [...launcher, NGINX!, ...flags];
  const nginx = new Deno.Command(command!, { args, stderr: "piped", stdout: "null" }).spawn();
  const said = new Response(nginx.stderr).text();
  return {
    port,
    pid: nginx.pid,
    async [Symbol.asyncDispose]() {
      nginx.kill("SIGTERM");
      await nginx.status;
      const text = await said;
      await Deno.remove(folder, { recursive: true });
      equal(/\[(emerg|alert|crit)\]/.test(text), false, text);
    },
  };
}

function exists(path: string): boolean {
  try {
    return Deno.statSync(path).isFile;
  } catch {
    return false;
  }
}
