"""Merge conflicts, examples of HTML, quotations and links made by Liquid are left as they are."""

import pytest

from linkmgr.messages.message import translate
from tests.support.articles import BOOKS, CARD, CTA, DISCLOSURE, MARKER, RELATED, cleaned, scanned

BOOK = "https://www.amazon.co.jp/dp/4000000004"
CONFLICT_END = ">>>>>>> Stashed changes\n"
CONFLICT = f"<<<<<<< Updated upstream\n文。\n\n{MARKER}=======\n{RELATED}{CONFLICT_END}"


def stays(text: str) -> bool:
    return cleaned(text.encode()) == text.encode()


def test_blocks_leave_but_for_those_in_a_merge_conflict():
    assert cleaned(f"文。\n\n{BOOKS}\n{CONFLICT}".encode()) == f"文。\n\n{CONFLICT}".encode()


@pytest.mark.parametrize(
    "text",
    [
        pytest.param(f"文。\n\n{CONFLICT}", id="after text"),
        pytest.param("文。\n" + CONFLICT, id="right after text"),
        pytest.param(f"{CONFLICT.removesuffix(CONFLICT_END)}\n{BOOKS}", id="never closed"),
        pytest.param(f"{BOOKS}\n=======\n文。\n{CONFLICT_END}", id="never opened"),
        pytest.param(RELATED + CONFLICT, id="in a list before it"),
        pytest.param(CONFLICT + CTA, id="in a block after it"),
        pytest.param(CARD.replace("\n\n", f"\n{CONFLICT}\n"), id="in a card"),
    ],
)
def test_what_a_merge_conflict_cuts_stays(text):
    assert stays(text)


def test_what_is_left_of_merge_conflict_isnt_taken_for_underline():
    text = f"文。\n\n{MARKER}=======\n文。\n>>>>>>> Stashed changes\n"
    assert stays(text)


def test_a_merge_conflict_is_reported_once_at_its_first_line():
    findings = scanned(f"文。\n\n{CONFLICT}".encode()).findings
    assert [(each.line, translate(each.message)) for each in findings] == [
        (3, "a merge conflict: nothing is removed from it; resolve it first")
    ]


def test_a_merge_conflict_that_is_an_example_hides_no_block():
    example = "```\n<<<<<<< ours\n=======\n>>>>>>> theirs\n```\n"
    assert cleaned(f"{example}\n{BOOKS}".encode()) == example.encode()


@pytest.mark.parametrize("name", ["textarea", "xmp", "template", "code", "samp", "kbd"])
@pytest.mark.parametrize(
    "text",
    [
        pytest.param(f"文。\n\n<NAME>\n{CARD}{BOOKS}</NAME>\n\n文。\n", id="over lines"),
        pytest.param(f"こう書く: <NAME>\n{CARD}</NAME> と。\n", id="from within a line"),
        pytest.param(f"<div><NAME>{CARD}</NAME></div>\n", id="in an element"),
        pytest.param(
            f"### おすすめ書籍\n\n<NAME><a href='{BOOK}'>砂の計算機</a></NAME>\n", id="in a line"
        ),
        pytest.param(f"<NAME>a</NAME> と <NAME>\n{CARD}</NAME>\n", id="after another one"),
    ],
)
def test_an_example_of_html_is_no_block(name, text):
    text = text.replace("NAME", name)
    assert stays(text)
    assert scanned(text.encode()).inline == ()


@pytest.mark.parametrize("text", ["<code>a</code> の文。\n", "`<code>` の文。\n", "<kbd> の文。\n"])
def test_a_tag_in_a_sentence_hides_no_block_after_it(text):
    lead = "この文に "
    assert cleaned(f"{lead}{text}\n{BOOKS}".encode()) == f"{lead}{text}".encode()


@pytest.mark.parametrize(
    "text",
    [
        pytest.param(f"> 引用。\n\n> {DISCLOSURE}", id="after a blank line"),
        pytest.param(f"> 引用。\n>\n> {DISCLOSURE}", id="after an empty line of it"),
        pytest.param(f"> {DISCLOSURE}> 引用。\n", id="before another line"),
    ],
)
def test_a_disclosure_within_a_quotation_stays_and_is_reported(text):
    assert stays(text)
    assert [each.kind for each in scanned(text.encode()).findings] == ["unsure"]


def test_note_that_article_is_about_advertising_is_no_disclosure():
    assert stays("文。\n\n※この記事は広告業界のアフィリエイトの歴史についての記事です。\n")


def test_a_disclosure_that_is_a_quotation_by_itself_is_removed():
    assert cleaned(f"文。\n\n> {DISCLOSURE}\n文。\n".encode()) == "文。\n\n文。\n".encode()


@pytest.mark.parametrize(
    "text",
    [
        pytest.param("この[本]({})を読む。\n", id="in running text"),
        pytest.param("### おすすめ書籍\n\n**[砂の計算機]({})**\n砂粒の話\n", id="in a block"),
    ],
)
def test_link_whose_tag_is_made_by_liquid_stays_and_is_reported(text):
    url = f"{BOOK}?tag={{{{ site.tag }}}}"
    text = text.format(url)
    assert stays(text)
    messages = [translate(each.message) for each in scanned(text.encode()).findings]
    assert f"{url} stays: its tag is written in Liquid" in messages
    assert not any("tag {{" in message for message in messages)
