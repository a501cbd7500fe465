"""What a program does with the streaming part of OpenAlgo's Python library, unmodified: python3 FILE FOLDER URL"""

import importlib
import json
import sys
import time
import types

FOLDER, URL = sys.argv[1:]

# The package itself would load its indicators.
package = types.ModuleType("openalgo")
package.__path__ = [f"{FOLDER}/openalgo"]  # type: ignore[attr-defined]
sys.modules["openalgo"] = package
feed_module = importlib.import_module("openalgo.feed")


def until(ready, seconds: float = 15) -> None:
    end = time.monotonic() + seconds
    while not ready():
        if time.monotonic() > end:
            raise SystemExit("too slow")
        time.sleep(0.02)


heard: dict[int, list[dict]] = {1: [], 2: [], 3: []}
feed = feed_module.FeedAPI(api_key="an-api-key-of-twenty-letters", ws_url=URL)
assert feed.connect(), "no connection, or not authenticated"
instruments = [{"exchange": "NSE", "symbol": "SBIN"}, {"exchange": "NSE_INDEX", "symbol": "NIFTY"}]
feed.subscribe_ltp(instruments, on_data_received=heard[1].append)
feed.subscribe_quote(instruments, on_data_received=heard[2].append)
feed.subscribe_depth(instruments[:1], on_data_received=heard[3].append)
until(lambda: all(heard.values()))
prices = {name: row["price"] > 0 for name, row in sorted(feed.ltp_data.items())}
quote = heard[2][-1]["data"]
depth = heard[3][-1]["data"]["depth"]
print("streams", flush=True)
# The proxy is taken away and comes back: the library asks again for all that it had.
until(lambda: not feed.authenticated)
until(lambda: feed.authenticated)
before = {mode: len(messages) for mode, messages in heard.items()}
until(lambda: all(len(messages) > before[mode] for mode, messages in heard.items()))
feed.disconnect()
result = {
    "prices": prices,
    "quote": quote["high"] >= quote["low"] > 0,
    "depth": [len(depth["buy"]), len(depth["sell"]), depth["buy"][0]["price"] < depth["sell"][0]["price"]],
    "modes": sorted(mode for mode, messages in heard.items() if messages),
}
print(json.dumps(result), flush=True)
