"""
What Python is asked to do with the client: streams, is refused, loses the proxy, has all again, and ends.

`exercise.py PROXY` says `streams` when the proxy may be taken away, and writes its result as the last line. It is the
same as that of ../js_client/exercise.js.
"""

import asyncio
import json
import sys
from typing import Counter, List

from smartapi_proxy import Client, CommandError, Gap, Ticks


async def read(ticks: Ticks, count: int) -> List[str]:
    """Waits for so many ticks of each of two instruments."""
    counts: Counter[str] = Counter()
    while len(counts) < 2 or min(counts.values()) < count:
        tick = await ticks.__anext__()
        if not (tick["last_traded_price"] > 0 and len(tick["bids"]) == 5):
            raise ValueError(tick)
        if "snapshot" not in tick:
            counts[tick["symbol"]] += 1
    return sorted(counts)


async def refusal(client: Client) -> str:
    try:
        await client.subscribe(symbols="NOBODY")
    except CommandError as error:
        return error.code
    return "none"


async def main(url: str) -> None:
    async with Client(url, retry_base=0.05) as client:
        gap: "asyncio.Future[Gap]" = asyncio.get_running_loop().create_future()
        client.on("gap", lambda each: gap.set_result(each) if each["kind"] == "connection" else None)
        ticks = client.ticks()
        wants = ["NSE:SBIN-EQ", "NSE:RELIANCE-EQ", "NOBODY"]
        answer = await client.subscribe(symbols=wants, mode="snapquote")
        before = await read(ticks, 2)
        refused = await refusal(client)
        [found] = await client.search("nifty bank", limit=1)
        status = await client.status()
        rows = await client.list_subscriptions()
        print("streams", flush=True)
        away = await gap
        after = await read(ticks, 2)
        wanted = client.wanted
        contract = await client.configure({"interval": 500, "fields": ["last_traded_price"]})
        left = (await client.unsubscribe(tokens=[3045], exchange="nse"))["left"]
        took = await client.ping()
        [own] = await client.clients()
        if not (own["is_this"] and (await client.overview())["ready"] is not None):
            raise ValueError(own)
    result = {
        "status": answer["status"],
        "rows": [row["status"] for row in answer["results"]],
        "before": before,
        "refusal": refused,
        "found": found["symbol"],
        "own": [status["client"]["subscriptions"], len(rows)],
        "gap": away["from"] <= away["to"] and away["instruments"],
        "after": after,
        "wanted": list(wanted.items()),
        "contract": contract,
        "left": left,
        "took": 0 < took < 10_000,
        "rest": len(asyncio.all_tasks()) - 1,
    }
    print(json.dumps(result))


asyncio.run(main(sys.argv[1]))
