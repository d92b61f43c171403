"""HTML in a post's title is shown as its text."""

import pytest

from linkmgr.posts.article.text import title_text


@pytest.mark.parametrize(
    ("title", "text"),
    [
        pytest.param("<em>Sand</em> &amp; co", "Sand & co", id="an element and an entity"),
        pytest.param('See <a href="/x/" title="y">this</a>', "See this", id="a link"),
        pytest.param("One<br/>two<br>three", "One two three", id="line breaks"),
        pytest.param("砂&#26178;&#x8A08;", "砂時計", id="numeric entities"),
        pytest.param("&lt;em&gt; in HTML", "<em> in HTML", id="escaped HTML is text"),
        pytest.param("List<String> & Map<K, V>", "List<String> & Map<K, V>", id="no elements"),
        pytest.param("1 < 2 & 3 > 2; AT&copy", "1 < 2 & 3 > 2; AT&copy", id="no markup"),
        pytest.param("a <b", "a <b", id="an open bracket"),
        pytest.param(2024, "2024", id="a number"),
        pytest.param(None, "", id="none"),
    ],
)
def test_a_title_is_its_text(title, text):
    assert title_text(title) == text
