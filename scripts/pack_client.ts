/**
 * Makes the npm package of the client: `deno task pack:client [FOLDER]` writes a `.tgz` there, by default here. Its
 * files are those that the proxy serves; its version is the program's.
 */
import denoJson from "../deno.json" with { type: "json" };

const ROOT = new URL("../", import.meta.url);
const STATIC = new URL("static/", ROOT);
const PACKAGE = new URL("clients/javascript/", ROOT);

/** @returns The path of the packed file. */
export async function packClient(folder: string): Promise<string> {
  const work = await Deno.makeTempDir();
  try {
    await Deno.mkdir(`${work}/client`);
    for await (const { name } of Deno.readDir(new URL("client/", STATIC))) {
      await Deno.copyFile(new URL(`client/${name}`, STATIC), `${work}/client/${name}`);
    }
    for (const name of ["client.js", "client.d.ts"]) {
      await Deno.copyFile(new URL(name, STATIC), `${work}/${name}`);
    }
    await Deno.copyFile(new URL("README.md", PACKAGE), `${work}/README.md`);
    await Deno.copyFile(new URL("LICENSE", ROOT), `${work}/LICENSE`);
    const manifest = JSON.parse(await Deno.readTextFile(new URL("package.json", PACKAGE)));
    const { version } = denoJson;
    await Deno.writeTextFile(`${work}/package.json`, JSON.stringify({ ...manifest, version }, undefined, 2));
    const { success, stdout, stderr } = await new Deno.Command("npm", {
      args: ["pack", "--silent", "--pack-destination", await Deno.realPath(folder)],
      cwd: work,
      stdin: "null",
    }).output();
    const text = (bytes: Uint8Array) => new TextDecoder().decode(bytes).trim();
    if (!success) throw new Error(`npm pack failed: ${text(stderr)}`);
    return `${folder}/${text(stdout).split("\n").at(-1)}`;
  } finally {
    await Deno.remove(work, { recursive: true });
  }
}

if (import.meta.main) console.log(await packClient(Deno.args[0] ?? "."));
