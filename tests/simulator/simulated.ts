import { simulatedInstruments } from "../../lib/simulator/instruments.ts";
import { FakeClock } from "../fakes.ts";

/** The simulated market of the day on which a test's clock begins. */
export const SIMULATED_INSTRUMENTS = simulatedInstruments(new FakeClock().now());
