"""The pattern of the Python proxy that this program replaces, on its own stack.

A thread takes the ticks from the broker; each tick becomes JSON, gzip and Base64 on its own and goes into a queue. A
task polls the queue, sleeping 10 ms whenever it is empty, decodes each message again to see whose it is, and awaits
the sending to one client after the other.

    python_original.py < UPSTREAMS      (see world.ts)
"""

import asyncio
import base64
import gzip
import json
import queue
import struct
import sys
import threading
import time

import websockets

IST = 19_800
messages = queue.Queue()
# Clients by token; None for those who want everything.
wanting = {}


def decode(packet):
    sequence, exchange_time, price = struct.unpack_from("<qqq", packet, 27)
    return {
        "exchange": "nse",
        "exchange_type": packet[1],
        "token": packet[2:27].split(b"\0", 1)[0].decode(),
        "mode": "ltp",
        "last_traded_price": price / 100,
        "timestamp": time.strftime("%Y-%m-%d %H:%M:%S", time.gmtime(exchange_time / 1000 + IST)),
        "exchange_timestamp": exchange_time,
        "sequence_number": sequence,
    }


async def read_upstream(url, subscribe):
    async with websockets.connect(url, max_size=None, compression=None) as socket:
        await socket.send(subscribe)
        async for packet in socket:
            data = base64.b64encode(gzip.compress(json.dumps(decode(packet)).encode())).decode()
            messages.put({"type": "market_data", "compressed": True, "data": data})


async def read_all(upstreams):
    await asyncio.gather(*(read_upstream(url, subscribe) for url, subscribe in upstreams))


async def broadcast():
    while True:
        try:
            message = messages.get_nowait()
        except queue.Empty:
            await asyncio.sleep(0.01)
            continue
        tick = json.loads(gzip.decompress(base64.b64decode(message["data"])))
        text = json.dumps(message)
        for client in [*wanting.get(None, ()), *wanting.get(tick["token"], ())]:
            try:
                await client.send(text)
            except websockets.ConnectionClosed:
                pass


async def serve_client(client):
    wants = []
    try:
        async for text in client:
            wants = json.loads(text).get("tokens", [None])
            for token in wants:
                wanting.setdefault(token, set()).add(client)
    except websockets.ConnectionClosed:
        pass
    finally:
        for token in wants:
            wanting[token].discard(client)


async def main():
    lines = sys.stdin.read().splitlines()
    upstreams = list(zip(lines[::2], lines[1::2]))
    async with websockets.serve(serve_client, "127.0.0.1", 0, compression=None) as server:
        threading.Thread(target=lambda: asyncio.run(read_all(upstreams)), daemon=True).start()
        print("listening on 127.0.0.1:%d" % server.sockets[0].getsockname()[1], flush=True)
        await broadcast()


asyncio.run(main())
