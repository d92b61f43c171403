"""Each page is there in both languages, with the same parts in the same order."""

import re
from collections import Counter
from urllib.parse import unquote

import pytest

from tests.support.markdown import DOCS, english_pages, read_page

# Of a block without a language this is typed; the rest is what is shown.
COMMAND = re.compile(
    r"(?:sudo |export )?"
    r"(?:linkmgr|pipx?|uv|make|jekyll|git|cd|curl|docker|systemctl|[\w/.-]+/pip)\b"
)
COMMENT = re.compile(r"(?:^|\s+)#(?: .*)?$", re.MULTILINE)
PRINTED = {"text", "mermaid"}
JAPANESE = r"[^\x00-\x7f]+"
# What a blog in Japanese has otherwise, its text apart.
LOCAL = (
    ("lang: ja\ntimezone: Asia/Tokyo\n", "lang: en\n"),
    ("language: ja\n  timezone: Asia/Tokyo\n", "language: en\n  timezone: UTC\n"),
    ('lang="ja"', 'lang="en"'),
    ("example-22", "example-20"),
    ("978-4-87311-565-8", "978-0-596-80229-5"),
    ("978-4-274-22629-8", "978-0-13-595705-9"),
)


def pair(page):
    """Return a page in both languages."""
    japanese = DOCS / "ja" / page
    assert japanese.exists(), f"docs/ja/{page} is missing"
    return read_page(DOCS / page), read_page(japanese)


def typed(language, text):
    """Return what a reader types or copies of a block, without comments."""
    lines = COMMENT.sub("", text).splitlines()
    if language == "console":
        lines = [line.removeprefix("$ ") for line in lines if line.startswith("$ ")]
    elif not language:
        lines = [re.sub(r"\s{2,}.*", "", line) for line in lines if COMMAND.match(line)]
    return "\n".join(lines) + "\n"


def translations(text):
    """Return a pattern for what a text in Japanese may be in English, of which Latin letters stay.

    A text on several lines may have more of them or fewer, but no empty one.
    """
    for japanese, english in LOCAL:
        text = text.replace(japanese, english)
    parts = re.split(rf"({JAPANESE}(?:\s+{JAPANESE})*)", text)
    return "".join(
        re.escape(part) if part.isascii() else ".+(?:\n.+)*" if "\n" in part else ".+"
        for part in parts
    )


def assert_same_code(english, japanese):
    """Assert that two pages have the same to type, so that tests need type but one of them."""
    assert [language for language, _ in japanese.code] == [language for language, _ in english.code]
    for (language, one), (_, other) in zip(english.code, japanese.code, strict=True):
        if language not in PRINTED:
            pattern, text = translations(typed(language, other)), typed(language, one)
            assert re.fullmatch(pattern, text), f"{other}\nis not what is typed in English:\n{text}"
        if not language:
            lines = iter(COMMENT.sub("", one).splitlines())
            for line in filter(str.isascii, COMMENT.sub("", other).splitlines()):
                assert line in lines, f"{line}\nis not in English:\n{one}"


@pytest.mark.parametrize(
    ("english", "japanese", "same"),
    [
        ("title: Tea\n", "title: お茶\n", True),
        (
            "Tea and\ncoffee.\n\nlinkmgr build\n",
            "お茶と\nコーヒーと\n水。\n\nlinkmgr build\n",
            True,
        ),
        ("linkmgr build  # now\n", "linkmgr build  # ここで\n", True),
        ("linkmgr build\n", "linkmgr build --check\n", False),
        ("title: Tea\nlinkmgr build\n", "title: お茶\n", False),
        ("title: Tea\n", "name: お茶\n", False),
    ],
)
def test_code_may_differ_in_its_text_alone(english, japanese, same):
    pattern = translations(typed("sh", japanese))
    assert (re.fullmatch(pattern, typed("sh", english)) is not None) is same


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
    assert_same_code(*pair(page))


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
