"""What the client does with a connection: decodes, waits, subscribes again, and says what was not seen."""

import asyncio
import base64
import gzip
import json
import sys
import unittest
from importlib.util import find_spec
from typing import Any, List, cast
from unittest.mock import patch

from hand_proxy import Hand, HandProxy, Told, data, granted
from smartapi_proxy import Client, CommandError, Tick, to_frame


class StreamTest(unittest.IsolatedAsyncioTestCase):
    async def asyncSetUp(self) -> None:
        self.proxy = await self.enterAsyncContext(HandProxy())

    async def start(self, **options: Any) -> Client:
        return await self.enterAsyncContext(self.proxy.client(**options))

    async def subscribed(self, client: Client, hand: Hand, *tokens: str, symbol: str = "S") -> None:
        asked = asyncio.ensure_future(client.subscribe(exchange="nfo", tokens=tokens, mode="quote"))
        await hand.answers(**granted(*tokens, symbol=symbol))
        await asked

    async def fails(self, code: str, work: Any) -> CommandError:
        with self.assertRaises(CommandError) as caught:
            await work
        self.assertEqual(caught.exception.code, code)
        return caught.exception

    async def test_what_cannot_be_read_is_an_error_and_what_follows_still_comes(self) -> None:
        client = await self.start()
        order: List[object] = []
        client.on("gap", lambda gap: order.append((gap["kind"], gap["from"], gap["to"])))
        client.on("error", lambda error: order.append(str(error)))
        client.on("tick", lambda tick: order.append(tick["token"]))
        hand = await self.proxy.next()
        packed = base64.b64encode(gzip.compress(json.dumps([{"exchange": "nse", "token": "z"}]).encode())).decode()
        bad = [data(2, compressed=True, data="AAAA"), data(3, data=None), data(4, data=["x"], snapshot=True)]
        await hand.says(data(1, "a"), *bad, data(7, "b"), "no JSON", "[" * 100_000, "7", {"type": "later"})
        await hand.says({"type": "system", "status": "upstream_up"}, b"\xff\xff\x01", b"\x01")
        await hand.says({"status": "error", "code": "internal", "message": "failed"})
        # The two binary frames count as well.
        last = Told(client, "snapshot")
        await hand.says(data(10, "", compressed=True, data=packed), data(11, "c", snapshot=True))
        await last.until(1)
        unread = [f"Data message {seq} could not be read" for seq in (2, 3)]
        self.assertEqual(order[:3], ["a", *unread])
        self.assertIn("item assignment", str(order[3]))
        self.assertEqual(order[4:8], [("messages", 5, 6), "b", "A frame was not JSON", "A frame was not JSON"])
        self.assertEqual(order[-2:], ["failed", "z"])

    async def test_no_client_is_closed_by_a_number_of_another_connection(self) -> None:
        client = await self.start()
        await self.fails("lost", client.disconnect_client(7))
        hand = await self.proxy.next()
        await hand.says({"type": "system", "status": "upstream_up"})
        pinging = asyncio.ensure_future(client.clients())
        self.assertEqual((await hand.answers(data=[]))["command"], "clients")
        self.assertEqual(await pinging, [])
        closing = asyncio.ensure_future(client.disconnect_client(7))
        self.assertEqual((await hand.hears())["number"], 7)
        hand.drops()
        await self.fails("lost", closing)
        hand = await self.proxy.next()
        again = asyncio.ensure_future(client.clients())
        self.assertEqual((await hand.answers(data=[]))["command"], "clients")
        await again

    async def test_recorded_ticks_are_asked_for_and_marked(self) -> None:
        client = await self.start()
        ticks = Told(client, "tick")
        hand = await self.proxy.next()
        asked = asyncio.create_task(client.subscribe(symbols=["S"], since="-15m"))
        command = await hand.answers(**granted("7"))
        self.assertEqual(command["from"], "-15m")
        await asked
        await hand.says(data(1, "7", source="replay"), data(2, "7"))
        await ticks.until(2)
        self.assertEqual([tick.get("source") for tick in ticks.events], ["replay", None])

    async def test_a_loss_amid_the_resubscription_keeps_the_gap_open_from_its_beginning(self) -> None:
        client = await self.start(contract={"interval": 500, "fields": None})
        gaps, ticks, lost = Told(client, "gap"), Told(client, "tick"), Told(client, "lost")
        hand = await self.proxy.next()
        self.assertEqual((await hand.hears())["interval"], 500)
        await self.subscribed(client, hand, "7", "8")
        await hand.says(data(1, "7"))
        await ticks.until(1)
        hand.drops()
        hand = await self.proxy.next()
        begun = (await lost.until(1))[0]["retry_at"]
        await hand.hears()
        hand.drops()
        hand = await self.proxy.next()
        self.assertEqual(gaps.events, [])
        await hand.answers(data={})
        command = await hand.answers(**granted("7", "8"))
        named = {name: command[name] for name in ("command", "exchange", "tokens", "mode")}
        self.assertEqual(named, {"command": "subscribe", "exchange": "nfo", "tokens": ["7", "8"], "mode": "quote"})
        [gap] = await gaps.until(1)
        self.assertEqual((gap["kind"], gap["instruments"]), ("connection", ["nfo:7", "nfo:8"]))
        self.assertLessEqual(gap["from"], begun)
        self.assertLessEqual(begun, gap["to"])

    async def test_a_number_that_means_another_contract_is_not_subscribed_again(self) -> None:
        client = await self.start()
        news = Told(client, "news")
        hand = await self.proxy.next()
        await self.subscribed(client, hand, "7", symbol="OLD")
        await self.subscribed(client, hand, "8", symbol="GONE")
        await hand.says({"type": "system", "status": "expired", "message": "", "instruments": ["nfo:8"]})
        await news.until(1)
        self.assertEqual(client.wanted, {"nfo:7": "quote"})
        hand.drops()
        hand = await self.proxy.next()
        await hand.answers(**granted("7", symbol="NEW"))
        command = await hand.hears()
        self.assertEqual((command["command"], command["tokens"]), ("unsubscribe", ["7"]))
        self.assertEqual((await news.until(2))[1]["changes"], [{"instrument": "nfo:7", "from": "OLD", "to": "NEW"}])
        self.assertEqual(client.wanted, {})

    async def test_commands_outlive_a_loss_and_a_late_answer_still_counts(self) -> None:
        client = await self.start()
        hand = await self.proxy.next()
        asked = asyncio.ensure_future(client.search("x"))
        first = await hand.hears()
        hand.drops()
        hand = await self.proxy.next()
        self.assertEqual(await hand.answers(data=[{"symbol": "X"}]), first)
        self.assertEqual(await asked, [{"symbol": "X"}])
        left = asyncio.ensure_future(client.subscribe(exchange="nfo", tokens=["7"]))
        command = await hand.hears()
        left.cancel()
        opened = Told(client, "tick")
        await hand.says({"status": "success", "message": "", "id": command["id"], **granted("7")}, data(1, "7"))
        await opened.until(1)
        self.assertEqual(client.wanted, {"nfo:7": "ltp"})
        # What nobody waits for is not sent again.
        given_up = asyncio.ensure_future(client.search("nobody"))
        await hand.hears()
        given_up.cancel()
        hand.drops()
        hand = await self.proxy.next()
        await hand.answers(**granted("7"))
        asked = asyncio.ensure_future(client.search("y"))
        self.assertEqual((await hand.answers(data=[]))["query"], "y")
        self.assertEqual(await asked, [])

    async def test_a_command_times_out_and_says_where_there_is_no_connection(self) -> None:
        client = await self.start(timeout=0.02)
        hand = await self.proxy.next(None)
        error = await self.fails("timeout", client.status())
        self.assertEqual(str(error), f'No answer to "status" within 0.02 s: not connected to {self.proxy.url}')
        await self.fails("too_long", client.subscribe(symbols=["X" * 70_000]))
        await hand.says({"type": "info"})
        await hand.closes(1001)
        # Nobody waits for it any more.
        self.assertEqual((await self.proxy.next()).sent, [])

    async def test_the_waits_grow_up_to_the_cap_and_any_part_of_them_may_be_drawn(self) -> None:
        waits: List[float] = []

        class Draw(float):
            def __mul__(self, longest: float) -> float:
                waits.append(longest)
                return 0.0

        client = await self.start(random=Draw, retry_base=0.5, retry_cap=3)
        lost = Told(client, "lost")
        for _ in range(5):
            (await self.proxy.next()).drops()
        self.assertEqual([each["code"] for each in await lost.until(5)], [1006] * 5)
        self.assertEqual(waits, [0.5, 1, 2, 3, 3])

    async def test_a_silent_connection_is_asked_then_given_up(self) -> None:
        client = await self.start(look=0.01)
        lost = Told(client, "lost")
        hand = await self.proxy.next()
        self.assertEqual(await hand.hears(), {"command": "list_exchanges"})
        self.assertEqual((await lost.until(1))[0]["reason"], "silent")
        await self.proxy.next()

    async def test_a_slow_reader_gets_the_latest_of_each_and_is_told_how_much_it_missed(self) -> None:
        client = await self.start()
        marks, ticks = Told(client, "conflated"), Told(client, "tick")
        slow, left = client.ticks(limit=3), client.ticks()
        hand = await self.proxy.next()
        await hand.says(data(1, *"abac", conflated=4))
        await ticks.until(4)
        await hand.says(data(2, "a"))
        await ticks.until(5)
        self.assertEqual([(await slow.__anext__())["token"] for _ in range(3)], ["b", "c", "a"])
        self.assertEqual(slow.conflated, 2)
        told = [{"count": 4, "by": "proxy"}, {"count": 1, "by": "reader"}, {"count": 1, "by": "reader"}]
        self.assertEqual(marks.events, told)
        # Read up, it gets every tick again.
        await hand.says(data(3, *"aa"))
        self.assertEqual([(await slow.__anext__())["token"] for _ in range(2)], ["a", "a"])
        await left.aclose()
        self.assertEqual([tick async for tick in left], [])

    async def test_a_wait_for_a_tick_that_is_given_up_loses_none(self) -> None:
        client = await self.start()
        ticks = client.ticks()
        hand = await self.proxy.next()
        waiting = asyncio.ensure_future(ticks.__anext__())
        await asyncio.sleep(0)
        told = Told(client, "tick")
        client.on("tick", lambda _: cast(None, waiting.cancel()))
        await hand.says(data(1, "a"))
        await told.until(1)
        self.assertEqual((await ticks.__anext__())["token"], "a")

    async def test_closing_ends_loops_and_commands_and_a_left_loop_keeps_nothing(self) -> None:
        client = self.proxy.client()
        hand = await self.proxy.next()
        closed = Told(client, "closed")
        loop = asyncio.ensure_future(client.ticks().__anext__())
        asked = asyncio.ensure_future(client.status())
        await hand.hears()
        await hand.says(data(1, "a"))
        self.assertEqual((await loop)["token"], "a")
        del loop
        self.assertEqual(len(client._readers), 0)
        ticks = client.ticks()
        await client.close()
        await client.close()
        await self.fails("closed", asked)
        await self.fails("closed", client.ping())
        self.assertEqual([tick async for tick in ticks] + [tick async for tick in client.ticks()], [])
        self.assertEqual((len(closed.events), client._tasks), (1, []))

    async def test_the_brokers_packets_come_as_they_are(self) -> None:
        client = await self.start(contract={"encoding": "binary"})
        packets = Told(client, "packets")
        hand = await self.proxy.next()
        await hand.says(b"\x02\x00ab\x01\x00c")
        self.assertEqual(await packets.until(1), [[b"ab", b"c"]])

    async def test_a_listener_that_throws_hurts_no_other_and_an_unheard_error_is_logged(self) -> None:
        client = await self.start()

        def throws(_: object) -> None:
            raise RuntimeError("mine")

        off = client.on("tick", throws)
        ticks = Told(client, "tick")
        hand = await self.proxy.next()
        with self.assertLogs("smartapi_proxy", "ERROR") as logged:
            await hand.says(data(1, "a"))
            await ticks.until(1)
        self.assertIn("mine", logged.output[0])
        off()
        off()
        with self.assertNoLogs("smartapi_proxy"):
            await hand.says(data(2, "a"))
            await ticks.until(2)
        with self.assertRaisesRegex(ValueError, "no event 'ticks'; known: tick"):
            client.on(cast(Any, "ticks"), print)

    async def test_what_is_asked_for_is_sent_as_texts_whatever_it_is_kept_in(self) -> None:
        client = await self.start()
        hand = await self.proxy.next()
        asks = {"SBIN": ["SBIN"], ("A", "B"): ["A", "B"]}
        for symbols, sent in asks.items():
            asked = asyncio.ensure_future(client.unsubscribe(symbols=symbols))
            self.assertEqual((await hand.answers(data=[]))["symbols"], sent)
            await asked
        listing = asyncio.ensure_future(client.subscribe(exchange="nse", tokens=range(2)))
        self.assertEqual((await hand.answers(data=[]))["tokens"], ["0", "1"])
        self.assertEqual((await listing)["results"], [])


class FrameTest(unittest.TestCase):
    ticks = cast(List[Tick], [
        {"exchange": "nse", "token": "7", "symbol": "S", "exchange_timestamp": 1795149932000, "last_traded_price": 5.5,
         "bids": [{"price": 5.4, "quantity": 10, "orders": 1}, {"price": 5.3, "quantity": 20, "orders": 2}]},
        {"exchange": "nse", "token": "8", "symbol": "T", "exchange_timestamp": 1795149933000, "volume": 3},
    ])

    @unittest.skipUnless(find_spec("pandas"), "pandas is not there")
    def test_a_frame_has_a_row_for_each_tick_in_indian_time(self) -> None:
        frame = to_frame(self.ticks)
        self.assertEqual(str(frame.index[0]), "2026-11-20 10:15:32+05:30")
        self.assertEqual(list(frame["symbol"]), ["S", "T"])
        self.assertEqual(frame["bid_quantity_2"].iloc[0], 20)
        self.assertEqual(list(frame["volume"].isna()), [True, False])
        self.assertEqual(len(to_frame([])), 0)

    def test_without_pandas_it_says_what_is_needed(self) -> None:
        absent = patch.dict(sys.modules, {"pandas": None})
        with absent, self.assertRaisesRegex(ImportError, "needs pandas: pip install pandas"):
            to_frame(self.ticks)
