import csv, io, sys
from urllib.request import urlopen

proxy = sys.argv[1] if len(sys.argv) > 1 else "http://localhost:8765"
with urlopen(f"{proxy}/quotes?symbols=SBIN,RELIANCE&format=csv") as answer:
    rows = csv.DictReader(io.TextIOWrapper(answer, "utf-8-sig"))
    for row in rows:
        print(row["symbol"], row["last_traded_price"], row["freshness"], row["price_age_ms"])
