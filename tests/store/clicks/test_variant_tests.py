"""A test of variants is written down once, when the first links with its key are published."""

from dataclasses import replace

from sqlalchemy import select

from linkmgr.catalog.variants import VariantTest
from linkmgr.store.clicks.variant_tests import record_tests
from linkmgr.store.db.models import VariantTestRow

TEST = VariantTest(
    item="newsletter",
    key="0a1b2c3d",
    test="0123456789abcdef",
    shows={},
    weights={"original": 1.0, "short": 2.0},
    share=50.0,
    vary_by="view",
)


def rows(engine):
    with engine.connect() as connection:
        query = select(*VariantTestRow.__table__.columns).order_by(VariantTestRow.since)
        return [tuple(row) for row in connection.execute(query)]


def test_a_key_keeps_the_time_of_its_first_publication(engine):
    first = ("newsletter", "0a1b2c3d", TEST.test, '{"original": 1.0, "short": 2.0}', 50.0, "view")
    record_tests(engine, [TEST], 1000)
    assert rows(engine) == [(*first, 1000)]
    record_tests(engine, [TEST, replace(TEST, key="ffffffff", share=100.0)], 2000)
    record_tests(engine, [], 3000)
    assert [(row[1], row[-1]) for row in rows(engine)] == [("0a1b2c3d", 1000), ("ffffffff", 2000)]
