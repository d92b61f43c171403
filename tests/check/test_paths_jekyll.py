"""Paths with characters that nobody sees, which join letters, are paths like others.

Through the real Jekyll: a family of emoji, Persian and Indic words, soft hyphens.
"""

import sys
import unicodedata
from urllib.parse import quote, unquote

import html5lib
import pytest

from linkmgr.adopt.run import adopt
from linkmgr.builder.run import build
from linkmgr.check.findings import Severity
from linkmgr.check.run import check
from linkmgr.placements.find import BY_HAND, find_placements
from tests.support.builds import CATALOG, NOW, post, write_blog
from tests.support.jekyll import build_site
from tests.support.site_index import index_at, indexed

pytestmark = pytest.mark.jekyll

SLUGS = (
    "👨‍💻-curso",
    "می‌خواهم",  # ZWNJ
    "ශ්‍රී",  # ZWJ
    "zero\u200bwidth",
    "soft\u00adhyphen",
    "広い　空白",
    "private\ue000use",
)
FORMAT_CHARACTERS = [
    chr(code) for code in range(sys.maxunicode) if unicodedata.category(chr(code)) == "Cf"
]
BOOK = "https://www.amazon.com/dp/B0EXAMPLE1/?tag=ours-20"


def errors(root, pages):
    """Return what must be put right."""
    found = check(root, built_folder=pages).findings
    return [each for each in found if each.code.severity != Severity.NOTE]


def posts_of(slugs, body):
    return {
        f"_posts/2026-01-01-p{n}.md": post(f"Post {n}", body=body, permalink=f"/{slug}/")
        for n, slug in enumerate(slugs)
    }


def test_check_finds_every_page_whose_path_has_format_character(tmp_path):
    slugs = [f"a{character}b" for character in FORMAT_CHARACTERS]
    body = "".join(f'<a href="/{slug}/">x</a> <a href="/{quote(slug)}/">x</a>\n' for slug in slugs)
    root = write_blog(tmp_path / "blog", posts_of(slugs, body))
    build(root, now=NOW)
    assert errors(root, build_site(root)) == []


@pytest.fixture(scope="module")
def blog(tmp_path_factory):
    """Build a blog of such posts, and of a page whose file is called so."""
    body = f'<p>Ad</p><p><a href="{BOOK}" rel="sponsored">Green Tea at Amazon</a></p>\n'
    links = "".join(f"- [x](/{slug}/) [y](/{quote(slug)}/)\n" for slug in SLUGS)
    posts = posts_of(SLUGS, f"{body}\n{links.replace('　', '%E3%80%80')}- [z](/درباره‌ما)\n")
    ctas = {"news": CATALOG["ctas"]["news"] | {"url": f"/{SLUGS[1]}/"}}
    root = write_blog(
        tmp_path_factory.mktemp("site") / "blog",
        posts | {"درباره‌ما.md": "---\n---\nhi\n"},
        catalog={"ctas": ctas, "blocks": {"related": {"limit": len(SLUGS)}}},
    )
    build(root, now=NOW)
    return root, build_site(root)


def test_links_related_posts_and_ctas_lead_to_such_pages(blog):
    root, pages = blog
    assert errors(root, pages) == []
    parser = html5lib.HTMLParser(namespaceHTMLElements=False)
    for slug in SLUGS:
        tree = parser.parse((pages / slug / "index.html").read_text(encoding="utf-8"))
        (block,) = (each for each in tree.iter("div") if "linkmgr-related" in each.get("class", ""))
        related = {unquote(link.get("href")) for link in block.iter("a")}
        assert related
        assert related < {f"/{slug}/" for slug in SLUGS}


def test_the_register_of_placements_has_such_pages(blog):
    root, pages = blog
    placements = find_placements(root, built_folder=pages).placements
    by_hand = {place.url: place for place in placements if place.place == BY_HAND}
    for n, slug in enumerate(SLUGS):
        placement = by_hand[f"https://tea.example/{quote(slug)}/"]
        assert placement.file == str(root / f"_posts/2026-01-01-p{n}.md")


def test_the_admin_lists_such_posts_at_their_addresses(blog, tmp_path):
    root, _ = blog
    files = {
        str(file.relative_to(root)): file.read_text(encoding="utf-8")
        for file in (root / "_posts").iterdir()
    }
    indexed(tmp_path, posts=files)
    index = index_at(tmp_path / "instance")
    urls = {unquote(row.url) for row in index.posts().rows}
    assert urls == {f"/{slug}/" for slug in SLUGS}


def test_adopt_reports_no_link_to_such_a_page_as_dead(tmp_path):
    related = "\n".join(f"- [Post {n}](/{slug}/)" for n, slug in enumerate(SLUGS)).replace(
        "　", "%E3%80%80"
    )
    body = f"## Related posts\n\n{related}\n"
    root = write_blog(tmp_path / "blog", posts_of(SLUGS, body))
    (root / "catalog.yaml").unlink()
    old = adopt(root).site.old.values()
    assert [len(block.related) for each in old for block in each.blocks] == [len(SLUGS)] * len(old)
    assert [finding for each in old for finding in each.findings] == []
