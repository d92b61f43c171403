"""What the workers count, and how the others learn of it."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from linkmgr.clicks.counters import Counters
from linkmgr.clicks.request import NotCounted
from linkmgr.store.instance.state import CountersFile, counting, read_counters

LENGTH = len(Counters().numbers())
NUMBERS = st.lists(st.integers(0, 2**40), min_size=LENGTH, max_size=LENGTH)


@given(numbers=NUMBERS)
def test_counters_are_read_as_they_were_written(numbers):
    assert Counters.of_numbers(numbers).numbers() == numbers


@given(first=NUMBERS, second=NUMBERS)
def test_all_are_added_but_times_of_which_the_later_is_taken(first, second):
    both = Counters.of_numbers(first).plus(Counters.of_numbers(second))
    expected = Counters.of_numbers([a + b for a, b in zip(first, second, strict=True)])
    for name in ("last_lost", "last_crowded_out", "last_restored"):
        times = (getattr(Counters.of_numbers(own), name) for own in (first, second))
        setattr(expected, name, max(times))
    assert both == expected


@pytest.mark.parametrize("length", [LENGTH - 1, LENGTH + 1])
def test_another_number_of_numbers_is_refused(length):
    with pytest.raises(ValueError, match="zip"):
        Counters.of_numbers([0] * length)


def test_every_worker_knows_what_all_have_counted_ended_ones_too(tmp_path):
    for lost in (1, 2):
        CountersFile(tmp_path).write(Counters(lost=lost))
    own = CountersFile(tmp_path)
    own.write(Counters(lost=4))
    # Its own are those of now, not those that it wrote last.
    counters = Counters(lost=8, not_counted=dict.fromkeys(NotCounted, 1))
    assert own.with_others(counters).lost == 11
    assert read_counters(tmp_path).lost == 7
    assert own.with_others(counters).not_counted == counters.not_counted


def test_first_server_begins_again_and_another_beside_it_doesnt(tmp_path):
    CountersFile(tmp_path).write(Counters(clicks=1))
    with counting(tmp_path):
        assert read_counters(tmp_path).clicks == 0
        CountersFile(tmp_path).write(Counters(clicks=2))
        with counting(tmp_path):
            assert read_counters(tmp_path).clicks == 2
    assert read_counters(tmp_path).clicks == 2


def test_what_happened_once_is_known_after_many_restarts(tmp_path):
    CountersFile(tmp_path).write(Counters(lost=3, last_lost=1_700_000_000))
    CountersFile(tmp_path).write(Counters(clicks=5, last_restored=1_800_000_000))
    for _ in range(3):
        with counting(tmp_path):
            kept = Counters(last_lost=1_700_000_000, last_restored=1_800_000_000)
            assert read_counters(tmp_path) == kept


def test_where_there_is_no_folder_nothing_is_counted(tmp_path):
    assert read_counters(tmp_path / "none") == Counters()
    (tmp_path / "file").write_text("in the way")
    with counting(tmp_path / "file"), pytest.raises(OSError, match="File exists"):
        CountersFile(tmp_path / "file").write(Counters())
