import asyncio, base64, gzip, json, sys
from websockets import connect


async def main(url="ws://localhost:8765"):
    async with connect(url, max_size=None) as socket:
        wanted = {"command": "subscribe", "symbols": ["NIFTY 50", "NSE:SBIN-EQ"], "mode": "quote"}
        await socket.send(json.dumps(wanted))
        count = 0
        async for text in socket:
            message = json.loads(text)
            if message.get("type") != "market_data":
                print(message.get("status", "info"), message["message"])
                continue
            data = message["data"]
            for tick in json.loads(gzip.decompress(base64.b64decode(data))) if message["compressed"] else data:
                print(tick["symbol"], tick.get("last_traded_price"), tick.get("volume", ""), tick.get("freshness", ""))
                count += 1
            if count >= 10:
                return


asyncio.run(main(*sys.argv[1:]))
