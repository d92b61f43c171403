"""Each page is there in both languages, with the same parts in the same order."""

import re
from collections import Counter
from urllib.parse import unquote

import pytest

from tests.support.markdown import DOCS, english_pages, read_page

# What readers type or copy is the same; what programs print, and comments, may be Japanese.
COMMAND = re.compile(
    r"(?:\$ |sudo |export )?"
    r"(?:linkmgr|pipx?|uv|make|jekyll|git|cd|curl|docker|systemctl|[\w/.-]+/pip)\b"
)
# What is said of a command is behind a mark, or far to the right of it.
COMMENT = re.compile(r"\s*(?:#|//|<!--).*$|\s{2,}.*$")


def pair(page):
    """Return a page in both languages."""
    japanese = DOCS / "ja" / page
    assert japanese.exists(), f"docs/ja/{page} is missing"
    return read_page(DOCS / page), read_page(japanese)


def commands(text):
    """Return the lines of code that are typed, without what is said of them."""
    lines = (COMMENT.sub("", line.strip()) for line in text.splitlines())
    return [line for line in lines if COMMAND.match(line)]


def target(page, link):
    """Say where a link leads whatever the language: to an address, a file, a heading's number."""
    if re.match(r"[a-z]+:", link):
        return link
    path, _, anchor = unquote(link).partition("#")
    file = (page.path.parent / path).resolve() if path else page.path
    assert file.exists(), f"{page.path.name}: {link}"
    heading = None
    if anchor:
        heading = read_page(file).anchor(anchor)
        assert heading is not None, f"{page.path.name}: {link}"
    japanese = DOCS / "ja"
    if file.is_relative_to(japanese):
        file = DOCS / file.relative_to(japanese)
    return str(file), heading


@pytest.mark.parametrize("page", english_pages(), ids=str)
def test_a_page_has_the_same_headings_in_japanese(page):
    english, japanese = pair(page)
    assert [level for level, _ in japanese.headings] == [level for level, _ in english.headings]


@pytest.mark.parametrize("page", english_pages(), ids=str)
def test_a_page_has_the_same_commands_in_japanese(page):
    english, japanese = pair(page)
    assert [language for language, _ in japanese.code] == [language for language, _ in english.code]
    for (language, one), (_, other) in zip(english.code, japanese.code, strict=True):
        if language != "text":  # what a program prints
            assert commands(other) == commands(one)


@pytest.mark.parametrize("page", english_pages(), ids=str)
def test_a_page_has_the_same_tables_in_japanese(page):
    english, japanese = pair(page)
    assert japanese.tables == english.tables


@pytest.mark.parametrize("page", english_pages(), ids=str)
def test_a_page_has_the_same_links_and_pictures_in_japanese(page):
    english, japanese = pair(page)
    for ours, theirs in ((english.links, japanese.links), (english.pictures, japanese.pictures)):
        assert Counter(target(japanese, link) for link in theirs) == Counter(
            target(english, link) for link in ours
        )


def test_no_japanese_page_is_without_its_english_one():
    japanese = {path.relative_to(DOCS / "ja") for path in (DOCS / "ja").rglob("*.md")}
    assert japanese <= set(english_pages())


def test_the_readme_has_the_same_in_japanese():
    english, japanese = (read_page(DOCS.parent / name) for name in ("README.md", "README.ja.md"))
    assert [level for level, _ in japanese.headings] == [level for level, _ in english.headings]
    assert japanese.tables == english.tables
    for ours, theirs in ((english.links, japanese.links), (english.pictures, japanese.pictures)):
        assert Counter(target(japanese, link) for link in theirs if link != "README.md") == Counter(
            target(english, link) for link in ours if link != "README.ja.md"
        )
