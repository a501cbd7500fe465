import { catalogOf } from "../../instruments/catalog_of.ts";
import { simulatedInstruments } from "../../../lib/simulator/instruments.ts";
import { TEN_O_CLOCK } from "../../ticks.ts";

const MARKET = simulatedInstruments(TEN_O_CLOCK);

/** A share with an ampersand in its symbol. */
const MAHINDRA = { ...MARKET.find(({ token }) => token === "3045")!, token: "31181", symbol: "M&M-EQ" };

/** The simulated market as production's catalog has it, whole. */
export const { instruments } = await catalogOf([...MARKET, MAHINDRA]);

/** A future of another exchange than the shares'. */
export const CRUDE = instruments.get("mcx:458305")!;
