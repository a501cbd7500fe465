/**
 * The streaming part of OpenAlgo's Python library, unmodified, against the real program. Its licence keeps it out of
 * this repository: `OPENALGO_PYTHON` names a folder that holds a copy of `openalgo/`.
 */
import { findPython } from "../documented.ts";
import { runs, Stage } from "../proxy/stage.ts";

const folder = Deno.env.get("OPENALGO_PYTHON");
const python = folder === undefined ? undefined : await findPython("httpx, websocket");
if (python === undefined) {
  console.warn(
    "SKIPPED, OpenAlgo's Python library is not tried: OPENALGO_PYTHON is not set, or no python3 has the modules httpx and websocket",
  );
}

Deno.test({
  name:
    "OpenAlgo's Python library streams three modes by our address alone, and has all again after a restart",
  ignore: python === undefined,
  async fn() {
    await using stage = await Stage.set();
    const exercise = new URL("openalgo_exercise.py", import.meta.url).pathname;
    await runs(stage, python!, [exercise, folder!, `ws://${stage.host}`], {
      prices: { "NSE:SBIN": true, "NSE_INDEX:NIFTY": true },
      quote: true,
      depth: [5, 5, true],
      modes: [1, 2, 3],
    });
  },
});
