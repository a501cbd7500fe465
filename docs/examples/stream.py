"""Ten prices, and what was not seen: python3 stream.py ws://localhost:8765"""

import asyncio
import sys

from smartapi_proxy import Client


async def main(url: str = "ws://localhost:8765") -> None:
    async with Client(url) as client:
        client.on("gap", lambda gap: print("not seen:", gap["kind"], gap["from"], gap["to"]))
        client.on("freshness", lambda news: print(news["message"]))
        answer = await client.subscribe(symbols=["NIFTY 50", "NSE:SBIN-EQ"], mode="quote")
        for row in answer["results"]:
            print(row["instrument"], row["status"], row.get("message", ""))
        count = 0
        async for tick in client.ticks():
            # What the broker did not say, or is not believed, is absent.
            print(tick["symbol"], tick.get("last_traded_price"), tick.get("volume", ""), tick.get("freshness", ""))
            count += 1
            if count == 10:
                break


asyncio.run(main(*sys.argv[1:]))
