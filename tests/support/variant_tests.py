"""A test of variants with what readers clicked, for the pages and commands that show it."""

import json
from datetime import UTC, datetime, time, timedelta

from linkmgr.catalog.reading.parse import parse_catalog
from linkmgr.catalog.variants import VariantTest
from linkmgr.store.db.engine import writing
from linkmgr.store.db.models import VariantTestRow, ViewRow
from tests.support.store import add_totals

ITEM = "newsletter"
VARIANTS = """\
    variants:
      b: {heading: 週に一度の手紙, label: 読んでみる}  # shorter
    share: 50
"""


def with_test(text, variants=VARIANTS):
    """Return the text of the demo's catalog with a test of its newsletter, and views counted."""
    counting = "site:\n  server: https://go.tezukuri.example.com\n  views: true\n"
    text = text.replace("site:\n", counting, 1)
    return text.replace(f"  {ITEM}:\n", f"  {ITEM}:\n{variants}", 1)


def variant_test(text, item=ITEM):
    """Return the test that an item has in the text of a catalog."""
    catalog = parse_catalog(text.encode(), "catalog.yaml")
    return VariantTest.of_item(catalog, catalog.items[item])


def count(engine, test, until, *days, by_post=(), more_exact=0):
    """Store a test and what was counted: on days in a row up to one, (views, clicked) by variant.

    `by_post` are (post, variant, views, clicked) of the last day. The links of each variant have
    `more_exact` clicks a day than its clicked views.
    """
    first = until - timedelta(days=len(days) - 1)
    row = {
        "item": test.item,
        "key": test.key,
        "test": test.test,
        "weights": json.dumps(test.weights),
        "shows": json.dumps({variant: item.id for variant, item in test.shows.items()}),
        "share": test.share,
        "vary_by": test.vary_by,
        "since": int(datetime.combine(first, time(3), UTC).timestamp()) * 1000,
    }
    totals = [
        {
            **dict.fromkeys(("visitors", "bots"), 0),
            "clicks": max(clicked + more_exact, 0),
            "dimension": "variant",
            "value": f"{test.shows[variant].id}/{test.key}.{variant}",
            "day": first + timedelta(days=number),
            "views": views,
            "clicked": clicked,
        }
        for number, day in enumerate(days)
        for variant, (views, clicked) in zip(test.weights, day, strict=True)
    ]
    rows = [
        {
            "day": until,
            "item": test.shows[variant].id,
            "post": post,
            "block": "cta",
            "rank": 1,
            "variant": f"{test.key}.{variant}",
            "tracking": "",
            "views": views,
            "clicked": clicked,
        }
        for post, variant, views, clicked in by_post
    ]
    with writing(engine) as connection:
        connection.execute(VariantTestRow.__table__.insert(), [row])
        add_totals(connection, totals)
        if rows:
            connection.execute(ViewRow.__table__.insert(), rows)
