"""All that an adoption rewrites is known as linkmgr's, to be committed as a whole."""

from linkmgr.adopt.run import adopt
from linkmgr.checkout import commit, read_checkout
from tests.support.checkouts import git, in_git
from tests.support.legacy_blogs import write_blog


def test_a_commit_takes_in_every_file_that_an_adoption_rewrote(tmp_path, monkeypatch):
    monkeypatch.setenv("GIT_CONFIG_GLOBAL", "/dev/null")
    monkeypatch.setenv("GIT_CONFIG_NOSYSTEM", "1")
    blog = in_git(write_blog(tmp_path / "blog"))
    adopt(blog, write=True)
    found = read_checkout(blog, blog / "catalog.yaml")
    assert {path.partition("/")[0] for path in found.rewritten} >= {"_posts", "_layouts"}
    assert (found.mixed, found.others) == ((), ())
    commit(found, "Adopt")
    assert git(blog, "status", "--porcelain") == ""
