"""The dashboard has what was earned beside the clicks, as far as reports say."""

import re
from datetime import timedelta
from html import unescape

import pytest

from linkmgr.blocks.include import post_key
from linkmgr.catalog.reading.files import load_catalog
from linkmgr.earnings.database.imports import import_reports
from linkmgr.earnings.reading.model import Status
from linkmgr.store.db.engine import writing
from tests.admin.conftest import today
from tests.support.earnings import NOVEMBER, make_report, make_row
from tests.support.store import add_totals, delete_totals

WATERING = post_key("_posts/2025-06-21-a-script-for-the-watering-can.md")


def ago(days):
    return today() - timedelta(days=days)


def words(answer):
    return unescape(" ".join(re.sub(r"<[^>]+>", " ", answer.text).split()))


def rows_of(answer, card):
    """Return the words of each row of a ranked card."""
    found = re.search(
        rf'<section[^>]* aria-labelledby="top-{card}">.*?</section>', answer.text, re.DOTALL
    )
    rows = re.findall(r"<tr>(.*?)</tr>", found[0], re.DOTALL)
    return [" ".join(re.sub(r"<[^>]+>", " ", row).split()) for row in rows]


@pytest.fixture
def owner(admin_client, engine):
    """Give the owner's browser; some values were clicked as often in both periods."""
    counts = {"clicks": 5, "visitors": 5, "bots": 0, "views": 0, "clicked": 0}
    values = {
        "all": [""],
        "item": ["kitchen-coffee", "slow-loaf", "newsletter"],
        "post": [WATERING],
        "tracking": ["blog-22", "else-22"],
    }
    rows = [
        {"dimension": dimension, "value": value, "day": ago(back)} | counts
        for back in (3, 40)
        for dimension, each in values.items()
        for value in each
    ]
    with writing(engine) as connection:
        delete_totals(connection)
        add_totals(connection, rows)
    return admin_client


@pytest.fixture
def take(engine, settings):
    """Give what imports a report of Amazon's from some days ago to others."""
    asin = load_catalog(settings.catalog).books["kitchen-coffee"].asin

    def run(*rows, first=70, last=1, **over):
        sales = [
            make_row(ago(back), reward, **{"product": asin, "tracking": "blog-22"} | more)
            for back, reward, more in rows
        ]
        days = tuple((ago(back) - NOVEMBER).days + 1 for back in (first, last))
        import_reports(engine, [make_report(*sales, days=days, **over)], "owner", 1)

    return run


def test_before_a_report_is_imported_nothing_is_said_of_money(owner):
    assert "Earned" not in words(owner.get("/admin/"))


def test_the_head_has_what_was_earned_and_how_that_changed(owner, take):
    take((2, "1200", {}), (3, "30", {"status": Status.PENDING}), (38, "1000", {}))
    text = words(owner.get("/admin/"))
    until = f"{ago(1):%b} {ago(1).day}"
    assert f"Earned until {until} ¥1,200 up ▲ 20% ¥30 pending" in text
    assert "Earned is what programmes have confirmed. Its change is over" in text


def test_days_that_no_report_has_have_no_sum(owner, take):
    take((50, "1000", {}), first=70, last=45)
    until = f"{ago(45):%b} {ago(45).day}"
    assert f"Earned – reports until {until}" in words(owner.get("/admin/"))
    assert "¥" not in words(owner.get("/admin/"))


def test_tables_have_what_reports_say_and_else_a_dash(owner, take):
    take((2, "1200", {}), (3, "300", {"product": "B0LAMP0000"}))
    take(
        (2, "70", {"product": "", "tracking": "", "sub_id": f"{WATERING}-books-1"}),
        programme="afb",
        kind="afb",
    )
    page = owner.get("/admin/?places=tracking")
    items = rows_of(page, "items")
    assert items[0] == "Item Clicks Visitors Earned Change"
    earned = {row.rsplit(" 5 5 ", 1)[0]: row.rsplit(" 5 5 ", 1)[1].split()[0] for row in items[1:]}
    assert earned == {
        "台所からはじめるコーヒー": "¥1,200",
        "The Slow Loaf": "¥0",
        "月に一度のおたより": "–",
    }
    assert rows_of(page, "posts")[1].split()[-4:-1] == ["5", "5", "¥70"]
    tags = [row.split()[:4] for row in rows_of(page, "places")[1:]]
    assert tags == [["blog-22", "5", "5", "¥1,500"], ["else-22", "5", "5", "–"]]
    text = words(page)
    assert "Not matched to an item – – ¥370" in text
    assert "Not matched to a post – – ¥1,500" in text
    assert "Without a tracking ID – – ¥70" in text


def test_without_amazons_reports_no_item_has_earned_nothing(owner, take):
    take((2, "70", {"product": "", "tracking": ""}), programme="afb", kind="afb")
    assert rows_of(owner.get("/admin/"), "items")[0] == "Item Clicks Visitors Change"


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ("item=kitchen-coffee", "¥1,200"),
        ("item=newsletter", "– no report names it"),
        ("tracking=blog-22", "¥1,500"),
        (f"post={WATERING}", "– no report names it"),
    ],
)
def test_what_is_filtered_by_has_its_own_sum(owner, take, query, expected):
    take((2, "1200", {}), (3, "300", {"product": "B0LAMP0000"}))
    found = re.search(
        r"Earned (?:until \w+ \d+ )?(\S+(?: no report names it)?)",
        words(owner.get(f"/admin/?{query}")),
    )
    assert found[1] == expected
    assert "Earned Change" not in words(owner.get(f"/admin/?{query}"))


@pytest.mark.parametrize("query", ["device=phone", "item=kitchen-coffee&tracking=blog-22"])
def test_of_what_no_report_tells_apart_nothing_is_said(owner, take, query):
    take((2, "1200", {}))
    assert "Earned" not in words(owner.get(f"/admin/?{query}"))


def test_a_post_has_what_a_report_ascribes_to_its_page(demo):
    rows = [row.split() for row in rows_of(demo.get("/admin/"), "posts")]
    heading, *rows = rows
    assert heading == ["Post", "Clicks", "Click", "rate", "Earned", "Change"]
    paid = [row[0] for row in rows if any(re.fullmatch("¥[1-9][0-9,]+", word) for word in row)]
    assert paid
    assert len(paid) < len(rows)
