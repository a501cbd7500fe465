"""Twenty ticks of options around the money, wherever it goes: python3 chain.py ws://localhost:8765"""

import asyncio
import sys

from smartapi_proxy import Client


async def main(url: str = "ws://localhost:8765") -> None:
    async with Client(url) as client:
        client.on("chain", lambda change: print(change["message"]))
        answer = await client.subscribe_chain("NIFTY", strikes=2, mode="snapquote")
        print(answer["chain"]["id"], answer["chain"].get("expires"))
        count = 0
        async for tick in client.ticks():
            print(tick["symbol"], tick.get("last_traded_price"), tick.get("open_interest", ""))
            count += tick.get("open_interest", 0) > 0
            if count == 20:
                break


asyncio.run(main(*sys.argv[1:]))
