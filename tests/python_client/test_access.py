"""Access tokens and addresses: who lets in, what ends the client, and that no secret is ever shown."""

import asyncio
import logging
import traceback
import unittest
from typing import Any, Awaitable, Callable, List

from hand_proxy import ASKED, HandProxy, INFO, Told
from smartapi_proxy import Client, CommandError

TOKEN = "phone-secret-0123456789"


class AccessTest(unittest.IsolatedAsyncioTestCase):
    async def asyncSetUp(self) -> None:
        self.proxy = await self.enterAsyncContext(HandProxy())

    async def ending(self, client: Client) -> CommandError:
        """How a client ends by itself: the same for whoever waits."""
        errors, closed, lost = Told(client, "error"), Told(client, "closed"), Told(client, "lost")
        waits: List[Awaitable[Any]] = [client.status(), client.ticks().__anext__(), client.search("x")]
        outcomes = await asyncio.wait_for(asyncio.gather(*waits, return_exceptions=True), 10)
        [error] = await errors.until(1)
        assert isinstance(error, CommandError)
        self.assertEqual(outcomes, [error] * 3)
        with self.assertRaises(CommandError) as later:
            await client.status()
        self.assertIs(later.exception, error)
        self.assertEqual([tick async for tick in client.ticks()], [])
        await client.close()
        self.assertEqual((len(closed.events), lost.events), (1, []))
        self.assertNotIn("secret", "".join(traceback.format_exception(error)))
        return error

    async def test_a_token_is_sent_once_and_first_and_only_where_it_is_asked_for(self) -> None:
        async def later() -> str:
            await asyncio.sleep(0)
            return TOKEN

        for token in (TOKEN, lambda: TOKEN, later):
            async with self.proxy.client(token=token) as client:
                asked = asyncio.ensure_future(client.status())
                hand = await self.proxy.next(ASKED)
                await hand.says(ASKED)
                self.assertEqual(await hand.hears(), {"command": "authenticate", "token": TOKEN})
                await hand.says({"status": "success", "message": "Welcome, phone"}, INFO, ASKED)
                await hand.answers(data={})
                self.assertEqual(await asked, {})
                self.assertEqual([each["command"] for each in hand.sent], ["authenticate", "status"])
        async with self.proxy.client(token=lambda: self.fail("not to be asked")) as client:
            asked = asyncio.ensure_future(client.status())
            hand = await self.proxy.next()
            await hand.says(ASKED)
            await hand.answers(data={})
            await asked
            self.assertEqual(len(hand.sent), 1)

    async def test_without_a_token_or_with_one_that_is_none_all_ends_at_once(self) -> None:
        async def nothing() -> None:
            pass

        whys: Any = {
            None: "none was given",
            "": "it is empty",
            (lambda: None): "the function gave none",
            (lambda: ""): "the function gave none",
            (lambda: {"secret": TOKEN}): "the function gave none",
            nothing: "the function gave none",
        }
        for token, why in whys.items():
            ended = asyncio.ensure_future(self.ending(self.proxy.client(token=token)))
            await self.proxy.next(ASKED)
            error = await ended
            self.assertEqual(error.code, "token_required")
            self.assertEqual(str(error), f"{self.proxy.url} asks for an access token: {why}")
        self.assertEqual(self.proxy.count, len(whys))

    async def test_a_token_that_is_refused_ends_all_and_a_reason_that_repeats_it_is_cut(self) -> None:
        for token in (TOKEN, lambda: TOKEN):
            ended = asyncio.ensure_future(self.ending(self.proxy.client(token=token)))
            hand = await self.proxy.next(ASKED)
            await hand.hears()
            await hand.closes(1008, f'"{TOKEN}" is not known')
            error = await ended
            self.assertEqual(error.code, "token_refused")
            self.assertEqual(str(error), f'{self.proxy.url} refused the access token: "…" is not known')
        self.assertEqual(self.proxy.count, 2)

    async def test_a_loss_before_the_token_is_judged_is_a_loss(self) -> None:
        async with self.proxy.client(token=TOKEN) as client:
            errors, lost = Told(client, "error"), Told(client, "lost")
            for code in (1001, 1012, 1013):
                hand = await self.proxy.next(ASKED)
                await hand.hears()
                await hand.closes(code)
            # Once it is let in, the same code means something else.
            hand = await self.proxy.next(ASKED)
            await hand.hears()
            await hand.says(INFO)
            await hand.closes(1008, "No command came")
            self.assertEqual([each["code"] for each in await lost.until(4)], [1001, 1012, 1013, 1008])
            await self.proxy.next()
            self.assertEqual(errors.events, [])

    async def test_a_function_that_fails_or_is_too_slow_is_told_and_asked_again(self) -> None:
        had: "asyncio.Future[str]" = asyncio.get_running_loop().create_future()

        def throws() -> str:
            raise OSError("no network")

        async def raises() -> str:
            raise OSError("no network")

        async def slow() -> str:
            return await asyncio.shield(had)

        functions: List[Callable[[], Any]] = [throws, raises, slow, lambda: TOKEN]
        async with self.proxy.client(token=lambda: functions.pop(0)()) as client:
            errors, lost = Told(client, "error"), Told(client, "lost")
            for _ in range(2):
                await self.proxy.next(ASKED)
            hand = await self.proxy.next(ASKED)
            await hand.closes(1008, "An access token is needed")
            next_hand = await self.proxy.next(None)
            had.set_result("late-secret")
            await next_hand.says(ASKED)
            self.assertEqual((await next_hand.hears())["token"], TOKEN)
            self.assertEqual(hand.sent, [])
            self.assertEqual([each["reason"] for each in lost.events][:2], ["no token"] * 2)
            words = ["failed; it is asked again"] * 2 + ["took too long; it is asked again"]
            self.assertEqual([str(each).split("token ")[1] for each in errors.events], words)

    async def test_a_token_of_another_type_is_refused_and_not_repeated(self) -> None:
        wrong: List[Any] = [7, {"secret": TOKEN}, TOKEN.encode()]
        for token in wrong:
            with self.assertRaises(TypeError) as caught:
                self.proxy.client(token=token)
            self.assertNotIn("secret", "".join(traceback.format_exception(caught.exception)))


class Written(logging.Handler):
    """All that any part of the program would write anywhere."""

    def __init__(self) -> None:
        super().__init__()
        self.lines: List[str] = []

    def emit(self, record: logging.LogRecord) -> None:
        self.lines.append(self.format(record))


class AddressTest(unittest.IsolatedAsyncioTestCase):
    async def asyncSetUp(self) -> None:
        self.written = Written()
        root = logging.getLogger()
        self.addCleanup(root.setLevel, root.level)
        self.addCleanup(root.removeHandler, self.written)
        root.addHandler(self.written)
        root.setLevel(logging.DEBUG)

    async def answering(self, head: str) -> str:
        """A server that answers every handshake so; gives its address."""

        async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            line, *_ = (await reader.readuntil(b"\r\n\r\n")).decode().split("\r\n")
            writer.write(head.replace("TARGET", line.split(" ")[1]).encode())
            await writer.drain()
            writer.close()

        server = await asyncio.start_server(serve, "127.0.0.1", 0)
        self.addCleanup(server.close)
        port = server.sockets[0].getsockname()[1]
        return f"ws://me:{TOKEN}@127.0.0.1:{port}/x?token={TOKEN}#{TOKEN}"

    async def test_a_token_in_the_address_that_is_refused_ends_all(self) -> None:
        url = await self.answering("HTTP/1.1 401 Unauthorized\r\nContent-Length: 0\r\n\r\n")
        client = Client(url)
        errors = Told(client, "error")
        ticks = client.ticks()
        with self.assertRaises(CommandError) as caught:
            await ticks.__anext__()
        self.assertEqual(caught.exception.code, "token_refused")
        self.assertRegex(str(caught.exception), r"^ws://127\.0\.0\.1:\d+/x refused the access token: HTTP 401$")
        self.assertEqual(errors.events, [caught.exception])
        self.nothing_shown(client, caught.exception)
        await client.close()

    async def test_what_other_answers_and_failures_say_shows_no_secret(self) -> None:
        heads = {
            "HTTP/1.1 403 TARGET\r\nContent-Length: 6\r\n\r\nTARGET": "HTTP 403",
            "HTTP/1.1 301 Moved\r\nLocation: https://h/TARGET\r\nContent-Length: 0\r\n\r\n": "",
            "HTTP/1.1 101 TARGET\r\nUpgrade: TARGET\r\nConnection: TARGET\r\n\r\n": "",
            "TARGET\r\n\r\n": "",
            "": "",
        }
        for head, reason in heads.items():
            async with Client(await self.answering(head), retry_base=0.001, timeout=0.05) as client:
                [lost, *_] = await Told(client, "lost").until(1)
                self.assertIn(reason, lost["reason"])
                with self.assertRaises(CommandError) as caught:
                    await client.status()
                self.nothing_shown(client, lost, caught.exception)

    async def test_where_nothing_is_secret_the_reason_is_told(self) -> None:
        async with Client("ws://127.0.0.1:1") as client:
            self.assertIn("127.0.0.1", (await Told(client, "lost").until(1))[0]["reason"])

    def test_an_address_that_is_none_is_said_at_once_and_without_what_may_be_secret(self) -> None:
        secret = TOKEN
        hiding = [
            f"ws:me:{secret}@host:1/",
            f"ws:\\\\me:{secret}@host:1/",
            f"ws://me:se/{secret}@host",
            f"ws://me:1/{secret}@host",
            f"ws://me:pa#{secret}@host",
            f"ws://me:pa?{secret}@host",
            f"host:me:{secret}@x",
            f"no address?token={secret}",
            f"ftp://me:{secret}@host/?token={secret}",
            f"ws://host:none/?token={secret}",
            f"ws://[::1/?token={secret}",
            f"ws://host:99999/?token={secret}",
            f"/?token={secret}",
        ]
        for url in hiding + ["no address", "", "host:8765", "ws://"]:
            with self.assertRaisesRegex(ValueError, "No address of a proxy") as caught:
                Client(url)
            self.assertNotIn("secret", "".join(traceback.format_exception(caught.exception)), url)
        with self.assertRaisesRegex(ValueError, "ssl is for .*, and not for ws://h/"):
            Client(f"ws://h/?token={TOKEN}", ssl=object())

    async def test_http_addresses_are_those_of_its_websocket(self) -> None:
        shown = {"http://h:1": "ws://h:1/", "https://H/x?a#b": "wss://h/x", "ws://[::1]:2": "ws://[::1]:2/"}
        for url, expected in shown.items():
            client = Client(url)
            self.assertEqual(repr(client), f"<Client of {expected}>")
            await client.close()

    def nothing_shown(self, client: Client, *events: object) -> None:
        said = [repr(client), *map(repr, events), *self.written.lines]
        for event in events:
            if isinstance(event, BaseException):
                said += traceback.format_exception(event)
        self.assertNotIn("secret", "".join(said))
