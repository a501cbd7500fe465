"""Candles: asked for in one call, and subscribed."""

import asyncio
import unittest
from typing import Any, Dict, List, Tuple

from hand_proxy import Hand, HandProxy, Told, granted
from smartapi_proxy import Client, CommandError

Message = Dict[str, Any]

CANDLE: Message = {"time": 1, "open": 1, "high": 2, "low": 1, "close": 2, "origin": "broker", "complete": True}


def part(number: str, *times: int) -> Message:
    candles = [{**CANDLE, "time": time} for time in times]
    row = {"instrument": "nse:7", "symbol": "S", "interval": "1m", "candles": candles}
    return {"type": "candle_data", "data": [row], "id": number}


def answer(number: str, count: int) -> Message:
    row = {"status": "accepted", "instrument": "nse:7", "symbol": "S", "candles": count}
    return {"status": "success", "message": "", "results": [row], "id": number}


class CandlesTest(unittest.IsolatedAsyncioTestCase):
    async def asyncSetUp(self) -> None:
        self.proxy = await self.enterAsyncContext(HandProxy())

    async def start(self, **options: Any) -> Tuple[Client, Hand]:
        client = await self.enterAsyncContext(self.proxy.client(**options))
        return client, await self.proxy.next()

    async def test_parts_make_one_answer_and_progress_is_told(self) -> None:
        client, hand = await self.start()
        told: List[Tuple[int, int]] = []
        asked = asyncio.ensure_future(
            client.candles("S", interval="1m", start="2026-11-18", progress=lambda done, total: told.append((done, total)))
        )
        command = await hand.hears()
        number = command.pop("id")
        self.assertEqual(
            command, {"command": "candles", "interval": "1m", "symbols": ["S"], "from": "2026-11-18"}
        )
        progress = {"type": "progress", "done": 1, "total": 2, "id": number}
        await hand.says(part(number, 1, 2), progress, part(number, 3), answer(number, 3))
        (row,) = await asked
        self.assertEqual([candle["time"] for candle in row["candles"]], [1, 2, 3])
        self.assertEqual(told, [(1, 2)])

    async def test_it_takes_as_long_as_parts_come_and_begins_anew_after_a_loss(self) -> None:
        client, hand = await self.start(timeout=0.5)
        asked = asyncio.ensure_future(client.candles("S"))
        number = (await hand.hears())["id"]
        for time in range(8):
            await hand.says(part(number, time))
            await asyncio.sleep(0.1)
        hand.drops()
        hand = await self.proxy.next()
        number = (await hand.hears())["id"]
        await hand.says(part(number, 9), answer(number, 1))
        (row,) = await asked
        self.assertEqual([candle["time"] for candle in row["candles"]], [9])
        with self.assertRaises(CommandError) as caught:
            await client.candles("S")
        self.assertEqual(caught.exception.code, "timeout")

    async def test_whoever_gives_up_calls_it_off(self) -> None:
        client, hand = await self.start()
        news = Told(client, "error")
        asked = asyncio.ensure_future(client.candles("S"))
        number = (await hand.hears())["id"]
        asked.cancel()
        cancel = await hand.hears()
        self.assertEqual((cancel["command"], cancel["request"]), ("cancel", number))
        await hand.says({"status": "error", "code": "cancelled", "message": "", "id": number}, part(number, 1))
        asked = asyncio.ensure_future(client.candles("S"))
        number = (await hand.hears())["id"]
        await hand.says(answer(number, 0))
        self.assertEqual((await asked)[0]["candles"], [])
        self.assertEqual(news.events, [])

    async def test_subscribed_ones_are_told_and_subscribed_again_without_ticks(self) -> None:
        client, hand = await self.start()
        told = Told(client, "candles")
        asked = asyncio.ensure_future(client.subscribe(exchange="nfo", tokens="7", candles="1m", every=500))
        command = await hand.answers(**granted("7"))
        self.assertEqual((command["candles"], command["every"], "mode" in command), (["1m"], 500, False))
        await asked
        message = part("", 1)
        del message["id"]
        await hand.says(message)
        self.assertEqual((await told.until(1))[0], message["data"])
        hand.drops()
        hand = await self.proxy.next()
        command = await hand.answers(**granted("7"))
        self.assertEqual((command["candles"], command["every"], "mode" in command), (["1m"], 500, False))
        asked = asyncio.ensure_future(client.subscribe(exchange="nfo", tokens="7", mode="ltp"))
        await hand.answers(**granted("7"))
        await asked
        hand.drops()
        command = await (await self.proxy.next()).answers(**granted("7"))
        self.assertEqual((command["candles"], command["mode"]), (["1m"], "ltp"))


if __name__ == "__main__":
    unittest.main()
