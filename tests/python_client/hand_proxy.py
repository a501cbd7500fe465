"""A proxy in the test's hand: it says and closes what it is told, and keeps what the client sends."""

import asyncio
import json
from typing import Any, Dict, List, Optional

import websockets
from smartapi_proxy import Client

Message = Dict[str, Any]

INFO: Message = {"type": "info", "message": ""}
ASKED: Message = {"type": "system", "status": "token_required", "message": ""}


class Hand:
    """One connection."""

    def __init__(self, socket: Any) -> None:
        self._socket = socket
        self._heard: "asyncio.Queue[Message]" = asyncio.Queue()
        self.sent: List[Message] = []

    async def read(self) -> None:
        try:
            async for text in self._socket:
                self.sent.append(json.loads(text))
                self._heard.put_nowait(self.sent[-1])
        except websockets.exceptions.ConnectionClosed:
            pass

    async def hears(self) -> Message:
        """The next command."""
        return await asyncio.wait_for(self._heard.get(), 10)

    async def says(self, *messages: Any) -> None:
        for message in messages:
            await self._socket.send(message if isinstance(message, (str, bytes)) else json.dumps(message))

    async def answers(self, **fields: Any) -> Message:
        """Answers the next command; gives that."""
        command = await self.hears()
        await self.says({"status": "success", "message": "", "id": command["id"], **fields})
        return command

    async def closes(self, code: int, reason: str = "") -> None:
        await self._socket.close(code, reason)

    def drops(self) -> None:
        self._socket.transport.abort()


class HandProxy:
    def __init__(self) -> None:
        self._connections: "asyncio.Queue[Hand]" = asyncio.Queue()
        self.count = 0
        self._server: Any = None
        self.port = 0

    async def __aenter__(self) -> "HandProxy":
        self._server = await getattr(websockets, "serve")(self._serve, "127.0.0.1", 0, ping_interval=None)
        self.port = self._server.sockets[0].getsockname()[1]
        return self

    async def __aexit__(self, *_: object) -> None:
        self._server.close()
        await self._server.wait_closed()

    @property
    def url(self) -> str:
        return f"ws://127.0.0.1:{self.port}/"

    def client(self, **options: Any) -> Client:
        given: Dict[str, Any] = {"retry_base": 0.001, **options}
        return Client(self.url, **given)

    async def next(self, greeting: Optional[Message] = INFO) -> Hand:
        """The next connection, greeted."""
        hand = await asyncio.wait_for(self._connections.get(), 10)
        if greeting is not None:
            await hand.says(greeting)
        return hand

    async def _serve(self, socket: Any) -> None:
        self.count += 1
        hand = Hand(socket)
        self._connections.put_nowait(hand)
        await hand.read()


def data(seq: int, *tokens: str, **fields: Any) -> Message:
    """A data message with a tick of each token."""
    ticks = [{"exchange": "nse", "token": token} for token in tokens]
    return {"type": "market_data", "seq": seq, "compressed": False, "data": ticks, **fields}


def granted(*tokens: str, symbol: str = "S") -> Message:
    """The fields of an answer that accepts these."""
    rows = [{"status": "accepted", "instrument": f"nfo:{token}", "symbol": symbol} for token in tokens]
    return {"data": [{"exchangeType": 2, "tokens": list(tokens)}], "results": rows}


class Told:
    """What a client's event told, as a list that can be waited for."""

    def __init__(self, client: Client, name: Any) -> None:
        self.events: List[Any] = []
        self._more = asyncio.Event()
        client.on(name, self._tell)

    def _tell(self, event: Any) -> None:
        self.events.append(event)
        self._more.set()

    async def until(self, count: int) -> List[Any]:
        while len(self.events) < count:
            self._more.clear()
            await asyncio.wait_for(self._more.wait(), 10)
        return self.events
