"""A whole blog is adopted: catalog, layout and posts, and nothing else."""

import json
import shutil
import subprocess
from pathlib import Path

import pytest

from linkmgr.adopt import run
from linkmgr.adopt.report import adoption_json, adoption_patch, adoption_text
from linkmgr.adopt.run import adopt
from linkmgr.catalog.files import load_catalog
from linkmgr.errors import LinkmgrError
from tests.adopt.blogs import ARTICLE, SAND, post_text, write_blog


def contents(root):
    return {
        path.relative_to(root).as_posix(): path.read_bytes()
        for path in sorted(root.rglob("*"))
        if path.is_file() and ".git" not in path.parts
    }


def in_git(root):
    for command in (
        ["init", "-q"],
        ["add", "-A"],
        ["-c", "user.name=a", "-c", "user.email=a@b.example", "commit", "-qm", "before"],
    ):
        subprocess.run(["git", *command], cwd=root, check=True)
    return root


MOSHIMO = "https://af.moshimo.com/af/c/click?a_id=1&url="
needs_git = pytest.mark.skipif(shutil.which("git") is None, reason="git is not installed")


def test_without_write_nothing_is_written(tmp_path):
    root = write_blog(tmp_path / "blog")
    before = contents(root)
    adoption = adopt(root)
    assert contents(root) == before
    assert adoption.anything
    text = adoption_text(adoption)
    assert "4 posts  slow-machines  Slow Machines" in text
    assert "The new catalog shows 12 of 12 books (100%) and 8 of 8 calls to action" in text
    assert "Nothing is written yet." in text


def test_with_write_the_posts_keep_their_articles_and_the_catalog_has_the_rest(tmp_path):
    root = write_blog(tmp_path / "blog")
    adopt(root, write=True)
    assert (root / "_posts/2024-02-01-sand.md").read_text(encoding="utf-8") == post_text(
        "砂 1", "砂場", "計算", ARTICLE
    )
    catalog = load_catalog(root / "catalog.yaml")
    assert {(b.asin, b.title, b.blurb) for b in catalog.books.values()} >= {SAND}
    assert {c.utm.campaign for c in catalog.ctas.values()} == {"strategy", "news"}
    assert catalog.programmes["amazon"].tag == "example-22"
    assert b"{% include linkmgr.html %}" in (root / "_layouts/post.html").read_bytes()


def test_a_second_run_finds_nothing_to_do(tmp_path):
    root = write_blog(tmp_path / "blog")
    adopt(root, write=True)
    before = contents(root)
    again = adopt(root, write=True)
    assert not again.anything
    assert not again.written
    assert contents(root) == before
    assert adoption_text(again).startswith("no hard-coded links found: none of 9 posts")


@pytest.mark.parametrize("stop", range(1, 9))
def test_an_interrupted_run_is_completed_by_the_next(tmp_path, monkeypatch, stop):
    whole = write_blog(tmp_path / "whole")
    adopt(whole, write=True)
    root = write_blog(tmp_path / "blog")
    written = []

    def replace_some(path, data):
        if len(written) == stop:
            raise KeyboardInterrupt
        written.append(path)
        path.write_bytes(data)

    with monkeypatch.context() as patch:
        patch.setattr(run, "replace_file", replace_some)
        with pytest.raises(KeyboardInterrupt):
            adopt(root, write=True)
    adopt(root, write=True)
    assert contents(root) == contents(whole)


def test_the_owners_catalog_keeps_its_comments_and_items(tmp_path):
    root = write_blog(tmp_path / "blog")
    own = (
        "# mine\r\nsite:\r\n  name: 砂の日記\r\n  url: https://blog.example\r\n"
        "books: # all of them\r\n  sand: {asin: '4000000004', title: Sand}  # dear\r\n"
    ).encode()
    (root / "catalog.yaml").write_bytes(own)
    adopt(root, write=True)
    data = (root / "catalog.yaml").read_bytes()
    assert data.startswith(own)
    assert data.count(b"4000000004") == 1
    assert data.count(b"\n") == data.count(b"\r\n")


def test_amazons_tag_is_added_to_what_the_catalog_says_of_amazon(tmp_path):
    root = write_blog(tmp_path / "blog")
    text = (
        "site:\n  name: x\n  url: https://blog.example\n"
        "programmes:\n  amazon:\n    tracking: direct  # for now\n"
    )
    (root / "catalog.yaml").write_text(text, encoding="utf-8")
    adopt(root, write=True)
    after = (root / "catalog.yaml").read_text(encoding="utf-8")
    assert "    tracking: direct  # for now\n    marketplace: amazon.co.jp\n" in after
    assert load_catalog(root / "catalog.yaml").programmes["amazon"].tag == "example-22"


def test_inline_links_are_reported_and_with_links_rewritten(tmp_path):
    root = write_blog(tmp_path / "blog")
    path = root / "_posts/2024-01-01-none.md"
    inline = "文中の [砂](https://www.amazon.co.jp/gp/product/4000000004?tag=old-22) です。\n"
    path.write_text(path.read_text(encoding="utf-8") + "\n" + inline, encoding="utf-8")
    adoption = adopt(root, write=True)
    assert inline in path.read_text(encoding="utf-8")
    assert "affiliate links in running text: 1" in adoption_text(adoption)
    adopt(root, write=True, links=True)
    rewritten = "文中の [砂](https://www.amazon.co.jp/dp/4000000004/?tag=example-22) です。\n"
    assert rewritten in path.read_text(encoding="utf-8")
    assert not adopt(root, links=True).anything


@pytest.mark.parametrize(
    ("url", "tagged"),
    [
        (f"{MOSHIMO}https%3A%2F%2Fwww.amazon.co.jp%2Fdp%2F4000000004", True),
        ("https://www.amazon.co.jp/dp/4000000004/?tag=keep-22", False),
    ],
    ids=["through another programme", "by a tag where the catalog has none"],
)
def test_links_that_would_stop_earning_stay(tmp_path, url, tagged):
    root = write_blog(tmp_path / "blog")
    adopt(root, write=True)
    if not tagged:
        catalog = root / "catalog.yaml"
        text = catalog.read_text(encoding="utf-8")
        catalog.write_text(text.replace("    tag: example-22\n", ""), encoding="utf-8")
    path = root / "_posts/2024-01-01-none.md"
    inline = f"文中の [砂]({url}) です。\n"
    path.write_text(path.read_text(encoding="utf-8") + "\n" + inline, encoding="utf-8")
    adopt(root, write=True, links=True)
    assert inline in path.read_text(encoding="utf-8")


@needs_git
def test_a_site_with_uncommitted_changes_is_refused_without_force(tmp_path):
    root = in_git(write_blog(tmp_path / "blog"))
    (root / "_posts/2024-01-01-none.md").write_text("---\n---\nnew\n", encoding="utf-8")
    before = contents(root)
    with pytest.raises(LinkmgrError, match=r"git could not give back \(_posts/2024-01-01-none\.md"):
        adopt(root, write=True)
    assert contents(root) == before
    assert adopt(root, write=True, force=True).written


@needs_git
def test_a_repository_that_git_does_not_trust_is_no_folder_without_git(tmp_path):
    root = in_git(write_blog(tmp_path / "blog"))
    (root / ".git" / "config").write_text("[core\n")
    before = contents(root)
    with pytest.raises(LinkmgrError, match="git cannot tell what it has saved"):
        adopt(root, write=True)
    assert contents(root) == before


@needs_git
def test_the_patch_does_what_write_does(tmp_path):
    root = in_git(write_blog(tmp_path / "blog"))
    lone = root / "_posts/2024-02-01-sand.md"
    lone.write_bytes(lone.read_bytes().replace(b"\n", b"\r\n").rstrip())
    written = tmp_path / "written"
    shutil.copytree(root, written)
    patch = adoption_patch(adopt(root))
    subprocess.run(["git", "apply", "--whitespace=nowarn"], cwd=root, input=patch, check=True)
    adopt(written, write=True, force=True)
    made = contents(written)
    assert contents(root) == {path: made[path] for path in contents(root)}
    assert made.keys() - contents(root).keys() <= {
        path for path in made if path.startswith(("_includes/", "_linkmgr/", "assets/"))
    }


def test_the_report_for_programs_names_every_line(tmp_path):
    values = json.loads(json.dumps(adoption_json(adopt(write_blog(tmp_path / "blog", 6)))))
    assert values["reproduced"]["books"] == [18, 18]
    assert [book["posts"] for book in values["books"]] == [6, 6, 6]
    assert len(values["files"]) == 12
    kinds = {each["kind"] for file in values["files"] for each in file["removed"]}
    assert {"related", "cta", "books", "disclosure"} <= kinds
    dead = [each for each in values["findings"] if each["kind"] == "dead-link"]
    assert len(dead) == 12
    assert all(each["leaves"] for each in dead)


def test_a_block_that_no_catalog_takes_stays_in_its_post(tmp_path):
    root = write_blog(tmp_path / "blog")
    path = root / "_posts/2024-02-01-sand.md"
    foreign = path.read_text(encoding="utf-8").replace("4000000004", "4222222224")
    foreign = foreign.replace("www.amazon.co.jp/dp/4222222224", "www.amazon.com/dp/4222222224")
    path.write_text(foreign, encoding="utf-8")
    adoption = adopt(root, write=True)
    assert "4222222224" in path.read_text(encoding="utf-8")
    assert "left out: ASIN 4222222224 is sold at amazon.com" in adoption_text(adoption)
    assert not adopt(root, write=True).anything


def test_a_catalog_that_is_not_there_is_an_error(tmp_path):
    root = write_blog(tmp_path / "blog")
    with pytest.raises(LinkmgrError, match="there is no such file"):
        adopt(root, catalog_file=Path(tmp_path / "none.yaml"))


def test_a_post_that_is_edited_meanwhile_is_not_overwritten(tmp_path):
    root = write_blog(tmp_path / "blog")
    path = root / "_posts/2024-02-01-sand.md"
    edited = "---\n---\nedited\n"

    def edit_after_planning(items, what, total):  # noqa: ARG001 - as Track
        found = list(items)
        if what == "Planning":
            path.write_text(edited, encoding="utf-8")
        return found

    with pytest.raises(LinkmgrError, match="has changed since it was read"):
        adopt(root, write=True, track=edit_after_planning)
    assert path.read_text(encoding="utf-8") == edited


def test_a_catalog_elsewhere_is_filled_and_none_is_made_in_the_site(tmp_path):
    root = write_blog(tmp_path / "blog")
    catalog = tmp_path / "links.yaml"
    catalog.write_text("site:\n  name: x\n  url: https://blog.example\n", encoding="utf-8")
    adopt(root, catalog_file=catalog, write=True)
    assert len(load_catalog(catalog).books) == 3
    assert not (root / "catalog.yaml").exists()
