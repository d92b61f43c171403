"""However clicks lie in the spool, and however it is loaded, the totals are the same."""

import tempfile
from collections import defaultdict
from contextlib import ExitStack
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from linkmgr.clicks.line import click_line
from linkmgr.store.db.models import Base
from linkmgr.store.spool import SpoolWriter
from tests.support.properties import examples
from tests.support.store import START, make_click, make_loader, totals

MINUTE = 60_000
VISITORS = {"00000000000000bb": "", "80000000000000cc": "", "ffffffffffffffff": "Bot"}


@st.composite
def bursts(draw):
    """Draw a reader's clicks on a link that are one click, none ten seconds from any other."""
    half_days, minutes = draw(st.integers(-3, 3)), draw(st.integers(0, 40))
    visitor = draw(st.sampled_from(sorted(VISITORS)))
    link = {
        "item": draw(st.sampled_from(["a", "b"])),
        "post": draw(st.sampled_from(["", "00000000000000aa"])),
        "rank": draw(st.integers(1, 2)),
    }
    link["campaign"] = {"a": "", "b": "launch"}[link["item"]]
    start = START + (half_days * 12 * 60 + minutes) * MINUTE
    times = draw(st.lists(st.integers(0, 9_999), min_size=1, max_size=4))
    return [
        make_click(start + time, visitor=visitor, bot=VISITORS[visitor], **link) for time in times
    ]


@st.composite
def histories(draw):
    """Draw clicks in any order, each with the file it goes to and what is done after it."""
    clicks = [click for burst in draw(st.lists(bursts(), max_size=8)) for click in burst]
    files = st.integers(0, 2)
    then = st.sampled_from(["", "", "load", "restart", "end file"])
    return [(click, draw(files), draw(then)) for click in draw(st.permutations(clicks))]


def day_of(click):
    return (datetime.fromtimestamp(click.time / 1000, UTC) + timedelta(hours=9)).date()


def expected(clicks):
    """Count the plain way."""
    one_a_burst = {
        (click.visitor, click.item, click.post, click.rank, click.time // MINUTE): click
        for click in clicks
    }
    readers, bots, visitors = defaultdict(int), defaultdict(int), defaultdict(set)
    for click in one_a_burst.values():
        values = ("", click.item, click.post, f"books.{click.rank}", click.referrer, click.device)
        dimensions = ("all", "item", "post", "place", "referrer", "device")
        keys = [*zip(dimensions, values, [day_of(click)] * 6, strict=True)]
        if click.campaign:
            keys.append(("campaign", click.campaign, day_of(click)))
        for key in keys:
            (bots if click.bot else readers)[key] += 1
            if not click.bot:
                visitors[key].add(click.visitor)
    return {
        key: (readers[key], len(visitors[key]), bots[key]) for key in readers.keys() | bots.keys()
    }


def play(engine, folder, history):
    """Write and load as the history says, and in the end whatever is left."""
    writers = {}
    loader = make_loader(engine, folder)
    with ExitStack() as stack:
        for click, file, then in history:
            if file not in writers:
                writers[file] = SpoolWriter(folder)
                stack.callback(writers[file].close)
            assert writers[file].append(click_line(click))
            if then == "end file":
                writers.pop(file).close()
            elif then:
                loader = make_loader(engine, folder) if then == "restart" else loader
                loader.load()
    loader.load()


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=examples(50))
@given(history=histories(), batch=st.sampled_from([400, 2**21]))
def test_any_order_files_and_passes_give_the_same_totals(engine, history, batch):
    with engine.begin() as connection:
        for table in reversed(Base.metadata.sorted_tables):
            connection.execute(table.delete())
    with tempfile.TemporaryDirectory() as folder, pytest.MonkeyPatch.context() as patch:
        patch.setattr("linkmgr.store.clicks.loader._BATCH", batch)
        patch.setattr("linkmgr.store.spool.LONGEST_LINE", 400)
        play(engine, Path(folder), history)
        assert list(Path(folder).glob("*.spool")) == []
    assert totals(engine) == expected([click for click, _, _ in history])
