import { createInstrumentCatalog, type InstrumentCatalog } from "../../lib/instruments/catalog.ts";
import type { Instruments } from "../../lib/instruments/instrument.ts";
import { type NamedInstrument, WELL_KNOWN } from "../../lib/instruments/symbols.ts";
import type { SimulatedInstrument } from "../../lib/simulator/instruments.ts";
import { masterText } from "../../lib/simulator/master.ts";
import type { Clock } from "../../lib/util/clock.ts";
import { FakeClock } from "../fakes.ts";

/** Production's catalog of these instruments, read from a list as the broker writes it. */
export async function catalogOf(
  instruments: readonly SimulatedInstrument[],
  clock: Clock = new FakeClock(),
): Promise<InstrumentCatalog> {
  const list = () => ReadableStream.from(masterText(instruments)).pipeThrough(new TextEncoderStream());
  const catalog = createInstrumentCatalog({
    clock,
    random: () => 0.5,
    url: "https://example.org/list.json",
    builtIn: WELL_KNOWN,
    fetch: () => Promise.resolve(new Response(list())),
  });
  catalog.start();
  await catalog.ready;
  return catalog;
}

/** Production's catalog of rows as the broker's file has them; they were fetched now. */
export async function catalogOfRows(
  rows: readonly unknown[],
  clock: Clock = new FakeClock(),
): Promise<InstrumentCatalog> {
  const catalog = createInstrumentCatalog({
    clock,
    random: () => 0.5,
    url: "https://example.org/list.json",
    builtIn: WELL_KNOWN,
    fetch: () => Promise.resolve(new Response(JSON.stringify(rows))),
  });
  catalog.start();
  await catalog.ready;
  return catalog;
}

/** Production's catalog before there is any list: what is built in is these names. */
export function builtInCatalog(
  names: readonly NamedInstrument[],
  clock: Clock = new FakeClock(),
): Instruments {
  return createInstrumentCatalog({ clock, random: () => 0.5, builtIn: names }).instruments;
}
