"""Which words of a text may become keywords."""

from hypothesis import given
from hypothesis import strategies as st

from linkmgr.adopt.proposing.index_terms import keywords_within, parts, site_vocabulary, words
from linkmgr.resolver.keywords import KeywordMatcher
from tests.adopt.proposing.test_choose import post


def test_a_text_gives_its_words_as_they_are_written():
    assert words("珈琲の本 Slow Machines と AI半導体") == {
        "珈琲": "珈琲",
        "slow": "Slow",
        "machines": "Machines",
        "slow machines": "Slow Machines",
        "ai": "AI",
        "半導体": "半導体",
        "ai半導体": "AI半導体",
    }


def test_numbers_dates_and_empty_words_are_none():
    text = "2024年 8300億ドル 100% 3.5 the of と 評価額8300億ドル 365 2026-01-31"
    assert words(text) == {"ドル": "ドル", "評価額": "評価額"}


def test_a_version_is_a_word_with_its_name():
    assert "gpt-4o" in words("GPT-4o を使う")


def test_compounds_are_parted_into_what_the_site_calls_by_itself():
    assert parts(["プロンプトエンジニアリング"], {"プロンプト"}) == {"プロンプト": "プロンプト"}
    assert parts(["生成技術", "法規制"], ()) == {
        word: word for word in ("生成", "技術", "法規", "規制")
    }


def test_sites_vocabulary_are_words_of_several_titles_and_tags():
    posts = [
        post(1, title="GPUの進化"),
        post(2, "GPU", title="電力"),
        post(3, title="新しいGPU 2026年"),
    ]
    assert site_vocabulary(posts) == {"gpu": "GPU"}


WORDS = ["ai", "ai半導体", "半導", "半導体", "openai", "open ai", "砂"]


@given(st.sets(st.sampled_from(WORDS), min_size=1))
def test_a_keyword_is_within_another_where_matcher_would_find_it(keywords):
    within = keywords_within(keywords)
    for longer in keywords:
        for part in keywords - {longer}:
            found = KeywordMatcher([part]).count(longer, "", b"").get(part)
            assert within.get(longer, {}).get(part, 0) == (found.title if found else 0)
