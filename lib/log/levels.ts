export const LOG_LEVELS = ["debug", "info", "warning", "error"] as const;

export type LogLevel = typeof LOG_LEVELS[number];

/** The parts that log under a name of their own, each in every line after the level. */
export const LOG_CATEGORIES = [
  "proxy",
  "broker",
  "clients",
  "server",
  "access",
  "instruments",
  "recording",
  "nats",
  "replay",
  "calendar",
  "simulator",
] as const;

export type LogCategory = typeof LOG_CATEGORIES[number];

/** From which level on lines are written. */
export interface LogLevels {
  readonly usual: LogLevel;
  /** Parts for which another one holds. */
  readonly of: Readonly<Partial<Record<LogCategory, LogLevel>>>;
}

/**
 * Reads `info`, `broker=debug` or `info,broker=debug,clients=warning`.
 *
 * @returns What is wrong with it and what would do, where something is.
 */
export function readLogLevels(text: string): LogLevels | string {
  let usual: LogLevel | undefined;
  const of: Partial<Record<LogCategory, LogLevel>> = {};
  for (const part of text.split(",").map((each) => each.trim().toLowerCase())) {
    const equals = part.indexOf("=");
    const level = part.slice(equals + 1).trim();
    if (!isOneOf(LOG_LEVELS, level)) {
      return `must be debug, info, warning or error, or for single parts such as info,broker=debug; ` +
        `"${part}" is not`;
    }
    if (equals < 0) {
      if (usual !== undefined) return `has two levels for everything, ${usual} and ${level}; one would do`;
      usual = level;
      continue;
    }
    const category = part.slice(0, equals).trim();
    if (!isOneOf(LOG_CATEGORIES, category)) {
      return `"${category}" is no part that logs; known: ${LOG_CATEGORIES.join(", ")}`;
    }
    if (of[category] !== undefined) return `names ${category} twice; one level would do`;
    of[category] = level;
  }
  return { usual: usual ?? "info", of };
}

function isOneOf<Word extends string>(words: readonly Word[], word: string): word is Word {
  return (words as readonly string[]).includes(word);
}
