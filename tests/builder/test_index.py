"""The index through the real Jekyll: whatever a post is called, it finds its fragment."""

import pytest

from linkmgr.messages.message import word
from tests.support.builds import built, post, write_blog
from tests.support.jekyll import build_site

pytestmark = pytest.mark.jekyll

HARD = '\x7f\x80\x85\x9f\u2028\u2029\ufeff\ufffe\uffff\U0001f375"\\\x07\t'


def pages_of(tmp_path, paths):
    """Return the report of a build of posts at `paths`, and each one's page."""
    posts = {path: post(f"P{n}", permalink=f"/{n}.html") for n, path in enumerate(paths)}
    site = write_blog(tmp_path / "site", posts)
    report = built(site)
    pages = build_site(site)
    texts = [(pages / f"{n}.html").read_text(encoding="utf-8") for n, _ in enumerate(paths)]
    return report, texts


def test_a_post_is_found_whatever_characters_are_in_its_path(tmp_path):
    paths = [f"_posts/2026-01-01-a{character}b.md" for character in HARD]
    report, texts = pages_of(tmp_path, paths)
    assert report.with_blocks == len(HARD)
    assert [path for path, text in zip(paths, texts, strict=True) if "Green Tea" not in text] == []


def path_of_length(length, name):
    path = f"_posts/{'d' * 199}/{'d' * 199}/{'d' * 199}/{'d' * 199}/2026-01-01-{name}"
    return f"{path}{'x' * (length - len(path) - 3)}.md"


def test_a_post_whose_path_is_too_long_is_reported_and_stops_no_other(tmp_path):
    longest, too_long = path_of_length(1022, "a"), path_of_length(1023, "b")
    report, texts = pages_of(tmp_path, [longest, too_long])
    assert ["Green Tea" in text for text in texts] == [True, False]
    (warning,) = (w for w in report.warnings if word(w.message).startswith("shows no blocks"))
    assert warning.location.file == str(tmp_path / "site" / too_long)
