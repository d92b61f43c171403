"""Many clicks in PostgreSQL, made by the server itself, with the totals that they add up to.

They are drawn as those of `figures.py`: Zipf's popularity, each dimension by itself, spread evenly
over the time. Totals have the clicks of readers and bots as they are; visitors, which to count
would take hours, are a share of the clicks.
"""

import os
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, date, datetime, timedelta

from figures import BOTS, ITEMS, POSTS, REFERRERS, VISITORS
from sqlalchemy import Connection, Engine, text

from linkmgr.store.db.models import start_of_day
from linkmgr.store.db.partitions import make_partitions
from linkmgr.store.db.schema import create_if_empty

MONTHS = 13

# Emptied in the same transaction, the table needs no log of its rows (`wal_level = minimal`).
CLICKS = """
TRUNCATE {table};
INSERT INTO {table}
SELECT (lpad(to_hex(time), 12, '0') || '70008' || lpad(to_hex(number), 15, '0'))::uuid,
    (to_timestamp(time / 1000) AT TIME ZONE '{timezone}')::date,
    CASE WHEN bot_drawn < {bots} THEN 2 ELSE 1 END, 0, 0, time,
    'item-' || floor(exp(random() * ln({items})))::int,
    lpad(to_hex(floor(exp(random() * ln({posts})))::int), 16, '0'),
    (ARRAY['related', 'cta', 'books'])[1 + floor(random() * 3)::int],
    floor(exp(random() * ln(10)))::int, 'amazon.co.jp', 'go',
    CASE WHEN random() < 0.4 THEN ''
        ELSE 'www.host-' || floor(exp(random() * ln({referrers})))::int || '.example.com' END,
    CASE WHEN drawn < 0.6 THEN 'phone' WHEN drawn < 0.93 THEN 'desktop' ELSE 'tablet' END,
    CASE WHEN bot_drawn < {bots} THEN 'googlebot' ELSE '' END,
    hashint8extended(time / 86400000 * 10000000 + floor(random() * {readers})::bigint, 0),
    CASE WHEN random() < 0.8 THEN '' ELSE 'campaign-' || floor(random() * 20)::int END,
    '', 'tea-22'
FROM (
    SELECT number, {since} + number * {span} / {number} AS time, random() AS drawn,
        random() AS bot_drawn
    FROM generate_series(0::bigint, {number} - 1) AS number OFFSET 0
) AS moments"""

TOTALS = """
INSERT INTO totals (dimension, value, day, clicks, visitors, bots)
SELECT dimension, value, day, clicks, ceil(clicks * {visitors}), bots
FROM (
    SELECT (ARRAY['all', 'item', 'post', 'place', 'referrer', 'device', 'campaign'])[
            CASE GROUPING(item, post, place, referrer, device, campaign)
            WHEN 63 THEN 1 WHEN 31 THEN 2 WHEN 47 THEN 3 WHEN 55 THEN 4
            WHEN 59 THEN 5 WHEN 61 THEN 6 ELSE 7 END] AS dimension,
        coalesce(item, post, place, referrer, device, campaign, '') AS value, day,
        count(*) FILTER (WHERE bot = '') AS clicks, count(*) FILTER (WHERE bot <> '') AS bots
    FROM (
        SELECT (to_timestamp(time / 1000) AT TIME ZONE '{timezone}')::date AS day, bot, item,
            post, block || '.' || rank AS place, referrer, device, campaign
        FROM {table}
    ) AS named
    GROUP BY GROUPING SETS ((day), (day, item), (day, post), (day, place), (day, referrer),
        (day, device), (day, campaign))
) AS summed
WHERE dimension <> 'campaign' OR value <> ''
ON CONFLICT (dimension, day, value) DO UPDATE SET clicks = totals.clicks + excluded.clicks,
    visitors = totals.visitors + excluded.visitors, bots = totals.bots + excluded.bots"""

DAYS = """
INSERT INTO days (day, number, loaded, counted, claim, until, pruned)
SELECT DISTINCT day, 1, 1, 1, 0, 0, false FROM totals WHERE dimension = 'all'"""


def fill(engine: Engine, number: int, timezone: str) -> None:
    """Make the tables, the clicks up to now, and their totals."""
    create_if_empty(engine)
    now = datetime.now(UTC)
    months = last_months(now.date())
    make_partitions(engine, months)
    end = int(now.timestamp() * 1000)
    ends = [*(start_of_day(month, "UTC") for month in months[1:]), end]
    whole = end - start_of_day(months[0], "UTC")
    began = time.monotonic()
    shares = {
        "items": ITEMS,
        "posts": POSTS,
        "referrers": REFERRERS,
        "bots": BOTS / (1 + BOTS),
        "visitors": VISITORS,
    }
    adding = threading.Lock()  # two months have a day in common, in another time zone than UTC

    def fill_month(month: date, end: int) -> None:
        since = start_of_day(month, "UTC")
        span = end - since
        names = {
            "table": f"clicks_{month:%Y_%m}",
            "since": since,
            "span": span,
            "number": number * span // whole,
            "readers": int(number * 86_400_000 / whole * VISITORS),
            "timezone": timezone,
            **shares,
        }
        with engine.begin() as connection:
            connection.execute(text("SET LOCAL work_mem = '512MB'"))
            _execute(connection, CLICKS.format(**names))
        with adding, engine.begin() as connection:
            connection.execute(text("SET LOCAL work_mem = '512MB'"))
            _execute(connection, TOTALS.format(**names))
            _execute(connection, f"ANALYZE {names['table']}")
        print(
            f"{month:%Y-%m}: {names['number']:,} clicks, {time.monotonic() - began:.0f} s",
            flush=True,
        )

    # Two at once, since the server makes the rows of each on one core.
    with ThreadPoolExecutor(min(os.cpu_count() or 1, 2)) as pool:
        list(pool.map(fill_month, months, ends))
    with engine.begin() as connection:
        _execute(connection, DAYS)
    with engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        _execute(connection, "VACUUM ANALYZE totals")  # as autovacuum does in the course of a year
        _execute(connection, "CHECKPOINT")
    print(f"all made in {time.monotonic() - began:.0f} s", flush=True)


def last_months(today: date) -> list[date]:
    """Return the first days of the last months, of which this one is the last."""
    months = [today.replace(day=1)]
    while len(months) < MONTHS:
        months.append((months[-1] - timedelta(days=1)).replace(day=1))
    return months[::-1]


def _execute(connection: Connection, statement: str) -> None:
    connection.exec_driver_sql(statement)
