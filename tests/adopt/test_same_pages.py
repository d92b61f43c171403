"""No page that had a book or a call to action shows another: the rules fill the others."""

import html
import re
import subprocess
import sys

import pytest

from linkmgr.adopt.report import adoption_text
from linkmgr.adopt.report_json import adoption_json
from linkmgr.adopt.run import adopt
from linkmgr.builder.reading.inputs import load_inputs
from linkmgr.builder.run import build
from linkmgr.catalog.reading.files import load_catalog
from linkmgr.messages.message import translate
from tests.support.jekyll import build_site, write_site
from tests.support.legacy_blogs import (
    ARTICLE,
    BEANS,
    CONFIG,
    LAYOUT,
    SAND,
    SLOW,
    blocks_text,
    book_text,
    contents,
    cta_text,
    post_text,
)

GOODS = (SAND, SLOW, BEANS)
CTAS = ("計画のご相談", "お知らせ", "見学のご案内")
OFFERS = dict(zip(("strategy", "news", "tour"), CTAS, strict=True))


def books_text(*books):
    return "## この記事に関連するおすすめ書籍\n\n" + "\n".join(book_text(*book) for book in books)


def write_mixed_blog(root):
    """Write a blog on sand and coffee whose posts carry what fits, something else, or nothing."""
    usual = {}
    for n in range(1, 29):
        sand = blocks_text([SAND, SLOW], "strategy", CTAS[0])
        beans = blocks_text([BEANS], "news", CTAS[1])
        usual |= {
            f"2024-02-{n:02}-sand": post_text(f"砂 {n}", "砂場", "計算", ARTICLE, sand),
            f"2024-03-{n:02}-bean": post_text(f"豆 {n}", "珈琲", "台所", ARTICLE, beans),
        }
    on_sand = {
        "none": "",
        "also-none": "",
        "other": blocks_text([BEANS], "news", CTAS[1]),
        "books-alone": books_text(SLOW),
        "cta-alone": cta_text("news", CTAS[1]),
        "two-ctas": f"{cta_text('tour', CTAS[2])}\n{cta_text('news', CTAS[1])}",
        "middle-alone": f"{books_text(BEANS)}\n## 続き\n\n続きの段落です。\n",
        "untitled": books_text(("4999999900", "x", "")).replace("4999999900", "499999999X"),
        "tour": cta_text("tour", CTAS[2]),
        "tour-again": cta_text("tour", CTAS[2]),
    }
    odd = {
        f"2024-04-{n:02}-{name}": post_text(f"砂の{name}", "砂場", "計算", ARTICLE, blocks)
        for n, (name, blocks) in enumerate(on_sand.items(), 1)
    }
    off = post_text("切", "砂場", "計算", ARTICLE, blocks_text([BEANS], "news", CTAS[1]))
    odd["2024-05-01-off"] = off.replace("tags:", "linkmgr: false\ntags:")
    posts = {f"_posts/{name}.md": text for name, text in (usual | odd).items()}
    return write_site(root, {"_config.yml": CONFIG, "_layouts/post.html": LAYOUT, **posts})


def items_on_pages(built):
    """Return the titles of books and the headings of calls to action on each page of a site."""
    pages = {}
    for page in sorted(built.rglob("index.html")):
        text = html.unescape(page.read_text(encoding="utf-8"))
        titles = (title for _, title, _ in GOODS)
        pages[page.parent.relative_to(built).as_posix()] = {
            name for name in (*titles, *CTAS) if f">{name}</" in text
        } | ({"499999999X"} if "499999999X" in text else set())
    return pages


@pytest.mark.jekyll
def test_pages_show_same_until_owner_has_bare_ones_filled(tmp_path):
    root = write_mixed_blog(tmp_path / "blog")
    before = items_on_pages(build_site(root))
    adopt(root, write=True)
    result = build(root)
    assert not [said for said in result.warnings if said.message.code == "build.not-as-planned"]
    after = items_on_pages(build_site(root))
    assert sum(map(bool, before.values())) == 65
    assert after == before
    # A later post follows the rules, whatever its date.
    later = post_text("砂の後日", "砂場", "計算", ARTICLE)
    write_site(root, {"_posts/2024-01-15-later.md": later})
    build(root)
    with_later = items_on_pages(build_site(root))
    (later_page,) = with_later.keys() - before.keys()
    assert with_later.pop(later_page) >= {"砂の計算機", "計画のご相談"}
    assert with_later == before
    adopt(root, write=True, fill=True)
    build(root)
    filled = items_on_pages(build_site(root))
    changed = {page.rpartition("/")[2] for page in before if filled[page] != before[page]}
    assert changed == {"none", "also-none"}
    assert not (root / "_linkmgr/bare-posts.txt").exists()


def test_report_says_that_fill_alone_edits_the_catalog(tmp_path):
    root = write_mixed_blog(tmp_path / "blog")
    adopt(root, write=True)
    build(root)
    text = adoption_text(adopt(root, write=True, fill=True))
    assert f"edited {root / 'catalog.yaml'}" in text
    assert load_catalog(root / "catalog.yaml").site.fill_bare_posts


def test_with_fill_the_plan_is_what_the_build_shows(tmp_path):
    root = write_mixed_blog(tmp_path / "blog")
    plan = adopt(root, write=True, fill=True)
    catalog = load_catalog(root / "catalog.yaml")
    assert catalog.site.fill_bare_posts
    site = load_inputs(root, catalog)
    shown = {
        post.path: {
            *post.cards,
            *(placement.item for of in site.resolver.items(post).values() for placement in of),
        }
        for post in site.posts
    }
    assert {path: {*items} for path, items in plan.readers.after.items()} == shown
    assert {change.path for change in plan.readers.gaining} == {
        "_posts/2024-04-01-none.md",
        "_posts/2024-04-02-also-none.md",
    }


def test_a_second_run_says_only_that_there_is_nothing_to_do(tmp_path):
    root = write_mixed_blog(tmp_path / "blog")
    adopt(root, write=True)
    text = adoption_text(adopt(root, write=True))
    assert text == (
        f"Nothing to do: {root / 'catalog.yaml'} has all that linkmgr can take over."
        " --json lists what stays in the posts."
    )


def test_the_build_says_which_posts_differ_from_the_plan(tmp_path):
    root = write_mixed_blog(tmp_path / "blog")
    adopt(root, write=True)
    catalog = root / "catalog.yaml"
    text = catalog.read_text(encoding="utf-8")
    catalog.write_text(re.sub(r"  fill-bare-posts: false.*\n", "", text), encoding="utf-8")
    (said,) = (
        warning
        for warning in build(root).warnings
        if warning.message.code == "build.not-as-planned"
    )
    assert translate(said.message).startswith("2 posts show other items than `linkmgr adopt` said")
    assert not [warning for warning in build(root).warnings if warning.message == said.message]


def test_the_plan_begins_with_what_readers_will_see(tmp_path):
    root = write_mixed_blog(tmp_path / "blog")
    kept = adopt(root)
    text = adoption_text(kept)
    assert text.startswith("Posts that show each item, before -> after:\n     31 ->    31  news")
    assert "\nPosts that lose items: 0\nPosts that show other items instead: 0\n" in text
    assert "\nPosts that gain items: 0, of which 0 had none\n" in text
    assert "\n2 posts had no items and stay so: `fill-bare-posts: false` in catalog.yaml" in text
    assert "The rules would show items on 2 of them" in text
    assert "      _posts/2024-04-01-none.md: none -> strategy, " in text
    assert "the rules alone would show something else" in text
    assert "--by-rules lets the rules decide there, too" in text


def test_by_rules_plan_names_posts_that_lose_and_change(tmp_path):
    root = write_mixed_blog(tmp_path / "blog")
    adoption = adopt(root, by_rules=True)
    text = adoption_text(adoption)
    assert "Without --by-rules the posts that have items keep them." in text
    readers = adoption_json(adoption)["readers"]
    changing = {each["path"]: each for each in readers["changing"]}
    assert changing["_posts/2024-04-03-other.md"]["gone"] == ("b-b0example1", "news")
    kept = adoption_json(adopt(root))["readers"]
    assert (kept["losing"], kept["changing"]) == ([], [])
    assert kept["items"] != readers["items"]


def test_book_whose_block_stayed_is_kept_with_run_that_takes_it(tmp_path):
    root = write_mixed_blog(tmp_path / "blog")
    file = root / "_posts/2024-02-01-sand.md"
    text = file.read_text(encoding="utf-8")
    file.write_text(text.replace("[砂の計算機]", "[![](/c.jpg)]"), encoding="utf-8")
    for other in root.glob("_posts/*-sand.md"):
        text = other.read_text(encoding="utf-8")
        other.write_text(text.replace("砂の計算機", "Amazon"), encoding="utf-8")
    first = adopt(root, write=True)
    assert not {SAND[0]} & {book.item.asin for book in first.collected.books}
    titles = root / "_titles.yaml"
    titles.write_text(f'"{SAND[0]}": 砂の計算機\n', encoding="utf-8")
    second = adopt(root, write=True, titles=titles)
    assert second.readers.losing == second.readers.changing == ()
    numbers = second.readers.numbers()
    assert numbers["strategy"].after == first.readers.numbers()["strategy"].after


INTERRUPTED_AT_A_POST = """
import os, signal, sys
from pathlib import Path
replace, at = Path.replace, sys.argv[1]
def interrupted(old, new):
    if new.name == at:
        os.kill(os.getpid(), signal.SIGINT)
    return replace(old, new)
Path.replace = interrupted
# Where this runs in the background, Ctrl-C is ignored.
signal.signal(signal.SIGINT, signal.default_int_handler)
from linkmgr.cli import main
sys.argv = ["linkmgr", "adopt", "--write", *sys.argv[2:]]
main()
"""


def test_ctrl_c_says_how_far_it_came_and_how_to_go_on(tmp_path):
    root = write_mixed_blog(tmp_path / "blog")
    whole = write_mixed_blog(tmp_path / "whole")
    adopt(whole, write=True)
    at = "2024-03-02-bean.md"
    stopped = subprocess.run(
        [sys.executable, "-c", INTERRUPTED_AT_A_POST, at, "--site", root],
        capture_output=True,
        text=True,
        encoding="utf-8",
        check=False,
    )
    assert stopped.returncode == 1
    said = stopped.stderr.splitlines()[-1]
    done, count = (int(word) for word in said.split() if word.isdigit())
    assert said == (
        f"stopped: {done} of {count} posts rewritten; “linkmgr adopt --site {root} --write” goes on"
    )
    assert 0 < done < count
    adopt(root, write=True)
    assert contents(root) == contents(whole)
