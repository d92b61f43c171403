"""Tables of earnings join what the reports name, and say how much is left."""

from datetime import date
from functools import partial

import pytest
from sqlalchemy import create_engine

from linkmgr.catalog.reading.parse import parse_catalog
from linkmgr.clicks.counts import Counts, Dimension
from linkmgr.clicks.periods import Period, month_of, year_of
from linkmgr.earnings.database.imports import import_reports
from linkmgr.earnings.database.totals import Earned
from linkmgr.earnings.figures import By, Earnings, compared_days
from linkmgr.earnings.reading.model import Origin, ReportKind, Status
from linkmgr.earnings.report import earnings_text
from linkmgr.figures.queries import sums
from linkmgr.store.db.models import Base
from tests.support.earnings import NOVEMBER, day, make_report, make_row
from tests.support.store import add_totals

CATALOG = """
site: {name: blog, url: https://blog.example, language: en}
programmes: {amazon: {marketplace: amazon.co.jp, tag: blog-22}}
books:
  first: {title: First, asin: "4873119049", also: [B000000001]}
  second: {title: Second, asin: "4297127830"}
ctas:
  news: {heading: News, label: Read, url: /news/}
"""
CLICKS = {
    Dimension.ITEM: {"first": 50, "second": 300, "news": 900},
    Dimension.POST: {"aa": 200, "bb": 700, "": 3, "(other)": 9},
    Dimension.TRACKING: {"blog-22": 200},
}
MONTH, YEAR = month_of(NOVEMBER), year_of(NOVEMBER)


def count(dimension, period):
    """Return the same clicks for every month."""
    months = max(1, round(len(period) / 30))
    return {
        value: Counts(clicks * months, views=clicks * months * 10)
        for value, clicks in CLICKS[dimension].items()
    }


@pytest.fixture
def engine(tmp_path):
    made = create_engine(f"sqlite:///{tmp_path / 'earnings.db'}")
    Base.metadata.create_all(made)
    counts = {"clicks": 1, "visitors": 1, "bots": 0, "views": 0, "clicked": 0}
    with made.begin() as connection:
        began = {"dimension": "all", "value": "", "day": date(2025, 12, 1)}
        add_totals(connection, began | counts)
    yield made
    made.dispose()


@pytest.fixture
def table(engine):
    """Give what imports reports and reads a table."""

    def read(by, *reports, period=MONTH, currency="JPY", count=count):
        import_reports(engine, reports, "owner", 1)
        catalog = parse_catalog(CATALOG.encode(), "catalog.yaml")
        posts = {"/a/": "aa", "/b/": "bb"}
        with engine.connect() as connection:
            if count is sums:
                count = partial(sums, connection)
            return Earnings(
                connection, catalog, currency, date(2026, 12, 31), count, posts.get
            ).table(by, period)

    return read


def confirmed(table):
    return {line.value: line.earned.confirmed / 1e6 for line in table.lines}


def left(table):
    return {rest.value: each.confirmed / 1e6 for rest, each in table.rest.items()}


BASKETS = make_report(
    make_row(1, "100", product="4873119049"),
    make_row(2, "20", product="B000000001", origin=Origin.UNKNOWN),
    make_row(2, "7", product="4297127830", origin=Origin.INDIRECT),
    make_row(3, "3", product="B0LAMP0000", origin=Origin.INDIRECT),
    make_row(4, "2", product="B0HAND0000"),
    make_row(5, "1", product=""),
)


def test_an_item_has_sales_over_its_links_and_variations(table):
    found = table(By.ITEM, BASKETS)
    assert confirmed(found) == {"first": 120, "second": 0}
    assert left(found) == {"unlinked": 5, "basket": 7, "other": 1}
    assert found.unlinked == 2
    assert found.whole.earned.confirmed == 133_000_000
    assert found.lines[0].title == "First"


@pytest.mark.parametrize("by", [*By])
def test_lines_and_rest_add_up_to_the_whole(table, by):
    found = table(by, BASKETS)
    lines = sum((line.earned for line in found.lines), Earned())
    assert lines + sum(found.rest.values(), Earned()) == found.whole.earned


def test_a_table_with_views_has_what_a_thousand_of_them_earned(table):
    found = table(By.ITEM, make_report(make_row(1, "70", product="4873119049"), days=(1, 30)))
    lines = earnings_text(found, 120).splitlines()
    assert lines[2].split()[-6:] == ["per", "100", "clicks", "per", "1,000", "views"]
    (first,) = (line for line in lines if line.startswith("first"))
    assert first.split()[-2:] == ["¥140", "¥140"]


def test_an_item_that_earns_nothing_is_printed_so_clicks_add_up(table):
    lines = earnings_text(table(By.ITEM, BASKETS), 120).splitlines()
    clicks = {line.split()[0]: line.split()[6:7] for line in lines if line.startswith("second")}
    assert clicks == {"second": ["300"]}


OVER = date(2026, 12, 31)
BEGAN = date(2026, 1, 10)


@pytest.mark.parametrize(
    ("period", "today", "since"),
    [
        pytest.param(MONTH, OVER, MONTH.since, id="a month that is over"),
        pytest.param(MONTH, date(2026, 11, 29), date(2026, 10, 1), id="a month that is not"),
        pytest.param(YEAR, OVER, date(2026, 2, 1), id="a year within which counting began"),
        pytest.param(month_of(date(2026, 2, 1)), OVER, None, id="too few days were counted"),
        pytest.param(month_of(date(2026, 1, 1)), OVER, None, id="counting began within it"),
    ],
)
def test_clicks_are_compared_with_thirty_days_of_earnings(period, today, since):
    expected = since and Period(since, min(period.until, today))
    assert compared_days(period, BEGAN, today) == expected
    assert compared_days(period, None, today) is None


def test_month_that_is_too_short_is_compared_with_its_forerunner(table):
    sold = make_report(
        make_row(date(2026, 1, 31), "10", product="4873119049"),
        make_row(date(2026, 2, 1), "30", product="4873119049"),
        days=((date(2026, 1, 1) - NOVEMBER).days + 1, (date(2026, 2, 28) - NOVEMBER).days + 1),
    )
    (line, _) = table(By.ITEM, sold, period=month_of(date(2026, 2, 1))).lines
    assert line.earned.confirmed == 30_000_000
    assert line.per_click == 40_000_000 / 100


def test_a_rate_is_confirmed_earnings_by_clicks_that_can_earn(table):
    found = table(By.ITEM, make_report(make_row(1, "70", product="4873119049"), days=(1, 30)))
    assert {line.value: line.per_click for line in found.lines} == {
        "first": 1_400_000,
        "second": 0,
    }
    assert found.whole.clicks == 350
    assert found.whole.per_click == 200_000
    assert found.whole.per_view == 20_000


@pytest.mark.parametrize("by", [By.ITEM, By.POST, By.TAG, By.MONTH])
def test_money_that_no_item_is_matched_with_is_in_no_rate(table, by):
    amazon = make_report(make_row(1, "70", product="4873119049"), days=(1, 30))
    other = make_report(make_row(1, "900", product=""), programme="afb", kind="afb", days=(1, 30))
    found = table(by, amazon, other)
    assert found.whole.earned.confirmed == 970_000_000
    assert found.whole.per_click == 70_000_000 / 350
    if by is By.MONTH:
        assert [line.per_click for line in found.lines] == [70_000_000 / 350]


def test_rate_counts_no_click_after_last_day_that_report_covers(table):
    sold = make_row(1, "70", product="4873119049")
    quarter = Period(date(2026, 10, 1), date(2026, 12, 31))
    found = table(By.ITEM, make_report(sold, days=(-30, 30)), period=quarter)
    assert found.compared == Period(date(2026, 10, 1), date(2026, 11, 30))
    assert found.whole.clicks == 3 * 350
    assert found.whole.per_click == 70_000_000 / (2 * 350)
    assert [line.per_click for line in found.lines] == [70_000_000 / (2 * 50), 0]


def test_orders_are_those_of_amazons_order_report_if_any(table):
    orders = make_report(
        make_row(1, None, status=Status.PENDING, quantity=4, product="4873119049"),
        kind=ReportKind.FEE_ORDERS,
        money=False,
    )
    other = make_report(make_row(1, "5", product=""), programme="afb", kind="afb")
    found = table(By.PROGRAMME, BASKETS, orders, other)
    assert {line.value: line.earned.orders for line in found.lines} == {"amazon": 4, "afb": 1}
    assert found.whole.earned.orders == 5


def test_a_post_has_what_reports_ascribe_to_page_or_sub_id(table):
    network = make_report(
        make_row(1, "40", product="", referrer="/a/"),
        make_row(2, "2", product="", referrer="/gone/"),
        make_row(3, "6", product="", sub_id=f"{'b' * 16}-books-2"),
        make_row(3, "8", product="", sub_id="of somebody else"),
        programme="afb",
        kind="afb",
    )
    found = table(By.POST, network, BASKETS)
    assert confirmed(found) == {"aa": 40, "b" * 16: 6, "bb": 0}
    assert left(found) == {"other": 143}
    assert {line.value: line.clicks for line in found.lines} == {"aa": 200, "b" * 16: 0, "bb": 700}


def test_a_post_that_no_report_names_has_no_rate_not_zero(table):
    network = make_report(make_row(1, "7", product="", referrer="/a/"), programme="moshimo")
    lines = {line.value: line for line in table(By.POST, network, BASKETS).lines}
    assert (lines["aa"].is_reported, lines["bb"].is_reported) == (True, False)
    assert lines["aa"].per_click == 7e6 / 200
    assert lines["bb"].per_click is None


def own_clicks(first, last, **clicks):
    """Return Amazon's report of tracking IDs in some days of November."""
    rows = (
        make_row(None, None, tracking=f"{tag}-22", product="", clicks=number, shipped=None)
        for tag, number in clicks.items()
    )
    return make_report(*rows, days=(first, last), kind=ReportKind.FEE_TRACKING, money=False)


def test_amazons_clicks_say_what_share_was_not_counted(table, engine):
    with engine.begin() as connection:
        for each, clicks in ((1, 90), (10, 110), (11, 5000)):
            counts = {"clicks": clicks, "visitors": 1, "bots": 0, "views": 0, "clicked": 0}
            named = {"dimension": "tracking", "value": "blog-22", "day": day(each)}
            add_totals(connection, named | counts)
    reports = own_clicks(1, 7, blog=100, other=9), own_clicks(8, 10, blog=150)
    lines = {line.value: line for line in table(By.TAG, BASKETS, *reports, count=sums).lines}
    assert lines["blog-22"].checked == (250, 200)
    assert lines["blog-22"].missed == pytest.approx(0.2)


@pytest.mark.parametrize("days", [(-3, 5), (28, 40)])
def test_of_clicks_that_are_not_all_of_period_nothing_is_said(table, days):
    (line,) = table(By.TAG, BASKETS, own_clicks(*days, blog=500)).lines
    assert line.missed is None


def test_another_currency_is_in_no_table(table):
    dollars = make_report(make_row(1, "9"), currency="USD", account="us")
    assert table(By.MONTH, BASKETS, dollars).whole.earned.confirmed == 133_000_000
    assert table(By.MONTH, currency="USD", period=YEAR).whole.earned.confirmed == 9_000_000
