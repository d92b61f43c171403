"""The day's key: shared by the processes of a server, gone with the day."""

import multiprocessing
import re
from datetime import date
from stat import S_IMODE

import pytest

from linkmgr.web.visitors import (
    NEW_AT_ONCE,
    SECONDS_A_VISITOR,
    SHARED_A_DAY,
    KnownVisitors,
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
    today = come(visitors, *READER[:2])
    visitors.use_day(TODAY)
    assert come(visitors, *READER[:2]) == today
    visitors.use_day(TOMORROW)
    assert come(visitors, *READER[:2]) != today
    assert re.fullmatch("[0-9a-f]{16}", today)


@pytest.mark.parametrize("place", [0, 1, 2], ids=["address", "user agent", "site"])
def test_visitors_differ_by(file, place):
    other = list(READER)
    other[place] += "1"
    visitors = visitors_of(file)
    assert visitors.admit(*READER, is_bot=False) != visitors.admit(*other, is_bot=False)


def test_any_user_agent_can_be_hashed(file):
    assert len(visitors_of(file).admit("", "\udcff\xff\0東", "", is_bot=False)) == 16


def come(visitors, address, user_agent, *, is_bot=False):
    """Return the visitor that a request is written under, `None` if it is not written."""
    site = READER[2]
    known = visitors.find(address, user_agent, site)
    return known or visitors.admit(address, user_agent, site, is_bot=is_bot)


def brought(visitors, addresses, agents, **kind):
    """Return the visitors that these addresses bring with each of so many user agents."""
    return [come(visitors, a, f"Browser/{n}", **kind) for n in range(agents) for a in addresses]


def test_past_its_number_user_agents_of_address_are_one_visitor(file):
    visitors = visitors_of(file)
    visitors_seen = brought(visitors, ["203.0.113.7"], 300)
    assert len({*visitors_seen[:NEW_AT_ONCE]}) == NEW_AT_ONCE
    assert len({*visitors_seen[NEW_AT_ONCE:]} - {*visitors_seen[:NEW_AT_ONCE]}) == 1


def test_readers_stay_who_they_are_while_agents_are_made_up(file):
    visitors = visitors_of(file)
    readers = brought(visitors, ["203.0.113.7"], 55)
    for number in range(3 * SHARED_A_DAY):
        come(visitors, "203.0.113.7", f"Made-up/{number}")
    assert brought(visitors, ["203.0.113.7"], 55) == readers
    assert come(visitors, "203.0.113.7", "New/1") is None


def test_past_the_days_shared_lines_no_new_visitor_is_written(file):
    visitors = visitors_of(file)
    assert not visitors.is_crowded("203.0.113.7")
    visitors_seen = brought(visitors, ["203.0.113.7"], NEW_AT_ONCE + SHARED_A_DAY + 10)
    assert visitors_seen[-10:] == [None] * 10
    assert None not in visitors_seen[:-10]
    assert visitors.is_crowded("203.0.113.7")
    assert not visitors.is_crowded("203.0.113.8")
    assert come(visitors, "203.0.113.8", "Browser/1")
    visitors.use_day(TOMORROW)
    assert not visitors.is_crowded("203.0.113.7")


def test_bots_take_no_readers_place(file):
    visitors = visitors_of(file)
    brought(visitors, ["203.0.113.7"], 300, is_bot=True)
    readers = brought(visitors, ["203.0.113.7"], 300)
    assert len({*readers}) == NEW_AT_ONCE + NEW_AT_ONCE + 1


def test_the_addresses_of_an_ipv6_customer_are_limited_together(file):
    addresses = [f"2001:db8:1:2::{n:x}" for n in range(300)]
    assert len({*brought(visitors_of(file), addresses, 1)}) == NEW_AT_ONCE + 1


def test_other_addresses_are_limited_apart(file):
    visitors = visitors_of(file)
    brought(visitors, ["203.0.113.7", "2001:db8:1:2::1"], 300)
    others = ["203.0.113.8", "2001:db8:1:3::1"]
    assert len({*brought(visitors, others, NEW_AT_ONCE)}) == 2 * NEW_AT_ONCE


def test_thousands_behind_one_address_differ_by_browser(file):
    visitors = visitors_of(file)
    visitors_seen = [come(visitors, "203.0.113.7", f"Browser/{n % 40}") for n in range(5000)]
    assert len({*visitors_seen}) == 40


def test_the_day_s_key_written_again_forgets_nobody(file):
    visitors = visitors_of(file)
    visitor = come(visitors, *READER[:2])
    visitors.use_day(TODAY)
    assert visitors.find(*READER) == visitor


def admitted(known, network, number):
    return [known.admit(network, b"%d" % n, is_bot=False) for n in range(number)]


def test_an_address_may_bring_one_more_from_time_to_time():
    now = [0.0]
    known = KnownVisitors(lambda: now[0])
    assert admitted(known, "a", NEW_AT_ONCE + 5) == [True] * NEW_AT_ONCE + [False] * 5
    now[0] += SECONDS_A_VISITOR
    assert admitted(known, "a", 3) == [True, False, False]
    now[0] += 24 * 3600
    assert sum(admitted(known, "a", 300)) == NEW_AT_ONCE


@pytest.mark.parametrize(("most", "number"), [("_ADDRESSES", 2), ("_VISITORS", NEW_AT_ONCE + 10)])
def test_past_a_number_the_address_met_longest_ago_is_forgotten(monkeypatch, most, number):
    monkeypatch.setattr(f"linkmgr.web.visitors.{most}", number)
    known = KnownVisitors(lambda: 0.0)
    for place, network in enumerate(("a", "b", "a", "c")):
        for n in range(NEW_AT_ONCE // 2):
            known.admit(network, b"%d %d" % (place, n), is_bot=False)
    assert b"1 0" not in known
    assert b"3 0" in known
    assert not known.is_over_limit("b")


def test_key_is_owners_alone_and_overwritten_with_day(file):
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
    assert come(visitors_of(file), *READER[:2]) == come(visitors_of(file), *READER[:2])
    assert len(file.read_bytes()) == 43


def test_without_a_file_each_process_has_its_own_key(tmp_path):
    visitors = Visitors(tmp_path / "no folder" / "key")
    before = come(visitors, *READER[:2])
    with pytest.raises(FileNotFoundError):
        visitors.use_day(TODAY)
    assert come(visitors, *READER[:2]) != before


def test_a_link_in_the_files_place_is_not_followed(file, tmp_path):
    file.symlink_to(tmp_path / "elsewhere")
    with pytest.raises(OSError, match="symbolic links"):
        visitors_of(file)
    assert not (tmp_path / "elsewhere").exists()


def hash_at(barrier, file, queue):
    """Turn to a day at the same time as others do."""
    barrier.wait()
    queue.put(come(visitors_of(file), *READER[:2]))


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
    assert hashes == {come(visitors_of(file), *READER[:2])}
