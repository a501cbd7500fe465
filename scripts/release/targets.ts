/** The systems a release is made for: as `deno compile` names them, and as its file is named. */
export const TARGETS: readonly { readonly target: string; readonly file: string }[] = [
  { target: "x86_64-unknown-linux-gnu", file: "smartapi-proxy-linux-x64" },
  { target: "aarch64-unknown-linux-gnu", file: "smartapi-proxy-linux-arm64" },
  { target: "x86_64-apple-darwin", file: "smartapi-proxy-macos-x64" },
  { target: "aarch64-apple-darwin", file: "smartapi-proxy-macos-arm64" },
  { target: "x86_64-pc-windows-msvc", file: "smartapi-proxy-windows-x64.exe" },
];

export const ROOT: URL = new URL("../../", import.meta.url);

/** A file of the project as text. */
export function projectText(path: string): string {
  return Deno.readTextFileSync(new URL(path, ROOT));
}

/** The version, which stands in `deno.json`. */
export function projectVersion(): string {
  return JSON.parse(projectText("deno.json")).version;
}
