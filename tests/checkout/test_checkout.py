"""linkmgr's own files are committed alone, and nothing while that could hurt."""

import shutil
from importlib.resources import files
from pathlib import Path

import pytest

from linkmgr.checkout import commit, note_rewritten, read_checkout
from linkmgr.messages.errors import LinkmgrError
from tests.support.checkouts import git, in_git

FRAGMENT = "_includes/linkmgr/posts/0123456789abcdef.html"


@pytest.fixture
def blog(tmp_path, monkeypatch):
    """Give the demo's blog in a checkout with one commit, by an author of the checkout's own."""
    monkeypatch.setenv("GIT_CONFIG_GLOBAL", "/dev/null")
    monkeypatch.setenv("GIT_CONFIG_NOSYSTEM", "1")
    blog = Path(shutil.copytree(Path(str(files("linkmgr.demo") / "site")), tmp_path / "blog"))
    return in_git(blog)


def state(blog):
    return read_checkout(blog, blog / "catalog.yaml")


def edit(blog):
    """Change the catalog, write a fragment, and begin a post that is nobody's business."""
    with (blog / "catalog.yaml").open("a", encoding="utf-8") as catalog:
        catalog.write("# more\n")
    (blog / FRAGMENT).parent.mkdir(parents=True, exist_ok=True)
    (blog / FRAGMENT).write_text("<p>", encoding="utf-8")
    (blog / "_posts" / "2026-01-01-draft.md").write_text("draft", encoding="utf-8")


def status(blog):
    return git(blog, "status", "--porcelain", "-uall").splitlines()


def test_a_folder_in_no_checkout_has_no_state(tmp_path):
    assert read_checkout(tmp_path, tmp_path / "catalog.yaml") is None


def test_blog_in_folder_of_another_repository_is_not_part_of_it(blog):
    demo = Path(shutil.copytree(blog / "_posts", blog / "figures" / "_posts")).parent
    assert read_checkout(demo, demo / "catalog.yaml") is None
    git(blog, "add", "figures")
    assert read_checkout(demo, demo / "catalog.yaml").top == blog


def test_what_is_committed_is_said(blog):
    found = state(blog)
    assert (found.branch, found.changed, found.ahead, found.obstacle) == ("main", (), None, None)


def test_linkmgrs_files_are_committed_alone_by_gits_author(blog):
    edit(blog)
    assert set(state(blog).changed) == {FRAGMENT, "catalog.yaml"}
    commit(state(blog), "Retire a book")
    assert git(blog, "log", "-1", "--format=%s|%an").strip() == "Retire a book|Owner"
    assert set(git(blog, "show", "--name-only", "--format=").split()) == {FRAGMENT, "catalog.yaml"}
    assert status(blog) == ["?? _posts/2026-01-01-draft.md"]


def test_a_fragment_that_is_gone_is_committed_as_gone(blog):
    edit(blog)
    commit(state(blog), "one")
    (blog / FRAGMENT).unlink()
    commit(state(blog), "two")
    assert git(blog, "show", "--name-status", "--format=").split() == ["D", FRAGMENT]


def test_uploaded_cover_is_committed_and_no_other_file_beside_it(blog):
    cover, own = "assets/covers/0123456789abcdef.png", "assets/covers/own.png"
    for name in (cover, own):
        (blog / name).write_bytes(b"")
    commit(state(blog), "A cover")
    assert status(blog) == [f"?? {own}"]


def test_the_owners_own_files_among_the_fragments_are_left_alone(blog):
    edit(blog)
    mine = blog / Path(FRAGMENT).parent / "mine.html"
    mine.write_text("<p>", encoding="utf-8")
    commit(state(blog), "one")
    assert f"?? {mine.relative_to(blog)}" in status(blog)


def test_a_site_within_a_checkout_is_committed(blog, tmp_path):
    outer = tmp_path / "outer"
    outer.mkdir()
    shutil.rmtree(blog / ".git")
    blog = blog.rename(outer / "ブログ")
    git(outer, "init", "-q", "-b", "main")
    git(outer, "config", "user.name", "Owner")
    git(outer, "config", "user.email", "owner@blog.example")
    git(outer, "add", "-A")
    git(outer, "commit", "-q", "-m", "first")
    edit(blog)
    assert set(state(blog).changed) == {f"ブログ/{FRAGMENT}", "ブログ/catalog.yaml"}
    commit(state(blog), "more")
    assert state(blog).changed == ()


def test_a_commit_is_counted_until_the_upstream_has_it(blog, tmp_path):
    git(tmp_path, "init", "-q", "--bare", "upstream")
    git(blog, "remote", "add", "origin", str(tmp_path / "upstream"))
    git(blog, "push", "-q", "-u", "origin", "main")
    assert state(blog).ahead == 0
    edit(blog)
    commit(state(blog), "more")
    assert state(blog).ahead == 1


def test_a_layout_with_an_uncommitted_include_is_left_and_named(blog):
    layout = blog / "_layouts" / "post.html"
    layout.write_text(layout.read_text() + "<footer></footer>\n")
    assert state(blog).mixed == ()
    layout.write_text(layout.read_text() + "{%- include linkmgr.html block='books' -%}\n")
    assert state(blog).mixed == ("_layouts/post.html",)
    git(blog, "commit", "-q", "-a", "-m", "layout")
    assert state(blog).mixed == ()


def merge(blog):
    git(blog, "checkout", "-q", "-b", "other")
    (blog / "a.txt").write_text("1", encoding="utf-8")
    git(blog, "add", "a.txt")
    git(blog, "commit", "-q", "-m", "a")
    git(blog, "checkout", "-q", "main")
    git(blog, "merge", "-q", "--no-ff", "--no-commit", "other")


def rebase(blog):
    (blog / ".git" / "rebase-merge").mkdir()


def stage(blog):
    git(blog, "add", "_posts/2026-01-01-draft.md")


def detach(blog):
    git(blog, "checkout", "-q", "--detach")


@pytest.mark.parametrize(
    ("cause", "words"),
    [
        (merge, "A merge is in progress"),
        (rebase, "A rebase is in progress"),
        (stage, "Other changes are staged: _posts/2026-01-01-draft.md"),
        (detach, "no branch"),
    ],
)
def test_nothing_is_committed_in_the_middle_of_something_else(blog, cause, words):
    edit(blog)
    cause(blog)
    head, before = git(blog, "rev-parse", "HEAD"), status(blog)
    with pytest.raises(LinkmgrError, match=words):
        commit(state(blog), "more")
    assert (git(blog, "rev-parse", "HEAD"), status(blog)) == (head, before)


def test_a_hook_that_refuses_says_why_and_leaves_what_was_staged(blog):
    edit(blog)
    hook = blog / ".git" / "hooks" / "pre-commit"
    hook.parent.mkdir(exist_ok=True)
    hook.write_text("#!/bin/sh\necho 'not today' >&2\nexit 1\n", encoding="utf-8")
    hook.chmod(0o755)
    git(blog, "add", "catalog.yaml")
    before = status(blog)
    with pytest.raises(LinkmgrError, match="not today"):
        commit(state(blog), "more")
    assert status(blog) == before


POST = "_posts/2025-09-27-bread-with-cold-hands.md"


def rewrite(blog, path=POST, more="<!-- rewritten -->\n"):
    """Rewrite a file of the owner's as a command does."""
    data = (blog / path).read_bytes() + more.encode()
    note_rewritten(blog, {blog / path: data})
    (blog / path).write_bytes(data)


def test_a_rewritten_post_is_committed_and_an_edited_one_is_not(blog):
    rewrite(blog)
    other = blog / "_posts" / "2025-12-14-moving-the-piano.md"
    other.write_text(other.read_text() + "mine\n")
    found = state(blog)
    assert (found.changed, found.rewritten) == ((POST,), (POST,))
    assert (found.mixed, found.others) == ((), (f"_posts/{other.name}",))
    commit(found, "Adopt")
    assert git(blog, "show", "--name-only", "--format=").split() == [POST]
    assert (state(blog).changed, state(blog).is_committed) == ((), True)


def test_a_rewritten_post_that_was_edited_is_left_to_its_owner(blog):
    rewrite(blog)
    (blog / POST).write_text((blog / POST).read_text() + "mine\n")
    found = state(blog)
    assert (found.changed, found.mixed, found.is_committed) == ((), (POST,), False)
    assert found.with_mixed().changed == (POST,)
    commit(found.with_mixed(), "Adopt")
    assert state(blog).is_committed


def test_after_a_commit_a_rewritten_posts_next_edit_is_owners(blog):
    rewrite(blog)
    git(blog, "commit", "-q", "-a", "-m", "by hand")
    (blog / POST).write_text((blog / POST).read_text() + "mine\n")
    found = state(blog)
    assert (found.changed, found.mixed, found.others) == ((), (), (POST,))


def test_what_two_commands_rewrote_on_one_commit_is_known(blog):
    rewrite(blog)
    rewrite(blog, "_layouts/post.html")
    assert state(blog).rewritten == ("_layouts/post.html", POST)
    git(blog, "commit", "-q", "-a", "-m", "by hand")
    rewrite(blog, more="<!-- again -->\n")
    assert state(blog).rewritten == (POST,)


def test_a_note_of_a_forgotten_commit_counts_for_nothing(blog):
    rewrite(blog)
    note = blog / ".linkmgr-cache" / "rewritten.json"
    note.write_text(note.read_text().replace(git(blog, "rev-parse", "HEAD").strip(), "0" * 40))
    assert state(blog).others == (POST,)
    note.write_text("[")
    assert state(blog).others == (POST,)
