"""A real blog of 131 posts, beside this repository where there is one: 71 have books pasted in."""

import re
import shutil
from datetime import UTC, datetime
from difflib import ndiff
from pathlib import Path
from urllib.parse import unquote

import html5lib
import pytest

from linkmgr.adopt.post.model import OldPost
from linkmgr.adopt.post.site_addresses import LiveUrls
from linkmgr.adopt.scanning.removal import removals, remove_blocks
from linkmgr.adopt.scanning.scan import scan_post
from linkmgr.messages.message import translate
from linkmgr.posts.publish import live_posts
from linkmgr.posts.site import read_posts
from tests.support.jekyll import build_site

BLOG = Path(__file__).parents[3] / "shared" / "blog"
SITE = "https://ai-media.co.jp"

pytestmark = pytest.mark.skipif(not BLOG.is_dir(), reason="the real blog is not beside us")


def live_paths() -> dict[str, str]:
    """Return the path of the post that is live at each URL."""
    posts = read_posts(BLOG, now=datetime(2027, 1, 1, tzinfo=UTC))
    return {url: post.path for url, post in live_posts(posts).items()}


@pytest.fixture(scope="module")
def live() -> LiveUrls:
    return LiveUrls(live_paths(), SITE)


@pytest.fixture(scope="module")
def posts(live) -> list[tuple[bytes, OldPost]]:
    files = [(path, path.read_bytes()) for path in sorted((BLOG / "_posts").iterdir())]
    return [(raw, scan_post(path.name, raw, live)) for path, raw in files]


CONFLICT = re.compile(r"^<{7} .*?^>{7} [^\n]*\n", re.MULTILINE | re.DOTALL)


def test_every_post_with_pasted_books_is_cleaned(posts):
    pasted = [(raw, post) for raw, post in posts if b"amazon.co.jp/" in raw]
    assert len(pasted) == 71
    for raw, post in pasted:
        cleaned = remove_blocks(raw, post).split(b"\n---\n", 1)[1].decode()
        body = CONFLICT.sub("", cleaned)
        for text in ("amazon.co.jp/", "utm_", "あわせて読みたい\n", "## 関連記事", "\n---END---"):
            assert text not in body, post.path


def test_merge_conflicts_stay_byte_for_byte(posts):
    conflicted = 0
    for raw, post in posts:
        conflicts = CONFLICT.findall(raw.decode())
        conflicted += bool(conflicts)
        assert CONFLICT.findall(remove_blocks(raw, post).decode()) == conflicts, post.path
    assert conflicted == 6


def test_what_is_left_is_a_merge_conflict_or_nothing(posts):
    reasons = {
        translate(finding.message)
        for _, post in posts
        for finding in post.findings
        if finding.kind == "unsure"
    }
    assert reasons == {"a merge conflict: nothing is removed from it; resolve it first"}
    assert not [inline for _, post in posts for inline in post.inline]


def test_all_books_have_one_title_and_one_blurb(posts):
    books = [book for _, post in posts for block in post.blocks for book in block.books]
    by_asin = {(book.asin, book.title, book.blurb) for book in books}
    assert len({book.asin for book in books}) == len(by_asin) == 9
    assert {book.tag for book in books} == {"nullpodesu-22"}


def test_all_ctas_have_their_utm_and_class(posts):
    ctas = [cta for _, post in posts for block in post.blocks for cta in block.ctas]
    assert len(ctas) >= 73
    assert {cta.css_class for cta in ctas} == {"consulting-cta-link"}
    assert len({(cta.url, cta.utm) for cta in ctas}) == 6


def test_a_second_pass_finds_no_block(posts, live):
    for raw, post in posts:
        again = scan_post(post.path, remove_blocks(raw, post), live)
        assert again.blocks == (), post.path


def sentences(page: Path) -> list[str]:
    """Return the text of a page's article, without the markers that were in it."""
    article = html5lib.parse(page.read_text("utf-8"), namespaceHTMLElements=False).find(
        ".//article"
    )
    text = "".join(article.itertext()).replace("—END—", "\n")
    return [found for found in re.split(r"[\n。]\s*|\s+(?=—)", text) if found.strip()]


def letters(text: str) -> str:
    """Return a text without what kramdown takes away or writes otherwise."""
    return "".join(re.findall(r"\w+", re.sub(r"\]\([^()\s]*\)", "", text)))


@pytest.mark.jekyll
def test_jekyll_prints_the_same_articles_but_for_the_blocks(posts, tmp_path):
    before, after = (Path(shutil.copytree(BLOG, tmp_path / name)) for name in ("before", "after"))
    removed = {}
    for raw, post in posts:
        (after / "_posts" / post.path).write_bytes(remove_blocks(raw, post))
        spans = (raw[span.start : span.end].decode() for span in removals(raw, post))
        removed[f"_posts/{post.path}"] = letters("".join(spans))
    old, new = build_site(before), build_site(after)
    for url, path in live_paths().items():
        page = unquote(url).strip("/") + "/index.html"
        for change in ndiff(sentences(old / page), sentences(new / page)):
            assert not change.startswith("+"), (path, change)
            if change.startswith("-"):
                assert letters(change[2:]) in removed[path], path
