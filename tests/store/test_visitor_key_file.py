"""The file of keys: what it holds outlives a kill, and old keys do not outlive their day."""

import os
from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from linkmgr.store.visitor_key_file import KEY_LENGTH, DayKey, KeyFile

TODAY = date(2026, 11, 25)
TOMORROW = TODAY + timedelta(days=1)
KEYS = [bytes([number]) * KEY_LENGTH for number in range(1, 5)]


@pytest.fixture
def file(tmp_path):
    return KeyFile(tmp_path / "visitor-key")


def test_a_key_that_was_brought_before_its_day_is_taken(file):
    file.put(TODAY, {TODAY: KEYS[0], TOMORROW: KEYS[1]}, ())
    assert file.key_of_day(TODAY, KEYS[2], settled=False) == KEYS[0]
    assert file.key_of_day(TOMORROW, KEYS[2], settled=False) == KEYS[1]
    assert file.read() == [DayKey(TOMORROW, KEYS[1], settled=True)]


def test_a_key_that_comes_after_a_node_made_its_own_is_not_taken(file):
    file.key_of_day(TODAY, KEYS[0], settled=False)
    (own,) = file.read()
    file.put(TODAY, {TODAY: KEYS[1]}, ())
    assert file.read() == [own]
    file.put(TODAY, {}, [own])
    assert file.read() == [DayKey(TODAY, KEYS[0], settled=True)]


def test_a_nodes_own_key_leaves_its_day_marked(file, tmp_path):
    assert file.key_of_day(TODAY, KEYS[0], settled=False) == KEYS[0]
    assert file.key_of_day(TOMORROW, KEYS[1], settled=False) == KEYS[1]
    assert {*file.read()} == {
        DayKey(TOMORROW, KEYS[1], settled=False),
        DayKey(TODAY, b"", settled=False),
    }
    assert KEYS[0] not in (tmp_path / "visitor-key").read_bytes()


def test_a_clock_set_back_over_midnight_takes_no_second_key(file):
    file.put(TODAY, {TOMORROW: KEYS[0]}, ())
    file.key_of_day(TODAY, KEYS[1], settled=True)
    assert file.key_of_day(TOMORROW, KEYS[2], settled=True) == KEYS[0]


def test_what_the_database_has_yet_to_mark_outlives_the_erasure(file, tmp_path):
    file.key_of_day(TODAY, KEYS[0], settled=False)
    file.put(TODAY, {TOMORROW: KEYS[1]}, ())
    file.erase()
    assert file.read() == [DayKey(TODAY, b"", settled=False)]
    assert not any(key in (tmp_path / "visitor-key").read_bytes() for key in KEYS)


def test_a_file_that_is_not_there_has_nothing_and_is_not_made(file, tmp_path):
    assert file.read() == []
    with pytest.raises(FileNotFoundError):
        file.erase()
    assert [*tmp_path.iterdir()] == []


@given(takes=st.lists(st.tuples(st.integers(-2, 2), st.booleans()), max_size=8), cut=st.booleans())
def test_each_day_has_one_key_that_is_known_until_it_is_marked(tmp_path_factory, takes, cut):
    """Also where a kill comes between overwriting the file and cutting it off."""
    path = tmp_path_factory.mktemp("keys") / "visitor-key"
    file, to_be_marked = KeyFile(path), set()
    truncate, os.ftruncate = os.ftruncate, (lambda *_: None) if cut else os.ftruncate
    try:
        for number, (days, settled) in enumerate(takes, 1):
            day, new = TODAY + timedelta(days=days), bytes([number]) * KEY_LENGTH
            before = {each.day: each.key for each in file.read() if each.key}
            assert file.key_of_day(day, new, settled=settled) == before.get(day, new)
            if day not in before and not settled:
                to_be_marked.add(day)
            held = file.read()
            assert {each.day for each in held if not each.settled} == to_be_marked
            kept = {each.day for each in held if each.key}
            assert day in kept <= {day, day + timedelta(days=1)}
            gone = [key for day, key in before.items() if day not in kept]
            assert not any(key in path.read_bytes() for key in gone)
    finally:
        os.ftruncate = truncate
