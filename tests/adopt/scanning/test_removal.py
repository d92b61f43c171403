"""Blocks leave a post, and nothing else of it changes."""

from itertools import pairwise

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from linkmgr.adopt.planning.changes import Policy, change_post
from linkmgr.adopt.post.site_addresses import LiveUrls
from linkmgr.adopt.scanning.removal import removals, remove_blocks
from tests.support.articles import (
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
from tests.support.properties import examples

FRONT = "---\ntitle: t\n---\n\n"


def encoded(text: str, ending: str, *, bom: bool = False) -> bytes:
    """Return a post of that text. Jekyll knows no front matter whose lines end in CR alone."""
    front = FRONT.replace("\n", "\n" if ending == "\r" else ending)
    return (b"\xef\xbb\xbf" if bom else b"") + (front + text.replace("\n", ending)).encode()


@st.composite
def inserted(draw: st.DrawFn) -> tuple[str, str]:
    """Draw an article, and it with blocks put before one of its pieces or at its end."""
    pieces, gaps = draw(articles())
    texts = [piece + gap for piece, gap in zip(pieces, gaps, strict=True)]
    place = draw(st.integers(0, len(texts)))
    name = draw(st.sampled_from(sorted(BLOCKS)))
    block = BLOCKS[name]
    before, after = "".join(texts[:place]), "".join(texts[place:])
    if name in ("card", "disclosure"):
        before += "文。\n\n"  # a heading with nothing else below it leaves with these
    if after:
        return before + after, before + block + draw(st.sampled_from(["\n", "\n\n", " \n"])) + after
    return before, f"{before}\n{block}" if before else block


@given(inserted(), st.sampled_from(["\n", "\r\n", "\r"]), st.booleans())
@settings(max_examples=examples(600), suppress_health_check=[HealthCheck.too_slow], deadline=None)
def test_blocks_at_any_boundary_come_back_byte_for_byte(texts, ending, bom):
    original, changed = texts
    assert cleaned(encoded(changed, ending, bom=bom)) == encoded(original, ending, bom=bom)


@pytest.mark.parametrize(
    ("text", "left"),
    [
        pytest.param("文。\n\n---END---", "文。", id="the file ends as it ended"),
        pytest.param("文。\n\n---END---\n", "文。\n", id="with a line break"),
        pytest.param("文。\n\n---END---\n\n\n", "文。\n", id="with blank lines"),
        pytest.param("文。\n---END---\n\n後。\n", "文。\n\n後。\n", id="no blank line before"),
        pytest.param("文。\n\n---END---\n後。\n", "文。\n\n後。\n", id="no blank line after"),
        pytest.param("文。\n---END---\n後。\n", "文。\n\n後。\n", id="no blank line at all"),
        pytest.param(
            f"文。\n{RULE}{RELATED}\n後。\n", "文。\n\n後。\n", id="a rule under a sentence"
        ),
        pytest.param(f"題\n---\n\n{RELATED}", "題\n---\n", id="a rule under a heading"),
        pytest.param(f"文。\n\n{RULE}{RULE}{RELATED}", f"文。\n\n{RULE}"[:-1], id="two rules"),
        pytest.param(
            f"文。\n\n{RELATED}\n{RULE}後。\n", f"文。\n\n{RULE}後。\n", id="a rule after"
        ),
    ],
)
def test_the_seam_is_as_documented(text, left):
    assert cleaned(encoded(text, "\n")) == encoded(left, "\n")


def test_without_front_matter_a_rule_never_becomes_first_line():
    raw = f"{RELATED}\n{RULE}文。\n\n{RULE}後。\n".encode()
    assert cleaned(raw) == f"\n\n{RULE}文。\n\n{RULE}後。\n".encode()


def test_removals_name_what_goes_by_its_kind():
    raw = encoded(f"文。\n\n{RULE}{RELATED}\n{MARKER}", "\n")
    spans = removals(raw, scanned(raw))
    assert [span.kind for span in spans] == ["separator", "related", "marker"]
    assert all(before.end == after.start for before, after in pairwise(spans))


@pytest.mark.parametrize("ending", ["\n", "\r\n", "\r"], ids=["LF", "CRLF", "CR"])
def test_the_lines_of_what_goes_are_reported_whatever_ends_them(ending):
    text = f"文。\n\n{RULE}{RELATED}\n後の文。 --- {' '.join(RELATED.split())}\n終。\n"
    raw = encoded(text, ending)
    lines = (FRONT + text).splitlines()
    heading = RELATED.splitlines()[0]
    removed = change_post(raw, scanned(raw), Policy(LiveUrls((), ""), {}, None)).removed
    assert [(each.kind, each.line, each.last, each.in_line) for each in removed] == [
        ("separator", lines.index("---", 3) + 1, lines.index("---", 3) + 1, False),
        ("related", lines.index(heading) + 1, lines.index(heading) + 4, False),
        ("related", len(lines) - 1, len(lines) - 1, True),
    ]


@given(articles(), st.sampled_from(["\n", "\r\n"]))
@settings(max_examples=examples(200), suppress_health_check=[HealthCheck.too_slow], deadline=None)
def test_an_article_without_blocks_stays_as_it_is(article, ending):
    text = "".join(piece + gap for piece, gap in zip(*article, strict=True))
    raw = encoded(text, ending)
    assert cleaned(raw) == raw


ONE_LINE = [f"--- {' '.join(text.split())}" for text in (RELATED, CTA, BOOKS, DISCLOSURE)]
FRAGMENTS = st.lists(
    st.one_of(
        st.sampled_from([f" {piece}{end}" for piece in ONE_LINE for end in ("", " 文。", "\n")]),
        st.sampled_from([RELATED, CTA, BOOKS, DISCLOSURE, MARKER, CARD, RULE, "\n", "---\n", "=="]),
        st.sampled_from(
            (RELATED + CTA + BOOKS + DISCLOSURE + CARD + MARKER).splitlines(keepends=True)
        ),
        st.sampled_from(
            ["```\n", "<!--", "-->", "{% raw %}", "text\n", "- x\n", "    ", "> ", "\t"]
        ),
    ),
    max_size=14,
).map("".join)


@given(FRAGMENTS, st.sampled_from(["\n", "\r\n", "\r"]))
@settings(max_examples=examples(1500), suppress_health_check=[HealthCheck.too_slow], deadline=None)
def test_a_second_pass_finds_nothing_more(text, ending):
    once = cleaned(encoded(text, ending))
    assert not [block for block in scanned(once).blocks if block.removable]
    assert cleaned(once) == once


@given(st.one_of(st.binary(max_size=400), FRAGMENTS.map(str.encode)))
@settings(max_examples=examples(600), suppress_health_check=[HealthCheck.too_slow], deadline=None)
def test_any_bytes_are_scanned_and_only_their_spans_removed(raw):
    post = scanned(raw)
    spans = removals(raw, post)
    at = 0
    for span in spans:
        assert at <= span.start <= span.end <= len(raw)
        at = span.end
    for block, after in pairwise(post.blocks):
        assert block.end <= after.start
    kept = bytearray(raw)
    for span in reversed(spans):
        del kept[span.start : span.end]
    assert remove_blocks(raw, post) == bytes(kept)


def test_a_sentence_with_a_heading_of_books_glued_to_it_stays():
    raw = encoded("前。\n\n大事な文。" + BOOKS + "\n後\n", "\n")
    assert "大事な文。".encode() in cleaned(raw)
