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
BAR = "█"
# Shorter lines are values of the example, such as titles, with a word beside them.
SENTENCE, WORDS = 9, 3

PAGES = [path for path in sorted((DOCS / "ja").rglob("*.md")) if path.parent.name != "reference"]


@cache
def wordings():
    """Return a pattern for each line of each message in Japanese that says more than a word."""
    found = []
    for file in sorted(PACKAGE.rglob("ja/LC_MESSAGES/*.po")):
        with file.open("rb") as text:
            messages = [message for message in read_po(text, locale="ja") if message.id]
        for message in messages:
            forms = [message.string] if isinstance(message.string, str) else message.string
            for line in "\n".join(forms).splitlines():
                parts = VALUE.split(line.strip())
                if len(JAPANESE.findall("".join(parts))) >= WORDS:
                    found.append(re.compile(".*?".join(map(re.escape, parts))))
    return found


def printed(page):
    """Yield the sentences that a page shows as printed."""
    for language, text in read_page(page).code:
        if language in {"", "console", "text"}:
            for line in text.splitlines():
                said = re.sub(r"(?:^(?:\$|linkmgr) |#).*", "", line)
                if len(JAPANESE.findall(said)) >= SENTENCE and BAR not in said:
                    yield said


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.relative_to(DOCS).as_posix())
def test_the_output_of_a_page_has_the_words_of_the_messages(page):
    assert [
        line for line in printed(page) if not any(each.search(line) for each in wordings())
    ] == []


def test_the_pages_show_output():
    assert len([line for page in PAGES for line in printed(page)]) > 20
