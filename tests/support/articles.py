"""Articles and blocks from which tests compose posts."""

from hypothesis import strategies as st

from linkmgr.adopt.post.model import OldPost
from linkmgr.adopt.post.site_addresses import LiveUrls
from linkmgr.adopt.scanning.removal import remove_blocks
from linkmgr.adopt.scanning.scan import scan_post

SITE = "https://blog.example"
LIVE = LiveUrls(
    ["/2024/03/01/first-post/", "/2024/03/05/second-post/", "/2024/04/02/%E4%B8%89/"], SITE
)

RELATED = """### あわせて読みたい

- [はじめての記事](/2024/03/01/first-post/)
- [The second](https://blog.example/2024/03/05/second-post/)
"""
CTA = """## 導入のご相談を承っています

経験をもとに、計画から運用までお手伝いします。

[お問い合わせはこちら](/contact/?utm_source=article&utm_medium=cta&utm_campaign=strategy)
{: .consulting-cta-link}
"""
BOOKS = """## この記事に関連するおすすめ書籍

### [砂の計算機](https://www.amazon.co.jp/dp/4000000004/?tag=example-22)

砂粒で数える人の物語

[Amazonで詳しく見る →](https://www.amazon.co.jp/dp/4000000004/?tag=example-22)

### [Slow Machines](https://www.amazon.co.jp/dp/4111111114/?tag=example-22)

Why waiting helps

[Amazonで詳しく見る →](https://www.amazon.co.jp/dp/4111111114/?tag=example-22)
"""
DISCLOSURE = "*※ 本ページのリンクにはアフィリエイトリンクが含まれます。*\n"
MARKER = "---END---\n"
CARD = """<div class="booklink-box"><div class="booklink-image">
<a href="https://www.amazon.co.jp/dp/4000000004/?tag=example-22"><img src="/c.jpg"></a></div>

<div class="booklink-name"><a href='https://www.amazon.co.jp/dp/4000000004/?tag=example-22'>
砂の計算機</a></div></div>
"""
RULE = "---\n\n"

BLOCKS = {
    "related": RULE + RELATED,
    "cta": RULE + CTA,
    "books": RULE + BOOKS + "\n" + RULE + DISCLOSURE,
    "all": RULE + "\n".join((RELATED, RULE + CTA, RULE + BOOKS, RULE + DISCLOSURE)),
    "disclosure": DISCLOSURE,
    "marker": MARKER,
    "card": CARD,
}
"""Blocks as generators and tools paste them, those with headings after their own rule."""

_WORDS = st.text(
    st.sampled_from("あいうえおかきくけこ東京物語abcdefg、 "), min_size=1, max_size=30
).map(str.strip)
_SENTENCES = _WORDS.filter(bool).map(lambda words: f"文{words}。")
_TITLES = _WORDS.filter(bool).map(lambda words: f"題{words}".rstrip("、"))
_CODE = f"```\n{RELATED}\n{MARKER}{BOOKS}```\n"

PIECES = st.one_of(
    _SENTENCES.map("{}\n".format),
    st.lists(_SENTENCES, min_size=2, max_size=4).map(lambda lines: "  \n".join(lines) + "\n"),
    _TITLES.map("## {}\n".format),
    _TITLES.map("#### {} ####\n".format),
    _TITLES.map("{}\n===\n".format),
    _TITLES.map("{}\n---\n".format),
    st.lists(_SENTENCES, min_size=1, max_size=4).map(
        lambda items: "- " + "\n- ".join(items) + "\n"
    ),
    st.lists(_TITLES, min_size=1, max_size=3).map(
        lambda items: "".join(f"1. [{item}](/2024/03/01/first-post/)\n" for item in items)
    ),
    st.lists(_TITLES, min_size=1, max_size=3).map(
        lambda items: "".join(f"- [{item}](#{item})\n" for item in items)
    ),
    _SENTENCES.map("> {}\n> 続き\n".format),
    _SENTENCES.map("<div class='note'>\n{}\n\n</div>\n".format),
    st.sampled_from(
        [
            _CODE,
            f"<!--\n{RELATED}-->\n",
            "{% raw %}\n" + RELATED + "{% endraw %}\n",
            "    - [indented](/2024/03/01/first-post/)\n",
            "| a | b |\n|---|---|\n| 1 | 2 |\n",
            "![figure](/assets/figure.png)\n",
            "***\n",
            "---\n",
            "本文の[砂の計算機](https://www.amazon.co.jp/dp/4000000004/)を読んだ。\n",
            "私は昔、アフィリエイトで暮らす人に会ったことがあり、その話を書くつもりでいる。\n",
            "式は次の通り。\n{: .note}\n",
            "[^1]: 注\n",
            "trailing spaces   \nand a tab\t\n",
            "* a\n\n  still a\n* b\n",
            "## 関連技術\n\n- [記事](/2024/03/01/first-post/)\n",
            "Some *English* prose, with https://blog.example/2024/03/05/second-post/ in it.\n",
        ]
    ),
)


@st.composite
def articles(draw: st.DrawFn) -> tuple[list[str], list[str]]:
    """Draw an article as its pieces and the blank lines after each."""
    pieces = draw(st.lists(PIECES, max_size=6))
    gaps = [draw(st.sampled_from(["\n", "\n\n", "  \n"])) for _ in pieces]
    return pieces, gaps


def scanned(raw: bytes, path: str = "_posts/2024-05-01-post.md") -> OldPost:
    """Scan a file of the blog that these articles are of."""
    return scan_post(path, raw, LIVE)


def cleaned(raw: bytes) -> bytes:
    """Return a file of that blog without its blocks."""
    return remove_blocks(raw, scanned(raw))
