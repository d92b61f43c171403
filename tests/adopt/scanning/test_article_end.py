"""Where an article ends, and so which blocks are in the middle of it."""

import pytest

from linkmgr.adopt.scanning.article_end import in_middle, with_ends
from tests.support.articles import BOOKS, CARD, CTA, DISCLOSURE, MARKER, RELATED, RULE, scanned

BEFORE = "---\ntitle: 題\n---\n\nはじめの段落。\n\n"


def middle_of(*texts):
    """Return the kinds of the blocks in the middle of the first of these posts."""
    posts = {f"{n}": scanned((BEFORE + text).encode(), f"{n}.md") for n, text in enumerate(texts)}
    return [block.kind for block in in_middle(with_ends(posts)["0"])]


@pytest.mark.parametrize(
    "after",
    [
        pytest.param("", id="nothing"),
        pytest.param(f"{RULE}{RELATED}\n{RULE}{CTA}\n{RULE}{BOOKS}\n{DISCLOSURE}", id="blocks"),
        pytest.param(f"{RULE}{MARKER}", id="a rule and a marker"),
        pytest.param(
            "## 参考文献\n\n- [白書](https://example.org/)\n\n統計局の資料\n", id="sources"
        ),
        pytest.param("**Sources**\n\n1. [Survey](https://example.org/)\n", id="bold sources"),
        pytest.param("出典：[白書](https://example.org/)\n", id="a line that names a source"),
        pytest.param("[^1]: 注\n\n[shop]: https://example.org/\n", id="definitions"),
        pytest.param("<!-- 下書き\nここまで -->\n", id="a comment"),
        pytest.param("&nbsp;\n\n　\n", id="blank text"),
        pytest.param(
            "当サイトはAmazonアソシエイトとして適格販売により収入を得ています。\n",
            id="a disclosure",
        ),
    ],
)
def test_what_comes_below_an_article_is_no_more_of_it(after):
    assert middle_of(f"{CARD}\n{after}") == []


@pytest.mark.parametrize(
    "after",
    [
        pytest.param("この本はとてもよかった。\n", id="a sentence"),
        pytest.param("## まとめ\n", id="a heading"),
        pytest.param("![写真](/a.jpg)\n", id="a picture"),
        pytest.param("```\ncode\n```\n", id="code"),
        pytest.param("{% youtube abc %}\n", id="a tag"),
        pytest.param("## 参考文献\n\n最後に、読んだ本を紹介します。\n", id="text under sources"),
        pytest.param(
            "## 参考文献\n\n- [白書](/a)\n\n## おわりに\n\nまた今度。\n", id="text below them"
        ),
    ],
)
def test_a_block_above_more_of_an_article_is_in_the_middle(after):
    assert middle_of(f"{CARD}\n{after}") == ["books"]


def test_what_ends_several_posts_alike_is_a_footer():
    footer = "この記事が役に立ったら、シェアしてください。\n"
    own = f"{CARD}\n{footer}"
    assert middle_of(own, own, own) == []
    assert middle_of(own, own) == ["books"]
    assert middle_of(f"{CARD}\n{footer}\n続き。\n", own, own) == ["books"]


def test_a_block_above_one_that_stays_is_in_the_middle():
    mine = "### 私の一冊\n\n私はこれを読んで泣きました。[砂](https://www.amazon.co.jp/dp/4000000004/)\n"
    assert middle_of(f"{CARD}\n{mine}") == ["books"]
