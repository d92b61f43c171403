"""What was counted under an id that an item had before is the item's own."""

import json
from datetime import UTC, date, datetime
from functools import partial

from linkmgr.catalog.reading.parse import parse_catalog
from linkmgr.catalog.variants import variant_tests
from linkmgr.clicks.catalog_targets import targets_of
from linkmgr.clicks.counts import Dimension
from linkmgr.clicks.periods import Period
from linkmgr.earnings.database.imports import import_reports
from linkmgr.earnings.figures import By, Earnings
from linkmgr.experiments.variants import read_tests
from linkmgr.figures import queries
from linkmgr.figures.queries import Reading
from linkmgr.figures.report import table_json
from linkmgr.figures.table import Query, table
from linkmgr.figures.views import view_sums
from linkmgr.store.clicks.last_targets import record_renames, record_tests
from linkmgr.store.clicks.prune import prune
from tests.support.earnings import make_report as make_earnings_report
from tests.support.earnings import make_row
from tests.support.store import (
    DAY,
    START,
    count,
    load,
    make_click,
    make_report,
    make_seen,
    rows,
    spool_up,
)

FIRST, SECOND = date(2026, 3, 1), date(2026, 3, 2)
BOTH = Period(FIRST, SECOND)
RENAMED = {"old": "new"}
TEST = """\
site: {name: T, url: https://t.example, server: https://go.t.example, views: true}
ctas:
  old: {heading: H, label: L, url: /x, variants: {b: {heading: P}}}
"""


def clicks_of_both(engine, spool):
    """Load a day under the old id, and one on which a cached page has it beside the new one."""
    spool_up(
        spool,
        make_click(item="old", visitor="00000000000000a1"),
        make_click(START + DAY, item="old", visitor="00000000000000a1"),
        make_click(START + DAY + 60_000, item="new", visitor="00000000000000a1"),
        make_click(START + DAY + 90_000, item="new", visitor="00000000000000a2"),
        make_report(START + DAY, make_seen(item="old")),
        make_report(START + DAY, make_seen(item="new", views=1, clicked=1)),
    )
    load(engine, spool)


def counts(engine, filters=None):
    with engine.connect() as connection:
        query = Query(period=BOTH, timezone="Asia/Tokyo", filters=filters or {})
        return table(Reading(connection), query)


def of_items(engine, filters=None):
    return {
        line.value: (line.counts.clicks, line.counts.visitors)
        for line in counts(engine, filters).lines
    }


def rename(engine, renamed=RENAMED, items=("new",)):
    record_renames(engine, renamed, items)
    count(engine)


def test_old_clicks_count_for_the_new_item(engine, spool):
    clicks_of_both(engine, spool)
    before = rows(engine)
    assert of_items(engine) == {"old": (2, 2), "new": (2, 2)}

    rename(engine)

    assert of_items(engine) == {"new": (4, 3)}
    assert [row.item for row in rows(engine)] == [row.item for row in before]
    assert of_items(engine, {Dimension.DEVICE: "phone"}) == {"new": (4, 3)}
    assert of_items(engine, {Dimension.ITEM: "new"}) == {"new": (4, 3)}
    assert counts(engine, {Dimension.ITEM: "new"}).now.sum.clicks == 4
    with engine.connect() as connection:
        assert view_sums(connection, BOTH, ("item",)) == {("new",): (2, 1)}
        assert queries.clicks_by_post(connection, BOTH, ["new"]) == {("new", "00000000000000aa"): 4}
        assert queries.most_viewed(connection, Dimension.ITEM, BOTH, 5) == ["new"]
        of_days = queries.days_of(connection, Dimension.ITEM, ["new"], BOTH)
        assert of_days == {"new": (1, 3)}


def test_a_click_on_a_cached_page_counts_for_the_new_item(engine, spool):
    rename(engine)
    clicks_of_both(engine, spool)
    assert of_items(engine) == {"new": (4, 3)}
    assert not counts(engine).shared


def test_visitors_of_a_pruned_day_are_at_most_as_many(engine, spool):
    clicks_of_both(engine, spool)
    prune(engine, 0, date(2026, 3, 9))

    rename(engine)

    assert of_items(engine) == {"new": (4, 4)}
    assert counts(engine).shared == (SECOND,)
    assert table_json(counts(engine, {Dimension.ITEM: "new"}))["shared_days"] == ["2026-03-02"]
    assert not counts(engine, {Dimension.ITEM: "other"}).shared


def test_a_report_counts_for_the_new_item(engine, spool):
    clicks_of_both(engine, spool)
    sold = make_earnings_report(make_row(SECOND, "20", product="4873119324"))
    import_reports(engine, [sold], "owner", 1)

    rename(engine)

    catalog = parse_catalog(
        "site: {name: T, url: https://t.example}\n"
        "programmes: {amazon: {marketplace: amazon.co.jp, tag: blog-22}}\n"
        'books: {new: {title: T, asin: "4873119324", was: [old]}}\n'
    )
    with engine.connect() as connection:
        counted = partial(queries.sums, connection)
        earnings = Earnings(connection, catalog, "JPY", SECOND, counted, {}.get)
        [line] = earnings.table(By.ITEM, BOTH).lines
    assert (line.value, line.counts.clicks, line.earned.confirmed) == ("new", 4, 20_000_000)


def test_an_item_under_its_old_id_again_has_its_clicks(engine, spool):
    clicks_of_both(engine, spool)
    rename(engine)
    rename(engine, {}, ("new", "old"))
    assert of_items(engine) == {"old": (2, 2), "new": (2, 2)}


def test_a_deleted_item_keeps_what_was_counted_before(engine, spool):
    clicks_of_both(engine, spool)
    rename(engine)
    rename(engine, {}, ())
    assert of_items(engine) == {"new": (4, 3)}


def test_a_test_of_variants_goes_on_under_the_new_id(engine, spool):
    [before] = variant_tests(parse_catalog(TEST))
    catalog = parse_catalog(TEST.replace("  old: {", "  new: {was: [old], "))
    [after] = variant_tests(catalog)
    assert (after.key, after.test) == (before.key, before.test)
    record_tests(engine, [before], datetime(2026, 3, 1, tzinfo=UTC))
    variant = f"{before.key}.b"
    seen = {"views": 1, "clicked": 1, "variant": variant}
    spool_up(
        spool,
        make_click(item="old", variant=variant),
        make_click(START + DAY, item="new", variant=variant),
        make_report(START, make_seen(item="old", **seen)),
        make_report(START + DAY, make_seen(item="new", **seen)),
    )
    load(engine, spool)

    rename(engine)
    record_tests(engine, [after], datetime(2026, 3, 2, tzinfo=UTC))

    with engine.connect() as connection:
        [counted] = read_tests(connection, catalog)
    assert (counted.item, counted.since, counted.exact_clicks) == ("new", FIRST, 2)
    assert counted.verdict.variants["b"] == (2, 2)


def test_links_of_an_old_id_lead_to_the_new_item():
    catalog = parse_catalog(TEST.replace("  old: {", "  new: {was: [older, old], "))
    targets = targets_of(catalog)
    assert targets.items["old"] == targets.items["older"] == targets.items["new"]
    assert json.loads(targets.to_json())["items"].keys() == {"old", "older", "new"}
