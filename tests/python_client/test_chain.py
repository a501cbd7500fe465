"""Option chains: one call each, and asked for as chains again after a loss."""

import asyncio
import unittest
from typing import Any, Dict

from hand_proxy import Hand, HandProxy, Told
from smartapi_proxy import Client, CommandError

NEAREST: Dict[str, Any] = {"id": "nfo:NIFTY nearest", "underlying": "nfo:NIFTY", "expiry": "nearest", "mode": "quote"}

GIVEN: Dict[str, Any] = {"data": [{"exchangeType": 2, "tokens": ["41032"]}], "chain": NEAREST, "added": []}


class ChainTest(unittest.IsolatedAsyncioTestCase):
    async def asyncSetUp(self) -> None:
        self.proxy = await self.enterAsyncContext(HandProxy())

    async def with_chain(self) -> "tuple[Client, Hand]":
        client = await self.enterAsyncContext(self.proxy.client())
        hand = await self.proxy.next()
        asked = asyncio.ensure_future(client.subscribe_chain("NIFTY", strikes=5, mode="quote"))
        command = await hand.answers(**GIVEN)
        self.assertEqual(command["chain"], {"underlying": "NIFTY", "strikes": 5})
        self.assertEqual((await asked)["chain"], NEAREST)
        return client, hand

    async def test_a_chain_is_told_of_and_asked_for_again_as_a_chain(self) -> None:
        client, hand = await self.with_chain()
        self.assertEqual(client.wanted, {})
        changes, gaps = Told(client, "chain"), Told(client, "gap")
        moved = {"type": "chain", "status": "moved", "message": "", "chain": NEAREST, "added": [], "dropped": []}
        await hand.says(moved)
        await changes.until(1)
        self.assertEqual(changes.events, [moved])
        hand.drops()
        hand = await self.proxy.next()
        again = await hand.answers(**GIVEN)
        self.assertEqual((again["chain"], again["mode"]), ({"underlying": "NIFTY", "strikes": 5}, "quote"))
        await gaps.until(1)

    async def test_what_was_given_up_or_is_over_is_not_asked_for_again(self) -> None:
        for end in ("given up", "all", "ended"):
            client, hand = await self.with_chain()
            if end == "given up":
                asked = asyncio.ensure_future(client.unsubscribe_chain("NIFTY"))
                await hand.answers(data=[], unsubscribed=["nfo:NIFTY nearest"], left=0)
                await asked
            elif end == "all":
                asked = asyncio.ensure_future(client.unsubscribe(all=True))
                await hand.answers(data=[], left=0)
                await asked
            else:
                changes = Told(client, "chain")
                await hand.says({"type": "chain", "status": "ended", "message": "", "chain": NEAREST})
                await changes.until(1)
            hand.drops()
            hand = await self.proxy.next()
            searching = asyncio.ensure_future(client.search("a"))
            self.assertEqual((await hand.answers(data=[]))["command"], "search", end)
            await searching
            await client.close()

    async def test_a_refused_chain_raises(self) -> None:
        client = await self.enterAsyncContext(self.proxy.client())
        hand = await self.proxy.next()
        asked = asyncio.ensure_future(client.subscribe_chain("NIFTTY"))
        command = await hand.hears()
        await hand.says({"status": "error", "code": "unknown_instrument", "message": "no", "id": command["id"]})
        with self.assertRaises(CommandError) as caught:
            await asked
        self.assertEqual(caught.exception.code, "unknown_instrument")


if __name__ == "__main__":
    unittest.main()
