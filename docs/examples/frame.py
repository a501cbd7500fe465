"""The candles of a hundred ticks, with pandas: python3 frame.py ws://localhost:8765"""

import asyncio
import sys
from typing import List

from smartapi_proxy import Client, Tick, to_frame


async def hundred(url: str = "ws://localhost:8765") -> List[Tick]:
    ticks: List[Tick] = []
    async with Client(url) as client:
        await client.subscribe(symbols=["NSE:SBIN-EQ", "NSE:RELIANCE-EQ"], mode="quote")
        async for tick in client.ticks():
            ticks.append(tick)
            if len(ticks) == 100:
                break
    return ticks


frame = to_frame(asyncio.run(hundred(*sys.argv[1:])))
print(frame.groupby("symbol")["last_traded_price"].ohlc())
