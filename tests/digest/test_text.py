"""What a digest says: problems, decided tests, the figures, and where its links lead."""

import re
from dataclasses import replace
from datetime import UTC, date, datetime
from pathlib import Path

import pytest

from linkmgr import digest
from linkmgr.admin.app import make_admin
from linkmgr.catalog.reading.parse import parse_catalog
from linkmgr.check.findings import CODES, CheckResult, Finding
from linkmgr.check.last_result import load_last_result, save_last_result
from linkmgr.clicks.counts import Dimension
from linkmgr.digest import DigestSources, last_week, make_digest
from linkmgr.earnings.database.imports import import_reports
from linkmgr.messages.errors import Location
from linkmgr.messages.message import message, set_language
from linkmgr.settings import read_settings
from linkmgr.store.db.engine import open_engine, writing
from linkmgr.store.instance.checks import CheckState, HealthCheck, InstancePart
from tests.support import variant_tests
from tests.support.builds import CATALOG, yaml_of
from tests.support.databases import create_tables
from tests.support.earnings import make_report, make_row
from tests.support.store import add_totals

ADMIN = "https://admin.tea.example"
MONDAY = date(2026, 11, 16)  # the digest is of the week that begins on the 9th
NOW = datetime(2026, 11, 16, 8, tzinfo=UTC)
WEEK = last_week(MONDAY)


@pytest.fixture
def engine(tmp_path):
    engine = open_engine(f"sqlite:///{tmp_path / 'linkmgr.db'}")
    create_tables(engine)
    yield engine
    engine.dispose()


def digest_of(engine, checks=(), checked=None, record=None, catalog=None):
    """Make the digest of the week."""
    catalog = catalog or parse_catalog(yaml_of(CATALOG).encode(), "catalog.yaml")
    with engine.connect() as connection:
        sources = DigestSources(connection, catalog, checks, checked, ADMIN, NOW)
        return make_digest(sources, WEEK, record)


def note(engine, day, **items):
    """Count clicks of items on a day, each of which was seen forty times as often."""
    clicks = sum(items.values())
    counts = {"bots": 0, "day": day}
    rows = [
        {"dimension": Dimension.ITEM, "value": item, "clicks": number, "visitors": number}
        for item, number in items.items()
    ]
    rows.append({"dimension": Dimension.ALL, "value": "", "clicks": clicks, "visitors": clicks})
    with writing(engine) as connection:
        for row in rows:
            seen = {"views": row["clicks"] * 40, "clicked": row["clicks"]}
            add_totals(connection, row | counts | seen)


def check(state, part=InstancePart.CLICKS):
    return HealthCheck("no-worker", part, state, message("doctor.no-worker"))


def of_the_week_before(record):
    """Return a record as if the digest of the week before had told what it has."""
    told = dict.fromkeys(record.told, WEEK.before.until)
    return replace(record, since=WEEK.before.since, until=WEEK.before.until, told=told)


def test_a_week_without_anything_has_no_text(engine):
    assert digest_of(engine).text == ""


def test_figures_stand_beside_the_week_before(engine):
    note(engine, date(2026, 11, 3), green=100)
    note(engine, date(2026, 11, 10), green=80, black=40)
    note(engine, MONDAY, bread=500)  # of the week that is not over
    lines = digest_of(engine).text.splitlines()
    assert lines[0] == "# Tea Notes: Nov 9\u2009–\u200915, 2026"
    assert "- Clicks: 120 (+20% from 100 the week before)" in lines
    assert "- Views: 4,800 (+20% from 4,000 the week before)" in lines
    assert "- Click rate: 2.5% (likely 2.1%–3.0%); 2.5% the week before" in lines
    assert "- Most clicked: Green Tea (80), Black Tea (40)" in lines


def test_a_week_without_clicks_after_one_with_them_is_told(engine):
    note(engine, date(2026, 11, 3), green=100)
    assert "- Clicks: 0 (−100% from 100 the week before)" in digest_of(engine).text


def test_earnings_stand_beside_the_week_before(engine):
    rows = [make_row(3, "900"), make_row(10, "1200")]
    import_reports(engine, [make_report(*rows, days=(1, 15))], "owner", 1)
    assert "- Earned: ¥1,200 (¥900 the week before)" in digest_of(engine).text


def test_a_week_that_no_report_has_says_where_reports_end(engine):
    note(engine, date(2026, 11, 10), green=80)
    import_reports(engine, [make_report(make_row(3), days=(1, 5))], "owner", 1)
    told = "- Earned (JPY): no report of this week yet; the last one ends on Nov 5, 2026"
    assert told in digest_of(engine).text


def test_a_check_that_fails_is_told_once_until_it_fails_again(engine):
    failing, well = [check(CheckState.FAULT)], [check(CheckState.GOOD)]
    first = digest_of(engine, failing)
    assert f"[See Health]({ADMIN}/admin/health)" in first.text
    old = of_the_week_before(first.record)
    assert digest_of(engine, failing, record=old).text == ""
    mended = digest_of(engine, well, record=old).record
    assert digest_of(engine, failing, record=mended).text == first.text


def test_checks_of_shops_and_pages_are_told_one_by_one(engine):
    parts = [check(CheckState.WARNING, part) for part in (InstancePart.SHOPS, InstancePart.PAGES)]
    assert digest_of(engine, [*parts, check(CheckState.NEVER)]).text == ""


def test_new_problems_of_the_pages_are_told_by_kind(engine, tmp_path):
    def checked(*pages):
        findings = [
            Finding(CODES["dead-link"], "/tea/", page, Location("a.md", 1)) for page in pages
        ]
        save_last_result(tmp_path, CheckResult(NOW.timestamp(), "_site", 2, tuple(findings)))
        return load_last_result(tmp_path)

    first = digest_of(engine, checked=checked("a/index.html"))
    old = of_the_week_before(first.record)
    text = digest_of(engine, checked=checked("a/index.html", "b/index.html"), record=old).text
    assert "does not have (1 new on the built pages)." in text
    assert f"[See where]({ADMIN}/admin/health/check/dead-link)" in text


def test_a_decided_test_is_told_with_its_winner(engine):
    site = CATALOG["site"] | {"server": "https://go.tea.example", "views": True}
    yaml = yaml_of(CATALOG | {"site": site}).replace(
        "  news:\n", f"  news:\n{variant_tests.VARIANTS}", 1
    )
    catalog = parse_catalog(yaml.encode(), "catalog.yaml")
    test = variant_tests.variant_test(yaml, "news")
    variant_tests.count(engine, test, WEEK.until, *[((500, 5), (500, 40))] * 14)
    text = digest_of(engine, catalog=catalog).text
    assert "**News**: the new wording wins, “週に一度の手紙”." in text
    assert f"[See the test]({ADMIN}/admin/tests/{test.test})" in text


def test_titles_are_no_markup(engine):
    books = {"odd": {"title": "A *[B]* <c>\n`d`", "asin": "B0EXAMPLE1", "valid-until": MONDAY}}
    catalog = parse_catalog(
        yaml_of(CATALOG | {"books": books, "mappings": {}}).encode(), "catalog.yaml"
    )
    assert r"**A \*\[B\]\* \<c\> \`d\`**: last day" in digest_of(engine, catalog=catalog).text


def test_a_digest_speaks_japanese(engine):
    set_language("ja")
    try:
        note(engine, date(2026, 11, 10), green=80)
        text = digest_of(engine).text
    finally:
        set_language("en")
    assert text.startswith("# Tea Notes\u30002026年11月9日～15日\n\n## この週の数字\n")
    assert "- クリック数: 80（前の週はなし）" in text


def test_the_pages_that_act_are_there(tmp_path):
    adapter = make_admin(read_settings({"LINKMGR_INSTANCE": str(tmp_path)})).url_map.bind("a")
    source = Path(digest.__file__).read_text(encoding="utf-8")
    paths = set(re.findall(r'"(?:\{admin\})?(/admin/[^"?]*)', source))
    assert len(paths) > 5
    for path in paths:
        adapter.match(re.sub(r"\{[^}]*\}", "x", path))
