"""A month of clicks, loaded in many orders by loaders that are killed, counts as a plain count."""

import signal
import subprocess
import sys
from datetime import date
from random import Random

import pytest

from linkmgr.clicks.line import click_line
from linkmgr.clicks.model import OwnNames
from linkmgr.store.clicks import prune as pruning
from linkmgr.store.clicks.prune import prune_clicks
from linkmgr.store.spool import SpoolWriter, spool_sizes
from tests.support.plain_count import plain_totals
from tests.support.store import (
    DAY,
    START,
    count,
    empty_tables,
    make_click,
    make_loader,
    spool_up,
    totals,
)

CLICKS, DAYS, ORDERS = 200_000, 30, 20
LIMITS = {"new_names": 40, "daily_clicks": 5}
ZONES = ("Asia/Tokyo", "UTC")
OWN = OwnNames(frozenset(f"{n:016x}" for n in range(5)), frozenset(["launch"]))

# Loads and counts over and over, by the zone that it is given, until it is killed.
LOADER = """
import sys
from pathlib import Path
from linkmgr.clicks.model import OwnNames
from linkmgr.store.clicks import counting, loader
from linkmgr.store.db.engine import open_engine
counting._STEP = 500
loader._BATCH = 2**16
engine = open_engine(sys.argv[1])
own = OwnNames(frozenset(f"{n:016x}" for n in range(5)), frozenset(["launch"]))
reading = loader.Loader(engine, Path(sys.argv[2]), sys.argv[3], own)
print("ready", flush=True)
while True:
    reading.load()
    counting.count_days(engine, counting.CountLimits(40, 5))
"""


def clicks_of_a_month(random):
    """Make clicks with repetitions, bots and caps passed, some of clocks that are far off."""
    for _ in range(CLICKS):
        off = random.choice((0,) * 98 + (DAY, -DAY))
        time = START + random.randrange(DAYS * DAY // 60_000) * 60_000
        yield make_click(
            time + random.randrange(15_000) + off,
            item=f"item-{random.randrange(9)}",
            post=f"{random.randrange(90):016x}",
            rank=random.randint(1, 2),
            referrer=random.choice(("", *(f"{n}.example" for n in range(60)))),
            campaign=random.choice(("", "launch", *(f"c{n}" for n in range(50)))),
            visitor=f"{random.randrange(40):016x}",
            bot=random.choice(("", "", "", "crawler")),
        )


def spool_month(folder, random, clicks):
    """Write clicks into spools by their loaders' zones; return what each loader will know."""
    loaded = []
    for zone, part in zip(ZONES, (clicks[::2], clicks[1::2]), strict=True):
        shuffled = random.sample(part, len(part))
        for first in range(0, len(shuffled), 20_000):
            writer = SpoolWriter(folder / zone.replace("/", "-"))
            for click in shuffled[first : first + 20_000]:
                assert writer.append(click_line(click))
            writer.close()
        loaded += [(click, zone, OWN) for click in part]
    return loaded


def load_with_kills(engine, folder, random, loaders):
    """Have some processes load and count, and kill each at any moment, until all is loaded."""
    url = engine.url.render_as_string(hide_password=False)
    while waiting := [spool for spool in folder.iterdir() if spool_sizes(spool)]:
        processes = []
        for spool in random.choices(waiting, k=loaders):
            zone = spool.name.replace("-", "/")
            command = [sys.executable, "-c", LOADER, url, str(spool), zone]
            processes.append(subprocess.Popen(command, stdout=subprocess.PIPE))
        for process in processes:
            assert process.stdout.readline() == b"ready\n"
        for process in processes:
            try:
                process.wait(random.uniform(0.2, 3))
            except subprocess.TimeoutExpired:
                process.kill()
            assert process.wait() == -signal.SIGKILL
            process.stdout.close()


@pytest.mark.soak
def test_a_month_in_any_order_with_kills_counts_as_a_plain_count(
    engine, tmp_path_factory, monkeypatch
):
    clicks = list(clicks_of_a_month(Random(1)))  # noqa: S311 - nothing secret
    expected = None
    for order in range(ORDERS):
        random = Random(order)  # noqa: S311
        empty_tables(engine)
        folder = tmp_path_factory.mktemp("spools")
        loaded = spool_month(folder, random, clicks)
        load_with_kills(engine, folder, random, loaders=order % 3 + 1)
        count(engine, **LIMITS)
        expected = expected or plain_totals(loaded, **LIMITS)
        assert totals(engine) == expected
    # A day that is half pruned keeps its totals, whatever comes late.
    monkeypatch.setattr(pruning, "_STEP", 50)
    monkeypatch.setattr(pruning, "delete", refusing_after(3, pruning.delete))
    with pytest.raises(OSError, match="killed"):
        prune_clicks(engine, date(2026, 3, 3))
    folder = tmp_path_factory.mktemp("late")
    spool_up(folder, make_click(START + DAY // 2, item="late"))
    assert make_loader(engine, folder).load().late == 1
    count(engine, **LIMITS)
    assert totals(engine) == expected


def refusing_after(times, work):
    left = [times]

    def refuse(*given):
        left[0] -= 1
        if left[0] < 0:
            raise OSError("killed")
        return work(*given)

    return refuse
