"""The index through the real Jekyll: whatever a post is called, it finds its fragment."""

import pytest

from linkmgr.messages.message import translate
from tests.support.builds import built, post, write_blog
from tests.support.jekyll import build_site

pytestmark = pytest.mark.jekyll

HARD = '\x7f\x80\x85\x9f\u2028\u2029\ufeff\ufffe\uffff\U0001f375"\\\x07\t'


def path_of_length(length, name):
    path = f"_posts/{'d' * 199}/{'d' * 199}/{'d' * 199}/{'d' * 199}/2026-01-01-{name}"
    return f"{path}{'x' * (length - len(path) - 3)}.md"


def test_a_post_is_found_by_any_path_but_one_that_is_too_long(tmp_path):
    paths = [f"_posts/2026-01-01-a{character}b.md" for character in HARD]
    longest, too_long = path_of_length(1022, "a"), path_of_length(1023, "b")
    shown = [*paths, longest]
    posts = {
        path: post(f"P{n}", permalink=f"/{n}.html") for n, path in enumerate([*shown, too_long])
    }
    site = write_blog(tmp_path / "site", posts)
    report = built(site)
    pages = build_site(site)
    with_books = [
        path
        for number, path in enumerate(posts)
        if "Green Tea" in (pages / f"{number}.html").read_text(encoding="utf-8")
    ]
    assert with_books == shown
    assert report.with_blocks == len(shown)
    (warning,) = (w for w in report.warnings if translate(w.message).startswith("shows no blocks"))
    assert warning.location.file == str(site / too_long)
