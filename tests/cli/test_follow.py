"""Commands that a program follows say how far they are as JSON lines, and commit commits."""

import json
import os
import signal
import subprocess

import pytest

from tests.support.builds import write_blog
from tests.support.checkouts import git, in_git
from tests.support.cli import COMMAND, run
from tests.support.servers import wait_for

RELATED = {"blocks": {"related": {}}}


@pytest.fixture
def site(tmp_path):
    return in_git(write_blog(tmp_path / "site", catalog=RELATED))


def lines(done):
    return [json.loads(line) for line in done.out.splitlines()]


def test_a_build_says_how_far_it_is_and_what_it_did(site):
    done = run("build", "--site", site, "--progress-json")
    *steps, last = lines(done)
    assert done.code == 0
    assert "build.reading-posts" in {step["what"]["code"] for step in steps}
    assert all(step["done"] < step["total"] for step in steps)
    assert last["result"]["written"] > 0
    codes = {warning["code"] for warning in last["result"]["warnings"]}
    assert codes == {"build.unshown-items"}


def test_what_fails_is_said_by_its_codes(site):
    (site / "catalog.yaml").write_text("ctas: {tea: {}}\n")
    done = run("build", "--site", site, "--progress-json")
    error = lines(done)[-1]["error"]
    assert done.code == 1
    assert {problem["file"] for problem in error} == {f"{site}/catalog.yaml"}
    assert all(problem["code"].startswith("catalog.") for problem in error)


def test_check_and_placements_are_followed_too(site):
    run("build", "--site", site)
    (site / "_site").mkdir()
    (site / "_site" / "index.html").write_text('<a href="/gone/">gone</a>')
    checked = run("check", "--site", site, "--progress-json")
    assert checked.code == 0
    assert lines(checked)[-1]["result"]["findings"] > 0
    listed = run("placements", "--site", site, "--progress-json")
    assert lines(listed)[-1]["result"] == {"placements": 0}


def test_a_command_that_nobody_follows_any_more_ends(site):
    command = [*COMMAND, "build", "--site", str(site), "--progress-json"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE) as process:
        process.stdout.close()
        assert process.wait(60) == 1


def test_commit_takes_what_linkmgr_changed_and_nothing_else(site):
    run("build", "--site", site)
    (site / "notes.txt").write_text("mine")
    done = run("commit", "--site", site, "-m", "Blocks of today")
    assert done.code == 0
    assert done.out.splitlines()[-1].startswith("files committed: ")
    assert git(site, "log", "-1", "--format=%s").strip() == "Blocks of today"
    assert "notes.txt" not in git(site, "show", "--name-only", "--format=", "HEAD")
    again = run("commit", "--site", site)
    assert again.out == "everything that linkmgr changed is committed\n"


def test_a_commit_that_is_stopped_leaves_what_was_staged(site):
    run("build", "--site", site)
    before = git(site, "status", "--porcelain")
    hook = site / ".git" / "hooks" / "pre-commit"
    hook.parent.mkdir(exist_ok=True)
    hook.write_text("#!/bin/sh\ntouch .git/hooked\nsleep 600\n", encoding="utf-8")
    hook.chmod(0o755)
    command = [*COMMAND, "commit", "--site", str(site), "--progress-json"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, start_new_session=True) as process:
        wait_for((site / ".git" / "hooked").exists)
        os.killpg(process.pid, signal.SIGTERM)
        assert (process.communicate()[0], process.returncode) == (b"", 1)
    assert git(site, "status", "--porcelain") == before
    assert not (site / ".git" / "index.lock").exists()
    assert git(site, "log", "-1", "--format=%s").strip() == "first"


def test_without_a_message_a_commit_says_what_it_is(site):
    run("build", "--site", site)
    done = run("commit", "--site", site, "--progress-json")
    assert lines(done)[-1]["result"]["files"] > 0
    assert git(site, "log", "-1", "--format=%s").strip() == "Update the blocks of the posts"


def test_a_folder_without_git_has_nothing_to_commit(tmp_path):
    site = write_blog(tmp_path / "site", catalog=RELATED)
    done = run("commit", "--site", site)
    assert done.code == 1
    assert "is in no git repository" in done.err
