"""The day's key: shared by the processes of a server, gone with the day."""

import multiprocessing
import re
from datetime import date
from stat import S_IMODE

import pytest

from linkmgr.web.visitors import (
    NEW_AT_ONCE,
    SECONDS_A_VISITOR,
    NewVisitors,
    Visitors,
)

TODAY, TOMORROW = date(2026, 11, 25), date(2026, 11, 26)
READER = ("203.0.113.7", "Mozilla/5.0", "https://tea.example")


@pytest.fixture
def file(tmp_path):
    return tmp_path / "visitor-key"


def visitors_of(file, day=TODAY):
    visitors = Visitors(file)
    visitors.use_day(day)
    return visitors


def test_a_visitor_is_the_same_all_day_and_another_one_tomorrow(file):
    visitors = visitors_of(file)
    today = visitors.hash(*READER)
    visitors.use_day(TODAY)
    assert visitors.hash(*READER) == today
    visitors.use_day(TOMORROW)
    assert visitors.hash(*READER) != today
    assert re.fullmatch("[0-9a-f]{16}", today)


@pytest.mark.parametrize("place", [0, 1, 2], ids=["address", "user agent", "site"])
def test_visitors_differ_by(file, place):
    other = list(READER)
    other[place] += "1"
    visitors = visitors_of(file)
    assert visitors.hash(*READER) != visitors.hash(*other)


def test_any_user_agent_can_be_hashed(file):
    assert len(visitors_of(file).hash("", "\udcff\xff\0東", "")) == 16


def brought(visitors, addresses, agents):
    """Return the visitors that these addresses bring with each of so many user agents."""
    site = READER[2]
    return [visitors.hash(a, f"Browser/{n}", site) for n in range(agents) for a in addresses]


def test_past_its_number_the_user_agents_of_an_address_are_one_visitor(file):
    visitors = visitors_of(file)
    found = brought(visitors, ["203.0.113.7"], 300)
    assert len({*found[:NEW_AT_ONCE]}) == NEW_AT_ONCE
    assert len({*found[NEW_AT_ONCE:]} - {*found[:NEW_AT_ONCE]}) == 1
    # Those who are known stay who they are.
    assert brought(visitors, ["203.0.113.7"], 300) == found


def test_the_addresses_of_an_ipv6_customer_are_limited_together(file):
    addresses = [f"2001:db8:1:2::{n:x}" for n in range(300)]
    assert len({*brought(visitors_of(file), addresses, 1)}) == NEW_AT_ONCE + 1


def test_other_addresses_are_limited_apart(file):
    visitors = visitors_of(file)
    brought(visitors, ["203.0.113.7", "2001:db8:1:2::1"], 300)
    others = ["203.0.113.8", "2001:db8:1:3::1"]
    assert len({*brought(visitors, others, NEW_AT_ONCE)}) == 2 * NEW_AT_ONCE


def test_thousands_behind_one_address_are_told_apart_by_their_few_browsers(file):
    visitors = visitors_of(file)
    found = [visitors.hash("203.0.113.7", f"Browser/{n % 40}", READER[2]) for n in range(5000)]
    assert len({*found}) == 40


def test_an_address_may_bring_one_more_from_time_to_time():
    now = [0.0]
    new = NewVisitors(lambda: now[0])
    assert [new.take("a") for _ in range(NEW_AT_ONCE + 5)] == [True] * NEW_AT_ONCE + [False] * 5
    now[0] += SECONDS_A_VISITOR
    assert [new.take("a") for _ in range(3)] == [True, False, False]
    now[0] += 24 * 3600
    assert sum(new.take("a") for _ in range(300)) == NEW_AT_ONCE


def test_of_many_addresses_those_met_longest_ago_are_forgotten(monkeypatch):
    monkeypatch.setattr("linkmgr.web.visitors._ADDRESSES", 3)
    new = NewVisitors(lambda: 0.0)
    for address in "abab" * NEW_AT_ONCE + "cd":
        new.take(address)
    assert not new.take("b")
    assert new.take("a")


def test_the_key_is_the_owners_alone_and_overwritten_with_the_day(file):
    visitors_of(file)
    inode, kept = file.stat().st_ino, file.read_bytes()
    visitors_of(file, TOMORROW)
    assert S_IMODE(file.stat().st_mode) == 0o600
    assert file.stat().st_ino == inode
    assert kept[11:] not in file.read_bytes()
    assert len(file.read_bytes()) == len(kept) == 43


@pytest.mark.parametrize(
    "content",
    [b"", b"2026-11-25", b"2026-11-25+" + b"k" * 31, b"2026-11-25" + b"k" * 33, b"\0" * 43],
    ids=["empty", "no key", "torn", "no mark", "zeros"],
)
def test_a_damaged_file_is_written_again(file, content):
    file.write_bytes(content)
    assert visitors_of(file).hash(*READER) == visitors_of(file).hash(*READER)
    assert len(file.read_bytes()) == 43


def test_without_a_file_each_process_has_its_own_key(tmp_path):
    visitors = Visitors(tmp_path / "no folder" / "key")
    before = visitors.hash(*READER)
    with pytest.raises(FileNotFoundError):
        visitors.use_day(TODAY)
    assert visitors.hash(*READER) != before


def test_a_link_in_the_files_place_is_not_followed(file, tmp_path):
    file.symlink_to(tmp_path / "elsewhere")
    with pytest.raises(OSError, match="symbolic links"):
        visitors_of(file)
    assert not (tmp_path / "elsewhere").exists()


def hash_at(barrier, file, queue):
    """Turn to a day at the same time as others do."""
    barrier.wait()
    queue.put(visitors_of(file).hash(*READER))


@pytest.mark.server
def test_processes_that_turn_at_once_take_one_key(file):
    context = multiprocessing.get_context("fork")
    barrier, queue = context.Barrier(8), context.Queue()
    processes = [context.Process(target=hash_at, args=(barrier, file, queue)) for _ in range(8)]
    for process in processes:
        process.start()
    hashes = {queue.get(timeout=60) for _ in processes}
    for process in processes:
        process.join()
    assert hashes == {visitors_of(file).hash(*READER)}
