"""Related posts that front matter names, and posts that stay without any."""

import json
from datetime import timedelta

import pytest

from linkmgr.builder.reading.bare_posts import BARE_POSTS, bare_posts_text
from linkmgr.messages.errors import Problems
from linkmgr.site_index.coverage import compare, coverage_json, coverage_text
from tests.support.builds import (
    CATALOG,
    INDEX,
    NOW,
    POSTS,
    built,
    edit,
    fragment_of,
    post,
    write_blog,
)

GREEN = "_posts/2026-01-01-green.md"
BLACK = "_posts/2026-01-02-black.md"
LOAF = "_posts/2026-01-03-loaf.md"
HILLS = "_posts/2026-01-05-hills.md"
KEEPS_BARE = {**CATALOG, "site": {**CATALOG["site"], "fill-bare-posts": False}}


def text_of(root, path):
    index = json.loads((root / INDEX).read_text(encoding="utf-8"))
    return fragment_of(root, path).read_text(encoding="utf-8") if path in index else ""


@pytest.mark.parametrize(
    "name",
    [
        LOAF,
        f"./{LOAF}",
        f"blog/{LOAF}",
        "/2026/01/03/loaf/",
        "/2026/01/03/loaf/index.html",
        "https://tea.example/2026/01/03/loaf",
    ],
)
def test_a_related_post_is_named_by_path_or_address(tmp_path, name):
    hills = post("Hills", ["walks"], linkmgr={"related": [name]})
    root = write_blog(tmp_path / "site", {**POSTS, HILLS: hills})
    built(root)
    assert text_of(root, HILLS).count("linkmgr-related") == 1
    assert "/2026/01/03/loaf/" in text_of(root, HILLS)


def test_named_posts_are_shown_in_their_order_and_no_others(tmp_path):
    green = post("Green leaves", linkmgr={"related": [LOAF, HILLS]})
    root = write_blog(tmp_path / "site", {**POSTS, GREEN: green})
    built(root)
    text = text_of(root, GREEN)
    assert 0 < text.index("/2026/01/03/loaf/") < text.index("/2026/01/05/hills/")
    assert "/2026/01/02/black/" not in text
    edit(root / GREEN, f"linkmgr:\n  related:\n  - {LOAF}\n  - {HILLS}\n", "")
    built(root, now=NOW + timedelta(minutes=1))
    assert "/2026/01/02/black/" in text_of(root, GREEN)


def test_a_path_names_the_older_of_two_posts_at_one_address(tmp_path):
    front = {"permalink": "/same/"}
    posts = {
        **POSTS,
        "_posts/2026-01-06-old.md": post("The old one", **front),
        "_posts/2026-01-07-new.md": post("The new one", **front),
        HILLS: post("Hills", linkmgr={"related": ["_posts/2026-01-06-old.md"]}),
        LOAF: post("Loaf", linkmgr={"related": ["/same/"]}),
    }
    root = write_blog(tmp_path / "site", posts)
    built(root)
    assert "The old one" in text_of(root, HILLS)
    assert "The new one" in text_of(root, LOAF)


@pytest.mark.parametrize(
    ("value", "said"),
    [
        ("[_posts/2020-01-01-gone.md]", "the site publishes no post _posts/2020-01-01-gone.md"),
        ("[/gone/]", "the site publishes no post /gone/"),
        ("[https://other.example/2026/01/03/loaf/]", "the site publishes no post https://other"),
        ("/2026/01/03/loaf/", "must be a list of posts"),
    ],
)
def test_a_name_of_no_post_is_a_problem_at_its_line(tmp_path, value, said):
    hills = f"---\ntitle: Hills\nlinkmgr:\n  related: {value}\n---\nText.\n"
    root = write_blog(tmp_path / "site", {**POSTS, HILLS: hills})
    with pytest.raises(Problems) as caught:
        built(root)
    assert f"{HILLS}:4: linkmgr.related: {said}" in str(caught.value)


def write_bare(root, **bare):
    (root / BARE_POSTS).parent.mkdir(exist_ok=True)
    (root / BARE_POSTS).write_bytes(bare_posts_text(bare))


def test_rules_hold_for_bare_posts_once_the_line_is_gone(tmp_path):
    root = write_blog(tmp_path / "site", catalog=KEEPS_BARE)
    write_bare(root, items=[GREEN, LOAF], related=[GREEN])
    built(root)
    assert text_of(root, GREEN) == ""
    assert "Bread" not in text_of(root, LOAF)
    assert "Black Tea" in text_of(root, BLACK)
    edit(root / "catalog.yaml", "  fill-bare-posts: false\n", "")
    built(root)
    assert "Green Tea" in text_of(root, GREEN)
    assert "Bread" in text_of(root, LOAF)


def test_a_line_that_leaves_the_list_fills_its_post(tmp_path):
    root = write_blog(tmp_path / "site", catalog=KEEPS_BARE)
    write_bare(root, items=[GREEN, LOAF])
    built(root)
    write_bare(root, items=[GREEN])
    built(root)
    assert "Bread" in text_of(root, LOAF)
    assert "Green Tea" not in text_of(root, GREEN)


def test_front_matter_holds_in_a_bare_post(tmp_path):
    green = post("Green leaves", linkmgr={"books": ["bread"], "related": [LOAF]})
    root = write_blog(tmp_path / "site", {**POSTS, GREEN: green}, catalog=KEEPS_BARE)
    write_bare(root, items=[GREEN], related=[GREEN])
    built(root)
    assert "Bread" in text_of(root, GREEN)
    assert "/2026/01/03/loaf/" in text_of(root, GREEN)


def test_a_catalog_without_a_list_of_bare_posts_is_refused(tmp_path):
    root = write_blog(tmp_path / "site", catalog=KEEPS_BARE)
    with pytest.raises(Problems, match="no longer in the folder"):
        built(root)


def test_coverage_says_what_the_rules_would_bring(tmp_path):
    root = write_blog(tmp_path / "site", catalog=KEEPS_BARE)
    write_bare(root, items=[GREEN, LOAF], related=[GREEN])
    covered = compare(root)
    assert "2 posts that were bare when the blog was adopted would show items" in coverage_text(
        covered
    )
    values = coverage_json(covered)
    assert (values["now"]["items"]["bread"], values["filled"]["items"]["bread"]) == (1, 2)
