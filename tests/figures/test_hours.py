"""Parts of a day are counted from the single clicks."""

from linkmgr.clicks.counts import Counts, Dimension
from linkmgr.figures.queries import HOUR, Span, has_clicks, hours, span_counts
from tests.support.store import START, load, make_click, spool_up

MINUTE = 60_000


def fill(engine, folder, *clicks):
    spool_up(folder, *clicks)
    load(engine, folder, timezone="Asia/Tokyo")


def test_clicks_are_counted_by_hour_up_to_a_moment(engine, tmp_path):
    fill(
        engine,
        tmp_path,
        make_click(START - MINUTE),
        make_click(START),
        make_click(START + HOUR - 1, visitor="00000000000000cc"),
        make_click(START + 2 * HOUR, bot="crawler"),
        make_click(START + 2 * HOUR + 29 * MINUTE, item="a"),
        make_click(START + 2 * HOUR + 30 * MINUTE, item="b"),
    )
    until = START + 2 * HOUR + 30 * MINUTE
    with engine.connect() as connection:
        by_hour = hours(connection, Span(START, until), {})
        of_item = hours(connection, Span(START, until), {Dimension.ITEM: "a"})
    assert by_hour == (Counts(2, 2, 0), Counts(), Counts(1, 1, 1))
    assert of_item == (Counts(), Counts(), Counts(1, 1, 0))


def test_a_visitor_of_several_hours_counts_once_in_the_span(engine, tmp_path):
    fill(engine, tmp_path, make_click(START), make_click(START + HOUR))
    with engine.connect() as connection:
        assert span_counts(connection, Span(START, START + 2 * HOUR), {}) == Counts(2, 1, 0)
        assert span_counts(connection, Span(START, START), {}) == Counts()


def test_a_span_has_clicks_of_its_beginning_and_not_of_its_end(engine, tmp_path):
    fill(engine, tmp_path, make_click(START))
    with engine.connect() as connection:
        assert has_clicks(connection, Span(START, START + 1))
        assert not has_clicks(connection, Span(START - HOUR, START))
        assert hours(connection, Span(START, START), {}) == ()
