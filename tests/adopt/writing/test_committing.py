"""All that an adoption rewrites is known as linkmgr's, to be committed as a whole."""

import subprocess

from linkmgr.adopt.run import adopt
from linkmgr.checkout import commit, read_checkout
from tests.support.legacy_blogs import write_blog


def git(folder, *command):
    return subprocess.run(
        ["git", "-C", str(folder), *command], check=True, capture_output=True, text=True
    ).stdout


def test_a_commit_takes_in_every_file_that_an_adoption_rewrote(tmp_path, monkeypatch):
    monkeypatch.setenv("GIT_CONFIG_GLOBAL", "/dev/null")
    monkeypatch.setenv("GIT_CONFIG_NOSYSTEM", "1")
    blog = write_blog(tmp_path / "blog")
    git(blog, "init", "-q", "-b", "main")
    git(blog, "config", "user.name", "Owner")
    git(blog, "config", "user.email", "owner@blog.example")
    git(blog, "add", "-A")
    git(blog, "commit", "-q", "-m", "first")
    adopt(blog, write=True)
    found = read_checkout(blog, blog / "catalog.yaml")
    assert {path.partition("/")[0] for path in found.rewritten} >= {"_posts", "_layouts"}
    assert (found.mixed, found.others) == ((), ())
    commit(found, "Adopt")
    assert git(blog, "status", "--porcelain") == ""
