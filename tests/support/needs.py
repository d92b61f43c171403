"""What a test needs beside Python, said by its marks and held by what it uses.

What starts a browser, Jekyll, a server or PostgreSQL calls `need`: a test without the mark fails,
so that no run which leaves out a mark starts such a thing.
"""

import re
from functools import cache

from tests.support.tiers import ROOT, read_table

# Fixtures that stand for a mark.
OF_FIXTURES = {"postgresql_server": "postgresql", "_browsers": "browser"}
# Their tests do what a reader of the documentation does, through whatever that is.
THROUGH_ANYTHING = {"docs", "deploy"}

MODULE_MARKS = re.compile(r"^pytestmark = (\[[^]]*\]|.+)$", re.MULTILINE)
MARK = re.compile(r"\bpytest\.mark\.(\w+)")

# Of the test that runs, `None` between tests.
_running: set[str] | None = None


@cache
def known_needs():
    """Return the marks that say what a test needs."""
    return {*read_table()["marks"], "deploy"}


def needs_of(item):
    """Return what a collected test needs."""
    needs = {mark.name for mark in item.iter_markers()} & known_needs()
    for fixture, need_of_it in OF_FIXTURES.items():
        if fixture in item.fixturenames:
            needs.add(need_of_it)
    if hasattr(item, "callspec") and _is_in("postgresql", item.callspec.params.values()):
        needs.add("postgresql")
    return needs


def needs_of_module(source):
    """Return what all tests of a module need, by the source that says so."""
    marks = MODULE_MARKS.search(source)
    return {*MARK.findall(marks[1])} & known_needs() if marks else set()


@cache
def smoke_paths(mark):
    """Return the folders and files whose tests of a mark always run."""
    return {ROOT / name for name in read_table()["marks"].get(mark, {}).get("smoke", [])}


@cache
def is_smoke_file(file, mark):
    """Whether the tests of a file that need this always run."""
    return not smoke_paths(mark).isdisjoint((file, *file.parents))


def begin(needs):
    """Know what the test that runs says it needs."""
    global _running  # noqa: PLW0603 - a process runs one test at a time
    _running = needs


def need(mark):
    """Fail the test that runs if it does not say by its mark what it is about to use."""
    if _running is not None and mark not in _running and not _running & THROUGH_ANYTHING:
        message = f"this test uses what `@pytest.mark.{mark}` is for: give it that mark"
        raise AssertionError(message)


def _is_in(wanted, values):
    for value in values:
        if value == wanted or (isinstance(value, tuple | list) and _is_in(wanted, value)):
            return True
    return False
