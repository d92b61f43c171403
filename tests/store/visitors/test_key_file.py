"""The file of keys: what it holds outlives a kill, and old keys do not outlive their day."""

import os
from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from linkmgr.store.visitors.key_file import KEY_LENGTH, DayKey, KeyFile, needed

TODAY = date(2026, 11, 25)
TOMORROW = TODAY + timedelta(days=1)
KEYS = [bytes([number]) * KEY_LENGTH for number in range(1, 5)]

records = st.builds(
    DayKey,
    st.sampled_from([TODAY + timedelta(days=days) for days in range(-2, 3)]),
    st.sampled_from([b"", *KEYS]),
    st.booleans(),
)


@pytest.fixture
def file(tmp_path):
    return KeyFile(tmp_path / "visitor-key")


def written(file, *held):
    file.update(lambda _: list(held))
    return file


def test_a_key_that_was_brought_before_its_day_is_taken(file):
    written(file, DayKey(TODAY, KEYS[0], known=True), DayKey(TOMORROW, KEYS[1], known=True))
    assert file.take(TODAY, KEYS[2], known=False) == KEYS[0]
    assert file.take(TOMORROW, KEYS[2], known=False) == KEYS[1]
    assert file.read() == [DayKey(TOMORROW, KEYS[1], known=True)]


def test_a_key_of_a_nodes_own_leaves_its_day_for_the_database_but_not_itself(file, tmp_path):
    assert file.take(TODAY, KEYS[0], known=False) == KEYS[0]
    assert file.take(TOMORROW, KEYS[1], known=False) == KEYS[1]
    assert {*file.read()} == {
        DayKey(TOMORROW, KEYS[1], known=False),
        DayKey(TODAY, b"", known=False),
    }
    assert KEYS[0] not in (tmp_path / "visitor-key").read_bytes()


def test_a_clock_that_is_set_back_over_midnight_takes_no_second_key(file):
    written(file, DayKey(TOMORROW, KEYS[0], known=True))
    file.take(TODAY, KEYS[1], known=True)
    assert file.take(TOMORROW, KEYS[2], known=True) == KEYS[0]


def test_what_the_database_has_yet_to_hear_of_outlives_the_erasure(file, tmp_path):
    written(file, DayKey(TODAY, KEYS[0], known=False), DayKey(TOMORROW, KEYS[1], known=True))
    file.erase()
    assert file.read() == [DayKey(TODAY, b"", known=False)]
    assert not any(key in (tmp_path / "visitor-key").read_bytes() for key in KEYS)


def test_a_file_that_is_not_there_has_nothing_and_is_not_made(file, tmp_path):
    assert file.read() == []
    with pytest.raises(FileNotFoundError):
        file.erase()
    assert [*tmp_path.iterdir()] == []


@given(held=st.lists(records, max_size=5), later=st.lists(records, max_size=5), cut=st.booleans())
def test_what_is_written_is_read_again_wherever_a_kill_comes(tmp_path_factory, held, later, cut):
    path = tmp_path_factory.mktemp("keys") / "visitor-key"
    file = written(KeyFile(path), *held)
    assert file.read() == held
    truncate, os.ftruncate = os.ftruncate, (lambda *_: None) if cut else os.ftruncate
    try:
        written(file, *later)
    finally:
        os.ftruncate = truncate
    assert file.read() == later
    kept = {each.key for each in later}
    assert not any(each.key in path.read_bytes() for each in held if each.key not in {*kept, b""})


@given(held=st.lists(records))
def test_what_is_needed_is_the_present_keys_and_each_day_that_is_not_known_yet(held):
    kept = needed(held, TODAY)
    assert {each.day for each in kept if each.key} <= {TODAY, TOMORROW}
    assert {each for each in held if each.key and each.day in {TODAY, TOMORROW}} == {
        each for each in kept if each.key
    }
    assert {each.day for each in held if not each.known} == {
        each.day for each in kept if not each.known
    }
    assert needed(kept, TODAY) == kept
