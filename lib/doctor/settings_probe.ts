import { type Config, ConfigError, readConfig, type Values } from "../config/config.ts";
import { rowsOf } from "../config/setting.ts";
import { SETTING_GROUPS } from "../config/settings.ts";
import { failed, type Finding, ok } from "./finding.ts";

export interface SettingsReport {
  /** With the default in place of each setting that is wrong, and without an account where some of it is missing. */
  readonly config: Config;
  readonly findings: readonly Finding[];
}

/** The beginning of a problem that only says what to do about the others. */
const ADVICE = "Put them into";

/**
 * Whether the proxy could start with these settings.
 *
 * @param originOf Where the value of a setting came from, in words.
 */
export function probeSettings(values: Values, originOf: (name: string) => string): SettingsReport {
  try {
    const config = readConfig(values, "serve");
    const what = config.demo
      ? "good for the demo, which needs no account"
      : "complete, and of the right form";
    return { config, findings: [ok("settings", what)] };
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error;
    return { config: usableOf(values, error.problems), findings: findingsOf(error.problems, originOf) };
  }
}

/** Each problem; what of the account is only missing is one. */
function findingsOf(problems: readonly string[], originOf: (name: string) => string): Finding[] {
  const account = rowsOf(SETTING_GROUPS.credentials).map(({ env }) => env);
  const isMissing = (problem: string) =>
    account.includes(nameIn(problem)) && / is missing: (?!there is )/.test(problem);
  const missing = problems.filter(isMissing).map(nameIn);
  const others = problems.filter((problem) => !isMissing(problem) && !problem.startsWith(ADVICE));
  return [
    ...others.map((problem) => failed("settings", problem, `mend it in ${originOf(nameIn(problem))}`)),
    ...missing.length === 0 ? [] : [
      failed(
        "settings",
        `not set: ${missing.join(", ")}`,
        "smartapi-proxy init asks for them; --demo needs none",
      ),
    ],
  ];
}

function usableOf(values: Values, problems: readonly string[]): Config {
  const wrong = new Set(problems.map(nameIn));
  try {
    return readConfig(
      Object.fromEntries(Object.entries(values).filter(([name]) => !wrong.has(name))),
      "doctor",
    );
  } catch {
    // Settings that go together, of which one is missing.
    return readConfig({}, "doctor");
  }
}

/** The variable, with which every problem begins. */
function nameIn(problem: string): string {
  return problem.split(/[ :]/)[0]!;
}
