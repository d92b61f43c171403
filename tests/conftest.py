"""What tests of several parts share."""

import gc
import os
import shutil
import signal
import sys
from pathlib import Path

import hypothesis
import pytest
from argon2 import PasswordHasher

from linkmgr.messages import message
from tests.support.needs import begin, is_smoke_file, needs_of, needs_of_module
from tests.support.postgres import drop_database, new_database, programs, running_postgresql

# How long an example takes says how busy the machine is.
for name, tried in {"full": 25, "quick": 10, "soak": 400}.items():
    hypothesis.settings.register_profile(name, deadline=None, max_examples=tried)
hypothesis.settings.load_profile(os.environ.get("HYPOTHESIS_PROFILE", "full"))

signal.signal(signal.SIGHUP, signal.SIG_DFL)  # under `nohup` the tests' servers would ignore it
os.environ["LC_ALL"] = "C.UTF-8"  # the messages that tests assert are English

# jsonschema imports it where it is there, for `iri`, a format of no schema of ours. To build its
# grammar takes two seconds in each process.
sys.modules["rfc3987_syntax"] = None

# Tests make thousands of files and databases, and wait for the disk at each commit: in memory that
# takes half the time. There is room for some 600 MB, most of which the next run deletes.
MEMORY = Path("/dev/shm")  # noqa: S108 - pytest makes folders of its own in it, as in /tmp
ROOM = 2 * 2**30
if MEMORY.is_dir() and shutil.disk_usage(MEMORY).free > ROOM:
    os.environ.setdefault("PYTEST_DEBUG_TEMPROOT", str(MEMORY))

# What is collected lasts as long as the run: there is no garbage in it to look for.
gc.disable()
ALLOCATIONS = 50_000  # between two looks for garbage; a test makes fewer than these mostly

UNDER_CI = os.environ.get("CI") == "true"

NEEDS = pytest.StashKey[set[str]]()


def pytest_addoption(parser):
    """Take which tests a run has, beside pytest's own ways to say it."""
    group = parser.getgroup("tiers")
    group.addoption("--fast", action="store_true", help="only tests that need no more than Python")
    group.addoption(
        "--full",
        metavar="MARKS",
        help="all of these marks (by commas), of other marks the smoke, and all fast tests",
    )


def is_left_out(config, needs, *, smoke):
    """Whether a run leaves out a test, by what it needs."""
    if config.option.fast:
        return bool(needs)
    if config.option.full is None or smoke:
        return False
    return bool(needs) and not needs & {*config.option.full.split(",")}


def pytest_ignore_collect(collection_path, config):
    """Import no module all of whose tests a run leaves out; some import a browser."""
    if collection_path.suffix != ".py":
        return None
    source = collection_path.read_text(encoding="utf-8")
    needs = needs_of_module(source)
    smoke = ".smoke" in source or all(is_smoke_file(collection_path, mark) for mark in needs)
    return is_left_out(config, needs, smoke=smoke) or None


def pytest_collection_modifyitems(config, items):
    """Leave out the tests of other tiers, and mark what the rest needs, wherever that is said."""
    kept, left_out = [], []
    for item in items:
        needs = item.stash[NEEDS] = needs_of(item)
        for need in needs - {mark.name for mark in item.iter_markers()}:
            item.add_marker(need)
        smoke = item.get_closest_marker("smoke") is not None
        smoke = smoke or all(is_smoke_file(item.path, mark) for mark in needs)
        (left_out if is_left_out(config, needs, smoke=smoke) else kept).append(item)
    # So that no worker is left with a server or a browser when the others have ended.
    kept.sort(key=lambda item: not item.stash[NEEDS])
    items[:] = kept
    if left_out:
        config.hook.pytest_deselected(items=left_out)


@pytest.hookimpl(wrapper=True)
def pytest_runtest_protocol(item):
    """Hold each test to what it says it needs."""
    begin(item.stash[NEEDS])
    try:
        return (yield)
    finally:
        begin(None)


def pytest_runtest_setup(item):
    """Skip what goes through Jekyll where there is none."""
    if "jekyll" in item.stash[NEEDS] and not shutil.which("jekyll"):
        pytest.skip("jekyll is not installed")


def pytest_collection_finish():
    """Collect garbage from now on, and pass over what was made before."""
    gc.freeze()
    gc.set_threshold(ALLOCATIONS)
    gc.enable()


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item, call):
    """Under continuous integration whatever a test wants is there: a skipped test has failed."""
    report = yield
    if UNDER_CI and report.skipped and not hasattr(report, "wasxfail"):
        report.outcome = "failed"
        report.longrepr = f"{item.nodeid}: skipped under CI=true: {call.excinfo.value}"
    return report


@pytest.fixture
def quick_hashing(monkeypatch):
    """Have passwords hashed at once, which is meant to take its time."""
    quick = PasswordHasher(time_cost=1, memory_cost=8, parallelism=1)
    monkeypatch.setattr("linkmgr.store.accounts.users._hasher", quick)


@pytest.fixture(scope="session")
def postgresql_server():
    """Run a PostgreSQL server; skip the test where there is none."""
    if not (folder := programs()):
        pytest.skip("postgresql is not installed")
    with running_postgresql(folder) as server:
        yield server


@pytest.fixture
def postgresql_url(postgresql_server):
    """Give the URL of a new, empty PostgreSQL database, for the time of a test."""
    url = new_database(postgresql_server)
    yield url
    drop_database(postgresql_server, url)


@pytest.fixture
def broken_texts(monkeypatch):
    """Break the text of every message: it is the code, then the parameters, in any language."""

    def broken(message, _language, *, form=False):  # noqa: ARG001 - as `_template` has it
        return f"<{message.code}>" + "".join(f" {{{name}}}" for name, _ in message.params)

    monkeypatch.setattr(message, "_template", broken)
