import { configure, type LogRecord, reset } from "@logtape/logtape";

/** Lines of the log from `info` on, as `level category message`, from now until it is disposed of. */
export async function logLines(): Promise<AsyncDisposable & { readonly lines: string[] }> {
  const lines: string[] = [];
  const sink = ({ level, category, message }: LogRecord) => {
    lines.push(`${level} ${category[0]} ${message.join("")}`);
  };
  await configure({
    reset: true,
    sinks: { sink },
    loggers: [
      { category: [], lowestLevel: "info", sinks: ["sink"] },
      { category: ["logtape", "meta"], lowestLevel: "error", sinks: [] },
    ],
  });
  return { lines, [Symbol.asyncDispose]: () => reset() };
}
