"""What searches posts for links, tags and blocks reads no stretch again from each opener in it."""

import importlib
import pkgutil
import re
from re import _compiler as compiler  # type: ignore[attr-defined]
from re import _constants as codes  # type: ignore[attr-defined]
from re import _parser as parser  # type: ignore[attr-defined]

import pytest

import linkmgr

ROOMS = ("adopt.markup", "adopt.blocks", "adopt.finding", "adopt.post", "posts.article")
REPEATS = (codes.MAX_REPEAT, codes.MIN_REPEAT, codes.POSSESSIVE_REPEAT)
ALPHABET = [chr(number) for number in range(128)]

LINEAR = {
    "tried at one place of a line or an element": (
        *("adopt.blocks.cards._AROUND", "adopt.blocks.ctas._BOX", "adopt.blocks.disclosures._NOTE"),
        *("adopt.blocks.disclosures._EMPHASISED", "adopt.blocks.easy_links._CODE"),
        *("adopt.blocks.flattened._ATTRIBUTES", "adopt.finding.removal._BLANKS"),
        *("adopt.markup.parts._LINE", "adopt.markup.parts.RULE", "adopt.markup.parts._UNDERLINE"),
        *("adopt.markup.parts._ITEM", "adopt.markup.parts._ATTRIBUTES"),
        *("adopt.markup.parts._MARKER", "adopt.post.issued_code._SCRIPT"),
        *("adopt.post.parsed_post._ITEM", "adopt.post.parsed_post._BOLD"),
        *("adopt.post.phrases._BOOKS", "posts.article.words._DIGITS"),
    ),
    "searched for in texts with a limit": (
        *("adopt.blocks.disclosures._FORMAL", "adopt.post.phrases._EDGES"),
        *("adopt.post.products._LOADED", "posts.article.language._CODE"),
    ),
    "certain to match, or stopped by the second character of an opener": (
        *("adopt.blocks.widgets._SPACE", "adopt.markup.anchors._ANY"),
        *("adopt.markup.anchors._ATTRIBUTE", "adopt.markup.anchors._MARKUP"),
        *("adopt.markup.enclosures._SHIELD", "adopt.markup.parts._MARKER_TAIL"),
        *("adopt.post.issued_code._TAG", "adopt.post.products._AT_AMAZON"),
        *("posts.article.inclusions._PARAM", "posts.article.text.TARGET"),
        "posts.article.text.MARKUP",
    ),
}
"""Patterns that are linear all the same, by the reason, which was looked into for each."""


def searching_patterns():
    """Return the patterns of the modules that read posts, by name: each where it is made."""
    return {
        f"{found.name.removeprefix('linkmgr.')}.{name}": value
        for found in pkgutil.walk_packages(linkmgr.__path__, "linkmgr.")
        if found.name.startswith(tuple(f"linkmgr.{room}." for room in ROOMS))
        for name, value in vars(importlib.import_module(found.name)).items()
        if isinstance(value, re.Pattern)
    }


def matched(code, value, flags):
    """Return the characters that an item of a pattern matches."""
    one = parser.parse("")
    one.data = [(code, value)]
    compiled = compiler.compile(one, flags & re.IGNORECASE)
    return {each for each in ALPHABET if compiled.fullmatch(each)}


def beginnings(items, flags):
    """Return the characters with which a match of these items can begin."""
    found = set()
    for code, value in items:
        if code in (codes.AT, codes.ASSERT, codes.ASSERT_NOT):
            continue
        for each in within(code, value):
            found |= beginnings(each, flags)
        if code in REPEATS and value[0] == 0:
            continue
        if not within(code, value) and code is not codes.GROUPREF:
            found |= matched(code, value, flags)
        break
    return found


def within(code, value):
    """Return the sequences of which an item is made."""
    if code in REPEATS:
        return [value[2]]
    if code is codes.SUBPATTERN:
        return [value[3]]
    if code is codes.BRANCH:
        return value[1]
    return [value] if code is codes.ATOMIC_GROUP else []


def long_repeats(items, *, last):
    """Yield what is repeated without a limit, but at the end, where a match is certain."""
    for number, (code, value) in enumerate(items):
        ends = last and number == len(items) - 1
        if code in REPEATS and value[1] == codes.MAXREPEAT and not ends:
            if value[2][0][0] is not codes.ASSERT_NOT:
                yield value[2]
        else:
            for each in within(code, value):
                yield from long_repeats(each, last=ends)


def rescans(pattern):
    """Whether a repeat without a limit goes on over places where a match could begin, too.

    From each of these it would go on to the same end: a text of openers alone takes the square of
    its length.
    """
    text = pattern.pattern
    items = parser.parse(text if isinstance(text, str) else text.decode("latin-1"), pattern.flags)
    if not items:
        return False
    if items[0][0] is codes.AT:
        starts = {"\n"} if items[0][1] is codes.AT_BEGINNING else set()
    elif items[0][0] is codes.ASSERT_NOT and items[1][0] in REPEATS:
        starts = set()  # a match begins where a run does
    else:
        starts = beginnings(items, pattern.flags)
    return any(starts & beginnings(each, pattern.flags) for each in long_repeats(items, last=True))


@pytest.mark.parametrize(
    "hostile",
    [
        r"<div[^>]*>",
        r"<p>.*?</p>",
        r"\{%\s*raw\s*%\}.*?\{%\s*endraw\s*%\}",
        r"[\w-]+\s*=",
        r"^a\s*b",
        r"(?:\[[^\]]*\]|x)\(",
    ],
)
def test_a_pattern_that_reads_on_over_its_own_openers_is_found(hostile):
    assert rescans(re.compile(hostile, re.DOTALL | re.MULTILINE))


@pytest.mark.parametrize(
    "linear",
    [
        r"<div[^<>]*>",
        r"<p>.{0,500}?</p>",
        r"<p>(?:(?!<p).)*?</p>",
        r"(?<![\w-])[\w-]+\s*=",
        r"https?://\S+",
    ],
)
def test_a_pattern_that_stops_at_its_openers_or_after_a_limit_is_not(linear):
    assert not rescans(re.compile(linear, re.DOTALL))


def test_nothing_that_searches_posts_reads_on_over_its_own_openers():
    found = {name for name, pattern in searching_patterns().items() if rescans(pattern)}
    assert found == {name for names in LINEAR.values() for name in names}
