"""Counting keywords: what counts as one, and that the fast way gives what the plain one does."""

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from linkmgr.resolver.fold import fold
from linkmgr.resolver.model import KeywordCounts
from tests.support.resolver import counted


def in_body(keyword, text):
    return counted([keyword], text).get(fold(keyword), KeywordCounts()).body


@pytest.mark.parametrize(
    ("keyword", "text", "times"),
    [
        ("eu", "neural", 0),
        ("eu", "the EU, an eu.", 2),
        ("eu", "eu2 2eu eueu", 0),
        ("eu", "éeu euß", 0),
        ("eu", "Ａeu eu１ eu①", 0),
        ("eu", "eu\u0301", 0),
        ("AI", "生成AIは、AIも", 2),
        ("AI", "ＡＩとａｉ", 2),
        ("AI", "OpenAI AIR", 0),
        ("C++", "C++ c++17 xC++", 2),
        (".NET", ".NET ASP.NET", 2),
        ("生成", "生成AIの生成", 2),
        ("ガイド", "ガイド ｶﾞｲﾄﾞ カ\u3099イト\u3099", 3),
        ("café", "Café CAFE\u0301 cafe", 2),
        ("①", "① 1 １", 3),
        ("キロ", "㌔ ｷﾛ", 2),
        ("Straße", "STRASSE straße", 2),
        ("AI", "🄰🄸", 1),
        ("white tea", "White Tea, white  tea", 1),
    ],
)
def test_a_keyword_counts_where_it_stands_as_a_word(keyword, text, times):
    assert in_body(keyword, text) == times


def test_of_overlapping_keywords_the_longest_counts():
    found = counted(["AI", "OpenAI", "AI Act"], "The AI Act, OpenAI and AI")
    assert {keyword: counts.body for keyword, counts in found.items()} == {
        "ai act": 1,
        "openai": 1,
        "ai": 1,
    }


def test_the_parts_of_a_longer_keyword_beside_it_still_count():
    assert counted(["規制", "AI規制", "規制法"], "AI規制法と規制") == {
        "ai規制": KeywordCounts(body=1),
        "規制": KeywordCounts(body=1),
    }


def test_a_keyword_that_overlaps_itself_counts_once():
    assert in_body("アア", "アアア") == 1


def test_keywords_are_counted_apart_by_where_they_stand():
    body = "# Tea\n\nTea and tea.\n\nGreen tea\n---------\n\n<h3>Tea</h3>\n\nTEA\n"
    assert counted(["tea"], body, title="Tea, tea", excerpt="Of tea") == {
        "tea": KeywordCounts(title=2, headings=3, excerpt=1, body=3)
    }


def test_a_keyword_does_not_reach_from_title_into_excerpt():
    assert counted(["green tea", "緑茶"], title="Green 緑", excerpt="tea 茶") == {}


@pytest.mark.parametrize(
    "text",
    [
        "[x](https://a.example/tea)",
        "[x](/tea/)",
        "![x](tea.png)",
        "[x]: https://a.example/tea\n",
        "https://a.example/tea",
        "<https://a.example/tea>",
        '<a href="tea" title="tea">x</a>',
        "<!-- tea -->",
        "<script>tea()</script>",
        "<style>.tea {}</style>",
        "```\ntea\n```",
        "~~~ruby\ntea\n~~~",
        "{% include tea.html %}",
        "{{ page.tea }}",
        "x\n{: .tea}",
    ],
)
def test_what_is_no_prose_does_not_count(text):
    assert counted(["tea"], f"Before\n\n{text}\n\nAfter") == {}


def test_the_text_of_a_link_counts():
    assert in_body("tea", "[green tea](/a/), <b>tea</b>") == 2


@pytest.mark.parametrize(
    ("body", "counts"),
    [
        ("# ＡＩＡＩＡＩ\nＡＩ ai\n", KeywordCounts(body=2)),
        ("# ＡＡＡＡ ＡＩ\nＡＩ ai\n", KeywordCounts(headings=1, body=2)),
        ("[x](ＡＡＡＡＡＡ)ＡＩ ai", KeywordCounts(body=2)),
        ('<b title="ＡＡＡＡ">ＡＩ</b> ai', KeywordCounts(body=2)),
        ("ＡＩＡＩ\n# ＡＩ\nai\n", KeywordCounts(headings=1, body=1)),
        ("㌔㌔㌔\n# AI ㌔\nai\n", KeywordCounts(headings=1, body=1)),
    ],
)
def test_folding_moves_no_keyword_into_or_out_of_heading_or_link(body, counts):
    assert counted(["ai", "キロ"], body)["ai"] == counts


PIECES = (
    *("a", "i", "A", "I", "x", "0", "1", " ", "\n", "."),
    *("Ａ", "Ｉ", "ｉ", "１", "①", "㊤", "㌔", "ﬁ", "ß", "é", "É", "×"),
    *("e", "u", "\u0301", "\u0308", "\u3099", "\u309a"),
    *("カ", "ガ", "ハ", "パ", "か", "が", "ｶ", "ﾊ", "ﾞ", "ﾟ", "ー", "ｰ"),
    *("生", "成", "法", "規", "、", "。", "　", "한", "\u1112", "\u1161", "\u11ab", "𠮷"),
)
TEXTS = st.lists(st.sampled_from(PIECES), max_size=24).map("".join)
KEYWORDS = st.lists(
    st.lists(st.sampled_from(PIECES), min_size=1, max_size=4).map("".join), min_size=1, max_size=6
)


@given(keywords=KEYWORDS, text=TEXTS)
@example(keywords=["ガ"], text="ｶﾞ")
@example(keywords=["eu"], text="Ａeu")
@example(keywords=["é"], text="e\u0301")
def test_counting_gives_what_plain_way_gives_on_folded_text(keywords, text):
    body = {keyword: counts.body for keyword, counts in counted(keywords, text).items()}
    assert body == plain_counts(keywords, text)


@given(keywords=KEYWORDS, title=TEXTS, excerpt=TEXTS)
@example(keywords=["a\na"], title="a", excerpt="a")
def test_title_and_excerpt_are_counted_the_plain_way_too(keywords, title, excerpt):
    found = counted(keywords, title=title, excerpt=excerpt)
    assert {k: c.title for k, c in found.items() if c.title} == plain_counts(keywords, title)
    assert {k: c.excerpt for k, c in found.items() if c.excerpt} == plain_counts(keywords, excerpt)


def plain_counts(keywords, text):
    """Count by looking for every keyword at every place of the folded text."""
    text = fold(text)
    found = [
        (start, start + len(keyword), keyword)
        for keyword in {fold(each).strip() for each in keywords} - {""}
        for start in range(len(text))
        if text.startswith(keyword, start) and stands_alone(text, start, start + len(keyword))
    ]
    found.sort(key=lambda match: (-len(match[2]), match[0]))
    taken = []
    for start, end, keyword in found:
        if all(end <= other[0] or other[1] <= start for other in taken):
            taken.append((start, end, keyword))
    names = [keyword for _, _, keyword in taken]
    return {keyword: names.count(keyword) for keyword in names}


def stands_alone(text, start, end):
    """Whether no letter or digit of Latin script touches an end that is one of ASCII."""
    before, after = text[:start][-1:], text[end:][:1]
    return not (is_ascii_word(text[start]) and is_latin(before)) and not (
        is_ascii_word(text[end - 1]) and is_latin(after)
    )


def is_ascii_word(character):
    return character.isascii() and character.isalnum()


def is_latin(character):
    return is_ascii_word(character) or "\u00c0" <= character <= "\u024f"


MANY = 100_000


@pytest.mark.parametrize(
    ("keywords", "count"),
    [(["ああ"], {"ああ": MANY // 2}), (["ああ", "あああ"], {"あああ": MANY // 3})],
    ids=["one", "two"],
)
def test_keywords_that_overlap_all_over_an_article_are_counted(keywords, count):
    found = counted(keywords, "あ" * MANY)
    assert {keyword: counts.body for keyword, counts in found.items()} == count


MARKS = "\u0301\u0327" * MANY


@pytest.mark.parametrize(
    "parts",
    [{"title": f"é{MARKS}"}, {"excerpt": f"é{MARKS}"}, {"body": f"é{MARKS}"}],
    ids=["title", "excerpt", "body"],
)
def test_a_heap_of_combining_marks_is_read(parts):
    assert counted(["é", "\u0327"], **{"body": "", **parts}).keys() <= {"é", "\u0327"}


def test_a_title_counts_up_to_its_ten_thousandth_character():
    assert counted(["tea"], title="tea " + "." * 10_000 + " tea")["tea"].title == 1
