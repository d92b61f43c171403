"""What tests of several parts share."""

import gc
import os
import re
import shutil
import signal
import sys
from pathlib import Path

import hypothesis
import pytest
from argon2 import PasswordHasher

from linkmgr.messages import message
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


SLOW_ALONE = re.compile(r"^pytestmark = \[?pytest\.mark\.slow\b", re.MULTILINE)


def pytest_ignore_collect(collection_path, config):
    """Import no module all of whose tests the fast tiers leave out; some import a browser."""
    if config.option.markexpr == "not slow" and collection_path.suffix == ".py":
        return SLOW_ALONE.search(collection_path.read_text(encoding="utf-8")) is not None or None
    return None


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
def requires_jekyll():
    """Skip the test where there is no Jekyll."""
    if not shutil.which("jekyll"):
        pytest.skip("jekyll is not installed")


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
