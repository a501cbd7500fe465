/** Which tests are slow, and which files share an isolate. Paths are from the root of the project. */

/** Processes, browsers, whole days, all instruments: what nobody waits for at each change. */
export const SLOW: readonly RegExp[] = [
  /_process_test\.ts$/,
  /commands_test\.ts$/,
  /docs_test\.ts$/,
  /browser_test\.ts$/,
  /^tests\/attack\//,
  /^tests\/broker_answers\//,
  /^tests\/candles\/(candle_service|exact|recorded_candles)_test\.ts$/,
  /^tests\/commands\//,
  /^tests\/export\//,
  /^tests\/instruments\/(catalog|master_file)_test\.ts$/,
  /^tests\/instruments\/resolver_properties_test\.ts$/,
  /^tests\/js_client\/runtimes_test\.ts$/,
  /^tests\/nats\/(credentials|edge_bounds|edge_http|nats_bus|partition)_test\.ts$/,
  /^tests\/proxy\//,
  /^tests\/python_client\//,
  /^tests\/recording\/(day_file|kill)_test\.ts$/,
  /^tests\/release\/(deploy|install)_test\.ts$/,
  /^tests\/replay\/proof_test\.ts$/,
  /^tests\/sdk\//,
  /^tests\/server\/(caddy|nginx)_test\.ts$/,
  /^tests\/simulator\/history_test\.ts$/,
  /^tests\/truth\/false_alarms_test\.ts$/,
];

/**
 * The files that share an isolate: the name of their groups, which they are, and how many one takes. Those that take
 * longest come first.
 */
const SHARED: readonly (readonly [name: string, isOne: (path: string) => boolean, most: number])[] = [
  // Two, for two processors: each has one browser.
  ["browser", (path) => path.endsWith("browser_test.ts"), 7],
  ["proxy", (path) => path.startsWith("tests/proxy/"), 8],
  ["slow", isSlow, 6],
  ["quick", () => true, 20],
];

export function isSlow(path: string): boolean {
  return SLOW.some((pattern) => pattern.test(path));
}

/** Groups of files by a name, in the order in which they are best begun. */
export function groupsOf(files: readonly string[]): ReadonlyMap<string, readonly string[]> {
  const groups = new Map<string, readonly string[]>();
  let left = [...files].sort();
  for (const [name, isOne, most] of SHARED) {
    const members = left.filter(isOne);
    left = left.filter((path) => !isOne(path));
    for (let i = 0; i < members.length; i += most) {
      groups.set(`${name}-${i / most + 1}`, members.slice(i, i + most));
    }
  }
  return groups;
}
