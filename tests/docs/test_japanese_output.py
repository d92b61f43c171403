"""What the Japanese pages show as printed is worded as linkmgr words it."""

import re
from functools import cache

import pytest
from babel.messages.pofile import read_po

import linkmgr
from tests.support.markdown import DOCS, read_page

PACKAGE = DOCS.parent / linkmgr.__name__
JAPANESE = re.compile("[ぁ-んァ-ヶ一-龠]")
VALUE = re.compile(r"\{[^{}]*\}|%\(\w+\)s")
# Shorter lines, and those without such marks, are titles of the example with a word beside them.
SENTENCE, MARKS = 9, re.compile(r"[。、（]|: ")
WORDS = 3

PAGES = [path for path in sorted((DOCS / "ja").rglob("*.md")) if path.parent.name != "reference"]


@cache
def wordings():
    """Return the lines of the messages in Japanese that say more than a word."""
    found = []
    for file in sorted(PACKAGE.rglob("ja/LC_MESSAGES/*.po")):
        with file.open("rb") as text:
            messages = [message for message in read_po(text, locale="ja") if message.id]
        for message in messages:
            forms = [message.string] if isinstance(message.string, str) else message.string
            lines = map(str.strip, "\n".join(forms).splitlines())
            found += (line for line in lines if len(JAPANESE.findall(VALUE.sub("", line))) >= WORDS)
    return found


@cache
def patterns():
    """Return a pattern for each of these lines, whatever its values."""
    return [re.compile(".*?".join(map(re.escape, VALUE.split(line)))) for line in wordings()]


def worded(said):
    """Say whether a message is in what is said, or holds it."""
    return any(each.search(said) for each in patterns()) or any(said in each for each in wordings())


def printed(page):
    """Yield the sentences that a page shows as printed, in blocks or within its own."""
    lines = page.read_text(encoding="utf-8")
    for said in re.findall(r"(?<!`)`([^`\n]+)`(?!`)", lines):
        if len(JAPANESE.findall(said)) >= SENTENCE:
            yield said
    for language, text in read_page(page).code:
        if language in {"", "console", "text"}:
            for line in text.splitlines():
                said = re.sub(r"(?:^(?:\$|linkmgr) |#).*", "", line)
                if len(JAPANESE.findall(said)) >= SENTENCE and MARKS.search(said):
                    yield said


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.relative_to(DOCS).as_posix())
def test_the_output_of_a_page_has_the_words_of_the_messages(page):
    assert [said for said in printed(page) if not worded(said)] == []


def test_the_pages_show_output():
    assert len([line for page in PAGES for line in printed(page)]) > 20
