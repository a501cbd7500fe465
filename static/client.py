"""
A client of the SmartAPI WebSocket proxy, for asyncio:

    import asyncio
    from smartapi_proxy import Client

    async def main() -> None:
        async with Client("ws://localhost:8765") as client:
            await client.subscribe(symbols=["NIFTY 50", "SBIN"], mode="quote")
            async for tick in client.ticks():
                print(tick["symbol"], tick.get("last_traded_price"))

    asyncio.run(main())

It connects by itself, and again whenever the connection is lost, subscribing anew to all that was wanted. It needs
Python 3.9 and `websockets` 10.4, or later ones. Times are ms since 1970, prices are rupees.
"""

from __future__ import annotations

import asyncio
import base64
import gzip
import inspect
import json
import logging
import random as randomness
import struct
import time
import weakref
from collections import OrderedDict
from datetime import timedelta, timezone
from importlib import import_module
from types import TracebackType
from typing import Any, Awaitable, Callable, Coroutine, Dict, Iterable, Iterator, List, Literal, Optional, Tuple
from typing import Type, TypedDict, Union, cast, overload
from urllib.parse import urlsplit, urlunsplit

import websockets
from websockets.exceptions import ConnectionClosed

__all__ = ["Candle", "CandleRow", "Client", "CommandError", "Conflated", "Contract", "Gap", "Interval", "Level", "Lost"]
__all__ += ["Mode", "Row", "Subscribed", "Tick", "Ticks", "to_frame"]
__version__ = "0.2.0"

Mode = Literal["ltp", "quote", "snapquote"]

Interval = Literal["1s", "5s", "1m", "3m", "5m", "10m", "15m", "30m", "1h", "1d"]

Message = Dict[str, Any]
"""What came over the wire."""

Token = Union[str, Callable[[], Union[Optional[str], Awaitable[Optional[str]]]]]


class Level(TypedDict):
    price: float
    quantity: int
    orders: int


class _TickBase(TypedDict):
    exchange: str
    token: str
    symbol: str
    exchange_type: int
    mode: Mode
    sequence_number: int


class Tick(_TickBase, total=False):
    """What the broker did not say, or `fields` left out, is absent: `tick.get("volume")`."""

    last_traded_price: float
    """Absent for what has not been traded yet, and where the price is not to be believed."""
    timestamp: str
    """The exchange's clock in Indian time, as in `2026-11-20 10:15:32`."""
    exchange_timestamp: int
    last_traded_quantity: int
    average_traded_price: float
    volume: int
    total_buy_quantity: float
    total_sell_quantity: float
    open: float
    high: float
    low: float
    close: float
    """Of the previous session."""
    last_traded_timestamp: int
    open_interest: int
    upper_circuit: float
    lower_circuit: float
    week52_high: float
    week52_low: float
    bids: List[Level]
    asks: List[Level]
    received_at: int
    freshness: Literal["live", "quiet", "stale", "closed", "suspect"]
    snapshot: Literal[True]
    """A last known value, and no trade of now."""
    source: Literal["replay"]
    """Of a recording, and no price of now."""


class Contract(TypedDict, total=False):
    """How ticks come. `interval` in ms, 0 for every tick; `fields` None for all."""

    encoding: Literal["gzip", "json", "binary"]
    interval: int
    fields: Optional[List[str]]


class Row(TypedDict, total=False):
    """How one instrument fares."""

    status: Literal["accepted", "refused"]
    instrument: str
    """`exchange:token`, or the name that was refused."""
    symbol: str
    mode: Mode
    market: str
    state: str
    since: int
    reason: str
    freshness: str
    last_tick_age_ms: int
    doubt: str
    code: str
    message: str
    suggestions: List[str]


class Budget(TypedDict):
    used: int
    capacity: int
    reserved: int
    left: int


class _SubscribedBase(TypedDict):
    status: Literal["success", "partial"]
    message: str
    results: List[Row]


class Subscribed(_SubscribedBase, total=False):
    budget: Budget
    """Instruments that the broker carries for all clients. Absent for a watch list without a `mode`."""


class _CandleBase(TypedDict):
    time: int
    """When it begins."""
    open: float
    high: float
    low: float
    close: float
    origin: Literal["ticks", "recording", "broker", "mixed"]
    complete: bool
    """Its time is over, and all of it was seen."""


class Candle(_CandleBase, total=False):
    volume: int
    """Absent where no packet told."""
    open_interest: int
    """At its end; absent where nobody told."""


class _CandleRowBase(TypedDict):
    instrument: str
    candles: List[Candle]


class CandleRow(_CandleRowBase, total=False):
    """Candles of one instrument, oldest first; or why one that was asked for has none."""

    status: Literal["accepted", "refused"]
    symbol: str
    interval: Interval
    code: str
    message: str
    missing: str
    """Why candles may be missing."""


_GapBase = TypedDict("_GapBase", {"kind": Literal["messages", "upstream", "connection"], "from": int, "to": int})


class Gap(_GapBase, total=False):
    """
    What was not seen. `messages`: data messages numbered `from` to `to` never came. `upstream`: the proxy saw nothing
    from the broker. `connection`: this client was not connected. For both, `from` and `to` are ms since 1970.
    """

    instruments: List[str]


class Conflated(TypedDict):
    """Ticks that newer ones replaced, at the proxy or before a slow reader."""

    count: int
    by: Literal["proxy", "reader"]


class Lost(TypedDict):
    code: int
    reason: str
    retry_at: int


class CommandError(Exception):
    """
    An answer that says no, or none: `code` is the proxy's, or `timeout`, `lost`, `closed`, `too_long`, `token_required`
    or `token_refused`.
    """

    def __init__(self, code: str, message: str, answer: Optional[Message] = None) -> None:
        super().__init__(message)
        self.code = code
        self.answer = answer


Listener = Callable[[Any], None]
Apply = Callable[[Message], None]

_log = logging.getLogger("smartapi_proxy")

_LOCAL = 0
"""In place of a close code, where it was this side that gave the connection up."""

_ABNORMAL = 1006

_TOKEN_REFUSED = 1008
"""The proxy's close code for a token that is missing or wrong; before its greeting it has no other meaning."""

_GOOD_AFTER_MS = 5_000
"""A connection that stood for so long was a good one: the waits begin anew."""

_OPEN_WITHIN_S = 8
"""An address that swallows packets would keep us connecting for minutes."""

_CLOSE_WITHIN_S = 2
"""A peer that does not answer the closing handshake is not waited for any longer."""

_PROBE_AFTER_LOOKS = 2
_LOST_AFTER_LOOKS = 5

_PROBE = json.dumps({"command": "list_exchanges"})
"""Any version of the proxy answers this, and the answer changes nothing."""

_MAX_COMMAND = 64 * 1024
"""The proxy closes the connection at a longer one, which would then be sent again on the next."""

_PARTS = ("candle_data", "progress")
"""What comes before an answer, with the same id."""

_CANDLE_MODE: Mode = "quote"
"""What candles are made of; of derivatives it is more."""

_NO_CANDLES: Tuple[Message, bool] = ({}, False)

_TOKENS_PER_COMMAND = 1_000
"""So that a command stays below that."""

_QUEUE = 10_000
"""Ticks that wait for a reader, before only the latest of each instrument is kept."""

_EXCHANGES = {1: "nse", 2: "nfo", 3: "bse", 4: "bfo", 5: "mcx", 7: "ncdex", 13: "cds"}
"""The broker's numbers, with which answers name the exchanges."""

_connect: Any = getattr(websockets, "connect")
"""Of whichever implementation the version has; type checkers see neither, where it is imported late."""

# Written by `websockets` would be, among much else, addresses and first messages, and so tokens.
_mute = logging.Logger("smartapi_proxy.socket", logging.CRITICAL + 1)

_INDIA = timezone(timedelta(hours=5, minutes=30))
"""Without summer time; a list of time zones is not everywhere."""


def _now() -> int:
    return time.time_ns() // 1_000_000


def _read_address(url: str) -> Tuple[str, str]:
    """
    The address to dial, and as messages may show it: without its user's part, query and fragment, each of which may
    hold an access token.
    """
    try:
        parts = urlsplit(url)
        scheme = {"http": "ws", "https": "wss"}.get(parts.scheme, parts.scheme)
        host, port = parts.hostname, parts.port
    except ValueError:
        scheme, host, port = "", None, None
    # Behind an @ in the path stands a host that its writer meant: what is before it may be a password.
    if scheme not in ("ws", "wss") or not host or "@" in parts.path:
        # Of what is no address, nobody can say where the secret parts begin and end.
        shown = "an address that cannot be read" if _may_hide(url) else repr(url)
        raise ValueError(f"No address of a proxy, such as ws://localhost:8765: {shown}")
    path = parts.path or "/"
    name = f"[{host}]" if ":" in host else host
    shown = f"{scheme}://{name}{'' if port is None else f':{port}'}{path}"
    return urlunsplit((scheme, parts.netloc, path, parts.query, "")), shown


def _may_hide(url: str) -> bool:
    return any(mark in url for mark in "?#@")


def _ticks_of(message: Message) -> List[Tick]:
    """The ticks of a data message; only `compressed` says how they are packed."""
    data = message["data"]
    ticks = json.loads(gzip.decompress(base64.b64decode(data))) if message.get("compressed") else data
    if not isinstance(ticks, list):
        raise TypeError("not a list of ticks")
    return cast(List[Tick], ticks)


def _packets_of(frame: bytes) -> Iterator[bytes]:
    """The broker's packets of a binary frame: each stands after its length in 16 bits, little-endian."""
    at = 0
    while at < len(frame):
        (length,) = struct.unpack_from("<H", frame, at)
        yield frame[at + 2 : at + 2 + length]
        at += 2 + length


def _said(**fields: Any) -> Message:
    """A command, without the fields that were not given."""
    return {name: value for name, value in fields.items() if value is not None}


def _listed(names: Union[str, int, Iterable[Union[str, int]], None]) -> Optional[List[str]]:
    """As texts, which numbers of any kind can be sent as. A text alone is one name, and no list of letters."""
    if names is None:
        return None
    return [str(name) for name in ([names] if isinstance(names, (str, int)) else names)]


class _Listeners:
    """Who listens to a client: one that throws hurts no other, and an error that nobody hears is written down."""

    def __init__(self) -> None:
        self._listeners: Dict[str, List[Listener]] = {}

    def add(self, name: str, listener: Listener) -> Callable[[], None]:
        listeners = self._listeners.setdefault(name, [])
        listeners.append(listener)
        return lambda: listeners.remove(listener) if listener in listeners else None

    def tell(self, name: str, event: object) -> None:
        for listener in list(self._listeners.get(name, ())):
            try:
                listener(event)
            except Exception as error:
                if name == "error":
                    _log.exception("a listener to errors failed")
                else:
                    self.failed(error)

    def failed(self, error: Exception) -> None:
        if self._listeners.get("error"):
            self.tell("error", error)
        else:
            _log.error("%s", error, exc_info=error)

    def tell_message(self, message: Message) -> None:
        """What a message, beside ticks and answers, tells."""
        kind, status = message.get("type"), message.get("status")
        if kind == "info":
            self.tell("open", message)
        elif kind == "chain":
            self.tell("chain", message)
        elif kind == "system" and status != "token_required":
            self.tell("news", message)
            if status in ("stale", "fresh", "suspect"):
                self.tell("freshness", message)
            if status == "upstream_up":
                period = _said(**{name: message.get(name) for name in ("from", "to", "instruments")})
                self.tell("gap", {"kind": "upstream", **period})
            if status == "conflated":
                self.tell("conflated", {"count": message["conflated"], "by": "proxy"})
        elif kind == "candle_data" and "id" not in message:
            self.tell("candles", message["data"])
        elif status == "error" and "id" not in message:
            self.failed(CommandError(str(message.get("code")), str(message.get("message")), message))


class _Request:
    def __init__(self, number: str, name: str, text: str, kept: bool, apply: Optional[Apply]) -> None:
        self.number = number
        self.name = name
        self.text = text
        self.kept = kept
        """It waits for a connection, and for the next one where it is lost."""
        self.apply = apply
        self.parts: List[Message] = []
        """What came before the answer, with the same id."""
        self.part: Optional[Apply] = None
        self.heard = asyncio.Event()
        """Something of it came."""
        self.sent = False
        self.answer: asyncio.Future[Message] = asyncio.get_running_loop().create_future()
        # Whoever does not wait for it is not to be told of it.
        self.answer.add_done_callback(lambda answer: answer.cancelled() or answer.exception())

    def refuse(self, error: Exception) -> None:
        if not self.answer.done():
            self.answer.set_exception(error)


class _Requests:
    """Commands and their answers: each carries an `id`, and is settled by the answer that carries the same."""

    def __init__(self, shown: str, timeout: float, send: Callable[[str], bool]) -> None:
        self._shown = shown
        self._timeout = timeout
        self._send = send
        self._open: Dict[str, _Request] = {}
        self._count = 0
        self._over: Optional[Exception] = None

    def ask(self, command: Message, apply: Optional[Apply] = None, kept: bool = False) -> _Request:
        """:param apply: what the answer does here; it does so also when nobody waits for it any more."""
        if self._over is not None:
            raise self._over
        self._count += 1
        number = f"c{self._count}"
        text = json.dumps({**command, "id": number}, separators=(",", ":"), allow_nan=False)
        if len(text) > _MAX_COMMAND:
            raise CommandError("too_long", f'"{command["command"]}" is longer than 64 KiB; split it')
        request = self._open[number] = _Request(number, command["command"], text, kept, apply)
        request.sent = self._send(text)
        return request

    async def answered(self, request: _Request) -> Message:
        try:
            # As long as parts come, it is being answered.
            while True:
                request.heard.clear()
                heard = asyncio.ensure_future(request.heard.wait())
                try:
                    waiting: List[asyncio.Future[Any]] = [request.answer, heard]
                    done, _ = await asyncio.wait(
                        waiting, timeout=self._timeout, return_when=asyncio.FIRST_COMPLETED
                    )
                finally:
                    heard.cancel()
                if request.answer in done:
                    return request.answer.result()
                if not done:
                    raise asyncio.TimeoutError
        except asyncio.TimeoutError:
            why = "" if request.sent else f": not connected to {self._shown}"
            message = f'No answer to "{request.name}" within {self._timeout:g} s{why}'
            raise CommandError("timeout", message) from None
        finally:
            request.answer.cancel()
            # What the proxy has got, it may still carry out; its answer counts whenever it comes.
            if not request.sent:
                self._open.pop(request.number, None)

    def settle(self, message: Message) -> bool:
        number = message.get("id")
        request = self._open.get(number) if isinstance(number, str) else None
        if request is None:
            return False
        if message.get("type") in _PARTS:
            request.heard.set()
            if message["type"] == "candle_data":
                request.parts.append(message)
            elif request.part is not None:
                request.part(message)
            return True
        self._open.pop(request.number, None)
        if message.get("status") == "error":
            request.refuse(CommandError(str(message.get("code")), str(message.get("message")), message))
            return True
        try:
            if request.apply is not None:
                request.apply(message)
        except Exception as error:
            request.refuse(error)
        if not request.answer.done():
            request.answer.set_result(message)
        return True

    def send_all(self) -> None:
        for request in self._open.values():
            request.sent = request.sent or self._send(request.text)

    def call_off(self, request: _Request) -> None:
        """Nobody waits for it any more, and the proxy need not go on with it."""
        if self._open.pop(request.number, None) is not None and request.sent and self._over is None:
            self.ask({"command": "cancel", "request": request.number})

    def drop(self) -> None:
        """The connection is lost."""
        for request in list(self._open.values()):
            request.sent = False
            # What came of it comes once more.
            request.parts.clear()
            if request.kept and not request.answer.done():
                continue
            self._open.pop(request.number, None)
            request.refuse(CommandError("lost", "The connection was lost before the answer came"))

    def close(self, error: Optional[Exception]) -> None:
        self._over = error or CommandError("closed", "The client is closed")
        for request in self._open.values():
            request.refuse(error or CommandError("closed", "The client was closed before the answer came"))
        self._open.clear()


class _Wanted:
    """What a program is subscribed to, told by the answers it got, so that it can be asked for again."""

    def __init__(self) -> None:
        self.modes: Dict[str, Mode] = {}
        self._symbols: Dict[str, str] = {}
        """The symbol that an instrument had when it was asked for."""
        self._chains: Dict[str, Message] = {}
        """Option chains by their ids, as they were asked for; their instruments are the proxy's."""
        self._candles: Dict[str, Tuple[Message, bool]] = {}
        """The candles of an instrument, and whether its ticks are not wanted."""

    def __bool__(self) -> bool:
        return bool(self.modes or self._chains)

    def add_chain(self, answer: Message, chain: Message) -> None:
        given = answer["chain"]
        self._chains[given["id"]] = {"command": "subscribe", "chain": chain, "mode": given["mode"]}

    def forget_chains(self, ids: Optional[Iterable[str]] = None) -> None:
        """All of them where none is named."""
        for name in list(self._chains if ids is None else ids):
            self._chains.pop(name, None)

    @staticmethod
    def keys_of(answer: Message) -> List[str]:
        """The instruments that an answer grants or takes away."""
        return [f"{_EXCHANGES[row['exchangeType']]}:{token}" for row in answer["data"] for token in row["tokens"]]

    def add(self, answer: Message, mode: Optional[Mode], candles: Optional[Message] = None) -> None:
        """:param candles: the choice of candles, where there is one."""
        for row in answer.get("results", ()):
            if "symbol" in row:
                self._symbols[row["instrument"]] = row["symbol"]
        for key in self.keys_of(answer):
            # Without a mode the proxy leaves what it has as it is.
            before = None if self._candles.get(key, _NO_CANDLES)[1] else self.modes.get(key)
            quiet = candles is not None and mode is None and before is None
            self.modes[key] = mode or before or (_CANDLE_MODE if quiet else "ltp")
            if candles is not None:
                self._candles[key] = (candles, quiet)
            elif key in self._candles:
                self._candles[key] = (self._candles[key][0], False)

    def remove(self, answer: Message) -> None:
        self.forget(self.keys_of(answer))

    def forget(self, keys: Iterable[str]) -> None:
        for key in keys:
            self.modes.pop(key, None)
            self._candles.pop(key, None)
            self._symbols.pop(key, None)

    def replaced(self, answer: Message) -> List[Message]:
        """The instruments of an answer whose number means another one than when it was asked for."""
        changes = []
        for row in answer.get("results", ()):
            key, symbol = row["instrument"], row.get("symbol")
            before = self._symbols.get(key)
            # Shares keep their numbers for ever, also where their names change.
            share = key.startswith(("nse:", "bse:"))
            if row["status"] == "accepted" and before not in (None, symbol) and not share:
                changes.append({"instrument": key, "from": before, "to": symbol})
        return changes

    def commands(self) -> List[Message]:
        groups: Dict[Tuple[str, Optional[Mode], str], List[str]] = {}
        for key, mode in self.modes.items():
            exchange, token = key.split(":", 1)
            candles, quiet = self._candles.get(key, _NO_CANDLES)
            group = (exchange, None if quiet else mode, json.dumps(candles))
            groups.setdefault(group, []).append(token)
        return list(self._chains.values()) + [
            _said(
                command="subscribe",
                exchange=exchange,
                tokens=tokens[at : at + _TOKENS_PER_COMMAND],
                mode=mode,
                **json.loads(candles),
            )
            for (exchange, mode, candles), tokens in groups.items()
            for at in range(0, len(tokens), _TOKENS_PER_COMMAND)
        ]

    def rows_of(self, answer: Message) -> List[Row]:
        """A row for each instrument, also where the proxy answers with none: for a watch list without a mode."""
        if "results" in answer:
            return cast(List[Row], answer["results"])
        return [{"status": "accepted", "instrument": key, "mode": self.modes[key]} for key in self.keys_of(answer)]


class Ticks:
    """
    One reader's ticks. Whoever reads late gets every tick; whoever is `limit` ticks behind gets the latest of each
    instrument from there on, until all is read. `conflated` counts what was missed so.
    """

    def __init__(self, limit: int, tell: Callable[[int], None]) -> None:
        self.conflated = 0
        self._limit = limit
        self._tell = tell
        self._waiting: OrderedDict[object, Tick] = OrderedDict()
        """In order; by instrument once the reader is slow, else by a running number."""
        self._slow = False
        self._count = 0
        self._error: Optional[Exception] = None
        """Raised to the reader, once, when all that waits is read."""
        self._ended = False
        self._woken = asyncio.Event()

    def __aiter__(self) -> Ticks:
        return self

    async def __anext__(self) -> Tick:
        while not self._waiting:
            error, self._error = self._error, None
            if error is not None:
                raise error
            if self._ended:
                raise StopAsyncIteration
            self._woken.clear()
            await self._woken.wait()
        return self._waiting.popitem(last=False)[1]

    async def aclose(self) -> None:
        """The reader has had enough."""
        self._waiting.clear()
        self._end()
        self._error = None

    def _push(self, tick: Tick) -> None:
        if self._ended:
            return
        if not self._waiting:
            self._slow = False
        elif not self._slow and len(self._waiting) >= self._limit:
            self._conflate()
        self._count += 1
        key = self._key_of(tick) if self._slow else self._count
        # The latest is the last.
        if self._waiting.pop(key, None) is not None:
            self._replaced(1)
        self._waiting[key] = tick
        self._woken.set()

    def _end(self, error: Optional[Exception] = None) -> None:
        self._ended = True
        self._error = error
        self._woken.set()

    def _conflate(self) -> None:
        self._slow = True
        ticks = list(self._waiting.values())
        self._waiting.clear()
        for tick in ticks:
            self._waiting.pop(self._key_of(tick), None)
            self._waiting[self._key_of(tick)] = tick
        if len(ticks) > len(self._waiting):
            self._replaced(len(ticks) - len(self._waiting))

    def _replaced(self, count: int) -> None:
        self.conflated += count
        self._tell(count)

    @staticmethod
    def _key_of(tick: Tick) -> Tuple[str, str]:
        return tick["exchange"], tick["token"]


class _Link:
    """One connection, from the dialling to its end. Whatever its socket still says afterwards is not heard."""

    def __init__(self, received: Callable[[_Link, Union[str, bytes]], None]) -> None:
        self.opened_at = 0
        self.heard_at = 0
        self.seq = 0
        self.asked = False
        """The proxy wants an access token."""
        self.fetching: Optional[asyncio.Task[None]] = None
        self.sent: Optional[str] = None
        """The token that was sent, and neither taken nor refused yet."""
        self.shutting: Optional[asyncio.Task[None]] = None
        self._received = received
        self._looks = 0
        self._outbox: asyncio.Queue[str] = asyncio.Queue()
        self._end: asyncio.Future[Tuple[int, str]] = asyncio.get_running_loop().create_future()

    @property
    def over(self) -> bool:
        return self._end.done()

    @property
    def up(self) -> bool:
        # A port that takes connections and drops them again is no proxy: not before its greeting are we connected.
        return self.opened_at > 0 and not self.over

    def send(self, text: str) -> None:
        self._outbox.put_nowait(text)

    def lost(self, code: int, reason: str) -> None:
        """Once per connection, whoever notices first."""
        if not self.over:
            self._end.set_result((code, reason))

    async def run(self, socket: Any, look: float) -> Tuple[int, str]:
        """Reads and writes until the connection is lost; gives the close code and its reason."""
        work = (self._read(socket), self._write(socket), self._look(look))
        tasks = [asyncio.ensure_future(each) for each in work]
        try:
            return await self._end
        finally:
            self.lost(_LOCAL, "closed")
            for task in tasks:
                task.cancel()
            if self.fetching is not None:
                self.fetching.cancel()
            self.shutting = asyncio.ensure_future(self._shut(socket))

    async def _read(self, socket: Any) -> None:
        try:
            while not self.over:
                frame = await socket.recv()
                self._looks = 0
                self.heard_at = _now()
                self._received(self, frame)
        # Whatever it is, the socket says no more; how it ended, it says itself.
        except Exception:
            self.lost(socket.close_code or _ABNORMAL, socket.close_reason or "")

    async def _write(self, socket: Any) -> None:
        try:
            while True:
                await socket.send(await self._outbox.get())
        # The reader notices it too, and knows why.
        except ConnectionClosed:
            pass

    async def _look(self, seconds: float) -> None:
        """
        A network that went away without a word leaves a socket that looks open for ever. Silence is counted in looks
        instead of time: a computer that had been put to sleep must not wake up, find that an hour has passed, and
        blame the socket.
        """
        while True:
            await asyncio.sleep(seconds)
            self._looks += 1
            # A proxy that waits for a token takes any other command for a refusal to give one.
            if self._looks == _PROBE_AFTER_LOOKS and not (self.asked and self.opened_at == 0):
                self.send(_PROBE)
            if self._looks >= _LOST_AFTER_LOOKS:
                self.lost(_LOCAL, "silent")

    @staticmethod
    async def _shut(socket: Any) -> None:
        try:
            await asyncio.wait_for(socket.close(), _CLOSE_WITHIN_S)
        except Exception:
            socket.transport.abort()


_EVENTS = (
    "tick",
    "snapshot",
    "packets",
    "candles",
    "gap",
    "conflated",
    "freshness",
    "news",
    "chain",
    "open",
    "lost",
    "closed",
    "error",
)


class Client:
    """
    Connects to a proxy, for ever: until `close()`, or until the proxy asks for an access token and there is none that
    it takes. Then all commands, and loops over `ticks()`, end with a `CommandError` whose `code` is `token_required` or
    `token_refused`; it is told as `error`, then comes `closed`.

    All commands raise a `CommandError` where they fail, and wait for a connection where there is none.

    :param url: of a proxy, `ws://`, `wss://`, `http://` or `https://`.
    :param token: the access token, where the proxy asks for one; a function, which may be async, is asked at each
        connection. It is sent as the first message and never stands in an address. A function that fails is told as
        `error` and asked again.
    :param contract: how ticks come; see `configure`.
    :param ssl: an `ssl.SSLContext` for a certificate that this machine does not trust by itself.
    :param timeout: seconds for an answer.
    :param retry_base: the longest wait before the first retry, doubled each time, in seconds.
    :param retry_cap: the longest wait before any retry, in seconds.
    :param look: how often silence is looked at, in seconds: after two looks the proxy is asked, after five the
        connection is given up.
    :param random: from 0 to 1: which part of a wait is waited.
    :raises ValueError: the address is none, or has no use for `ssl`. What of it may be a secret is not repeated.
    :raises TypeError: the token is neither a text nor a function.
    """

    def __init__(
        self,
        url: str = "ws://localhost:8765",
        *,
        token: Optional[Token] = None,
        contract: Optional[Contract] = None,
        ssl: Any = None,
        timeout: float = 10,
        retry_base: float = 0.5,
        retry_cap: float = 30,
        look: float = 5,
        random: Callable[[], float] = randomness.random,
    ) -> None:
        if token is not None and not isinstance(token, str) and not callable(token):
            raise TypeError("token is a text, or a function that gives one")
        self._address, self._shown = _read_address(url)
        if ssl is not None and not self._address.startswith("wss:"):
            raise ValueError(f"ssl is for addresses with wss:// or https://, and not for {self._shown}")
        self._hides = _may_hide(url)
        self._token = token
        # What cannot be sent is better said now than at each connection.
        self._contract: Contract = json.loads(json.dumps(contract or {}, allow_nan=False))
        self._ssl = {} if ssl is None else {"ssl": ssl}
        self._retry_base = retry_base
        self._retry_cap = retry_cap
        self._look = look
        self._random = random
        self._closed = False
        self._gap_from: Optional[int] = None
        """When the connection was last heard of, until all is subscribed again."""
        # A loop that was left leaves no reader behind.
        self._readers: weakref.WeakSet[Ticks] = weakref.WeakSet()
        self._listeners = _Listeners()
        self._wanted = _Wanted()
        self._requests = _Requests(self._shown, timeout, self._send)
        self._link: Optional[_Link] = None
        self._tasks: List[asyncio.Future[None]] = []
        """What goes on beside the connection; the loop itself would not keep it alive."""
        self._running = self._spawn(self._run())

    def __repr__(self) -> str:
        return f"<Client of {self._shown}>"

    async def __aenter__(self) -> Client:
        return self

    async def __aexit__(
        self, kind: Optional[Type[BaseException]], error: Optional[BaseException], trace: Optional[TracebackType]
    ) -> None:
        await self.close()

    @property
    def wanted(self) -> Dict[str, Mode]:
        """The instruments that are subscribed, and will be again after each loss, with their modes."""
        return dict(self._wanted.modes)

    async def subscribe(
        self,
        *,
        exchange: Union[str, int, None] = None,
        tokens: Union[str, int, Iterable[Union[str, int]], None] = None,
        symbols: Union[str, Iterable[str], None] = None,
        mode: Optional[Mode] = None,
        candles: Union[Interval, Iterable[Interval], None] = None,
        every: Optional[float] = None,
        forming: Optional[bool] = None,
        since: Union[str, int, None] = None,
    ) -> Subscribed:
        """
        An exchange alone means its watch list; tokens need their exchange; symbols are names such as `NSE:SBIN-EQ`.
        Without a mode, what is subscribed keeps its own and the rest gets `ltp`. The answer has a row for each
        instrument in `results`; it is an error where none was accepted. With `since`, such as "09:15" or "-15m", today's
        recorded ticks since then come first.

        :param candles: their lengths; they are told as `candles`. Without a mode, no ticks come beside them.
        :param every: how often the candle that is being made comes, in ms; for all candles of this client.
        :param forming: whether it comes at all.
        """
        lengths = [candles] if isinstance(candles, str) else None if candles is None else list(candles)
        choice = None if lengths is None else _said(candles=lengths, every=every, forming=forming)
        names = _said(exchange=exchange, tokens=_listed(tokens), symbols=_listed(symbols), mode=mode)
        if since is not None:
            names["from"] = since
        command = {"command": "subscribe", **names, **(choice or {})}
        answer = await self._ask(command, lambda answer: self._wanted.add(answer, mode, choice))
        return cast(Subscribed, {**answer, "results": self._wanted.rows_of(answer)})

    async def unsubscribe(
        self,
        *,
        exchange: Union[str, int, None] = None,
        tokens: Union[str, int, Iterable[Union[str, int]], None] = None,
        symbols: Union[str, Iterable[str], None] = None,
        all: Optional[Literal[True]] = None,
    ) -> Message:
        """`all=True` for everything."""
        names = _said(exchange=exchange, tokens=_listed(tokens), symbols=_listed(symbols), all=all)

        def apply(answer: Message) -> None:
            self._wanted.remove(answer)
            if all:
                self._wanted.forget_chains()

        return await self._ask({"command": "unsubscribe", **names}, apply)

    async def subscribe_chain(
        self,
        underlying: str,
        *,
        expiry: Optional[str] = None,
        strikes: Optional[int] = None,
        exchange: Union[str, int, None] = None,
        mode: Optional[Mode] = None,
    ) -> Message:
        """
        Subscribes to the options around the money, wherever it goes; the event `chain` tells of each change.

        :param underlying: its name, or that of an instrument that leads to it: `NIFTY`, `RELIANCE`, `CRUDEOIL`.
        :param expiry: `nearest`, `next`, `monthly`, or a day such as `2026-12-29`; the nearest by default.
        :param strikes: on each side of the money, 1 to 100; 10 by default.
        """
        chain = _said(underlying=underlying, exchange=exchange, expiry=expiry, strikes=strikes)
        command = _said(command="subscribe", chain=chain, mode=mode)
        return await self._ask(command, lambda answer: self._wanted.add_chain(answer, chain))

    async def unsubscribe_chain(
        self, underlying: str, *, expiry: Optional[str] = None, exchange: Union[str, int, None] = None
    ) -> Message:
        """Without an expiry, all chains of the underlying."""
        chain = _said(underlying=underlying, exchange=exchange, expiry=expiry)
        command = _said(command="unsubscribe", chain=chain)
        return await self._ask(command, lambda answer: self._wanted.forget_chains(answer["unsubscribed"]))

    async def configure(self, contract: Contract) -> Contract:
        """Chooses how ticks come; what is not named stays. Answers the contract now in force."""

        def apply(answer: Message) -> None:
            self._contract = answer["data"]

        return cast(Contract, (await self._ask({"command": "configure", **contract}, apply))["data"])

    async def search(
        self, query: str, *, limit: Optional[int] = None, exchange: Union[str, int, None] = None
    ) -> List[Message]:
        """Finds instruments by parts of their names."""
        command = _said(command="search", query=query, limit=limit, exchange=exchange)
        return cast(List[Message], (await self._ask(command))["data"])

    async def clients(self) -> List[Message]:
        """Who is connected. On the proxy's own machine, or with a token that has the right `operator`."""
        return cast(List[Message], (await self._ask({"command": "clients"}))["data"])

    async def disconnect_client(self, number: int) -> None:
        """Closes another client, by its `number` among `clients()`."""
        # Not sent on another connection: after a restart the number may be somebody else's.
        if self._link is None or not self._link.up:
            raise CommandError("lost", "There is no connection")
        await self._ask({"command": "disconnect", "number": number}, kept=False)

    async def overview(self, after: Optional[int] = None) -> Message:
        """How the whole proxy stands, and those of the last lines of its log that come after one."""
        return cast(Message, (await self._ask(_said(command="overview", after=after)))["data"])

    async def candles(
        self,
        symbols: Union[str, Iterable[str], None] = None,
        *,
        interval: Interval = "1m",
        start: Union[int, str, None] = None,
        end: Union[int, str, None] = None,
        exchange: Union[str, int, None] = None,
        tokens: Union[str, int, Iterable[Union[str, int]], None] = None,
        progress: Optional[Callable[[int, int], None]] = None,
    ) -> List[CandleRow]:
        """
        Candles of a stretch of time, a row for each instrument; however long it takes, as long as parts of it come.
        Whoever gives up waiting calls it off.

        :param start: ms or seconds since 1970, a day `2026-11-20`, or a time `2026-11-20 09:15` in India; by default
            today.
        :param end: not included, but for a day; by default now.
        :param progress: told how many of how many calls the proxy has made to the broker.
        """
        period = {"from": start, "to": end}
        names = _said(exchange=exchange, tokens=_listed(tokens), symbols=_listed(symbols), **period)
        request = self._requests.ask({"command": "candles", "interval": interval, **names}, kept=True)
        if progress is not None:
            told = progress
            request.part = lambda message: told(message["done"], message["total"])
        try:
            answer = await self._requests.answered(request)
        except asyncio.CancelledError:
            self._requests.call_off(request)
            raise
        rows: Dict[str, List[Candle]] = {}
        for part in request.parts:
            for row in part["data"]:
                rows.setdefault(row["instrument"], []).extend(row["candles"])
        results = [{**row, "candles": rows.get(row["instrument"], [])} for row in answer["results"]]
        return cast(List[CandleRow], results)

    async def status(self) -> Message:
        """How the feed, the markets, the budget and this client stand."""
        return cast(Message, (await self._ask({"command": "status"}))["data"])

    async def list_subscriptions(self) -> List[Row]:
        return cast(List[Row], (await self._ask({"command": "list_subscriptions"}))["data"])

    async def ping(self) -> float:
        """The way to the proxy and back, in ms."""
        begin = time.perf_counter()
        await self._ask({"command": "ping", "ts": _now()})
        return (time.perf_counter() - begin) * 1_000

    def ticks(self, *, limit: int = _QUEUE) -> Ticks:
        """
        All ticks from now on, last known values (`snapshot`) among them.

        :param limit: how many may wait before only the latest of each instrument is kept.
        """
        ticks = Ticks(limit, lambda count: self._listeners.tell("conflated", {"count": count, "by": "reader"}))
        if self._closed:
            ticks._end()
        else:
            self._readers.add(ticks)
        return ticks

    @overload
    def on(self, name: Literal["tick"], listener: Callable[[Tick], None]) -> Callable[[], None]: ...
    @overload
    def on(self, name: Literal["snapshot"], listener: Callable[[List[Tick]], None]) -> Callable[[], None]: ...
    @overload
    def on(self, name: Literal["packets"], listener: Callable[[List[bytes]], None]) -> Callable[[], None]: ...
    @overload
    def on(self, name: Literal["candles"], listener: Callable[[List[CandleRow]], None]) -> Callable[[], None]: ...
    @overload
    def on(self, name: Literal["gap"], listener: Callable[[Gap], None]) -> Callable[[], None]: ...
    @overload
    def on(self, name: Literal["conflated"], listener: Callable[[Conflated], None]) -> Callable[[], None]: ...
    @overload
    def on(self, name: Literal["freshness", "news", "open"], listener: Callable[[Message], None]) -> Callable[[], None]: ...
    @overload
    def on(self, name: Literal["chain"], listener: Callable[[Message], None]) -> Callable[[], None]: ...
    @overload
    def on(self, name: Literal["lost"], listener: Callable[[Lost], None]) -> Callable[[], None]: ...
    @overload
    def on(self, name: Literal["closed"], listener: Callable[[None], None]) -> Callable[[], None]: ...
    @overload
    def on(self, name: Literal["error"], listener: Callable[[Exception], None]) -> Callable[[], None]: ...
    def on(self, name: str, listener: Listener) -> Callable[[], None]:
        """
        Has a function called at each event; gives one that takes it away again.

        `tick`: one that is of now. `snapshot`: last known values, in one list. `packets`: the broker's own, with the
        encoding `binary`. `candles`: those that were subscribed, a list of rows. `gap`, `conflated`: what was not seen.
        `news`: all news; `freshness`: of them `stale`, `fresh` and `suspect`. `chain`: what changes in an option chain.
        `open`: the first message of a connection. `lost`, `closed`. `error`: what nobody awaits; written to the log
        `smartapi_proxy` where nobody listens.
        """
        if name not in _EVENTS:
            raise ValueError(f"There is no event {name!r}; known: {', '.join(_EVENTS)}")
        return self._listeners.add(name, listener)

    async def close(self) -> None:
        """Ends everything: loops, open commands (which raise `closed`), retries. Returns when the socket is gone."""
        self._finish()
        if self._running is not asyncio.current_task():
            self._running.cancel()
        # Its end begins the closing of the socket, which is then waited for as well.
        while True:
            tasks = [task for task in self._tasks if task is not asyncio.current_task()]
            if not tasks:
                return
            await asyncio.wait(tasks)

    def _spawn(self, work: Coroutine[Any, Any, None]) -> asyncio.Task[None]:
        task = asyncio.get_running_loop().create_task(work)
        self._keep(task)
        return task

    def _keep(self, task: asyncio.Task[None]) -> None:
        self._tasks.append(task)
        task.add_done_callback(self._tasks.remove)

    async def _ask(self, command: Message, apply: Optional[Apply] = None, kept: bool = True) -> Message:
        return await self._requests.answered(self._requests.ask(command, apply, kept=kept))

    def _send(self, text: str) -> bool:
        if self._link is None or not self._link.up:
            return False
        self._link.send(text)
        return True

    async def _run(self) -> None:
        """One connection after the other."""
        try:
            failures = 0
            while not self._closed:
                link = self._link = _Link(self._received)
                code, reason = await self._connection(link)
                good = link.opened_at > 0 and _now() - link.opened_at >= _GOOD_AFTER_MS
                failures = 1 if good else failures + 1
                self._down(link, code, reason)
                if self._closed:
                    return
                wait = self._random() * min(self._retry_cap, self._retry_base * 2 ** min(failures - 1, 30))
                retry_at = _now() + round(wait * 1_000)
                self._listeners.tell("lost", {"code": code, "reason": reason, "retry_at": retry_at})
                await asyncio.sleep(wait)
        # A fault of ours must not leave loops and commands waiting for ever.
        except Exception as error:
            self._fail(error)

    async def _connection(self, link: _Link) -> Tuple[int, str]:
        """One connection, from the dialling to its end; gives the close code and its reason."""
        try:
            socket = await _connect(
                self._address,
                open_timeout=_OPEN_WITHIN_S,
                close_timeout=_CLOSE_WITHIN_S,
                # The proxy pings, and silence is looked at here.
                ping_interval=None,
                # Ticks are compressed already, and a snapshot of many is large.
                compression=None,
                max_size=None,
                logger=_mute,
                **self._ssl,
            )
        except Exception as error:
            status = _http_status(error)
            if status == 401:
                self._fail(CommandError("token_refused", f"{self._shown} refused the access token: HTTP 401"))
            return _ABNORMAL, f"HTTP {status}" if status else self._why(error)
        try:
            return await link.run(socket, self._look)
        finally:
            if link.shutting is not None:
                self._keep(link.shutting)

    def _why(self, error: Exception) -> str:
        if isinstance(error, (asyncio.TimeoutError, TimeoutError)):
            return "no answer"
        # What `websockets` says may repeat the address, as it was given or as a redirection gave it back.
        return type(error).__name__ if self._hides else str(error) or type(error).__name__

    def _received(self, link: _Link, frame: Union[str, bytes]) -> None:
        try:
            if isinstance(frame, bytes):
                # It counts, but carries no number.
                link.seq += 1
                return self._listeners.tell("packets", list(_packets_of(frame)))
            try:
                message = json.loads(frame)
            except (ValueError, RecursionError) as cause:
                raise ValueError("A frame was not JSON") from cause
            if not isinstance(message, dict):
                return
            if message.get("type") == "market_data":
                self._data(link, message)
            else:
                self._message(link, message)
        # One message that cannot be read is no reason to miss those after it.
        except Exception as error:
            self._listeners.failed(error)

    def _data(self, link: _Link, message: Message) -> None:
        seq, conflated = message.get("seq"), message.get("conflated")
        if isinstance(seq, int):
            if seq > link.seq + 1:
                self._listeners.tell("gap", {"kind": "messages", "from": link.seq + 1, "to": seq - 1})
            link.seq = max(link.seq, seq)
        try:
            ticks = _ticks_of(message)
        except Exception as cause:
            raise ValueError(f"Data message {seq} could not be read") from cause
        if isinstance(conflated, int) and conflated > 0:
            self._listeners.tell("conflated", {"count": conflated, "by": "proxy"})
        if message.get("source") == "replay":
            for tick in ticks:
                tick["source"] = "replay"
        snapshot = message.get("snapshot") is True
        if snapshot:
            for tick in ticks:
                tick["snapshot"] = True
            self._listeners.tell("snapshot", ticks)
        readers = list(self._readers)
        for tick in ticks:
            if not snapshot:
                self._listeners.tell("tick", tick)
            for reader in readers:
                reader._push(tick)

    def _message(self, link: _Link, message: Message) -> None:
        kind, status = message.get("type"), message.get("status")
        if kind == "info" and link.opened_at == 0:
            link.opened_at = _now()
            self._up(link)
        if status == "token_required" and link.opened_at == 0 and not link.asked:
            link.asked = True
            self._asked(link)
        if self._requests.settle(message):
            return
        # Their numbers may mean something else by now: asked for again, they would be another contract.
        if kind == "system" and status in ("expired", "replaced"):
            self._wanted.forget(message.get("instruments", ()))
        if kind == "chain" and status == "ended":
            self._wanted.forget_chains([message["chain"]["id"]])
        self._listeners.tell_message(message)

    def _asked(self, link: _Link) -> None:
        """The proxy wants a token."""
        if self._token is None:
            self._missing("none was given")
        elif isinstance(self._token, str):
            self._authenticate(link, self._token, "it is empty")
        else:
            link.fetching = self._spawn(self._fetch(link, self._token))

    async def _fetch(self, link: _Link, ask: Callable[[], Union[Optional[str], Awaitable[Optional[str]]]]) -> None:
        try:
            given = ask()
            token = await given if inspect.isawaitable(given) else given
        except Exception as cause:
            # It may be a matter of the moment, as where it is fetched from elsewhere.
            error = RuntimeError("The function for the token failed; it is asked again")
            error.__cause__ = cause
            self._listeners.failed(error)
            link.lost(_LOCAL, "no token")
        else:
            # What is no text is none, and must not be sent as if it were.
            self._authenticate(link, token if isinstance(token, str) else "", "the function gave none")

    def _authenticate(self, link: _Link, token: str, if_empty: str) -> None:
        if token == "":
            self._missing(if_empty)
        elif not link.over:
            link.sent = token
            link.send(json.dumps({"command": "authenticate", "token": token}))

    def _missing(self, why: str) -> None:
        self._fail(CommandError("token_required", f"{self._shown} asks for an access token: {why}"))

    def _up(self, link: _Link) -> None:
        """Puts the proxy's new picture of us in order: the contract, what is wanted, then what is not answered yet."""
        link.sent = None
        own = _said(**self._contract)
        configure = [{"command": "configure", **own}] if own else []
        requests = [self._requests.ask(command) for command in configure + self._wanted.commands()]
        self._requests.send_all()
        self._spawn(self._in_order(requests))

    async def _in_order(self, requests: List[_Request]) -> None:
        """When all is subscribed again, the gap is over."""
        answers = await asyncio.gather(*map(self._requests.answered, requests), return_exceptions=True)
        errors: List[Exception] = []
        for answer in answers:
            if isinstance(answer, Exception):
                errors.append(answer)
            elif isinstance(answer, dict):
                self._give_up(self._wanted.replaced(answer))
                if answer.get("status") == "partial":
                    errors.append(CommandError(str(answer.get("code")), str(answer.get("message")), answer))
        # Another loss: the gap goes on.
        if self._closed or any(isinstance(error, CommandError) and error.code == "lost" for error in errors):
            return
        for error in errors:
            self._listeners.failed(error)
        if self._gap_from is not None:
            begin, self._gap_from = self._gap_from, None
            instruments = list(self._wanted.modes)
            gap = {"kind": "connection", "from": begin, "to": _now(), "instruments": instruments}
            self._listeners.tell("gap", gap)

    def _give_up(self, changes: List[Message]) -> None:
        """Numbers that came to mean something else while there was no connection."""
        if not changes:
            return
        instruments = [change["instrument"] for change in changes]
        self._wanted.forget(instruments)
        for instrument in instruments:
            exchange, token = instrument.split(":", 1)
            self._requests.ask({"command": "unsubscribe", "exchange": exchange, "tokens": [token]})
        names = ", ".join(f"{change['from']} is now {change['to']}" for change in changes)
        message = f"replaced: {names}; the subscription has ended"
        event: Message = {"type": "system", "status": "replaced", "message": message, "changes": changes}
        self._listeners.tell_message({**event, "instruments": instruments})

    def _down(self, link: _Link, code: int, reason: str) -> None:
        if link.opened_at > 0 and self._wanted and self._gap_from is None:
            self._gap_from = link.heard_at
        self._requests.drop()
        if code != _TOKEN_REFUSED:
            return
        if link.sent is not None:
            why = reason.replace(link.sent, "…") or "it did not say why"
            self._fail(CommandError("token_refused", f"{self._shown} refused the access token: {why}"))
        elif link.fetching is not None and link.opened_at == 0:
            self._listeners.failed(RuntimeError("The function for the token took too long; it is asked again"))

    def _fail(self, error: Exception) -> None:
        """Nothing that is done again would help."""
        if not self._closed:
            self._listeners.failed(error)
            self._finish(error)

    def _finish(self, error: Optional[Exception] = None) -> None:
        if self._closed:
            return
        self._closed = True
        self._requests.close(error)
        for reader in list(self._readers):
            reader._end(error)
        if self._link is not None:
            self._link.lost(_LOCAL, "closed")
        self._listeners.tell("closed", None)


def _http_status(error: Exception) -> Optional[int]:
    """The number of a refused handshake: `websockets` keeps it in the answer since version 14."""
    status = getattr(getattr(error, "response", error), "status_code", None)
    return status if isinstance(status, int) else None


def to_frame(ticks: Iterable[Tick]) -> Any:
    """
    A `pandas.DataFrame`: a row for each tick, by the exchange's clock in Indian time, where the ticks have it. Times
    become timestamps; the best five become `bid_price_1`, `bid_quantity_1`, `bid_orders_1` and so on.

    :raises ImportError: pandas is not there.
    """
    try:
        pandas = import_module("pandas")
    except ImportError:
        raise ImportError("to_frame needs pandas: pip install pandas") from None
    frame = pandas.DataFrame([dict(_cells(tick)) for tick in ticks])
    for name in ("exchange_timestamp", "last_traded_timestamp", "received_at"):
        if name in frame:
            frame[name] = pandas.to_datetime(frame[name], unit="ms", utc=True).dt.tz_convert(_INDIA)
    return frame.set_index("exchange_timestamp") if "exchange_timestamp" in frame else frame


def _cells(tick: Tick) -> Iterator[Tuple[str, object]]:
    for name, value in tick.items():
        if name not in ("bids", "asks"):
            yield name, value
            continue
        for rank, level in enumerate(cast(List[Level], value), 1):
            for part, number in level.items():
                yield f"{name[:-1]}_{part}_{rank}", number
