"""Each query finds its rows by a key, an index or its months, however many others there are.

What is run here is every function of the store that asks for clicks, totals or the history: a new
one has to be added, or the first test fails.
"""

import io
import shutil
import zlib
from datetime import UTC, date, datetime

import pytest
from sqlalchemy import insert, text

from linkmgr.clicks.counts import Dimension
from linkmgr.clicks.periods import Period, month_of, year_of
from linkmgr.earnings.database import counted, imports
from linkmgr.earnings.database import queries as earnings
from linkmgr.earnings.database.totals import BY_DAY, EarnedBy
from linkmgr.experiments import variants
from linkmgr.figures import queries, views
from linkmgr.store import revisions
from linkmgr.store.clicks.counting import CountLimits, count_days
from linkmgr.store.clicks.export import ExportFormat, export_clicks, export_views
from linkmgr.store.clicks.prune import count_before, prune
from linkmgr.store.db.models import (
    ClickRow,
    RevisionEntry,
    RevisionRow,
    RowKind,
    Total,
    ViewRow,
    ViewTotal,
)
from linkmgr.store.db.partitions import make_partitions
from linkmgr.store.revisions import Action, AuditEntry, Entry, HistoryQuery
from linkmgr.store.spool import spool_sizes
from tests.support import earnings as sales
from tests.support.plans import executing_functions, planning
from tests.support.store import DAY, make_click, make_loader, make_report, partition_names, spool_up

FIRST = date(2026, 1, 1)
MONTHS = [date(2026, month, 1) for month in range(1, 6)]
DAYS = 150  # of those months
A_DAY = 200
TOTALS, REVISIONS = 40, 4_000
# Some days within a month, which are asked for.
PERIOD = Period(date(2026, 3, 10), date(2026, 3, 12))
MARCH = {"clicks_2026_03"}
REST = {"clicks_default"}  # may have clicks of any time
UTC_ZONE = "UTC"
ONE = {Dimension.ITEM: "item-1", Dimension.DEVICE: "phone"}

# Functions whose statements have no plan, as COPY has none, or read a table that stays small.
WITHOUT_PLAN = {
    "db/engine:upsert": "rows by their keys, of tables with a few rows",
    "clicks/counting:note_rows": "the days that have clicks",
    "clicks/counting:note_views": "the days that have views",
    "clicks/counting:note_pruning": "the days that have clicks",
    "clicks/counting:days_to_count": "the days that have clicks",
    "clicks/counting:_take_turn": "the days that have clicks",
    "clicks/counting:_keep_turn": "the days that have clicks",
    "clicks/counting:_fold_names": "tables of one count",
    "clicks/counting:_count_new": "tables of one count",
    "clicks/counting:_sum_up": "tables of one count",
    "clicks/counting:_write": "tables of one count",
    "clicks/counting:_drop_temporary": "DROP TABLE",
    "clicks/loader:_copy_rows": "COPY, and rows by their keys",
    "figures/queries:day_numbers": "the days that have clicks",
    "figures/queries:counted_until": "the days that have clicks",
    "clicks/prune:_drop_month": "DROP TABLE",
    "clicks/last_targets:_read_known": "the items that there were in the catalog",
    "clicks/last_targets:record_renames": "the ids that items had before",
    "hints:hints_aside": "the opportunities that were put aside",
    "clicks/counting:note_renames": "the days that have clicks",
    "clicks/renames:shared_days": "where an item was renamed, a period's totals of items",
    "clicks/renames:days_of_former": "once after a rename",
    "clicks/last_targets:record_tests": "the tests of variants that there were",
    "clicks/last_targets:still_redirecting": "the items that there were in the catalog",
    "clicks/loader:_read_positions": "the files of a spool",
    "clicks/loader:SpoolPositions._delete_old": "the files of a spool",
    "earnings/database/totals:sum_up": "CREATE TABLE",
    "earnings/database/totals:drop_sums": "DROP TABLE",
}
OF_ONE_DATABASE = {"sqlite": set(), "postgresql": {"clicks/loader:add_new_rows"}}
LARGE = {
    *("clicks", "totals", "views", "view_totals", "revisions", "revision_entries"),
    *("earnings", "earning_totals"),
    *(f"clicks_{month:%Y_%m}" for month in MONTHS),
}
# What reads a whole table on purpose.
WHOLE = {
    # The catalog's versions, of which there are some thousands at most.
    ("revisions:history", "revisions"),
    ("revisions:history", "revision_entries"),
    ("revisions:since", "revisions"),
    ("revisions:number_of", "revisions"),
    ("revisions:users", "revisions"),
    ("revisions:count_since", "revisions"),
    # An import sums up one month of these sixteen anew, and adds it to the others of its year:
    # PostgreSQL reads so few faster as a whole.
    ("earnings/database/totals:replace_sums", "earning_totals"),
    ("earnings/database/totals:_add_up", "earning_totals"),
}


def start_of(day):
    return int(datetime(day.year, day.month, day.day, tzinfo=UTC).timestamp() * 1000)


def rows_of_clicks():
    step = DAY // A_DAY
    for number in range(DAYS * A_DAY):
        time = start_of(FIRST) + number * step
        yield {
            "id": f"{time:012x}70008{number:015x}",
            "day": date.fromordinal(FIRST.toordinal() + number // A_DAY),
            "kind": RowKind.READER,
            "own": 0,
            "other": 0,
            "time": time,
            "item": f"item-{number % 50}",
            "post": f"{number % 200:016x}",
            "block": "books",
            "rank": number % 5,
            "shop": "",
            "route": "go",
            "referrer": "",
            "device": "phone",
            "bot": "",
            "visitor": number,
            "campaign": "",
            "variant": "",
            "tracking": "",
        }


def rows_of_totals(counts):
    for day in Period(FIRST, date.fromordinal(FIRST.toordinal() + DAYS - 1)):
        for dimension in Dimension:
            for number in range(1 if dimension is Dimension.ALL else TOTALS):
                value = "" if dimension is Dimension.ALL else f"item-{number}"
                yield {
                    "dimension": dimension,
                    "value": value,
                    "day": day,
                    **dict.fromkeys(counts, 2),
                }


def rows_of_views():
    for day in Period(FIRST, date.fromordinal(FIRST.toordinal() + DAYS - 1)):
        for number in range(A_DAY):
            place = {"post": f"{number:016x}", "block": "books", "rank": 1}
            row = {"day": day, "item": f"item-{number % 50}", **place, "variant": ""}
            yield {**row, "tracking": "", "views": 9, "clicked": 1}


def earlier_reports():
    """Return reports of sixteen months, with sales of many products that nobody links to."""
    for number in range(16):
        month = month_of(date(2025 + number // 12, number % 12 + 1, 1))
        days = tuple((each - sales.NOVEMBER).days + 1 for each in (month.since, month.until))
        rows = [sales.make_row(month.since, "1", product=f"product-{n}") for n in range(400)]
        yield sales.make_report(*rows, days=days, as_of=1, account="other")


def fill(engine):
    make_partitions(engine, MONTHS)
    texts = [
        {
            "time": number,
            "user": "",
            "action": Action.CHANGED,
            "summary": "",
            "revision": f"{number:064x}",
            "text": zlib.compress(b"text"),
        }
        for number in range(1, REVISIONS)
    ]
    entries = [
        {"section": "books", "entry": f"item-{number % 100}", "id": number}
        for number in range(1, REVISIONS)
    ]
    imports.import_reports(engine, earlier_reports(), "", 1)
    with engine.begin() as connection:
        connection.execute(insert(ClickRow), [*rows_of_clicks()])
        connection.execute(insert(Total), [*rows_of_totals(("clicks", "visitors", "bots"))])
        connection.execute(insert(ViewRow), [*rows_of_views()])
        connection.execute(insert(ViewTotal), [*rows_of_totals(("views", "clicked"))])
        connection.execute(insert(RevisionRow), texts)
        connection.execute(insert(RevisionEntry), entries)
    vacuum = "VACUUM ANALYZE" if engine.dialect.name == "postgresql" else "ANALYZE"
    with engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        connection.execute(text(vacuum))


def read_figures(connection):
    queries.curves(connection, PERIOD)
    queries.sums(connection, Dimension.POST, PERIOD)
    queries.clicks_on(connection, [*PERIOD])
    queries.most_viewed(connection, Dimension.POST, PERIOD, 3)
    queries.clicks_of(connection, PERIOD, {Dimension.ITEM: ["item-1", "item-2"]})
    queries.first_day(connection)
    queries.days_of(connection, Dimension.ITEM, ["item-1", "item-2"], PERIOD)
    queries.last_day(connection)
    queries.doubled_days(connection)
    span = queries.Span(start_of(PERIOD.since), start_of(PERIOD.until))
    for filters in (ONE, {Dimension.PLACE: "books.1"}):
        queries.filtered(connection, PERIOD, filters)
        queries.filtered_days(connection, PERIOD, filters)
        queries.hours(connection, span, filters)
        queries.span_counts(connection, span, filters)
        queries.span_clicks(connection, span, filters, {Dimension.ITEM: ["item-1"]})
    queries.has_clicks(connection, span)
    queries.clicks_by_post(connection, PERIOD, ["item-1"])


def read_views(connection):
    views.view_sums(connection, PERIOD, ("item", "block", "rank"))
    views.view_sums(connection, PERIOD, ("post",), items=["item-1", "item-2"])
    views.view_sums(connection, PERIOD, ("item",), posts=[f"{1:016x}"])
    views.view_sums(connection, PERIOD, ("rank",), items=["item-1"], posts=[f"{1:016x}"])


def read_tests(connection):
    variants.published_tests(connection)
    weights = {"original": 1.0, "b": 1.0}
    shows = {"original": "item-1", "b": "item-2"}
    test = variants.PublishedTest("item-1", "0" * 8, "0" * 16, weights, shows, 100, "view", 0)
    variants.days_of_tests(connection, [test])
    variants.exact_clicks_of_tests(connection, [test])


def read_ends(connection):
    queries.last_click(connection)


def read_history(connection):
    entry = Entry("books", "item-1")
    revisions.history(connection, 2)
    revisions.history(connection, 1, HistoryQuery(entry, "", ("books",)))
    revisions.history(connection, 1, HistoryQuery(search="kettle", named=("item-1", "item-2")))
    revisions.users(connection)
    revisions.all_entries(connection, 77)
    revisions.count_since(connection, f"{77:064x}")
    revisions.texts(connection, 77)
    revisions.since(connection, f"{77:064x}")
    revisions.edits_between(connection, 0, 9**15)
    revisions.edits_between(connection, 0, 9**15, entry)
    revisions.number_of(connection, f"{77:064x}")
    revisions.latest(connection)
    revisions.first_number(connection)
    revisions.last_revision(connection)
    revisions.last_text(connection)
    revisions.record(connection, AuditEntry(1, "", Action.CHANGED, (entry,)), "a" * 64, "text")


def read_earnings(connection):
    month, year = month_of(PERIOD.since), year_of(PERIOD.since)
    for dimension in EarnedBy:
        earnings.earned_by(connection, dimension, month, "JPY", values=["ours"])
        earnings.earned_by(connection, dimension, year, "JPY")
    for dimension in BY_DAY:
        earnings.earned_by(connection, dimension, PERIOD, "JPY", values=["ours"])
    earnings.own_clicks(connection, year)
    earnings.confirmed_in(connection, "amazon", ["2026"], "JPY", products=["ours"])
    earnings.count_bought(connection, month, "JPY")
    earnings.top_unlinked(connection, month, "JPY", ["ours"], limit=10)
    earnings.earned_in(connection, year, "JPY")
    earnings.statement(connection, month, "JPY")
    earnings.currencies(connection)
    earnings.report_days(connection, "JPY", year)
    earnings.earned_since(connection)
    earnings.reported_until(connection)
    earnings.latest_earning_month(connection, "JPY")
    imports.imported_files(connection)
    imports.known_currency(connection, "afb", "")


def import_earnings(engine):
    """Import a report of a month, and again with another state, and take that back."""
    rows = [sales.make_row(PERIOD.since, f"{number}", conversion="") for number in range(5)]
    of_ids = [
        sales.make_row(PERIOD.until, f"{number}", conversion=f"{number:064}") for number in range(5)
    ]
    month = month_of(PERIOD.since)
    days = ((each - sales.NOVEMBER).days + 1 for each in (month.since, month.until))
    span = tuple(days)
    for as_of in (40, 41):
        report = sales.make_report(*rows, days=span, as_of=as_of)
        ids = sales.make_report(*of_ids, days=span, as_of=as_of, kind="afb", programme="afb")
        with engine.connect() as connection:
            counted.shared_edges(connection, report)
        imports.import_reports(engine, [report, ids], "", 1)
    with engine.connect() as connection:
        latest, *_ = imports.imported_files(connection)
    imports.remove_file(engine, latest.id)


def load_clicks(engine, folder):
    spool = folder / "spool"
    time = start_of(PERIOD.since) + DAY // 3
    clicks = [make_click(time + n * 60_000, visitor=f"{n:016x}") for n in range(20)]
    spool_up(spool, *clicks, make_report(time))
    (name,) = spool_sizes(spool)
    shutil.copy(spool / name, folder / name)
    make_loader(engine, spool, timezone=UTC_ZONE).load()
    count_days(engine, CountLimits(1000))
    shutil.copy(folder / name, spool / f"again-{name}")  # lines that were loaded once
    make_loader(engine, spool, timezone=UTC_ZONE).load()


def exchange_clicks(engine):
    since, until = PERIOD.since, PERIOD.until
    export_clicks(engine, io.StringIO(), ExportFormat.CSV, since=since, until=until)
    export_views(engine, io.StringIO(), ExportFormat.CSV, since=since, until=until)


@pytest.fixture
def planned(engine, tmp_path):
    """Give the plans of every statement, and of which months' clicks they may read."""
    fill(engine)
    found = []

    def run(months, act):
        with planning(engine) as plans:
            act()
        found.extend((each, months) for each in plans)

    def connected(read):
        with engine.begin() as connection:
            read(connection)

    with engine.connect() as connection:
        all_months = partition_names(connection)
    run(MARCH, lambda: connected(read_figures))
    run(set(), lambda: connected(read_views))
    run(set(), lambda: connected(read_tests))
    run(all_months, lambda: connected(read_ends))
    run(set(), lambda: connected(read_history))
    run(set(), lambda: connected(read_earnings))
    run(set(), lambda: import_earnings(engine))
    run(MARCH, lambda: load_clicks(engine, tmp_path))
    run(MARCH, lambda: exchange_clicks(engine))
    run({"clicks_2026_01"}, lambda: count_before(engine, date(2026, 1, 3)))
    run(MARCH, lambda: prune(engine, 0, PERIOD.until))
    return found


def test_each_query_of_the_store_finds_its_rows(engine, planned):
    kind = engine.dialect.name
    executed = {each.function for each, _ in planned}
    wanted = executing_functions("clicks", "figures", "earnings", "experiments", "revisions.py")
    assert wanted - executed - WITHOUT_PLAN.keys() == OF_ONE_DATABASE[kind]
    whole = {(each.function, table) for each, _ in planned for table in each.whole() & LARGE}
    assert whole <= WHOLE
    others = {
        (each.function, table)
        for each, months in planned
        for table in each.tables()
        if table.startswith("clicks_") and table not in months | REST
    }
    assert others == set()
