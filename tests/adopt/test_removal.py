"""Blocks leave a post, and nothing else of it changes."""

import pytest
from tests.adopt.articles import (
    BLOCKS,
    BOOKS,
    CARD,
    CTA,
    DISCLOSURE,
    MARKER,
    RELATED,
    RULE,
    articles,
    cleaned,
    scanned,
)
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from linkmgr.adopt.remove import remove_blocks, removals

FRONT = "---\ntitle: t\n---\n\n"


def encoded(text: str, ending: str, *, bom: bool = False) -> bytes:
    """Return a post of that text. Jekyll knows no front matter whose lines end in CR alone."""
    front = FRONT.replace("\n", "\n" if ending == "\r" else ending)
    return (b"\xef\xbb\xbf" if bom else b"") + (front + text.replace("\n", ending)).encode()


@given(
    articles(),
    st.sampled_from(sorted(BLOCKS)),
    st.integers(0, 6),
    st.sampled_from(["\n", "\r\n", "\r"]),
    st.booleans(),
    st.sampled_from(["\n", "\n\n", " \n"]),
)
@settings(max_examples=2000, suppress_health_check=[HealthCheck.too_slow], deadline=None)
def test_an_article_with_a_block_at_any_boundary_comes_back_byte_for_byte(
    article, block, place, ending, bom, gap
):
    pieces, gaps = article
    place = min(place, len(pieces))
    before = "".join(piece + gap for piece, gap in zip(pieces[:place], gaps, strict=False))
    after = "".join(
        piece + gap for piece, gap in zip(pieces[place:], gaps[place:], strict=True)
    )
    if after:
        original, changed = before + after, before + BLOCKS[block] + gap + after
    elif before:
        original, changed = before, f"{before}\n{BLOCKS[block]}"
    else:
        original, changed = "", BLOCKS[block]
    assert cleaned(encoded(changed, ending, bom=bom)) == encoded(original, ending, bom=bom)


@given(articles(), st.sampled_from(["\n", "\r\n"]))
@settings(max_examples=200, suppress_health_check=[HealthCheck.too_slow], deadline=None)
def test_an_article_without_blocks_stays_as_it_is(article, ending):
    text = "".join(piece + gap for piece, gap in zip(*article, strict=True))
    raw = encoded(text, ending)
    assert cleaned(raw) == raw


FRAGMENTS = st.lists(
    st.one_of(
        st.sampled_from([RELATED, CTA, BOOKS, DISCLOSURE, MARKER, CARD, RULE, "\n", "---\n", "=="]),
        st.sampled_from((RELATED + CTA + BOOKS + DISCLOSURE + CARD + MARKER).splitlines(True)),
        st.sampled_from(["```\n", "<!--", "-->", "{% raw %}", "text\n", "- x\n", "    ", "> ", "\t"]),
    ),
    max_size=14,
).map("".join)


@given(FRAGMENTS, st.sampled_from(["\n", "\r\n", "\r"]))
@settings(max_examples=20000, suppress_health_check=[HealthCheck.too_slow], deadline=None)
def test_a_second_pass_finds_nothing_more(text, ending):
    once = cleaned(encoded(text, ending))
    assert not [block for block in scanned(once).blocks if block.sure]
    assert cleaned(once) == once


@given(st.one_of(st.binary(max_size=400), FRAGMENTS.map(str.encode)))
@settings(max_examples=2000, suppress_health_check=[HealthCheck.too_slow], deadline=None)
def test_any_bytes_are_scanned_and_only_spans_of_them_are_removed(raw):
    post = scanned(raw)
    spans = removals(raw, post)
    at = 0
    for span in spans:
        assert at <= span.start <= span.end <= len(raw)
        at = span.end
    for block, after in zip(post.blocks, post.blocks[1:], strict=False):
        assert block.end <= after.start
    kept = bytearray(raw)
    for span in reversed(spans):
        del kept[span.start : span.end]
    assert remove_blocks(raw, post) == bytes(kept)
