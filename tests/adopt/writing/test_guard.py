"""What `--write` refuses without `--force`: what git cannot restore, and lost blocks."""

import os
import shutil
from pathlib import Path

import pytest

from linkmgr.adopt.git import uncommitted, unsaved
from linkmgr.adopt.report import adoption_text
from linkmgr.adopt.report_json import adoption_json
from linkmgr.adopt.run import adopt
from linkmgr.messages.errors import LinkmgrError
from tests.support.checkouts import git, in_git
from tests.support.legacy_blogs import (
    ARTICLE,
    CONFIG,
    LAYOUT,
    SAND,
    blocks_text,
    contents,
    post_text,
    write_blog,
)

POST = "_posts/2024-02-01-sand.md"
SAND_BLOCKS = blocks_text([SAND], "strategy", "計画のご相談")
needs_git = pytest.mark.skipif(shutil.which("git") is None, reason="git is not installed")


def append(file, text="\nmore\n"):
    file.write_bytes(file.read_bytes() + text.encode())


def ignored(root):
    (root / ".gitignore").write_text(f"/{POST}\n")
    in_git(root)


def ignored_by_the_users_own_list(root):
    excludes = root.parent / "excludes"
    excludes.write_text(f"/{POST}\n")
    git(root, "init", "-q")
    git(root, "config", "core.excludesFile", str(excludes))
    in_git(root)


def hidden_from_status(root):
    (root / ".gitignore").write_text("/_posts/\n")
    git(root, "init", "-q")
    git(root, "config", "status.showUntrackedFiles", "no")
    in_git(root)


def hidden_from_git(flag):
    def prepare(root):
        in_git(root)
        git(root, "update-index", flag, POST)
        append(root / POST)

    return prepare


def led_out_of_the_repository(root):
    outside = root.parent / "outside.md"
    (root / POST).rename(outside)
    (root / POST).symlink_to(outside)
    in_git(root)


def changed_in_a_submodule(root):
    source = root.parent / "source"
    source.mkdir()
    (root / POST).rename(source / Path(POST).name)
    in_git(source)
    git(root, "init", "-q")
    allow = ("-c", "protocol.file.allow=always")
    git(root, *allow, "submodule", "add", "-q", source, "_posts/old")
    git(root, "config", "-f", ".gitmodules", "submodule._posts/old.ignore", "all")
    in_git(root)
    append(root / "_posts/old" / Path(POST).name)


def stored_with_other_line_endings(root):
    file = root / POST
    file.write_bytes(file.read_bytes().replace(b"\n", b"\r\n"))
    git(root, "init", "-q")
    git(root, "config", "core.autocrlf", "input")
    git(root, "config", "core.safecrlf", "false")
    in_git(root)


@needs_git
@pytest.mark.parametrize(
    "prepare",
    [
        pytest.param(ignored, id="ignored"),
        pytest.param(ignored_by_the_users_own_list, id="ignored by the user's own list"),
        pytest.param(hidden_from_status, id="hidden from status"),
        pytest.param(hidden_from_git("--skip-worktree"), id="skip-worktree"),
        pytest.param(hidden_from_git("--assume-unchanged"), id="assume-unchanged"),
        pytest.param(led_out_of_the_repository, id="led out by a link"),
        pytest.param(changed_in_a_submodule, id="changed in a submodule"),
        pytest.param(stored_with_other_line_endings, id="stored with other line endings"),
    ],
)
def test_post_that_git_cant_restore_isnt_rewritten_without_force(tmp_path, prepare):
    root = write_blog(tmp_path / "blog")
    prepare(root)
    before = contents(tmp_path)
    with pytest.raises(LinkmgrError, match="git cannot restore") as caught:
        adopt(root, write=True)
    assert "\n" not in str(caught.value)
    assert contents(tmp_path) == before
    assert adopt(root, write=True, force=True).written


@needs_git
def test_post_that_another_repository_can_give_back_is_rewritten(tmp_path):
    root = write_blog(tmp_path / "blog")
    changed_in_a_submodule(root)
    in_git(root / "_posts/old")
    in_git(root)
    assert adopt(root, write=True).written


@needs_git
def test_line_endings_that_git_changes_are_no_reason_to_refuse(tmp_path):
    root = write_blog(tmp_path / "blog")
    for path in root.rglob("*.*"):
        path.write_bytes(path.read_bytes().replace(b"\n", b"\r\n"))
    git(root, "init", "-q")
    git(root, "config", "core.autocrlf", "true")
    in_git(root)
    assert adopt(root, write=True).written


@needs_git
@pytest.mark.parametrize("folder", ["outside", "blog"])
def test_catalog_that_git_doesnt_track_isnt_filled_without_force(tmp_path, folder):
    root = write_blog(tmp_path / "blog")
    (root / ".gitignore").write_text("/links.yaml\n")
    in_git(root)
    catalog = tmp_path / folder / "links.yaml"
    catalog.parent.mkdir(exist_ok=True)
    catalog.write_text("site: {name: x, url: https://blog.example}\n")
    with pytest.raises(LinkmgrError, match=r"git cannot restore \S*links\.yaml \("):
        adopt(root, catalog_file=catalog, write=True)
    assert adopt(root, catalog_file=catalog, write=True, force=True).written


@needs_git
def test_a_catalog_that_another_repository_keeps_is_filled(tmp_path):
    root = in_git(write_blog(tmp_path / "blog"))
    catalog = tmp_path / "links" / "links.yaml"
    catalog.parent.mkdir()
    catalog.write_text("site: {name: x, url: https://blog.example}\n")
    in_git(catalog.parent)
    assert adopt(root, catalog_file=catalog, write=True).written


@needs_git
def test_names_with_quotes_and_line_breaks_are_distinguished(tmp_path):
    names = ['"a" b.md', "砂\nH 場.md", " c\t.md"]
    for name in names:
        (tmp_path / name).write_text(name)
    in_git(tmp_path)
    files = [tmp_path / name for name in names]
    assert (uncommitted(tmp_path), unsaved(files)) == ([], [])
    git(tmp_path, "mv", names[0], "d.md")
    append(files[1])
    assert sorted(uncommitted(tmp_path)) == sorted(["d.md", names[1]])
    assert [each.file for each in unsaved([*files[1:], tmp_path / "d.md"])] == [files[1]]


@needs_git
def test_the_repository_of_a_hook_is_not_taken_for_the_sites(tmp_path, monkeypatch):
    other = write_blog(tmp_path / "other", 1)
    in_git(other)
    root = in_git(write_blog(tmp_path / "blog", 1))
    append(root / POST)
    monkeypatch.setenv("GIT_DIR", str(other / ".git"))
    monkeypatch.setenv("GIT_WORK_TREE", str(other))
    assert uncommitted(root) == [POST]
    assert [each.file for each in unsaved([root / POST])] == [root / POST]


@needs_git
def test_what_a_killed_run_left_is_no_change_of_the_owners(tmp_path):
    root = in_git(write_blog(tmp_path / "blog"))
    left = [
        root / folder / ".linkmgr-0123456789abcdef.tmp"
        for folder in ("", "_posts", "_layouts", "_linkmgr", "_includes", "assets/linkmgr")
    ]
    for file in left:
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_bytes(b"half")
        os.utime(file, (0, 0))
    assert uncommitted(root) == []
    assert adopt(root, write=True).written
    assert not [file for file in left if file.exists()]


@needs_git
def test_a_refusal_names_each_cause_and_paths_from_the_site(tmp_path):
    top = tmp_path / "top"
    root = write_blog(top / "blog")
    posts = root / "_posts"
    (posts / "2024-02-01-sand.md").rename(tmp_path / "outside.md")
    (posts / "2024-02-01-sand.md").symlink_to(tmp_path / "outside.md")
    (root / ".gitignore").write_text("/_posts/2024-02-02-sand.md\n")
    in_git(top)
    git(top, "update-index", "--skip-worktree", "blog/_posts/2024-02-03-sand.md")
    append(posts / "2024-03-01-bean.md")
    with pytest.raises(LinkmgrError) as caught:
        adopt(root, write=True)
    assert str(caught.value) == (
        f"{root}: git cannot restore "
        f"_posts/2024-02-01-sand.md (a link leads to {tmp_path}, which git does not track); "
        "_posts/2024-02-02-sand.md (ignored by git: `git add -f` and commit it first); "
        "_posts/2024-02-03-sand.md (git does not check it: `git update-index --no-skip-worktree "
        "--no-assume-unchanged` it and commit it first); "
        "_posts/2024-03-01-bean.md (not committed: commit it first); "
        "or copy the folder, then use --force"
    )


@needs_git
def test_line_endings_that_git_converts_are_named_as_the_cause(tmp_path):
    root = write_blog(tmp_path / "blog")
    stored_with_other_line_endings(root)
    with pytest.raises(LinkmgrError, match=r"sand\.md \(git would restore it with other line"):
        adopt(root, write=True)


@pytest.mark.parametrize("force", [False, True], ids=["without force", "with force"])
def test_two_names_of_one_post_are_reported_before_writing(tmp_path, force):
    root = write_blog(tmp_path / "blog")
    (root / "_posts/2024-02-05-sand.md").symlink_to("2024-02-04-sand.md")
    before = contents(root)
    with pytest.raises(LinkmgrError) as caught:
        adopt(root, write=True, force=force)
    assert str(caught.value) == (
        f"{root}: _posts/2024-02-04-sand.md, _posts/2024-02-05-sand.md: these are one file, joined "
        "by a link: replace the link with a copy of the file, or delete it"
    )
    assert contents(root) == before


def themed(root, **posts):
    """Have the blog's layout come from a theme, but for `posts`."""
    (root / "_config.yml").write_text(f"{CONFIG}theme: minima\n", encoding="utf-8")
    (root / "_layouts/post.html").unlink()
    for name, text in posts.items():
        (root / "_layouts" / f"{name}.html").write_text(text)
    return root


def test_posts_with_a_themes_layout_keep_blocks_without_force(tmp_path):
    root = themed(write_blog(tmp_path / "blog"))
    text = adoption_text(adopt(root))
    assert text.startswith(
        "8 posts would not show their blocks. Do this first:\n"
        "  _layouts/post.html: the layout is in the theme: copy it with `mkdir -p _layouts && "
    )
    assert text.count("the layout is in the theme") == 1
    before = contents(root)
    with pytest.raises(LinkmgrError) as caught:
        adopt(root, write=True)
    assert str(caught.value) == (
        f"{root}: 8 posts would lose blocks and show none in their place: _layouts/post.html: "
        'the layout is in the theme: copy it with `mkdir -p _layouts && cp "$(bundle info --path '
        'minima)"/_layouts/post.html _layouts/post.html`, then run `linkmgr adopt` again, '
        "or use --force"
    )
    assert contents(root) == before
    forced = adopt(root, write=True, force=True)
    assert adoption_text(forced).startswith("8 posts do not show their blocks.")
    assert forced.written


def test_once_the_layout_is_copied_the_posts_are_rewritten(tmp_path):
    root = themed(write_blog(tmp_path / "blog"))
    (root / "_layouts/post.html").write_text(LAYOUT)
    assert adopt(root, write=True).written


def test_the_posts_of_a_layout_that_shows_no_blocks_are_counted(tmp_path):
    root = write_blog(tmp_path / "blog")
    text = (root / POST).read_text(encoding="utf-8")
    (root / POST).write_text(text.replace("---\n", "---\nlayout: none\n", 1), encoding="utf-8")
    adoption = adopt(root)
    assert adoption_json(adoption)["unshown"] == [
        {
            "layout": "",
            "posts": 1,
            "advice": "some posts have no layout: set one in _config.yml under `defaults`, and put "
            "{% include linkmgr.html %} after its {{ content }}",
        }
    ]
    with pytest.raises(LinkmgrError, match="1 post would lose blocks"):
        adopt(root, write=True)


def test_a_layout_of_posts_without_blocks_is_no_reason_to_refuse(tmp_path):
    root = write_blog(tmp_path / "blog")
    plain = "---\ntitle: 素\nlayout: elsewhere\n---\n本文。\n"
    (root / "_posts/2024-04-01-plain.md").write_text(plain, encoding="utf-8")
    adoption = adopt(root, write=True)
    assert adoption.written
    assert "By hand: _layouts/elsewhere.html: posts use this layout" in adoption_text(adoption)


def test_a_layout_without_the_include_is_something_to_do(tmp_path):
    root = write_blog(tmp_path / "blog")
    adopt(root, write=True)
    (root / "_layouts/post.html").write_text(LAYOUT)
    text = adoption_text(adopt(root))
    assert "The same command with --write edits _layouts/post.html; --diff shows the patch." in text
    assert adopt(root, write=True).written
    assert "{% include linkmgr.html %}" in (root / "_layouts/post.html").read_text()
    assert not adopt(root).anything


def test_a_blog_without_catalog_and_links_is_left_to_init(tmp_path):
    root = write_blog(tmp_path / "blog", 0)
    before = contents(root)
    adoption = adopt(root, write=True)
    assert not adoption.anything
    assert contents(root) == before
    assert "1 post was read, and has no block" in adoption_text(adoption)


def test_one_of_everything_is_reported_in_the_singular(tmp_path):
    root = write_blog(tmp_path / "blog", 0)
    post = post_text("砂", "砂場", "計算", ARTICLE, SAND_BLOCKS)
    (root / POST).write_text(post, encoding="utf-8")
    text = adoption_text(adopt(root))
    assert "     1 post   b-4000000004  砂の計算機" in text
    assert "To be removed from the posts (1 file):" in text
    assert (
        "The new catalog keeps 1 of 1 book placement (100%) and 1 of 1 call-to-action placement"
        in text
    )
    assert "and rewrites 1 post; --diff" in text


@needs_git
@pytest.mark.parametrize("kept", [False, True], ids=["without git", "in git"])
def test_way_to_look_at_changes_is_reported_where_there_is_one(tmp_path, kept):
    root = write_blog(tmp_path / "blog", 1)
    if kept:
        in_git(root)
    text = adoption_text(adopt(root, write=True))
    assert ("then check `git status` and `git diff`" in text) is kept


def test_without_git_a_blog_is_rewritten(tmp_path, monkeypatch):
    root = write_blog(tmp_path / "blog", 1)
    monkeypatch.setenv("PATH", os.fspath(tmp_path))
    adoption = adopt(root, write=True)
    assert (adoption.written, adoption.in_git) == (True, False)
