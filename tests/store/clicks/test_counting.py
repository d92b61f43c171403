"""What the clicks of a day are, and what they sum up to, follows from its rows alone."""

from contextlib import ExitStack
from datetime import date

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import event, select

from linkmgr.clicks.line import click_line
from linkmgr.clicks.model import OTHER, OwnNames
from linkmgr.store.clicks import counting
from linkmgr.store.clicks.counting import CountedRows, CountLimits, count_day
from linkmgr.store.clicks.prune import prune
from linkmgr.store.db.models import CountedDay, RowKind
from linkmgr.store.spool import SpoolWriter
from tests.support.plain_count import plain_totals
from tests.support.properties import examples
from tests.support.store import (
    DAY,
    START,
    count,
    empty_tables,
    load,
    make_click,
    make_loader,
    rows,
    spool_up,
    totals,
)

FIRST = date(2026, 3, 1)


def load_only(engine, spool, *clicks, **over):
    spool_up(spool, *clicks)
    return make_loader(engine, spool, **over).load()


def clicks_by(engine, dimension):
    """Return readers' clicks by value, whatever the day."""
    return {value: clicks for (value, _), (clicks, _, _) in totals(engine, dimension).items()}


def invented(number, start=START, **over):
    """Make clicks of one visitor on one item, each naming a post and a place of its own."""
    return [
        make_click(start + n * 1000, post=f"{n:016x}", rank=n % 100 + 1, **over)
        for n in range(number)
    ]


# Repetitions.


@pytest.mark.parametrize(
    ("second", "counted"),
    [
        pytest.param({"time": START + 9_999}, 1, id="just within"),
        pytest.param({"time": START + 10_000}, 2, id="just past"),
        pytest.param({"route": "hit"}, 1, id="by the other route"),
        pytest.param({"referrer": "x.example"}, 1, id="another referrer"),
        pytest.param({"item": "b"}, 2, id="another item"),
        pytest.param({"post": "00000000000000ab"}, 2, id="another post"),
        pytest.param({"block": "cta"}, 2, id="another block"),
        pytest.param({"rank": 2}, 2, id="another rank"),
        pytest.param({"shop": "rakuten"}, 2, id="another shop"),
        pytest.param({"visitor": "00000000000000cc"}, 2, id="another visitor"),
    ],
)
@pytest.mark.parametrize("bot", ["", "crawler"])
def test_a_click_ten_seconds_after_one_on_the_same_link_counts(engine, spool, second, counted, bot):
    load_only(engine, spool, make_click(bot=bot), make_click(bot=bot, **second))
    became = count(engine)
    assert (became.readers + became.bots, became.repeated) == (counted, 2 - counted)
    assert len(rows(engine)) == 2


def test_clicks_that_go_on_every_nine_seconds_are_one(engine, spool):
    load_only(engine, spool, *(make_click(START + n * 9_000) for n in range(20)))
    assert count(engine) == CountedRows(readers=1, repeated=19)


def test_a_late_earlier_click_makes_the_later_one_repeated(engine, spool):
    load(engine, spool)
    for time, device in ((START + 5_000, "phone"), (START, "tablet")):
        load_only(engine, spool, make_click(time, device=device))
        count(engine)
    assert totals(engine, "device") == {("tablet", "2026-03-01"): (1, 1, 0)}
    assert [row.kind for row in rows(engine)] == [RowKind.READER, RowKind.REPEATED]


# The cap of a visitor and an item.


def test_a_hundred_invented_posts_and_places_count_twenty_times(engine, spool):
    load_only(engine, spool, *invented(100))
    assert count(engine) == CountedRows(readers=20, capped=80)
    assert totals(engine, "all") == {("", "2026-03-01"): (20, 1, 0)}


@pytest.mark.parametrize(
    "over",
    [
        pytest.param({"visitor": "00000000000000cc"}, id="another visitor"),
        pytest.param({"item": "another"}, id="another item"),
        pytest.param({"start": START + DAY}, id="another day"),
    ],
)
def test_clicks_are_capped_apart(engine, spool, over):
    load_only(engine, spool, *invented(30), *invented(10, **over))
    assert count(engine) == CountedRows(readers=30, capped=10)


def test_bots_and_repetitions_take_no_readers_place(engine, spool):
    bots = invented(50, bot="Googlebot")
    load_only(engine, spool, *bots, *(make_click(START + n) for n in range(50)))
    load_only(engine, spool, *invented(30, START + 100_000))
    assert count(engine) == CountedRows(readers=20, bots=50, repeated=49, capped=11)


def test_an_operator_sets_the_cap(engine, spool):
    load_only(engine, spool, *invented(100))
    assert count(engine, daily_clicks=60) == CountedRows(readers=60, capped=40)


# Names.


def posts_of(numbers, time=START):
    """Make a click of another visitor on post of the posts."""
    return [
        make_click(time + n, post=f"{post:016x}", visitor=f"{post:016x}")
        for n, post in enumerate(numbers)
    ]


def test_a_day_keeps_the_names_that_came_first(engine, spool):
    load_only(engine, spool, *posts_of([2, 1]), *posts_of(range(1, 6), START + 60_000))
    assert count(engine, new_names=3) == CountedRows(readers=7, folded=2)
    counts = clicks_by(engine, "post")
    assert counts == {f"{1:016x}": 2, f"{2:016x}": 2, f"{3:016x}": 1, OTHER: 2}
    assert [row.other for row in rows(engine)].count(1) == 2


def test_each_day_keeps_names_of_its_own(engine, spool):
    load_only(engine, spool, *posts_of([1, 2]), *posts_of([2, 3], START + DAY))
    count(engine, new_names=1)
    assert totals(engine, "post").keys() == {
        (f"{1:016x}", "2026-03-01"),
        (OTHER, "2026-03-01"),
        (f"{2:016x}", "2026-03-02"),
        (OTHER, "2026-03-02"),
    }


@pytest.mark.parametrize("field", ["referrer", "campaign"])
def test_referrers_and_campaigns_are_limited_as_posts_are(engine, spool, field):
    names = ("b.example", "a.example", "c.example", OTHER, "b.example")
    clicks = (make_click(START + n * 20_000, **{field: name}) for n, name in enumerate(names))
    load_only(engine, spool, *clicks)
    assert count(engine, new_names=2).folded == 1
    assert clicks_by(engine, field) == {"b.example": 2, "a.example": 1, OTHER: 2}


def test_the_sites_own_names_take_no_room(engine, spool):
    own = OwnNames(frozenset([f"{1:016x}"]), frozenset(["launch"]))
    clicks = [
        make_click(START + n * 20_000, post=f"{n + 1:016x}", campaign=campaign)
        for n, campaign in enumerate(("launch", "x", "y"))
    ]
    load_only(engine, spool, *clicks, own=own)
    assert count(engine, new_names=1).folded == 1
    assert clicks_by(engine, "post") == {f"{1:016x}": 1, f"{2:016x}": 1, OTHER: 1}
    assert clicks_by(engine, "campaign") == {"launch": 1, "x": 1, OTHER: 1}


def test_a_name_that_becomes_sites_own_is_one_on_whole_day(engine, spool):
    post = f"{7:016x}"
    load_only(engine, spool, *posts_of([1, 2, 7]))
    count(engine, new_names=1)
    assert post not in clicks_by(engine, "post")
    load_only(engine, spool, *posts_of([7], START + 60_000), own=OwnNames(posts=frozenset([post])))
    count(engine, new_names=1)
    assert clicks_by(engine, "post")[post] == 2


# When a day is counted, and what is written.


def day_row(engine, day=FIRST):
    with engine.connect() as connection:
        return connection.execute(
            select(*CountedDay.__table__.columns).where(CountedDay.day == day)
        ).one()


def test_a_day_is_counted_again_only_after_more_rows(engine, spool):
    load_only(engine, spool, make_click())
    count(engine)
    assert day_row(engine).number == 1
    count(engine)
    assert day_row(engine).number == 1
    load_only(engine, spool, make_click(START + 60_000))
    count(engine)
    assert day_row(engine).number == 2


def test_a_day_of_which_rows_were_deleted_is_not_counted_again(engine, spool):
    load(engine, spool)
    load_only(engine, spool, make_click(), make_click(START + DAY))
    count(engine)
    before = totals(engine)
    prune(engine, 0, date(2026, 3, 2))
    assert load_only(engine, spool, make_click(START + 60_000)).late == 1
    assert count(engine) == CountedRows()
    assert totals(engine) == before
    prune(engine, 0, date(2026, 3, 2))
    assert len(rows(engine)) == 1


def test_a_day_that_is_not_counted_keeps_its_rows(engine, spool):
    load_only(engine, spool, make_click())
    assert prune(engine, 0, date(2026, 3, 2)).clicks == 0
    assert count(engine) == CountedRows(readers=1)
    assert prune(engine, 0, date(2026, 3, 2)).clicks == 1


def test_a_count_that_another_overtakes_gives_up(engine, spool, monkeypatch):
    load_only(engine, spool, make_click(), make_click(START + 60_000))
    write = vars(counting)["_write"]
    counted = []

    def overtaken(*given):
        monkeypatch.undo()
        counted.append(count(engine))
        write(*given)

    monkeypatch.setattr(counting, "_write", overtaken)
    assert count(engine) == CountedRows()
    assert counted == [CountedRows(readers=2)]
    assert (day_row(engine).number, totals(engine, "all")["", "2026-03-01"]) == (1, (2, 1, 0))


def test_a_count_that_is_cut_short_leaves_totals_as_they_were(engine, spool, monkeypatch):
    monkeypatch.setattr(counting, "_STEP", 2)
    load(engine, spool)
    load_only(engine, spool, *invented(5))
    count(engine)
    before = totals(engine)
    load_only(engine, spool, *invented(10, START + 60_000))

    def fail(*_):
        raise OSError("no space left")

    with monkeypatch.context() as patch:
        patch.setattr(counting, "_write_totals", fail)
        with pytest.raises(OSError, match="no space"):
            count(engine)
    assert totals(engine) == before
    count(engine)
    assert totals(engine, "all")["", "2026-03-01"] == (15, 1, 0)


def test_a_second_count_writes_no_row(engine, spool):
    load_only(engine, spool, *invented(30))
    count(engine)
    load_only(engine, spool, make_click(START + 600_000, visitor="00000000000000cc"))
    written = []

    def note(_connection, cursor, statement, *_):
        if statement.startswith("UPDATE clicks "):
            written.append(cursor.rowcount)

    event.listen(engine, "after_cursor_execute", note)
    try:
        count(engine)
    finally:
        event.remove(engine, "after_cursor_execute", note)
    assert written == [1]


def test_the_day_is_that_of_the_zone_in_which_the_row_was_loaded(engine, spool):
    load_only(engine, spool, make_click(START + 60_000))
    load_only(engine, spool, make_click(START + 120_000), timezone="UTC")
    count(engine)
    assert totals(engine, "all").keys() == {("", "2026-03-01"), ("", "2026-02-28")}


# Whatever happens, the totals are those of a plain count.

ZONES = ["Asia/Tokyo", "UTC", "America/Los_Angeles"]
LIMITS = {"new_names": 2, "daily_clicks": 3}
OWN = OwnNames(frozenset([f"{1:016x}"]), frozenset(["launch"]))
MACHINES = 3

CLICKS = st.builds(
    make_click,
    st.one_of(st.integers(0, 40), st.integers(2_000, 2_040), st.integers(-400, -370)).map(
        lambda steps: START + steps * 2_500 + 9 * 3600_000
    ),
    item=st.sampled_from(["a", "b"]),
    post=st.sampled_from(["", *(f"{n:016x}" for n in range(1, 6))]),
    rank=st.integers(1, 2),
    referrer=st.sampled_from(["", "a.example", "b.example", "c.example", "日本.example"]),
    campaign=st.sampled_from(["", "launch", "x", "y", "z"]),
    device=st.sampled_from(["phone", "tablet"]),
    visitor=st.sampled_from(["00000000000000aa", "ffffffffffffffff", "8000000000000000"]),
    bot=st.sampled_from(["", "", "", "crawler"]),
    variant=st.sampled_from(["", "0a1b2c3d.short"]),
    tracking=st.sampled_from(["", "tea-22"]),
)
EVENTS = st.lists(
    st.tuples(
        st.integers(0, MACHINES - 1),
        CLICKS | st.sampled_from(["load", "count", "restart", "zone", "again"]),
    ),
    max_size=60,
)


class Machine:
    """A spool with its loader, of a time zone, and with or without the site's own names."""

    def __init__(self, engine, folder, number):
        self.engine, self.spool, self.number = engine, folder, number
        self.writer = SpoolWriter(folder)
        self.own = OWN if number == 0 else OwnNames()
        self.spooled = []
        self.start()

    def start(self):
        zone = ZONES[self.number % len(ZONES)]
        self.zone = zone
        self.loader = make_loader(self.engine, self.spool, timezone=zone, own=self.own)

    def take(self, what):
        if what == "load":
            self.loader.load()
        elif what == "count":
            count(self.engine, **LIMITS)
        elif what == "restart":
            self.start()
        elif what == "zone":
            self.loader.load()
            self.number += 1
            self.start()
        elif what == "again":  # a copy of lines that were loaded, put back
            for click, _, _ in self.spooled[:5]:
                self.writer.append(click_line(click))
        else:
            self.writer.append(click_line(what))
            self.spooled.append((what, self.zone, self.own))


@settings(max_examples=examples(120), suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(events=EVENTS)
def test_in_whatever_order_clicks_come_totals_are_a_plain_counts(engine, tmp_path_factory, events):
    empty_tables(engine)
    folder = tmp_path_factory.mktemp("machines")
    machines = [Machine(engine, folder / f"{number}", number) for number in range(MACHINES)]
    with ExitStack() as stack:
        for machine in machines:
            stack.callback(machine.writer.close)
        for number, what in events:
            machines[number].take(what)
        for machine in machines:
            machine.loader.load()
    count(engine, **LIMITS)
    loaded = [click for machine in machines for click in machine.spooled]
    assert totals(engine) == plain_totals(loaded, **LIMITS)
    count_day(engine, FIRST, CountLimits(**LIMITS))  # however often
    assert totals(engine) == plain_totals(loaded, **LIMITS)
