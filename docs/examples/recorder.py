"""Writes ticks as CSV: python3 recorder.py NSE:SBIN-EQ,RELIANCE http://localhost:8765 > ticks.csv"""

import csv, json, sys, time
from urllib.error import HTTPError
from urllib.parse import urlencode
from urllib.request import Request, urlopen

symbols = sys.argv[1]
proxy = sys.argv[2] if len(sys.argv) > 2 else "http://localhost:8765"
last_id = ""


def events():
    """The events of one connection, until it ends."""
    global last_id
    # With the header, the proxy tells what was not seen since an earlier connection.
    request = Request(f"{proxy}/events?{urlencode({'symbols': symbols})}", headers={"Last-Event-ID": last_id})
    with urlopen(request, timeout=40) as answer:
        name, data = "message", ""
        for line in answer:
            field, _, value = line.decode().rstrip("\r\n").partition(": ")
            if field == "event":
                name = value
            elif field == "data":
                data = value
            elif field == "id":
                last_id = value
            elif field == "" and data != "":
                yield name, json.loads(data)
                name, data = "message", ""


table = csv.writer(sys.stdout, lineterminator="\n")
table.writerow(["sent_at", "symbol", "last_traded_price", "volume", "freshness"])
while True:
    try:
        for name, data in events():
            if name != "message":
                print(name, data.get("message", data.get("reason")), file=sys.stderr)
                continue
            for tick in data["data"]:
                # What the broker did not say, or is not believed, is absent.
                price, volume = tick.get("last_traded_price"), tick.get("volume")
                table.writerow([data["sent_at"], tick["symbol"], price, volume, tick["freshness"]])
            sys.stdout.flush()
    except HTTPError as error:
        sys.exit(json.load(error)["message"])
    except BrokenPipeError:
        sys.exit()
    except OSError as error:
        print(error, file=sys.stderr)
    time.sleep(3)
