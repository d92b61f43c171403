"""The tests of variants that were published, under each key that their links ever had."""

import json
from collections.abc import Iterable

from sqlalchemy import Engine, insert, select

from linkmgr.catalog.variants import VariantTest
from linkmgr.store.db.engine import writing
from linkmgr.store.db.models import VariantTestRow


def record_tests(engine: Engine, tests: Iterable[VariantTest], now: int) -> None:
    """Write down the tests whose keys are new, published at a time in milliseconds since 1970."""
    with writing(engine) as connection:
        query = select(VariantTestRow.item, VariantTestRow.key)
        known = {(item, key) for item, key in connection.execute(query)}
        rows = [
            {
                "item": test.item,
                "key": test.key,
                "test": test.test,
                "weights": json.dumps(dict(test.weights)),
                "share": test.share,
                "vary_by": test.vary_by,
                "since": now,
            }
            for test in tests
            if (test.item, test.key) not in known
        ]
        if rows:
            connection.execute(insert(VariantTestRow), rows)
