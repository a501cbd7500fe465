"""
How a proxy that wants a token, or one beside it, takes the client: `guarded.py PROXY TOKEN` writes a line for each way
to bring the token, with what came of it.
"""

import asyncio
import sys
from typing import Optional

from smartapi_proxy import Client, CommandError, Conflated, Token


async def outcome(url: str, token: Optional[Token]) -> str:
    async with Client(url, token=token, contract={"interval": 200}) as client:
        mark: "asyncio.Future[Conflated]" = asyncio.get_running_loop().create_future()
        client.on("conflated", lambda each: None if mark.done() else mark.set_result(each))
        client.on("error", lambda error: None)
        try:
            await client.subscribe(symbols="SBIN")
            # A tick that newer ones replaced, since the interval was asked for.
            return f"conflated by {(await mark)['by']}"
        except CommandError as error:
            return f"{error.code} {error}"


async def main(url: str, token: str) -> None:
    print("text:", await outcome(url, token))
    print("function:", await outcome(url, lambda: token))
    print("address:", await outcome(f"{url}/?token={token}", None))
    print("wrong text:", await outcome(url, f"{token}x"))
    print("wrong address:", await outcome(f"{url}/?token={token}x", None))
    print("none:", await outcome(url, None))


asyncio.run(main(*sys.argv[1:]))
