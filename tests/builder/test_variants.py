"""Variants through the real Jekyll: all of them on pages, the originals alone in feeds."""

import re

import html5lib
import pytest

from linkmgr.check.run import check
from linkmgr.placements.find import find_placements
from tests.support.builds import built, edit, fragment_of, post, yaml_of
from tests.support.chromium import chromium
from tests.support.jekyll import build_site, write_site
from tests.support.nu_checker import html_errors

pytestmark = pytest.mark.jekyll

CONFIG = {"title": "T", "timezone": "Asia/Tokyo", "permalink": "/:title/"}
CATALOG = {
    "site": {
        "name": "台所手帖",
        "url": "https://kitchen.example",
        "server": "https://go.kitchen.example",
        "views": True,
    },
    "programmes": {"amazon": {"tag": "ours-22", "status": "approved", "tracking": "beacon"}},
    "books": {
        "mill": {
            "title": "ミルの本",
            "asin": "4785730706",
            "blurb": "挽く前に読む",
            "variants": {"b": {"blurb": "豆より先に買う"}},
        }
    },
    "ctas": {
        "class": {
            "heading": "珈琲教室",
            "label": "日程を見る",
            "url": "/class/",
            "variants": {"b": {"heading": "いっしょに淹れませんか"}, "c": {"item": "beans"}},
        },
        "beans": {
            "heading": "今月の豆",
            "label": "豆を見る",
            "programme": "amazon",
            "url": "https://www.amazon.co.jp/dp/B0EXAMPLE1/",
        },
    },
    "mappings": {"coffee": {"any": {"tags": ["珈琲"]}, "items": ["mill", "class"]}},
    "blocks": {"cta": {}, "books": {"at": "middle"}},
}
HTML = "<!doctype html>\n<html lang=ja><meta charset=utf-8><title>T</title>\n"
LAYOUT = (
    HTML
    + "<h1>T</h1>\n<main>\n{% include linkmgr.html content=content %}\n"
    + "{% include linkmgr.html %}\n</main>\n"
)
FILES = {
    "_config.yml": yaml_of(CONFIG),
    "_layouts/filled.html": LAYOUT,
    "_layouts/plain.html": HTML
    + "<h1>T</h1>\n<main>\n{{ content }}\n{% include linkmgr.html %}\n</main>\n",
    "index.html": (
        "---\n---\n" + HTML + "{% for post in site.posts %}"
        "<section id='{{ post.slug }}'>{{ post.content }}</section>\n"
        "<section id='{{ post.slug }}-cut'>{{ post.excerpt }}</section>\n{% endfor %}\n"
    ),
    "class/index.html": f"---\n---\n{HTML}",
}
TEXT = "挽きたての豆の話。\n\n## 一\n\n{}\n\n## 二\n\n淹れ方の話。\n"
BODIES = {
    "by-mapping": "ミルの話。",
    "block": "{% include linkmgr.html block='cta' %}",
    "card": "{% include linkmgr.html item='class' as='card' %}",
    "whole": "{% include linkmgr.html %}",
    "link": "くわしくは{% include linkmgr.html item='class' %}へ。",
}
POSTS = {
    f"_posts/2026-01-01-{layout}-{name}.md": post(name, ["珈琲"], TEXT.format(body), layout=layout)
    for layout in ("filled", "plain")
    for name, body in BODIES.items()
}
ORIGINAL, OTHERS = "珈琲教室", ("いっしょに淹れませんか", "今月の豆")


@pytest.fixture(scope="module", params=["label", "omit"])
def blog(request, tmp_path_factory):
    """Build the blog by a setting of `feeds`; return the setting, the site and its pages."""
    catalog = CATALOG | {"site": CATALOG["site"] | {"feeds": request.param}}
    files = FILES | POSTS | {"catalog.yaml": yaml_of(catalog)}
    root = write_site(tmp_path_factory.mktemp("variants") / "site", files)
    built(root)
    return request.param, root, build_site(root, "--safe")


def page(pages, name):
    return (pages / name / "index.html").read_text(encoding="utf-8")


def section(pages, name):
    """Return what lists of posts, as feeds, have of a post."""
    html = (pages / "index.html").read_text(encoding="utf-8")
    return re.search(rf"<section id='{name}'>(.*?)</section>", html, re.DOTALL)[1]


@pytest.mark.parametrize("name", ["by-mapping", "block", "card", "whole", "link"])
def test_a_page_has_variants_in_templates_and_shows_no_others(blog, name):
    html = page(blog[2], f"filled-{name}")

    shown = re.sub(r"<(template|noscript|script).*?</\1>", "", html, flags=re.DOTALL)
    in_templates = re.findall(r"<template.*?</template>", html, re.DOTALL)
    plains = re.findall(r"<noscript data[^>]*>(.*?)</noscript>", html, re.DOTALL)
    [plain] = {each for each in plains if ORIGINAL in each}
    for words in (ORIGINAL, *OTHERS):
        assert any(words in each for each in in_templates), words
    assert not any(words in plain for words in OTHERS)
    for words in OTHERS:
        assert words not in shown
    assert (ORIGINAL in shown) is False
    assert html.count("<main>") == html.count("</main>") == 1


@pytest.mark.parametrize("name", ["block", "card", "whole"])
def test_lists_and_feeds_have_the_originals_alone_or_nothing(blog, name):
    feeds, _, pages = blog
    for layout in ("filled", "plain"):
        html = section(pages, f"{layout}-{name}")
        for part in ("<template", "<noscript", "<script", "linkmgr-variants", *OTHERS):
            assert part not in html
        is_left_out = feeds == "omit" and layout == "filled"
        assert (ORIGINAL in html) is not is_left_out
        cut = section(pages, f"{layout}-{name}-cut")
        assert "挽きたて" in cut
        assert ORIGINAL not in cut


@pytest.mark.parametrize("name", ["block", "card", "whole"])
def test_where_no_layout_has_content_an_article_shows_originals(blog, name):
    html = page(blog[2], f"plain-{name}").partition('<h2 id="一">')[2].partition('<h2 id="二">')[0]

    assert ORIGINAL in html
    assert "<template" not in html


def test_a_link_in_the_text_is_the_items_own(blog):
    html = page(blog[2], "filled-link")

    assert re.search(r'<span class="linkmgr-text[^>]*>.*?日程を見る', html, re.DOTALL)


def test_pages_with_variants_are_valid(blog, tmp_path):
    names = [f"{layout}-{name}" for layout in ("filled", "plain") for name in BODIES]

    assert html_errors({name: page(blog[2], name) for name in names}, tmp_path) == []


def test_what_is_left_without_variants_is_page_of_items_alone(blog, tmp_path):
    feeds, _, pages = blog
    bare = {
        section: {
            name: {key: own for key, own in entry.items() if key != "variants"}
            for name, entry in CATALOG[section].items()
        }
        for section in ("books", "ctas")
    }
    site = {"site": CATALOG["site"] | {"feeds": feeds}}
    files = FILES | POSTS | {"catalog.yaml": yaml_of(CATALOG | bare | site)}
    root = write_site(tmp_path / "site", files)
    built(root)
    alone = build_site(root, "--safe")

    for name in BODIES:
        kept = "".join(page(pages, f"filled-{name}").split("<!-- linkmgr-variants -->")[::2])
        assert words_of(kept) == words_of(page(alone, f"filled-{name}")), name


def words_of(html):
    """Return the text and the elements of a page, without comments."""
    tree = html5lib.parse(html, namespaceHTMLElements=False)
    return [
        (each.tag, (each.text or "").strip(), (each.tail or "").strip())
        for each in tree.iter()
        if isinstance(each.tag, str)
    ]


@pytest.mark.browser
@pytest.mark.parametrize("script", [True, False], ids=["script", "no script"])
def test_browser_shows_one_variant_of_each_block_of_built_page(blog, tmp_path, script):
    with chromium(tmp_path, script=script) as chrome:
        for name in ("by-mapping", "block", "card", "whole"):
            chrome.get((blog[2] / f"filled-{name}" / "index.html").as_uri())
            cards = chrome.find_elements("css selector", ".linkmgr-cta .linkmgr-title")
            titles = {card.text for card in cards}
            assert len(titles) == 1
            assert titles < {ORIGINAL, *OTHERS} if script else titles == {ORIGINAL}
            left = chrome.find_elements("css selector", "main template")
            assert bool(left) is not script


def test_check_finds_nothing_wrong(blog):
    _, root, pages = blog
    found = check(root, built_folder=pages).findings
    assert [(each.code.name, each) for each in found] == []


def test_the_register_has_each_link_of_a_place_once(blog):
    _, root, pages = blog
    name = "by-mapping"

    found = [
        (each.item, each.place)
        for each in find_placements(root, built_folder=pages).placements
        if each.url.endswith(f"/filled-{name}/")
    ]

    assert sorted(found) == [("beans", "cta"), ("class", "cta"), ("mill", "books")]


def test_an_item_that_is_a_variant_renews_fragments_showing_it(blog):
    _, root, _ = blog
    file = fragment_of(root, "_posts/2026-01-01-filled-by-mapping.md")
    before = file.read_text(encoding="utf-8")

    edit(root / "catalog.yaml", "今月の豆", "来月の豆")
    try:
        built(root)
        after = file.read_text(encoding="utf-8")
    finally:
        edit(root / "catalog.yaml", "来月の豆", "今月の豆")

    assert "来月の豆" in after
    assert re.sub(r"[0-9a-f]{8} 100", "", after) == re.sub(
        r"[0-9a-f]{8} 100", "", before.replace("今月の豆", "来月の豆")
    )
