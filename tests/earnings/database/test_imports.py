"""What counts of imported reports depends neither on their order nor on how often they come."""

import os
import re
import signal
import tempfile
from collections import defaultdict
from datetime import date
from decimal import Decimal
from itertools import permutations

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import event, func, select

from linkmgr.clicks.periods import Period, year_of
from linkmgr.earnings.database.counted import counted_rows
from linkmgr.earnings.database.imports import import_reports, imported_files, remove_file
from linkmgr.earnings.database.queries import (
    EarningSource,
    count_bought,
    currencies,
    earned_by,
    earned_in,
    earned_since,
    top_unlinked,
)
from linkmgr.earnings.database.totals import BY_DAY, Earned, EarnedBy
from linkmgr.earnings.reading.model import Origin, ReportKind, Status, Tax
from linkmgr.messages.errors import LinkmgrError
from linkmgr.store.db.engine import open_engine
from linkmgr.store.db.models import EarningFile, EarningRow, EarningTotal
from tests.support.disks import small_disk
from tests.support.earnings import NOVEMBER, day, make_report, make_row
from tests.support.properties import examples
from tests.support.store import empty_tables

YEAR = year_of(NOVEMBER)
AUTUMN = Period(date(2026, 9, 1), date(2026, 11, 30))


def take(engine, *reports):
    """Import reports one by one; return which were new."""
    new = []
    for report in reports:
        (imported,) = import_reports(engine, [report], "owner", 1)
        new.append(imported.file is not None)
    return new


def earned(engine, period=YEAR, currency="JPY", dimension=EarnedBy.ALL):
    """Return what each value earned, in the currency's units."""
    with engine.connect() as connection:
        rows = earned_by(connection, dimension, period, currency)
    sums = defaultdict(Earned)
    for source, row in rows.items():
        sums["" if dimension is EarnedBy.ALL else source.value] += row.earned
    return {value: units(each) for value, each in sums.items()}


def units(of):
    money = {"confirmed", "paid", "pending", "declined"}
    values = of._asdict()
    return {
        name: value / 1_000_000 if name in money else value
        for name, value in values.items()
        if value and (name != "orders" or value != of.confirmed_sales + of.pending_sales)
    }


def confirmed(engine):
    return earned(engine).get("", {}).get("confirmed", 0)


def counted(engine):
    """Return the rows that count, as (day, reward, status)."""
    row, file = EarningRow, EarningFile
    query = select(row.day, row.reward, row.status).join(file, file.id == row.file)
    query = query.where(counted_rows(YEAR, ["amazon"]))
    with engine.connect() as connection:
        return sorted(map(tuple, connection.execute(query)))


def test_sums_are_by_status_and_partly_paid_is_confirmed(engine):
    report = make_report(
        make_row(1, "10.50"),
        make_row(2, "-4.25", returns=1),
        make_row(3, "7", status=Status.PAID),
        make_row(3, "20", status=Status.PENDING),
        make_row(4, "5", status=Status.DECLINED),
        currency="USD",
    )
    assert take(engine, report) == [True]
    assert earned(engine, currency="USD")[""] == {
        "confirmed": 13.25,
        "paid": 7,
        "pending": 20,
        "declined": 5,
        "confirmed_sales": 3,
        "pending_sales": 1,
        "declined_sales": 1,
    }
    assert earned(engine, currency="JPY") == {}
    with engine.connect() as connection:
        assert currencies(connection) == ["USD"]


def test_two_equal_sales_of_a_day_stay_two(engine):
    take(engine, make_report(make_row(1), make_row(1)))
    assert confirmed(engine) == 200


def test_a_report_that_is_imported_twice_changes_nothing(engine):
    report = make_report(make_row(1), make_row(2))
    assert take(engine, report, report) == [True, False]
    assert confirmed(engine) == 200
    with engine.connect() as connection:
        assert [file.rows for file in imported_files(connection)] == [2]


@pytest.mark.parametrize("conversion", ["", "a1"])
@pytest.mark.parametrize("over", [{"currency": "USD"}, {"tax": Tax.INCLUDED}])
def test_a_report_again_in_another_currency_replaces_itself(engine, over, conversion):
    row = make_row(1, conversion=conversion)
    assert take(engine, make_report(row), make_report(row, **over)) == [True, True]
    wanted = over.get("currency", "JPY")
    assert earned(engine, currency=wanted)[""]["confirmed"] == 100
    assert len(counted(engine)) == 1


def test_a_later_report_replaces_the_days_that_it_has_as_a_whole(engine):
    take(
        engine,
        make_report(make_row(1, "1"), make_row(5, "5"), make_row(9, "9"), days=(1, 9), as_of=10),
        make_report(make_row(5, "50"), days=(4, 6), as_of=12),
    )
    assert confirmed(engine) == 1 + 50 + 9


def test_a_day_without_sales_in_the_later_report_has_none(engine):
    take(engine, make_report(make_row(5), days=(1, 9), as_of=10))
    take(engine, make_report(make_row(6, "7"), days=(4, 9), as_of=11))
    assert confirmed(engine) == 7


def test_days_that_are_in_report_in_part_dont_replace_whole_ones(engine):
    whole = make_report(make_row(5, "50"), make_row(6, "60"), days=(1, 6), as_of=10)
    part = make_report(make_row(6, "1"), make_row(8, "8"), whole=False, as_of=12)
    take(engine, whole, part)
    assert confirmed(engine) == 50 + 60 + 8


def test_reports_of_other_kinds_and_accounts_stay_side_by_side(engine):
    take(
        engine,
        make_report(make_row(1)),
        make_report(make_row(1), account="other", as_of=3),
        make_report(make_row(1), kind="another network", programme="another", as_of=4),
    )
    assert confirmed(engine) == 300


def test_a_conversion_counts_as_the_latest_report_has_it(engine):
    def sale(number, status, reward="10", on=1):
        over = {"conversion": number, "status": status, "occurred": day(on), "shipped": None}
        return make_row(None, reward, **over)

    reports = [
        make_report(sale("a", Status.PENDING), sale("b", Status.PENDING, on=2), as_of=3),
        make_report(sale("a", Status.CONFIRMED, "12"), as_of=20),
        make_report(sale("b", Status.DECLINED, on=2), sale("c", Status.PENDING, on=9), as_of=10),
    ]
    expected = {
        "confirmed": 12,
        "pending": 10,
        "declined": 10,
        "confirmed_sales": 1,
        "pending_sales": 1,
        "declined_sales": 1,
    }
    for order in permutations(reports):
        empty(engine)
        take(engine, *order, *order)
        assert earned(engine)[""] == expected


def empty(engine):
    with engine.begin() as connection:
        for table in (EarningTotal, EarningRow, EarningFile):
            connection.execute(table.__table__.delete())


def test_amazons_old_feed_counts_only_without_a_fee_report(engine):
    feed = make_report(
        make_row(1, "1"), make_row(2, "2"), days=(1, 9), kind=ReportKind.FEED, as_of=30
    )
    bounty = make_report(make_row(1, "5"), make_row(8, "8"), days=(1, 9), kind=ReportKind.BOUNTY)
    fees = make_report(make_row(2, "20"), days=(1, 4))
    take(engine, feed, bounty)
    assert confirmed(engine) == 1 + 2
    take(engine, fees)
    assert confirmed(engine) == 20 + 5


def test_what_amazons_other_reports_have_is_never_added(engine):
    orders = make_report(
        make_row(1, None, status=Status.PENDING, quantity=3),
        kind=ReportKind.FEE_ORDERS,
        money=False,
    )
    trends = make_report(
        make_row(1, None, product="", clicks=40, orders=3),
        kind=ReportKind.FEE_DAILY_TRENDS,
        money=False,
    )
    take(engine, make_report(make_row(1)), orders, trends)
    assert earned(engine)[""] == {"confirmed": 100, "confirmed_sales": 1, "orders": 3}


ORDERS = make_report(
    make_row(1, None, status=Status.PENDING, quantity=3),
    kind=ReportKind.FEE_ORDERS,
    money=False,
    currency="",
)


@pytest.mark.parametrize("reports", [*permutations(("orders", "yen", "dollars"))], ids="-".join)
def test_orders_without_currency_count_in_their_accounts_money(engine, reports):
    money = {
        "yen": make_report(make_row(2)),
        "dollars": make_report(make_row(1), currency="USD", account="us"),
    }
    take(engine, *({"orders": ORDERS, **money}[each] for each in reports))
    assert earned(engine)[""] == {"confirmed": 100, "confirmed_sales": 1, "orders": 3}
    assert earned(engine, currency="USD")[""] == {"confirmed": 100, "confirmed_sales": 1}


def test_orders_lose_their_currency_with_the_money_that_named_it(engine):
    take(engine, ORDERS, make_report(make_row(40)), make_report(make_row(1), account="another"))
    assert earned(engine)[""]["orders"] == 3 + 1
    with engine.connect() as connection:
        (money,) = (
            file.id for file in imported_files(connection) if file.currency and not file.account
        )
    assert remove_file(engine, money)
    assert earned(engine)[""] == {"confirmed": 100, "confirmed_sales": 1}


@pytest.mark.parametrize("dimension", sorted(BY_DAY))
def test_any_days_have_what_was_earned_on_them(engine, dimension):
    rows = [
        make_row(on, f"{on}", referrer=page, sub_id="" if page else "ours")
        for on in (-40, 1, 2, 30, 31, 90)
        for page in ("/a/", "")
    ]
    take(engine, make_report(*rows))
    for first, last, whole in ((1, 2, 3), (2, 31, 63), (-45, 30, -7), (-40, 91, 114), (3, 29, 0)):
        found = earned(engine, Period(day(first), day(last)), dimension=dimension)
        pages = 1 if dimension in {EarnedBy.PAGE, EarnedBy.SUB_ID} else 2
        assert sum(each["confirmed"] for each in found.values()) == pages * whole


def test_orders_are_reported_or_sold_by_month_and_add_up(engine):
    september = date(2026, 9, 30)
    sales = make_report(*[make_row(september)] * 2, make_row(1), make_row(2, status=Status.PAID))
    orders = make_report(
        make_row(1, None, status=Status.PENDING, quantity=4),
        kind=ReportKind.FEE_ORDERS,
        money=False,
    )
    take(engine, sales, orders)
    with engine.connect() as connection:
        months = earned_in(connection, YEAR, "JPY")
        (whole,) = earned_by(connection, EarnedBy.ALL, YEAR, "JPY").values()
        (autumn,) = earned_by(connection, EarnedBy.PRODUCT, AUTUMN, "JPY").values()
    assert {month: each.orders for month, each in months.items()} == {"2026-09": 2, "2026-11": 4}
    assert whole.earned.orders == autumn.earned.orders == 6


def test_an_import_that_fails_leaves_all_as_it_was(engine):
    def rows():
        yield make_row(1)
        raise LinkmgrError(make_report(make_row(1)).source)

    take(engine, make_report(make_row(3, "30")))
    broken = make_report(make_row(1), rows=rows())
    with pytest.raises(LinkmgrError):
        import_reports(engine, [make_report(make_row(2), as_of=9), broken], "owner", 1)
    assert confirmed(engine) == 30


def test_a_full_disk_is_named_and_leaves_all_as_it_was(engine, tmp_path, monkeypatch):
    with small_disk(tmp_path / "small", megabytes=1) as disk:
        monkeypatch.setattr(tempfile, "tempdir", str(disk))
        rows = [make_row(title="x" * 200)] * 8_000
        with pytest.raises(
            LinkmgrError, match=re.escape(f"{disk}: cannot be written: No space left")
        ):
            take(engine, make_report(*rows))

    assert earned(engine) == {}


def test_others_write_while_a_report_is_read(engine):
    def rows():
        yield make_row(2, "7")
        take(engine, make_report(make_row(1, "30"), days=(1, 1)))

    report = make_report(make_row(2), days=(2, 2), rows=rows())
    assert take(engine, report) == [True]
    assert confirmed(engine) == 37


def act_before(engine, written, act):
    """Do something once, before the first statement that begins so."""
    waiting = [act]

    def do(_connection, _cursor, statement, *_rest):
        if waiting and statement.startswith(written):
            waiting.pop()()

    event.listen(engine, "before_cursor_execute", do)


def kill_itself():
    os.kill(os.getpid(), signal.SIGKILL)


DAY = 24 * 3600 * 1000


@pytest.mark.parametrize(
    "written",
    [
        pytest.param("WITH counted_rows", id="when its rows are there"),
        pytest.param("INSERT INTO earning_totals", id="when its sums are written"),
        pytest.param("UPDATE earning_files", id="when it is to count"),
    ],
)
def test_an_import_that_is_killed_leaves_all_as_it_was(engine, written):
    take(engine, make_report(make_row(1, "30")))
    url = engine.url.render_as_string(hide_password=False)
    engine.dispose()
    child = os.fork()
    if not child:  # as another process that imports
        another = open_engine(url)
        act_before(another, written, kill_itself)
        report = make_report(*[make_row(1, "7")] * 5_000, as_of=9)
        import_reports(another, [report], "owner", 1)
        os._exit(0)
    assert os.waitpid(child, 0)[1] == signal.SIGKILL
    assert confirmed(engine) == 30
    assert take(engine, make_report(make_row(1, "40"), as_of=9)) == [True]
    assert confirmed(engine) == 40
    with engine.connect() as connection:
        assert [file.rows for file in imported_files(connection)] == [1, 1]

    import_reports(engine, [], "owner", 2 + DAY)  # what is left of it goes a day later
    with engine.connect() as connection:
        assert connection.scalar(select(func.count()).select_from(EarningRow)) == 2


@pytest.mark.parametrize("removes", [False, True], ids=["another comes", "another goes"])
def test_an_import_counts_what_others_do_meanwhile(engine, removes):
    def change():
        if removes:
            assert remove_file(engine, 1)
        else:
            take(engine, make_report(make_row(9, "5"), as_of=12))

    take(engine, make_report(make_row(9, "1"), as_of=2))
    act_before(engine, "INSERT INTO new_earning_totals", change)
    take(engine, make_report(make_row(1, "70"), as_of=10))
    assert confirmed(engine) == 70 + (0 if removes else 5)


def test_report_without_days_replaces_one_of_same_days_or_fewer(engine):
    take(engine, make_report(make_row(None, "10"), days=(1, 15), as_of=16))
    take(engine, make_report(make_row(None, "30"), days=(1, 30), as_of=31))
    assert confirmed(engine) == 30
    with pytest.raises(LinkmgrError, match="its rows have no days"):
        take(engine, make_report(make_row(None, "7"), days=(20, 40), as_of=41))


def test_a_row_outside_the_days_of_its_report_is_refused(engine):
    with pytest.raises(LinkmgrError, match="2026-11-09, outside its days from 2026-11-01"):
        take(engine, make_report(make_row(9), days=(1, 4)))


@pytest.mark.parametrize("field", ["reward", "revenue"])
def test_amounts_beyond_what_anybody_earns_are_refused(engine, field):
    rows = [make_row(**{field: Decimal(999_999_999_999)}) for _ in range(10)]
    with pytest.raises(LinkmgrError, match="add up to more than 1,000,000,000,000"):
        take(engine, make_report(*rows))
    assert earned(engine) == {}


def test_what_a_removed_report_had_replaced_counts_again(engine):
    first = make_report(make_row(1, "1"), days=(1, 3), as_of=4)
    take(engine, first, make_report(make_row(1, "10"), days=(1, 3), as_of=5))
    with engine.connect() as connection:
        later, _ = imported_files(connection)
    assert remove_file(engine, later.id)
    assert confirmed(engine) == 1
    assert not remove_file(engine, later.id)


def test_sums_by_month_and_year_agree(engine):
    take(engine, make_report(make_row(date(2026, 9, 30), "9"), make_row(1, "11"), as_of=2))
    with engine.connect() as connection:
        months = earned_in(connection, YEAR, "JPY")
        assert earned_since(connection) == date(2026, 9, 1)
    assert {month: each.confirmed / 1e6 for month, each in months.items()} == {
        "2026-09": 9,
        "2026-11": 11,
    }
    assert earned(engine, AUTUMN) == earned(engine)


def test_products_that_no_link_leads_to_are_apart(engine):
    take(
        engine,
        make_report(
            make_row(1, "1", product="ours"),
            make_row(1, "2", product="ours", origin=Origin.INDIRECT),
            make_row(1, "4", product="theirs", origin=Origin.INDIRECT, title="A lamp"),
            make_row(2, "8", product="hidden", status=Status.PENDING),
        ),
    )
    with engine.connect() as connection:
        assert count_bought(connection, YEAR, "JPY") == 3
        best = top_unlinked(connection, YEAR, "JPY", ["ours"], limit=1)
    assert earned(engine, dimension=EarnedBy.SOLD)[""] == {
        "confirmed": 7,
        "pending": 8,
        "confirmed_sales": 3,
        "pending_sales": 1,
    }
    assert {source: row.title for source, row in best.items()} == {
        EarningSource("amazon", "theirs"): "A lamp"
    }
    assert earned(engine, dimension=EarnedBy.PRODUCT)["ours"]["confirmed"] == 1


@st.composite
def downloads(draw):
    """Draw reports of one account: what a programme showed at some moments, cut at some days.

    Each sale has its states in time; equal sales on a day are two, and a report shows each as it is
    on the report's day.
    """
    with_ids = draw(st.booleans())
    sales = draw(
        st.lists(
            st.tuples(
                st.integers(1, 6),
                st.integers(-2, 3),
                st.sampled_from([*Status]),
                st.integers(7, 12),
            ),
            max_size=8,
        )
    )
    reports = []
    for _ in range(draw(st.integers(1, 4))):
        first = draw(st.integers(1, 6))
        last = draw(st.integers(first, 6))
        as_of = draw(st.integers(7, 12))
        rows = [
            make_row(
                on,
                str(reward),
                status=status if as_of >= decided else Status.PENDING,
                conversion=str(number) if with_ids else "",
            )
            for number, (on, reward, status, decided) in enumerate(sales)
            if first <= on <= last
        ]
        reports.append(make_report(*rows, days=(first, last), as_of=as_of, by_conversion=with_ids))
    return reports


def expected(reports):
    """Return the rows that count, day by day or sale by sale, in the plainest way."""
    latest = {}
    for report in sorted(reports, key=lambda each: each.as_of):
        if report.by_conversion:
            latest.update({row.conversion: [row] for row in report.rows})
            continue
        for number in range(1, 7):
            if report.period.first <= day(number) <= report.period.last:
                latest[number] = [row for row in report.rows if row.day == day(number)]
    return sorted(
        (row.day, int(row.reward * 1_000_000), row.status.value)
        for rows in latest.values()
        for row in rows
    )


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=examples(40))
@given(downloads(), st.randoms(use_true_random=False))
def test_any_order_and_repetition_of_downloads_leaves_same_rows(sqlite_engine, reports, random):
    empty_tables(sqlite_engine)
    shuffled = [*reports, *random.sample(reports, random.randint(0, len(reports)))]
    random.shuffle(shuffled)
    take(sqlite_engine, *shuffled)
    assert counted(sqlite_engine) == expected(reports)
    whole = sum(reward for _, reward, _ in counted(sqlite_engine))
    sums = earned(sqlite_engine).get("", {})
    parts = sum(sums.get(name, 0) for name in ("confirmed", "pending", "declined"))
    assert parts == whole / 1_000_000


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=examples(40))
@given(downloads(), st.data())
def test_removing_a_report_is_as_if_it_had_never_come(sqlite_engine, reports, data):
    empty_tables(sqlite_engine)
    new = take(sqlite_engine, *reports)
    kept = [report for report, is_new in zip(reports, new, strict=True) if is_new]
    gone = data.draw(st.sampled_from(range(len(kept))))
    with sqlite_engine.connect() as connection:
        files = imported_files(connection)[::-1]
    remove_file(sqlite_engine, files[gone].id)
    assert counted(sqlite_engine) == expected(kept[:gone] + kept[gone + 1 :])
