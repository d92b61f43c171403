"""A published item's link leads somewhere for good."""

from dataclasses import replace
from datetime import UTC, date, datetime

import pytest
from sqlalchemy import select, update

from linkmgr.catalog.reading.parse import parse_catalog
from linkmgr.catalog.variants import variant_tests
from linkmgr.clicks.catalog_targets import targets_of
from linkmgr.clicks.targets import Target
from linkmgr.store.clicks.last_targets import (
    record,
    record_tests,
    still_redirecting,
    with_deleted,
)
from linkmgr.store.db.models import LastTarget, VariantTestRow
from tests.support.blocks import make_catalog

FIRST, SECOND = date(2026, 3, 1), date(2026, 3, 2)
BOOK = Target(
    "https://shop.example/本",
    placed=("https://shop.example/?utm_content=", ""),
    shops={"other": "https://other.example/"},
    until=date(2026, 4, 1),
    fallback="cta",
)
CTA = Target("https://site.example/contact", utm=True)


def make_targets(**items):
    return replace(targets_of(make_catalog()), items=items)


def deleted(engine):
    with engine.connect() as connection:
        return dict(map(tuple, connection.execute(select(LastTarget.item, LastTarget.deleted))))


def test_a_deleted_item_leads_where_it_led_last(engine):
    record(engine, make_targets(book=Target("https://old.example/"), cta=CTA), FIRST)
    record(engine, make_targets(book=BOOK, cta=CTA), FIRST)
    remaining = make_targets(cta=CTA)
    record(engine, remaining, SECOND)
    assert with_deleted(engine, remaining) == make_targets(book=BOOK, cta=CTA)
    assert deleted(engine) == {"book": SECOND, "cta": None}


def test_the_catalog_goes_before_what_was_remembered(engine):
    record(engine, make_targets(cta=CTA), FIRST)
    changed = make_targets(cta=BOOK)
    assert with_deleted(engine, changed) == changed


def test_the_day_of_the_deletion_stays(engine):
    record(engine, make_targets(cta=CTA), FIRST)
    record(engine, make_targets(), FIRST)
    record(engine, make_targets(), SECOND)
    assert deleted(engine) == {"cta": FIRST}


def test_a_new_database_learns_of_deleted_items_that_are_served(engine):
    record(engine, make_targets(cta=CTA), FIRST, {"book": BOOK, "cta": BOOK})
    assert deleted(engine) == {"book": FIRST, "cta": None}
    assert with_deleted(engine, make_targets(cta=CTA)) == make_targets(book=BOOK, cta=CTA)
    record(engine, make_targets(cta=CTA), SECOND, {"book": CTA, "cta": CTA})
    assert deleted(engine) == {"book": FIRST, "cta": None}


def test_an_item_that_comes_back_is_deleted_no_more(engine):
    record(engine, make_targets(cta=CTA), FIRST)
    record(engine, make_targets(), FIRST)
    record(engine, make_targets(cta=CTA), SECOND)
    assert deleted(engine) == {"cta": None}


def test_deleted_and_retired_items_are_listed_latest_first(engine):
    targets = dict.fromkeys(("b", "c", "d", "e"), CTA)
    record(engine, make_targets(**targets, a=BOOK), FIRST)
    record(engine, make_targets(b=CTA, c=CTA, d=CTA, a=BOOK), FIRST)
    record(engine, make_targets(b=CTA, d=CTA, a=BOOK), SECOND)
    with engine.connect() as connection:
        found = still_redirecting(connection, ["a", "d", "unpublished"], 9)
        first = still_redirecting(connection, [], 1)
    assert [(each.item, each.deleted) for each in found] == [
        *(("c", SECOND), ("e", FIRST), ("a", None), ("d", None)),
    ]
    assert found[2].url == BOOK.url
    assert first == found[:1]


@pytest.mark.parametrize(
    "text",
    ["", "[]", '{"address": "https://site.example/"}', '{"url": "/", "placed": 1, "until": null}'],
)
def test_a_target_of_another_version_is_left_out_and_reported(engine, caplog, text):
    record(engine, make_targets(a=BOOK, b=CTA), FIRST)
    record(engine, make_targets(), SECOND)
    with engine.begin() as connection:
        connection.execute(update(LastTarget).where(LastTarget.item == "a").values(target=text))
    assert with_deleted(engine, make_targets()) == make_targets(b=CTA)
    with engine.connect() as connection:
        assert [each.item for each in still_redirecting(connection, [], 9)] == ["b"]
    assert "a: its last target is of another version" in caplog.text


TEST = """\
site: {name: Tea, url: "https://tea.example", server: "https://go.tea.example", views: true}
ctas:
  page: {heading: Page, label: Go, url: /page/, variants: {b: {heading: P}}, share: 50}
"""


def test_a_test_that_has_ended_is_known_to_the_links_of_its_item(engine):
    during = targets_of(parse_catalog(TEST))
    record(engine, during, FIRST)
    after = replace(during, items={"page": replace(during.items["page"], variants={})})
    record(engine, after, SECOND)
    record(engine, after, SECOND)

    assert with_deleted(engine, after) == during


def recorded_tests(engine):
    with engine.connect() as connection:
        return [row._asdict() for row in connection.execute(select(VariantTestRow.__table__))]


def test_tests_are_recorded_when_they_are_first_published(engine):
    tests = [*variant_tests(parse_catalog(TEST))]
    record_tests(engine, tests, datetime(2026, 3, 1, tzinfo=UTC))
    record_tests(engine, tests, datetime(2026, 3, 2, tzinfo=UTC))
    record_tests(engine, [], datetime(2026, 3, 3, tzinfo=UTC))
    [row] = recorded_tests(engine)
    assert row == {
        "item": "page",
        "key": tests[0].key,
        "test": tests[0].test,
        "weights": '{"original": 1.0, "b": 1.0}',
        "shows": '{"original": "page", "b": "page"}',
        "share": 50.0,
        "vary_by": "view",
        "since": 1_772_323_200_000,
    }

    heavier = [
        *variant_tests(parse_catalog(TEST.replace("{heading: P}", "{heading: P, weight: 2}")))
    ]
    record_tests(engine, heavier, datetime(2026, 3, 4, tzinfo=UTC))

    assert [(row["test"], row["weights"]) for row in recorded_tests(engine)] == [
        (tests[0].test, '{"original": 1.0, "b": 1.0}'),
        (tests[0].test, '{"original": 1.0, "b": 2.0}'),
    ]
