"""Builds that are killed, interrupted or run beside each other leave a site that Jekyll builds."""

import json
import os
import signal
import subprocess
import time
from pathlib import Path
from random import Random

import pytest

from linkmgr.builder.setup.install import apply_install, plan_install
from tests.support.builds import (
    CACHE,
    FRAGMENTS,
    INDEX,
    edit,
    made,
    made_from_scratch,
    write_large_blog,
)
from tests.support.cli import COMMAND, run_alone
from tests.support.jekyll import build_site
from tests.support.soak import rounds

pytestmark = [
    pytest.mark.server,
    pytest.mark.skipif(not Path("/proc/self/stat").exists(), reason="needs /proc and kill -9"),
]

KILLS = rounds(2, 24)
WITH_JEKYLL = (2, 12, 20)


def start(root):
    """Start a build in a session of its own, by which its workers are known too."""
    return subprocess.Popen(
        [*COMMAND, "build", "--site", root],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
    )


def running_in(session):
    """Return the processes of a session that are not dead yet."""
    found = []
    for stat in Path("/proc").glob("[0-9]*/stat"):
        try:
            state, _, _, of_session = stat.read_text().rpartition(")")[2].split()[:4]
        except (FileNotFoundError, ProcessLookupError):
            continue
        if int(of_session) == session and state not in "ZX":
            found.append(int(stat.parent.name))
    return found


def assert_nobody_is_left(session):
    deadline = time.monotonic() + 20
    while running_in(session) and time.monotonic() < deadline:
        time.sleep(0.02)
    assert running_in(session) == []


@pytest.fixture
def site(tmp_path):
    root = write_large_blog(tmp_path / "site")
    apply_install(root, plan_install(root), write=True)
    return root


class Versions:
    """Two versions of a site that differ in every part of it; it can be turned into the other."""

    def __init__(self, root):
        self.root = root
        self.wanted = [{}, {}]
        self.current = 0
        for _ in self.wanted:
            self.turn()
            self.wanted[self.current] = made_from_scratch(root)

    def turn(self):
        catalog = self.root / "catalog.yaml"
        words = [("All of it", "A lot of it"), ("- flour", "- oolong")]
        for old, new in words:
            edit(catalog, *((new, old) if self.current else (old, new)))
        shown, hidden = ("old", "new") if self.current else ("new", "old")
        for number in range(0, 600, 20):
            file = self.root / f"_posts/2024-01-01-{hidden}-{number}.md"
            file.unlink(missing_ok=True)
            text = "---\ntitle: x\ntags: [tea]\n---\n"
            file.with_name(f"2024-01-01-{shown}-{number}.md").write_text(text)
        self.current = 1 - self.current

    def assert_whole(self):
        """Check that whatever the index names is there, as one of the versions has it."""
        index = self.root / INDEX
        keys = json.loads(index.read_text(encoding="utf-8")).values() if index.exists() else ()
        for path in [f"{FRAGMENTS}/{key}.html" for key in ("_empty", *keys)]:
            assert (self.root / path).read_bytes() in [each.get(path) for each in self.wanted]


@pytest.mark.jekyll
def test_a_build_killed_at_any_moment_leaves_a_buildable_site(site):
    versions = Versions(site)
    random = Random(20260218)  # noqa: S311 - for the same moments every time
    started = time.monotonic()
    assert run_alone("build", "--site", site).code == 0
    length = time.monotonic() - started
    killed = 0
    while killed < KILLS:
        versions.turn()
        build = start(site)
        time.sleep(random.uniform(0, length))
        is_killed = build.poll() is None
        build.kill()
        build.communicate()
        assert_nobody_is_left(build.pid)
        versions.assert_whole()
        if not is_killed:
            length *= 0.8  # the machine is less busy than it was when the first was timed
            continue
        killed += 1
        if killed in WITH_JEKYLL:
            build_site(site, "--disable-disk-cache")
    assert run_alone("build", "--site", site).code == 0
    assert made(site) == versions.wanted[versions.current]


def test_an_interrupted_build_ends_at_once_without_a_traceback(site):
    build = start(site)
    deadline = time.monotonic() + 20
    while len(running_in(build.pid)) < 2 and build.poll() is None and time.monotonic() < deadline:
        time.sleep(0.005)
    os.killpg(build.pid, signal.SIGINT)  # as a terminal does
    _, err = build.communicate()
    assert "Traceback" not in err
    assert build.returncode in {0, 1}
    assert_nobody_is_left(build.pid)
    assert run_alone("build", "--site", site).code == 0
    assert made(site) == made_from_scratch(site)


@pytest.mark.parametrize("damaged", [False, True], ids=["no cache", "a damaged cache"])
def test_builds_at_the_same_time_end_well(site, damaged):
    if damaged:
        (site / CACHE).mkdir()
        (site / CACHE / "posts.sqlite").write_bytes(b"nonsense" * 999)
    builds = [start(site) for _ in range(4)]
    reported = [build.communicate() for build in builds]
    assert [build.returncode for build in builds] == [0] * 4
    assert [err for _, err in reported] == [f"warning: {site}/{BROKEN}\n"] * 4
    assert sum("up to date" in out for out, _ in reported) == 3
    assert made(site) == made_from_scratch(site)


BROKEN = (
    "_posts/2025-01-01-broken.md:3: the front matter cannot be read: did not find expected node "
    "content; Jekyll publishes the post without it"
)
