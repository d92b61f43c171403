"""Tests of variants as commands print them, out of the database."""

import json
import re
from dataclasses import replace
from datetime import UTC, date, datetime

import pytest

from linkmgr.catalog.reading.parse import parse_catalog
from linkmgr.catalog.variants import VariantTest
from linkmgr.clicks.catalog_targets import targets_of
from linkmgr.clicks.reports import read_report
from linkmgr.clicks.targets import TargetsOfDay
from linkmgr.experiments.variants import about, read_tests, variants_json, variants_text
from linkmgr.store.clicks.last_targets import record_tests
from linkmgr.store.db.engine import open_engine
from linkmgr.store.spool import SpoolWriter
from tests.support.cli import run
from tests.support.databases import create_tables
from tests.support.store import START, load, make_report, spool_up
from tests.support.variant_tests import count
from tests.support.wsgi import make_server, send

TODAY = date(2026, 11, 29)
CATALOG = """\
site: {name: Tea, url: https://tea.example, server: https://go.tea.example, views: true}
ctas:
  letter:
    heading: A letter
    text: Once a month
    label: Read
    url: /letter/
    variants: {b: {heading: One letter a week}}
    share: 50
"""
EVEN = ((100, 2), (100, 3))


@pytest.fixture
def blog(tmp_path, monkeypatch):
    """Give a blog's folder in which commands run, with a database."""
    (tmp_path / "catalog.yaml").write_text(CATALOG, encoding="utf-8")
    monkeypatch.chdir(tmp_path)
    (tmp_path / "instance").mkdir()
    monkeypatch.setenv("LINKMGR_INSTANCE", str(tmp_path / "instance"))
    return tmp_path


@pytest.fixture
def engine(blog):
    engine = open_engine(f"sqlite:///{blog}/instance/linkmgr.db")
    create_tables(engine)
    yield engine
    engine.dispose()


@pytest.fixture
def catalog():
    return parse_catalog(CATALOG.encode(), "catalog.yaml")


@pytest.fixture
def letter(catalog):
    return VariantTest.of_item(catalog, catalog.items["letter"])


def read(engine, catalog):
    with engine.connect() as connection:
        return read_tests(connection, catalog)


def printed(engine, catalog):
    """Return the tests as text and as JSON."""
    with engine.connect() as connection:
        tests = read_tests(connection, catalog)
        return variants_text(connection, tests, 100), variants_json(connection, tests)


def test_a_test_is_printed_with_its_verdict_and_its_rates(engine, letter):
    count(engine, letter, TODAY, *[EVEN] * 10)
    assert run("variants").out == (
        """\
letter  since 2026-11-20, 50% of page views
Too early: about 130 more clicks until a difference by half could be seen.

variant   views  clicked   rate            95 %
original  1,000       20  2.00%  1.30% to 3.07%
b         1,000       30  3.00%  2.11% to 4.25%

                                                           clicked   evidence
b : original  1.50 times as often; 0.68 to 3.48 times are possible  1.1 of 20
"""
    )


def test_a_test_that_no_page_has_reported_is_not_said_to_run(engine, catalog):
    first, *_ = run("variants").out.splitlines()
    assert first == (
        "letter  no page has reported it yet; it begins once the blog is built and published"
    )
    (test,) = read(engine, catalog)
    assert test.is_unseen


def test_programs_get_the_same_as_json(engine, letter, catalog):
    count(engine, letter, TODAY, *[((200, 2), (200, 12))] * 5)
    (test,) = json.loads(run("variants", "--json").out)
    assert [test] == printed(engine, catalog)[1]
    assert (test["winner"], test["running"], test["share"]) == ("b", True, 0.5)
    assert test["variants"][1] == {
        "variant": "b",
        "weight": 1,
        "views": 1000,
        "clicked": 60,
        "rate": 0.06,
        "low": 0.046896,
        "high": 0.076471,
        "probability_of_best": 1,
    }
    (pair,) = test["pairs"]
    assert (pair["first"], pair["second"], pair["better"], pair["ratio"]) == (
        "original",
        "b",
        "b",
        6,
    )


def test_a_ratio_without_an_end_is_no_number_in_json(engine, letter, catalog):
    count(engine, letter, TODAY, ((500, 0), (500, 30)))
    text, (test,) = printed(engine, catalog)
    (pair,) = test["pairs"]
    assert (pair["ratio"], pair["high"]) == (None, None)
    assert "at least" in text


def test_by_post_there_is_nothing_but_rates(engine, letter, catalog):
    count(engine, replace(letter, vary_by="post"), TODAY, *[((200, 2), (200, 20))] * 9)
    text, (found,) = printed(engine, catalog)
    assert found.keys().isdisjoint({"winner", "pairs", "threshold", "more_clicks"})
    assert text.splitlines()[1:] == [
        "By post: rates only, and never a winner.",
        "",
        "variant   views  clicked    rate             95 %",
        "original  1,800       18   1.00%   0.63% to 1.58%",
        "b         1,800      180  10.00%  8.70% to 11.47%",
    ]


@pytest.mark.parametrize(("of_second_post", "differs"), [((10, 90), True), ((90, 10), False)])
def test_posts_that_differ_are_told(engine, letter, catalog, of_second_post, differs):
    by_post = [
        (post * 16, variant, 1000, clicked)
        for post, both in (("1", (90, 10)), ("2", of_second_post))
        for variant, clicked in zip(("original", "b"), both, strict=True)
    ]
    sums = [sum(both) for both in zip((90, 10), of_second_post, strict=True)]
    count(engine, letter, TODAY, [(2000, clicked) for clicked in sums], by_post=by_post)
    text, (test,) = printed(engine, catalog)
    assert ("Posts differ: " in text, test["posts_differ"]) == (differs, differs)


def test_clicks_for_the_variant_of_the_lower_rate_decide_nothing(engine, letter, catalog):
    # Within the weights and equal shares, as readers of several pages bring them.
    uneven = replace(letter, weights={"original": 9.0, "b": 1.0})
    count(engine, uneven, TODAY, ((5000, 500), (1600, 120)))
    text, (test,) = printed(engine, catalog)
    assert test["winner"] is None
    assert test["pairs"][0]["evidence"] > test["threshold"]
    assert "No verdict: one variant has more clicks than its share" in text
    assert "Too early" not in text


def forge(blog, engine, catalog, said, number, **headers):
    """Send the same report many times to the endpoint, and load what it wrote down."""
    server = make_server(targets_of(catalog))
    for _ in range(number):
        assert send(server, f"/seen/?p={'a' * 16}&{said}", "POST", **headers).status == 204
    writer = SpoolWriter(blog / "spool")
    for line in server.spool.lines:
        assert writer.append(line)
    writer.close()
    load(engine, blog / "spool")


def test_one_browsers_twenty_reports_count_once_without_a_winner(engine, letter, catalog, blog):
    count(engine, letter, TODAY)
    forge(blog, engine, catalog, f"c=cta.1~letter~{letter.key}.b", 20)
    text, (test,) = printed(engine, catalog)
    assert (test["variants"][1]["views"], test["variants"][1]["clicked"]) == (1, 1)
    assert test["winner"] is None
    assert "No verdict: pages reported more clicks than the links had" in text


def test_a_decided_test_is_not_turned_round_by_one_browser(engine, letter, catalog, blog):
    count(engine, letter, TODAY, *[((200, 2), (200, 12))] * 5, more_exact=1)
    before = printed(engine, catalog)[1][0]
    forge(blog, engine, catalog, f"c=cta.1~letter~{letter.key}.original", 300)
    (after,) = printed(engine, catalog)[1]
    assert after["variants"][0]["clicked"] == before["variants"][0]["clicked"] + 1
    assert (before["winner"], after["winner"]) == ("b", "b")


def test_many_addresses_that_forge_reports_name_no_winner(engine, letter, catalog, blog):
    count(engine, letter, TODAY, *[EVEN] * 10)
    for address in range(60):
        forge(
            blog,
            engine,
            catalog,
            f"c=cta.1~letter~{letter.key}.b",
            1,
            REMOTE_ADDR=f"198.51.100.{address}",
        )
    text, (test,) = printed(engine, catalog)
    assert test["pairs"][0]["evidence"] > test["threshold"]
    assert test["winner"] is None
    assert "No verdict: pages reported more clicks than the links had" in text


@pytest.mark.parametrize(
    ("days", "says"),
    [
        ([((200, 2), (200, 12))] * 5, "pages reported more clicks than the links had"),
        ([((600, 30), (4000, 80))], "the views do not follow the weights"),
    ],
    ids=["clicks made up", "uneven"],
)
def test_a_doubtful_test_says_why_and_names_no_winner(engine, letter, catalog, days, says):
    missing = 1 if "reported" in says else 0
    count(engine, letter, TODAY, *days, more_exact=-missing)
    text, (test,) = printed(engine, catalog)
    assert f"No verdict: {says}" in text
    assert test["pairs"][0]["evidence"] > test["threshold"]
    assert (test["winner"], test["decided"], test["pairs"][0]["better"]) == (None, None, None)
    reported = sum(variant["clicked"] for variant in test["variants"])
    assert reported - test["exact_clicks"] == 2 * missing * len(days)


def test_keys_of_the_same_test_are_its_segments(engine, letter, catalog):
    count(engine, letter, TODAY, *[EVEN] * 2)
    heavier = replace(letter, key="0" * 8, weights={"original": 1.0, "b": 9.0})
    count(engine, heavier, TODAY, *[EVEN] * 5)
    (test,) = read(engine, catalog)
    assert [segment.weights["b"] for segment in test.segments] == [9, 1]
    assert test.verdict.variants["b"] == (700, 21)


def test_a_variant_that_is_another_item_has_that_items_counts(engine, blog):
    workshop = "  workshop: {heading: W, label: Join, url: /workshop/}\n"
    text = CATALOG.replace("{heading: One letter a week}", "{item: workshop}") + workshop
    catalog = parse_catalog(text.encode(), "catalog.yaml")
    test = VariantTest.of_item(catalog, catalog.items["letter"])
    record_tests(engine, [test], datetime(2026, 3, 1, tzinfo=UTC))
    served = TargetsOfDay.compute(targets_of(catalog), date(2026, 3, 1))
    for said in (f"s=cta.1~letter~{test.key}.original", f"c=cta.1~workshop~{test.key}.b"):
        post, seen = read_report(f"p={'a' * 16}&{said}", served)
        spool_up(blog / "spool", make_report(START, *seen, post=post))
    load(engine, blog / "spool")

    ended = parse_catalog(re.sub(" +(variants|share):.*\n", "", text).encode(), "catalog.yaml")
    for each in (catalog, ended):
        (found,) = read(engine, each)
        assert found.verdict.variants == {"original": (1, 0), "b": (1, 1)}


def test_a_click_after_midnight_on_what_was_seen_before_counts(engine, letter, catalog):
    count(engine, letter, TODAY, EVEN, ((0, 0), (0, 1)))
    (test,) = read(engine, catalog)
    assert test.verdict.variants == {"original": (100, 2), "b": (100, 4)}


def test_a_test_that_the_catalog_lacks_comes_after_running_ones(engine, letter, catalog):
    count(engine, replace(letter, test="0" * 16, key="0" * 8), TODAY, EVEN)
    count(engine, letter, date(2026, 1, 1), EVEN)
    assert [test.is_running for test in read(engine, catalog)] == [True, False]
    assert "ended; it began on 2026-11-29" in run("variants").out


@pytest.mark.usefixtures("engine")
def test_a_test_that_was_not_published_yet_has_no_clicks():
    assert run("variants").out.splitlines()[1:] == [
        "No clicks yet.",
        "",
        "variant   views  clicked  rate  95 %",
        "original      0        0",
        "b             0        0",
    ]


@pytest.mark.usefixtures("engine")
def test_without_tests_the_command_says_how_to_begin_one(blog):
    without = re.sub(r"    (variants|share):.*\n", "", CATALOG)
    (blog / "catalog.yaml").write_text(without, encoding="utf-8")
    assert run("variants").out.startswith("There are no tests.")
    assert json.loads(run("variants", "--json").out) == []


def test_a_single_click_that_is_missing_is_no_plural(engine, letter, catalog):
    count(engine, letter, TODAY, ((2000, 90), (2000, 90)))
    assert "about 1 more click until" in printed(engine, catalog)[0]


@pytest.mark.parametrize(
    ("clicks", "shown"), [(1, 1), (2, 1), (4, 5), (97, 95), (123, 120), (1234, 1200), (996, 1000)]
)
def test_clicks_are_told_as_roughly_as_they_are_known(clicks, shown):
    assert about(clicks) == shown
