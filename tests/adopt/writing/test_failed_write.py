"""Writing that fails or is killed half-way: told in one line, and completed by the next run."""

import os
import resource
import shutil
import subprocess
import sys

import pytest

from linkmgr.adopt.run import adopt
from linkmgr.messages.errors import LinkmgrError
from tests.support.checkouts import git
from tests.support.legacy_blogs import contents, write_blog

POST = "_posts/2024-02-03-sand.md"
# More than anything else of the blog takes, and less than the post that is too large.
FULL_AFTER = 100_000
KILLED_AT_A_POST = """
import os, sys
from pathlib import Path
from linkmgr.adopt.run import adopt
replace = Path.replace
Path.replace = lambda old, new: os._exit(9) if new.name == sys.argv[2] else replace(old, new)
adopt(Path(sys.argv[1]), write=True)
"""


def blog_with_a_large_post(root):
    write_blog(root)
    file = root / POST
    text = file.read_text(encoding="utf-8")
    large = "大きな記事です。\n" * 10_000
    file.write_text(text.replace("はじめの段落です。\n", large), encoding="utf-8")
    return root


def adopt_on_a_full_disk(root, *options):
    command = [sys.executable, "-B", "-m", "linkmgr"]  # -B: bytecode would be cut off, too
    return subprocess.run(
        [*command, "adopt", "--site", root, "--write", *options],
        capture_output=True,
        text=True,
        encoding="utf-8",
        check=False,
        preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_FSIZE, (FULL_AFTER, FULL_AFTER)),
    )


def test_a_full_disk_is_reported_and_the_next_run_completes(tmp_path):
    root = blog_with_a_large_post(tmp_path / "blog")
    whole = shutil.copytree(root, tmp_path / "whole")
    before = (root / POST).read_bytes()
    adopt(whole, write=True)
    done = adopt_on_a_full_disk(root)
    assert done.returncode == 1
    assert done.stderr.splitlines()[-1] == (
        f"{POST}: cannot be written: File too large: 2 of 8 posts rewritten; check free space "
        "and permissions, then run the command again"
    )
    assert "Traceback" not in done.stderr
    assert (root / POST).read_bytes() == before
    assert adopt(root, write=True).written
    assert contents(root) == contents(whole)


@pytest.mark.skipif(shutil.which("git") is None, reason="git is not installed")
def test_in_git_the_next_run_is_reported_to_need_force(tmp_path):
    root = blog_with_a_large_post(tmp_path / "blog")
    git(root, "init", "-q")
    git(root, "add", "-A")
    done = adopt_on_a_full_disk(root, "--force")
    assert done.stderr.endswith(
        "then run the command again with --force, because git now has uncommitted changes\n"
    )


@pytest.mark.parametrize("unwritable", ["catalog.yaml", "_layouts/post.html"])
def test_what_cannot_be_written_before_the_posts_leaves_them_all(tmp_path, monkeypatch, unwritable):
    root = write_blog(tmp_path / "blog")
    before = contents(root)
    replace = type(root).replace

    def refuse(old, new):
        if new == root / unwritable:
            raise PermissionError(13, "Permission denied")
        return replace(old, new)

    with monkeypatch.context() as patch:
        patch.setattr(type(root), "replace", refuse)
        with pytest.raises(LinkmgrError) as caught:
            adopt(root, write=True)
    assert str(caught.value).startswith(
        f"{root / unwritable}: cannot be written: Permission denied: 0 of 8 posts rewritten; "
    )
    assert {path: data for path, data in contents(root).items() if path in before} == before
    assert adopt(root, write=True).written


def test_what_a_killed_run_left_behind_is_deleted_by_the_next(tmp_path):
    root = write_blog(tmp_path / "blog")
    whole = shutil.copytree(root, tmp_path / "whole")
    adopt(whole, write=True)
    command = [sys.executable, "-c", KILLED_AT_A_POST, root, POST.rpartition("/")[2]]
    assert subprocess.run(command, check=False).returncode == 9
    assert len([*root.glob("_posts/.linkmgr-*")]) == 1
    adopt(root)
    (left,) = root.glob("_posts/.linkmgr-*")
    os.utime(left, (0, 0))
    adopt(root, write=True)
    assert contents(root) == contents(whole)


def test_what_a_killed_run_left_goes_with_nothing_else_to_do(tmp_path):
    root = write_blog(tmp_path / "blog", 0)
    left = root / "_posts/.linkmgr-0123456789abcdef.tmp"
    left.write_bytes(b"half")
    os.utime(left, (0, 0))
    assert not adopt(root, write=True).anything
    assert not left.exists()
