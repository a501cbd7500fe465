/** Which tests are slow, and which files share an isolate. Paths are from the root of the project. */

/** Processes, browsers, whole days, all instruments: what nobody waits for at each change. */
export const SLOW: readonly RegExp[] = [
  /_process_test\.ts$/,
  /commands_test\.ts$/,
  /docs_test\.ts$/,
  /browser_test\.ts$/,
  /^tests\/attack\//,
  /^tests\/broker_answers\//,
  /^tests\/commands\//,
  /^tests\/instruments\/master_file_test\.ts$/,
  /^tests\/instruments\/resolver_properties_test\.ts$/,
  /^tests\/js_client\/runtimes_test\.ts$/,
  /^tests\/nats\/(nats_bus|partition)_test\.ts$/,
  /^tests\/proxy\//,
  /^tests\/python_client\//,
  /^tests\/recording\/kill_test\.ts$/,
  /^tests\/sdk\//,
  /^tests\/server\/(caddy|nginx)_test\.ts$/,
];

/** More in one isolate would be the last to end. */
const MAX_FILES = 12;

export function isSlow(path: string): boolean {
  return SLOW.some((pattern) => pattern.test(path));
}

/** Groups of files by a name: slow files stay alone, the others of a folder are together. */
export function groupsOf(files: readonly string[]): ReadonlyMap<string, readonly string[]> {
  const groups = new Map<string, string[]>();
  for (const path of [...files].sort()) {
    const parts = path.replace(/^tests\//, "").replace(/_test\.ts$/, "").split("/");
    const name = isSlow(path) ? parts.join("-") : parts.length === 1 ? "root" : `all-of-${parts[0]}`;
    let number = 1;
    while (groups.get(`${name}-${number}`)?.length === MAX_FILES) number++;
    const group = groups.get(`${name}-${number}`) ?? [];
    groups.set(`${name}-${number}`, [...group, path]);
  }
  return groups;
}
