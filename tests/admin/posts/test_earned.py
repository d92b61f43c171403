"""A post's page has what reports say that it earned."""

import re
from datetime import timedelta
from html import unescape

import pytest

from linkmgr.blocks.include import post_key
from linkmgr.clicks.periods import month_of
from linkmgr.earnings.database.imports import import_reports
from linkmgr.earnings.reading.model import Status
from linkmgr.store.db.engine import writing
from tests.admin.conftest import queries, today
from tests.support.earnings import NOVEMBER, make_report, make_row
from tests.support.indexed_site import indexer_of
from tests.support.store import add_totals, delete_totals

POST = post_key("_posts/2025-06-21-a-script-for-the-watering-can.md")
PAGE = f"/admin/posts/{POST}"
LAST = month_of(today().replace(day=1) - timedelta(days=1))
MONTH = LAST if len(LAST) >= 30 else month_of(LAST.since - timedelta(days=1))


def words(html):
    return unescape(" ".join(re.sub(r"<[^>]+>", " ", html).split()))


def card(page):
    found = re.search(r'<section[^>]* aria-labelledby="earned">.*?</section>', page.text, re.DOTALL)
    return found and found[0]


@pytest.fixture
def owner(settings, engine, admin_client):
    """Give a browser that is signed in; the site is indexed, and the post read for two months."""
    admin_client.indexer = indexer_of(settings)
    counts = {"clicks": 2, "visitors": 2, "bots": 0, "views": 40, "clicked": 2}
    rows = [
        {"dimension": dimension, "value": value, "day": day} | counts
        for day in (*month_of(MONTH.since - timedelta(days=1)), *MONTH)
        for dimension, value in (("all", ""), ("post", POST))
    ]
    with writing(engine) as connection:
        delete_totals(connection)
        add_totals(connection, rows)
    return admin_client


@pytest.fixture
def take(engine):
    """Give what imports a report of the month whose sales name a page or a sub ID."""

    def run(*sales, **over):
        rows = [
            make_row(MONTH.since, reward, **{"product": "", "tracking": "", "status": status, **by})
            for reward, status, by in sales
        ]
        days = tuple((day - NOVEMBER).days + 1 for day in (MONTH.since, MONTH.until))
        import_reports(engine, [make_report(*rows, days=days, **over)], "owner", 1)

    return run


BY_ID = {"sub_id": f"{POST}-books-1"}


def test_before_report_is_imported_post_says_nothing_of_money(owner):
    assert card(owner.get(PAGE)) is None


def test_a_posts_reported_earnings_stand_by_state_with_clicks(owner, take):
    take(
        ("600", Status.CONFIRMED, BY_ID),
        ("30", Status.PENDING, BY_ID),
        ("9", Status.DECLINED, BY_ID),
        ("1000", Status.CONFIRMED, {}),
        programme="afb",
        kind="afb",
    )
    html = card(owner.get(PAGE))
    text, clicks = words(html), 2 * len(MONTH)
    assert text.startswith(f"Earned in {MONTH.since:%B %Y}")
    assert "Confirmed ¥600 1 order Pending ¥30 1 order Declined ¥9 1 order" in text
    assert f"Per 100 clicks ¥{round(60000 / clicks):,}" in text
    assert f"Per 1,000 views ¥{round(600000 / (20 * clicks)):,}" in text
    assert "¥1,600" not in text
    address = f"/admin/earnings?by=post&amp;value={POST}&amp;period={MONTH.since:%Y-%m}"
    assert f'href="{address}&amp;currency=JPY"' in html


def test_the_link_leads_to_its_line_alone(owner, take):
    other = {"sub_id": f"{'a' * 16}-books-1"}
    sales = [("600", Status.CONFIRMED, BY_ID), ("70", Status.CONFIRMED, other)]
    take(*sales, programme="afb", kind="afb")
    (href,) = re.findall(r'href="(/admin/earnings\?[^"]*)"', card(owner.get(PAGE)))
    page = owner.get(unescape(href)).text
    text = words(page[page.index('aria-label="Filters"') :])
    assert "Post: An eleven-line script for the watering can × Remove this filter" in text
    assert "¥600" in text
    assert "¥70" not in text
    assert "The reports don't say which" not in text


def test_a_post_that_no_report_names_has_no_sum(owner, take):
    take(("600", Status.CONFIRMED, {}))
    html = card(owner.get(PAGE))
    assert "No report names this post." in words(html)
    assert "¥" not in html


def test_a_posts_earnings_in_two_currencies_stand_in_each(owner, take):
    take(("600", Status.CONFIRMED, BY_ID), programme="linkshare", kind="sales", currency="USD")
    take(("700", Status.CONFIRMED, {}))
    page = owner.get(PAGE).text
    (cards,) = re.findall(
        r'<section[^>]* aria-labelledby="earned">.*<h2 id="preview">', page, re.DOTALL
    )
    month = f"{MONTH.since:%B %Y}"
    assert f"Earned in {month} · JPY No report names this post." in words(cards)
    assert f"Earned in {month} · USD Confirmed $600.00 1 order" in words(cards)


@pytest.mark.parametrize("sales", [1, 300])
def test_posts_earnings_take_as_many_questions_whatever_is_sold(owner, engine, take, sales):
    numbers = range(sales)
    take(*[(f"{n}", Status.CONFIRMED, {"sub_id": f"{POST}-books-{n}"}) for n in numbers])
    with queries(engine) as statements:
        assert "¥" in card(owner.get(PAGE))
    assert len([each for each in statements if "earning" in each]) == 7
