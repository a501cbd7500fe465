import { isAmericanSummer } from "./american_summer.ts";
import type { CalendarData, InstrumentKind, SESSION_PHASES } from "./calendar_file.ts";
import { istDate } from "./ist.ts";
import type { Exchange } from "./market.ts";

type SessionPhase = typeof SESSION_PHASES[number];

/** Part of a day; ms since the Unix epoch. */
export interface Span {
  readonly phase: SessionPhase;
  readonly from: number;
  readonly to: number;
}

/** One day of an instrument, or of an exchange as a whole. */
export interface Day {
  readonly spans: readonly Span[];
  /** Of a special day. */
  readonly name?: string;
  readonly holiday: boolean;
}

/** What the hours of an instrument depend on beside its exchange. */
export interface Traded {
  /** Undefined where it is not known. */
  readonly kind?: InstrumentKind | undefined;
  /** The share's name, or that of a contract's underlying. */
  readonly name?: string | undefined;
}

type Phases = CalendarData["sessions"][number]["phases"];

interface Row {
  readonly exchanges: readonly Exchange[];
  readonly kinds?: readonly InstrumentKind[] | undefined;
  readonly names?: readonly string[] | undefined;
  readonly except?: readonly string[] | undefined;
  /** Also on Saturdays and Sundays. */
  readonly weekends?: boolean | undefined;
  readonly phases: Phases;
}

const UNTOLD: Phases = [["unknown", "00:00", "24:00"]];

const MINUTE_MS = 60_000;

const EVENING_FROM = "17:00";

/**
 * Reads a day out of a calendar.
 *
 * @param traded The instrument; undefined for the exchange as a whole.
 * @param midnight The day's beginning, ms since the Unix epoch.
 * @param covered Whether the day's holidays are known: otherwise what would be its sessions is `unknown`.
 */
export function tradingDayOf(
  data: CalendarData,
  exchange: Exchange,
  traded: Traded | undefined,
  midnight: number,
  covered: boolean,
): Day {
  const date = istDate(midnight);
  const weekday = new Date(`${date}T00:00:00Z`).getUTCDay();
  const isWeekend = weekday === 0 || weekday === 6;
  const season = isAmericanSummer(date) ? "american_summer" : "american_winter";
  const usual = data.sessions.filter((row) =>
    (row.from ?? date) <= date && date <= (row.until ?? date) && (row.season ?? season) === season
  );
  const entry = data.years[date.slice(0, 4)]?.find((each) => each.date === date);
  const name = entry === undefined ? {} : { name: entry.name };
  const special = rowsOf(entry?.special ?? [], exchange, traded);
  if (special.length > 0) return { spans: spansOf(special, midnight), holiday: true, ...name };
  const rows = rowsOf(usual, exchange, traded);
  const closed = entry !== undefined && (entry.closed?.includes(exchange) ?? true);
  if (closed) {
    const evening = entry.evening?.includes(exchange)
      ? rows.map((row) => ({ ...row, phases: afterFive(row.phases) }))
      : [];
    return { spans: spansOf(evening, midnight), holiday: true, ...name };
  }
  // Of whose hours no row tells, they are not known.
  const told: readonly Row[] = rows.length > 0 ? rows : [{ exchanges: [exchange], phases: UNTOLD }];
  const trading = told.filter(({ weekends = false }) => weekends || !isWeekend);
  const spans = spansOf(trading, midnight);
  return {
    spans: covered ? spans : spans.map((span) => ({ ...span, phase: "unknown" as const })),
    holiday: false,
    ...name,
  };
}

/** The rows that may be an instrument's: the one that counts, or all that could, where its kind is not known. */
function rowsOf(rows: readonly Row[], exchange: Exchange, traded: Traded | undefined): Row[] {
  const possible: Row[] = [];
  for (const row of rows.toReversed()) {
    if (!row.exchanges.includes(exchange)) continue;
    const fits = fit(row, traded);
    if (fits !== "no") possible.push(row);
    if (fits === "yes") break;
  }
  return possible;
}

function fit({ kinds, names, except }: Row, traded: Traded | undefined): "yes" | "no" | "perhaps" {
  if (kinds === undefined && names === undefined && except === undefined) return "yes";
  if (traded === undefined) return "no";
  const { kind } = traded;
  const name = traded.name?.toUpperCase();
  const answers = [
    kinds === undefined || (kind === undefined ? undefined : kinds.includes(kind)),
    names === undefined || (name === undefined ? undefined : names.includes(name)),
    except === undefined || (name === undefined ? undefined : !except.includes(name)),
  ];
  if (answers.includes(false)) return "no";
  return answers.includes(undefined) ? "perhaps" : "yes";
}

function afterFive(phases: Phases): Phases {
  return phases.filter(([, , to]) => to > EVENING_FROM)
    .map(([phase, from, to]) => [phase, from < EVENING_FROM ? EVENING_FROM : from, to]);
}

/** The day as all rows have it; where they differ, what happens is not known. */
function spansOf(rows: readonly Row[], midnight: number): Span[] {
  const days = rows.map(({ phases }) =>
    phases.map(([phase, from, to]): Span => ({ phase, from: midnight + msOf(from), to: midnight + msOf(to) }))
  );
  const [only] = days;
  if (only === undefined || days.length === 1) return only ?? [];
  const edges = [...new Set(days.flat().flatMap(({ from, to }) => [from, to]))].sort((a, b) => a - b);
  const spans: Span[] = [];
  for (const [i, from] of edges.slice(0, -1).entries()) {
    const to = edges[i + 1]!;
    const [first, ...others] = days.map((day) =>
      day.find((span) => span.from <= from && from < span.to)?.phase
    );
    const phase = others.every((other) => other === first) ? first : "unknown";
    if (phase === undefined) continue;
    const last = spans.at(-1);
    if (last?.phase === phase && last.to === from) spans[spans.length - 1] = { ...last, to };
    else spans.push({ phase, from, to });
  }
  return spans;
}

function msOf(time: string): number {
  const [hours, minutes] = time.split(":").map(Number);
  return (hours! * 60 + minutes!) * MINUTE_MS;
}
