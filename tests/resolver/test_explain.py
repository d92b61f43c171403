"""Explanations in both languages."""

import pytest

from linkmgr.messages.message import ENGLISH, set_language
from linkmgr.resolver.explain import explanation_text, resolutions_text
from tests.support.resolver import article, make_catalog, mapping, others, resolver_of


@pytest.fixture
def language(request):
    """Word messages in a language for the time of a test."""
    set_language(request.param)
    yield request.param
    set_language(ENGLISH)


@pytest.mark.parametrize(
    ("language", "words"),
    [
        (
            "en",
            ["tag tea (on 1 of 4 posts)", "excluded by rule never", "no rule matches this"],
        ),
        ("ja", ["タグ tea（4件中1件の記事にあり）", "never で除外", "表示ルールがありません"]),
    ],
    indirect=["language"],
)
def test_an_explanation_is_in_the_reader_s_language(language, words):
    catalog = make_catalog(
        mappings={
            "m": mapping("a", tags=["tea"]),
            "never": mapping("b", tags=["tea"], exclude=True),
        }
    )
    post = article(tags=("tea",))
    explained = resolver_of(catalog, post, *others((), count=3)).explain(post.post)
    text = explanation_text(catalog, *explained)
    assert [each for each in words if each not in text] == [], language


def test_html_in_titles_is_listed_as_its_text():
    catalog = make_catalog()
    post = article(title="<em>Sand</em> &amp; co", tags=("tea",))
    resolver = resolver_of(catalog, post, *others((), count=3))
    listed = resolutions_text(catalog, [resolver.resolve(post.post)])
    explained = explanation_text(catalog, *resolver.explain(post.post))
    assert [text.splitlines()[0] for text in (listed, explained)] == ["Sand & co"] * 2
