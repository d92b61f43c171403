"""Fragments in pages that the real Jekyll built, read back by an HTML5 parser."""

import json
from random import Random

import html5lib
import pytest

from linkmgr.blocks.assets import SCRIPT_TEXT, STYLESHEET_TEXT
from linkmgr.blocks.include import (
    EMPTY,
    FRAGMENTS,
    INCLUDE,
    INDEX,
    SCRIPT,
    STYLESHEET,
    include_text,
    post_key,
)
from linkmgr.blocks.render import Renderer
from linkmgr.catalog.blocks import BOOKS, Block
from linkmgr.posts.article.text import title_text
from tests.support.blocks import (
    make_book,
    make_catalog,
    make_cta,
    make_post,
    make_resolution,
    make_site,
)
from tests.support.jekyll import MODES, build_site, write_site

pytestmark = pytest.mark.jekyll

MARKS = r"""
    {{ }} {% %} {{site.title}} {%raw%} {%endraw%} {%-comment-%} {#x#} {{' { } {:.x} {::nomarkdown}
    < > & " ' &amp; &#123; </a> </section> <script> <!-- --> ]]> <![CDATA[ <%=1%> #{1} \u007b \ \{
    * ** _ __ # - 1. > | --- ` ``` ~~~ ~~ $$x$$ [[ ]( ![x [^1] %7B %% あ 漢字 é 𠮷 한 ع
"""
PIECES = (
    *MARKS.split(),
    *("<!-- linkmgr:cta -->", "{% include x %}", "\n", "\n\n", "\t", "    ", "\u2028", "\u00a0"),
    *("\u200b", "\u202e", "\ufeff", "\u3000", "e\u0301", "\U0001f469\u200d\U0001f4bb"),
    *("\0", "\ud800", "\ufffe", "\x01", "\x1b[0m"),
)


def hostile_texts(count):
    """Return texts of pieces that mean something to Liquid, kramdown, HTML, YAML or Ruby."""
    random = Random(20260218)  # noqa: S311 - for the same texts every time
    joined = ["".join(random.choices(PIECES, k=random.randint(2, 9))) for _ in range(count)]
    # White space at the edges is the test's own, so that what stands there is seen.
    return [f"a{text}z" for text in (*PIECES, *joined)]


FORBIDDEN = str.maketrans(dict.fromkeys("\0\ud800\ufffe\x01\x1b", "\ufffd"))
TEXTS = hostile_texts(120)
LAYOUTS = {
    "_layouts/base.html": "<!doctype html><title>x</title><body>\n{{ content }}\n</body>\n",
    "_layouts/post.html": "---\nlayout: base\n---\n{{ content }}\n{% include linkmgr.html %}\n",
    "_layouts/parts.html": (
        "---\nlayout: base\n---\n{{ content }}\n"
        '<aside>{% include linkmgr.html block="cta" %}</aside>\n'
        '<div>{% include linkmgr.html block="books" %}</div>\n'
        '<p>{% include linkmgr.html block="nope" %}</p>\n'
    ),
    "_layouts/nested.html": (
        '---\nlayout: post\n---\n{{ content }}\n{% include linkmgr.html block="cta" %}\n'
    ),
}
SITE = LAYOUTS | {
    "_config.yml": "title: T\npermalink: /:title/\nkramdown: {input: GFM}\n",
    STYLESHEET: STYLESHEET_TEXT,
    SCRIPT: SCRIPT_TEXT,
    f"{FRAGMENTS}/{EMPTY}.html": "",
}


def write_blog(root, posts, catalog=None, fragments=()):
    """Write a site of `posts` (path: text); `fragments` are (catalog, path, resolution)."""
    include = include_text(catalog or make_catalog())
    files = SITE | posts | {INCLUDE: include}
    index = {}
    for fragment_catalog, path, blocks in fragments:
        key = index[path] = post_key(path)
        resolution = make_resolution(make_post(path=path), **blocks)
        files[f"{FRAGMENTS}/{key}.html"] = Renderer(fragment_catalog).fragment(resolution)
    return write_site(root, files | {INDEX: json.dumps(index, ensure_ascii=False)})


def page(built, path):
    parser = html5lib.HTMLParser(namespaceHTMLElements=False)
    return parser.parse((built / path / "index.html").read_text(encoding="utf-8"))


def texts_of(element, path):
    return ["".join(found.itertext()) for found in element.findall(path)]


def classes(element):
    found = [each.get("class", "") for each in element.iter("div")]
    return [names for names in found if names.startswith("linkmgr ")]


ALL = {"related": [make_post()], "cta": ["talk"], "books": ["law"]}
INLINE = 'Before\n\n{% include linkmgr.html block="cta" %}\n\nAfter *all*\n'
POSTS = {
    "_posts/2026-01-01-all.md": "---\nlayout: post\n---\nText\n",
    "_posts/2026-01-02-日本語の題.md": "---\nlayout: parts\n---\nText\n",
    "_posts/2026-01-03-none.md": "---\nlayout: post\n---\nText\n",
    "_posts/2026-01-04-inline.md": f"---\nlayout: base\n---\n{INLINE}",
    "_posts/2026-01-05-twice.md": f"---\nlayout: post\n---\n{INLINE}",
    "_posts/2026-01-06-nested.md": "---\nlayout: nested\n---\nText\n",
    "_posts/2026-01-07-after.md": "---\nlayout: base\n---\nText\n{% include linkmgr.html %}\n",
    "_drafts/下書き.md": "---\nlayout: post\ndate: 2026-01-08\n---\nText\n",
}


@pytest.fixture(scope="module", params=MODES)
def blog(request, tmp_path_factory):
    """Build a small blog once; every post but `none` has a fragment of three blocks."""
    root = tmp_path_factory.mktemp("blog") / "site"
    catalog = make_catalog()
    fragments = [(catalog, path, ALL) for path in POSTS if "none" not in path]
    write_blog(root, POSTS, catalog, fragments)
    return build_site(root, "--drafts", "--baseurl", "/base", *request.param)


THREE = ["linkmgr linkmgr-related", "linkmgr linkmgr-cta", "linkmgr linkmgr-books"]


@pytest.mark.parametrize(
    ("path", "shown"),
    [
        ("all", THREE),
        ("日本語の題", THREE[1:]),
        ("none", []),
        ("inline", THREE[1:2]),
        ("twice", [THREE[1], *THREE]),
        ("nested", [THREE[1], *THREE]),
        ("after", THREE),
        ("下書き", THREE),
    ],
)
def test_a_page_shows_blocks_it_asks_for_and_links_assets_once(blog, path, shown):
    tree = page(blog, path)
    assert classes(tree) == shown
    once = 1 if shown else 0
    assert [link.get("href") for link in tree.iter("link")] == [
        "/base/assets/linkmgr/linkmgr.css"
    ] * once
    assert [script.get("src") for script in tree.iter("script")] == [
        "/base/assets/linkmgr/linkmgr.js"
    ] * once


def test_each_block_stands_where_the_layout_asks_for_it(blog):
    tree = page(blog, "日本語の題")
    assert classes(tree.find(".//aside")) == ["linkmgr linkmgr-cta"]
    assert classes(tree.find("body/div")) == ["linkmgr linkmgr-books"]
    assert texts_of(tree.find("body/div"), ".//p[@class='linkmgr-label']") == ["広告"]
    assert texts_of(tree, "body/p")[-1] == ""


def test_a_block_within_a_post_leaves_the_text_around_it_alone(blog):
    tree = page(blog, "inline")
    assert texts_of(tree, "body/p") == ["Before", "After all"]
    assert texts_of(tree, "body/p/em") == ["all"]


def test_a_block_with_ads_that_stands_alone_brings_disclosure(tmp_path):
    blocks = (Block("books", BOOKS, 1), Block("more", BOOKS, 1))
    catalog = make_catalog(make_book(), make_book(id="tea", asin="4798181986"), blocks=blocks)
    posts = {
        f"_posts/2026-01-01-{name}.md": (
            f'---\nlayout: base\n---\n{{% include linkmgr.html block="{name}" %}}\n'
        )
        for name in ("books", "more")
    }
    fragments = [(catalog, path, {"books": ["law"], "more": ["tea"]}) for path in posts]
    built = build_site(write_blog(tmp_path, posts, catalog, fragments))
    for name in ("books", "more"):
        disclosures = texts_of(page(built, name), ".//p[@class='linkmgr-disclosure']")
        assert len(disclosures) == 1, name
        assert "アフィリエイトリンク" in disclosures[0]


def test_the_assets_are_published(blog):
    assert (blog / STYLESHEET).read_text(encoding="utf-8") == STYLESHEET_TEXT
    assert (blog / SCRIPT).read_text(encoding="utf-8") == SCRIPT_TEXT


@pytest.mark.parametrize("arguments", MODES)
def test_any_text_comes_out_of_jekyll_as_it_went_in(tmp_path, arguments):
    posts, fragments = {}, []
    for number, text in enumerate(TEXTS):
        # Every other post has its blocks in its content, where kramdown sees them too.
        layout, body = ("post", "x") if number % 2 else ("base", "x\n\n{% include linkmgr.html %}")
        path = f"_posts/2026-01-01-t{number}.md"
        posts[path] = f"---\nlayout: {layout}\n---\n{body}\n"
        catalog = make_catalog(
            make_book(title=text, blurb=text, author=text),
            make_cta(heading=text, label=text, text=text),
            site=make_site(disclosure=text, ad_label=text),
        )
        blocks = {"related": [make_post(title=text)], "cta": ["talk"], "books": ["law"]}
        fragments.append((catalog, path, blocks))
    built = build_site(write_blog(tmp_path / "site", posts, None, fragments), *arguments)
    for number, text in enumerate(TEXTS):
        tree = page(built, f"t{number}")
        wanted = text.translate(FORBIDDEN)
        found = {place: texts_of(tree, f".//{place}") for place in PLACES}
        expected = {place: [wanted] * count for place, count in PLACES.items()}
        expected["li//a"] = [title_text(text).translate(FORBIDDEN)]
        assert found == expected, repr(text)


PLACES = {
    "li//a": 1,
    "div[@class='linkmgr-card']/div/p[@class='linkmgr-title']/a": 1,
    "a[@class='linkmgr-button']": 1,
    "p[@class='linkmgr-by']": 1,
    "p[@class='linkmgr-label']": 1,
    "p[@class='linkmgr-disclosure']": 1,
}


def test_a_site_that_was_never_built_shows_nothing(tmp_path):
    posts = {"_posts/2026-01-01-a.md": POSTS["_posts/2026-01-01-all.md"]}
    root = write_blog(tmp_path / "site", posts)
    (root / INDEX).unlink()
    assert classes(page(build_site(root), "a")) == []
