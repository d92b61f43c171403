"""Blocks at the places that the catalog gives them, on pages of the real Jekyll."""

import html5lib
import pytest

from tests.support.builds import CATALOG, built, post, write_blog
from tests.support.jekyll import MODES, build_site, write_site

pytestmark = pytest.mark.jekyll

LAYOUTS = {
    "_layouts/post.html": (
        "<main>\n{% include linkmgr.html content=content %}\n"
        "<hr>\n{% include linkmgr.html %}\n</main>\n"
    ),
    "_layouts/old.html": "<main>\n{{ content }}\n{% include linkmgr.html %}\n</main>\n",
    "_layouts/inner.html": (
        "---\nlayout: outer\n---\n{% include linkmgr.html content=content %}\n<hr>\n"
    ),
    "_layouts/outer.html": "<main>\n{{ content }}\n{% include linkmgr.html %}\n</main>\n",
}
BLOCKS = {"related": {"limit": 1}, "books": {"at": "middle", "limit": 1}}
GUARDED = """\
Text.

## A

- item

  ## in a list

> ## in a quotation

<table><tr><td><h2>in a table</h2></td></tr></table>

<figure><h2>in a figure</h2></figure>

<pre><h2>in code</h2></pre>

```html
<h2>in fenced code</h2>
```

<!-- <h2>in a comment</h2> -->

## B

Text.

## C
"""
ARTICLES = {
    "middle": "Text.\n\n## A\n\nText.\n\n## B\n\nText.\n\n## C\n\nText.",
    "even": "## A\n\nText.\n\n## B\n\nText.",
    "levels": "## A\n\n### B\n\nText.\n\n### C\n\nText.",
    "below": "## A\n\nText.\n\n## B\n\n## C\n\nText.",
    "one": "## A\n\nText.",
    "late": "## A\n\nText.\n\n### B\n\n" + "Text. " * 9 + "\n\n### C\n\nText.\n\n## D\n\nText.",
    "paragraphs": "One.\n\n- item\n\n  more\n\nTwo.\n\nThree.",
    "at-the-end": "One.\n\nTwo.\n\nThree.\n\n## A\n\n- item",
    "none": "Text.",
    "empty": "",
    "guarded": GUARDED,
    "open": "## A\n\nText.\n\n<div>\n<h2>B</h2>\n<p>Text.",
}
SHOWN = {
    "middle": ["p", "A", "p", "BOOKS", "B", "p", "C", "p", "hr", "RELATED"],
    "even": ["A", "p", "BOOKS", "B", "p", "hr", "RELATED"],
    "levels": ["A", "B", "p", "BOOKS", "C", "p", "hr", "RELATED"],
    "below": ["A", "p", "BOOKS", "B", "C", "p", "hr", "RELATED"],
    "one": ["A", "p", "BOOKS", "hr", "RELATED"],
    "late": ["A", "p", "B", "p", "BOOKS", "C", "p", "D", "p", "hr", "RELATED"],
    "paragraphs": ["p", "BOOKS", "p", "p", "hr", "RELATED"],
    "at-the-end": ["p", "p", "BOOKS", "p", "A", "hr", "RELATED"],
    "none": ["p", "BOOKS", "hr", "RELATED"],
    "empty": ["BOOKS", "hr", "RELATED"],
}


def write(root, articles, blocks, layout="post", **front):
    """Write a blog with a post for each article, by its title, and build its blocks."""
    posts = {
        f"_posts/2026-01-01-{title}.md": post(title, body=body, layout=layout, **front)
        for title, body in articles.items()
    }
    write_blog(root, LAYOUTS | posts, catalog=CATALOG | {"blocks": blocks})
    built(root)
    return root


def page(site, title):
    parser = html5lib.HTMLParser(namespaceHTMLElements=False)
    return parser.parse((site / "2026/01/01" / title / "index.html").read_text(encoding="utf-8"))


def shown(tree):
    """Return what a page shows below its root: headings by their text, blocks by their name."""
    return [_shown(element) for element in tree.find(".//main") if _shown(element)]


def _shown(element):
    classes = (element.get("class") or "").split()
    if classes[:1] == ["linkmgr"]:
        return classes[-1].removeprefix("linkmgr-").upper()
    if element.tag in ("h2", "h3"):
        return element.text
    return element.tag if element.tag in ("p", "hr") else None


@pytest.fixture(scope="module", params=MODES)
def site(request, tmp_path_factory):
    """Build a post for each article, its books in the middle, and one with each other layout."""
    root = tmp_path_factory.mktemp("places") / "site"
    for layout in ("old", "inner"):
        article = post(layout, body=ARTICLES["middle"], layout=layout)
        write_site(root, {f"_posts/2026-01-01-{layout}.md": article})
    write(root, ARTICLES, BLOCKS)
    return build_site(root, *request.param)


@pytest.mark.parametrize("title", SHOWN)
def test_a_block_in_middle_stands_before_heading_nearest_to_it(site, title):
    tree = page(site, title)
    assert shown(tree) == SHOWN[title]
    assert len(tree.findall(".//link")) == 1


def test_no_block_breaks_lists_tables_figures_quotes_or_code(site):
    found = [each for each in shown(page(site, "guarded")) if each not in ("p", "hr")]
    assert found == ["A", "BOOKS", "B", "C", "RELATED"]


def test_block_stands_after_article_whose_html_is_never_closed(site):
    text = (site / "2026/01/01/open/index.html").read_text(encoding="utf-8")
    assert text.index(">B</h2>") < text.index("linkmgr-books") < text.index("<hr>")


def test_each_block_stands_at_its_place(tmp_path):
    blocks = {
        "news": {"kind": "cta", "at": "before-content", "fallback": ["news"]},
        "second": {"kind": "books", "at": "middle", "before-heading": 2, "limit": 1},
        "fifth": {"kind": "books", "at": "middle", "before-heading": 5, "limit": 1},
        "by-hand": {"kind": "books", "at": "manual", "items": ["bread"], "fallback": ["bread"]},
    }
    site = build_site(write(tmp_path / "site", {"middle": ARTICLES["middle"]}, blocks))
    assert shown(page(site, "middle")) == [
        *("NEWS", "p", "A", "p", "SECOND", "B", "p", "C", "p", "FIFTH", "hr"),
    ]


def test_the_blocks_of_a_layout_before_places_are_all_at_the_end(site):
    assert shown(page(site, "old"))[-2:] == ["BOOKS", "RELATED"]


def test_an_outer_layout_shows_no_block_again(site):
    assert shown(page(site, "inner")) == SHOWN["middle"]


def test_a_layout_that_hands_its_content_over_prints_it_as_it_is(tmp_path):
    root = write(tmp_path / "site", ARTICLES, {"related": {}}, layout="post")
    (root / "about.md").write_text("---\nlayout: post\n---\n## A page\n", encoding="utf-8")
    new = build_site(root)
    page_of = "about/index.html"
    about = (new / page_of).read_text(encoding="utf-8")
    assert '<h2 id="a-page">A page</h2>' in about
    text = {title: (new / "2026/01/01" / title / "index.html").read_bytes() for title in ARTICLES}
    layout = LAYOUTS["_layouts/post.html"].replace(
        "{% include linkmgr.html content=content %}", "{{ content }}"
    )
    (root / "_layouts/post.html").write_text(layout, encoding="utf-8")
    old = build_site(root)
    assert about == (old / page_of).read_text(encoding="utf-8")
    assert text == {
        title: (old / "2026/01/01" / title / "index.html").read_bytes() for title in ARTICLES
    }


def test_a_block_whose_place_no_layout_has_is_warned_of(tmp_path):
    root = write(tmp_path / "site", {"middle": ""}, BLOCKS)
    layouts = [root / path for path in LAYOUTS]
    texts = [layout.read_text(encoding="utf-8") for layout in layouts]
    for layout, text in zip(layouts, texts, strict=True):
        layout.write_text(text.replace(" content=content", ""), encoding="utf-8")
    code = "build.content-not-handed-over"
    warned = [each.reported() for each in built(root).warnings]
    assert [each["key"] for each in warned if each["code"] == code] == ["blocks.books.at"]
    for layout, text in zip(layouts, texts, strict=True):
        layout.write_text(text, encoding="utf-8")
    assert code not in [each.reported()["code"] for each in built(root).warnings]
