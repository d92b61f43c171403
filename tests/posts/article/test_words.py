"""The words of an article, by which similar ones are found."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from linkmgr.posts.article.words import (
    MOST,
    join_pairs,
    runs_of,
    weighted_words,
    whole_words,
    words_of,
)


def found(title="", excerpt="", body=""):
    """Return the words with their weights."""
    words = words_of(title, excerpt, body.encode(errors="replace"))
    return {word: weight for weight, alike in weighted_words(words).groups() for word in alike}


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("Straße über CAFÉ", {"strasse", "über", "café"}),
        ("Привет, мир", {"привет", "мир"}),
        ("Ελλάδα", {"ελλάδα"}),
        ("創薬の研究", {"創薬", "研究"}),
        ("東京都", {"東京", "京都"}),
        ("ガンダム、ｶﾞﾝﾀﾞﾑ", {"ガンダム"}),
        ("我的文件名是这样的，没写进程的方法", {"文件", "件名", "写进", "进程", "方法"}),
        ("目的の完了", {"目的", "完了"}),
        ("d&eacute;j&agrave;&nbsp;vu &amp; caf&#233;", {"déjà", "vu", "café"}),
        ("블로그 글", {"블로", "로그"}),
        ("ＧＰＴ４ and B2B", {"gpt4", "b2b"}),
        ("हिन्दी भाषा", {"हिन्दी", "भाषा"}),
        ("שָׁלוֹם", {"שָׁלוֹם"}),
        ("العربية", {"العربية"}),
        ("ภาษา", {"ภาษ", "าษา"}),
        ("これはそれでした。2026 7", set()),
    ],
)
def test_words_are_found_in_every_script(text, words):
    assert found(body=text).keys() == words


def test_a_word_weighs_by_the_part_of_the_article():
    body = "# Kettle\n\nkettle spout\n"
    assert found("Kettle", "spout", body) == {"kettle": 9, "spout": 4}


def test_code_markup_liquid_and_targets_have_no_words():
    body = (
        "tea\n\n```\nfenced\n```\n\n<div class='mark'>\n{% liquid %} {{ output }}\n"
        "[cup](/target/ 'x') https://example.com/address\n{: .attribute}\n"
    )
    assert found(body=body).keys() == {"tea", "cup"}


def test_only_the_weightiest_words_are_kept():
    body = " ".join(f"rare{chr(0x61 + n % 26)}{n}" for n in range(2 * MOST)) + " often often"
    words = found(body=body)
    assert len(words) == MOST
    assert next(iter(words)) == "often"


def test_of_words_of_equal_weight_the_first_ones_are_kept():
    body = " ".join(f"w{n}x" for n in range(MOST + 9))
    assert [*found(body=body)] == [f"w{n}x" for n in range(MOST)]


def test_a_text_of_megabytes_is_read_from_its_beginning():
    assert found(body="tea " + "cup " * 2_500_000 + "end").keys() == {"tea", "cup"}


@given(st.text(), st.text(), st.binary())
def test_any_bytes_have_words_that_can_be_stored(title, excerpt, body):
    words = words_of(title, excerpt, body)
    assert words == words_of(title, excerpt, body)
    weights = weighted_words(words).weights
    assert weights == sorted(weights, reverse=True)
    assert all(word == "".join(word.split()) for word in weighted_words(words).words)


def test_pairs_that_follow_each_other_are_joined_as_written():
    pairs = ["薬研", "gpt", "創薬", "研究", "図書"]
    assert join_pairs(pairs, "創薬研究とGPT") == ["創薬研究", "GPT", "図書"]


@pytest.mark.parametrize(
    ("words", "text", "whole"),
    [
        (["発現場", "生産性向"], "開発現場の生産性向上", ["開発現場", "生産性向上"]),
        (["現場"], "開発現場と開発現場、建設現場", ["開発現場"]),
        (["発現", "開発現場"], "開発現場", ["開発現場"]),
        (["gpt", "図書"], "GPTの話", ["gpt", "図書"]),
    ],
)
def test_parts_of_words_are_shown_as_the_articles_have_them(words, text, whole):
    assert whole_words(words, text) == whole


def test_a_texts_joined_pairs_are_found_again_as_one():
    assert runs_of(words_of("", "", "엘리먼트와 江島健太 kettle".encode())) == [
        "엘리먼트와",
        "江島健太",
        "kettle",
    ]
    assert runs_of("") == []
