/** The broker's names, which can stop resolving: for the program alone, in a mount namespace with a hosts file of its own. */

/** What the program dials: the login and the lists at one address, the stream at the other. */
export const REST_ADDRESS = "127.0.0.2";
export const STREAM_ADDRESS = "127.0.0.1";

export interface Names {
  readonly rest: string;
  readonly stream: string;
  /** What a command has to be started with, so that it knows the names. */
  readonly prefix: readonly string[];
  /** From here on none of them resolves, or not that of the login. */
  lose(which: "all" | "rest"): void;
  find(): void;
}

const LOCAL = "127.0.0.1 localhost\n";
const REST = `${REST_ADDRESS} rest.broker.test\n`;
const STREAM = `${STREAM_ADDRESS} stream.broker.test\n`;

/** Binds the files over the system's, and goes on as the command. */
const SCRIPT =
  'mount --bind "$0/hosts" /etc/hosts && mount --bind "$0/nsswitch.conf" /etc/nsswitch.conf && exec "$@"';

/** @param folder Where the files are kept. @returns Undefined where the system does not let us. */
export async function privateNames(folder: string): Promise<Names | undefined> {
  const hosts = `${folder}/hosts`;
  const write = (...lines: readonly string[]) => Deno.writeTextFileSync(hosts, lines.join(""));
  write(LOCAL, REST, STREAM);
  // No server is asked: a name that is lost is lost at once.
  Deno.writeTextFileSync(`${folder}/nsswitch.conf`, "hosts: files\n");
  const user = Deno.uid() === 0 ? [] : ["--user", "--map-root-user"];
  const prefix = ["unshare", "--mount", ...user, "sh", "-c", SCRIPT, folder];
  const [command, ...args] = [...prefix, "true"];
  const tried = await new Deno.Command(command!, { args, stdout: "null", stderr: "null" }).output()
    .catch(() => undefined);
  if (tried?.success !== true) return undefined;
  return {
    rest: "rest.broker.test",
    stream: "stream.broker.test",
    prefix,
    lose: (which) => which === "all" ? write(LOCAL) : write(LOCAL, STREAM),
    find: () => write(LOCAL, REST, STREAM),
  };
}
