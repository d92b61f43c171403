"""No sentence and no link leaves unasked: each is in the catalog afterwards, or in its post."""

import json
import re

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from linkmgr.adopt.post.phrases import author_of, letters_of
from linkmgr.adopt.run import adopt
from linkmgr.catalog.reading.files import load_catalog
from linkmgr.messages.message import translate
from tests.adopt.deciding.test_nothing_lost import post_of, write_posts
from tests.support.cli import run
from tests.support.legacy_forms import OTHER, PAPER, amazlet, page, yomereba
from tests.support.properties import examples

SAND, BEANS = f"[砂の計算機]({page(PAPER)})", f"[豆の手帖]({page(OTHER)})"
MORE = f"[Amazonで詳しく見る]({page(PAPER)})"
CONTACT = "/contact/?utm_source=article&utm_medium=cta&utm_campaign=strategy"
BOX = amazlet(PAPER, "砂の計算機")


def at_the_end(root, *texts):
    """Write a blog of posts that end with these texts."""
    write_posts(root, *texts)
    for number, text in enumerate(texts, 1):
        post = root / f"_posts/2024-02-{number:02}-post.md"
        before = post.read_text(encoding="utf-8").partition(text)[0]
        post.write_text(before + text, encoding="utf-8")
    return root


def adopted(root, *texts, discard=False):
    """Adopt a blog of posts with these texts, and return what was done."""
    at_the_end(root, *texts)
    return adopt(root, write=True, discard=discard)


def books_of(root):
    file = root / "catalog.yaml"
    return [*load_catalog(file).books.values()] if file.exists() else []


def section(*rows):
    return "## 関連するおすすめ書籍\n\n" + "".join(f"- {row}\n" for row in rows)


@pytest.mark.parametrize("number", ["1" * 5000, "0" * 5000 + "65"])
def test_a_reference_of_thousands_of_digits_stops_nothing(tmp_path, number):
    reference = f"&#{number};"
    text = f"# {reference}\n\n- {SAND} {reference}\n\n{BOX.replace('砂', reference)}\n"
    adopted(tmp_path, text + f"\n[a](https://example.com/?a={reference})\n")
    assert reference in (tmp_path / "_posts/2024-02-01-post.md").read_text(encoding="utf-8")


def test_a_button_into_a_store_at_amazon_stays(tmp_path):
    button = "[Join my store](https://www.amazon.es/shop/sand?listId=A1){: .btn}"
    store = f"Text.\n\n{button}\n"
    done = adopted(tmp_path, store, store, store, section(SAND))
    assert button in (tmp_path / "_posts/2024-02-01-post.md").read_text(encoding="utf-8")
    assert [book.title for book in books_of(tmp_path)] == ["砂の計算機"]
    said = [translate(found.message) for change in done.changes for found in change.findings_left]
    assert any("leads to a page of Amazon's that is no product" in each for each in said)


def test_a_reference_link_with_a_long_address_keeps_its_block(tmp_path):
    address = "https://example.com/?q=" + "a" * 6000
    text = f"{section(f'{SAND} [砂の計算機][more]')}\n[more]: {address}\n"
    done = adopted(tmp_path, text)
    assert [unsaved.text for change in done.changes for unsaved in change.unsaved_left] == [address]


@pytest.mark.parametrize(
    "sentence",
    [
        "I mostly read on paper, and wanted to name the books of this week.",
        "Books that are on my desk right now and that nobody else wants",
        "最近の夜に読んでいた参考図書です。",
        "Recommended books:",
    ],
)
def test_first_paragraph_under_a_heading_is_no_heading_of_books(tmp_path, sentence):
    text = f"#### On paper\n{sentence}\n\n- {SAND} by Ada Sand\n- {BEANS} by B. Bean\n"
    adopted(tmp_path / "blog", text)
    assert text in post_of(tmp_path / "blog")


def test_a_line_that_only_announces_books_still_leaves_with_them(tmp_path):
    adopted(tmp_path / "blog", f"関連するおすすめ書籍\n\n- {SAND}\n")
    assert "おすすめ書籍" not in post_of(tmp_path / "blog")
    assert [book.asin for book in books_of(tmp_path / "blog")] == [PAPER]


@pytest.mark.parametrize(
    ("text", "author"),
    [
        ("by Ada Sand", "Ada Sand"),
        ("by Ada Sand and B. Slow", "Ada Sand and B. Slow"),
        ("By Émile van Ardent, Ōe Ken", "Émile van Ardent, Ōe Ken"),
        ("砂田計著", "砂田計"),
        ("砂田 計（著）", "砂田 計"),
        ("著者：砂田計、豆野香", ""),
        ("著者：砂田計", "砂田計"),
        ("by far the best", ""),
        ("by Ada Sand. A good read.", ""),
        ("これは名著", ""),
        ("砂粒の話", ""),
    ],
)
def test_a_text_that_only_names_the_author_is_the_author(text, author):
    assert author_of(text) == author


def test_author_after_a_link_is_author_of_book_and_no_blurb(tmp_path):
    adopted(tmp_path / "blog", section(f"{SAND} by Ada Sand", f"{BEANS} by far the best"))
    found = {book.asin: (book.author, book.blurb) for book in books_of(tmp_path / "blog")}
    assert found == {PAPER: ("Ada Sand", ""), OTHER: (None, "by far the best")}


@pytest.mark.parametrize(
    "button",
    [
        "[![Buy Now](https://example.com/buy.jpg)](https://example.com/affiliate-link)",
        "[アフィリエイト広告について](https://example.com/about)",
        "https://example.com/affiliate-links",
        '<a href="https://example.com/affiliate-link">Affiliate link</a>',
    ],
)
def test_a_button_is_no_disclosure_whatever_its_address_says(tmp_path, button):
    adopted(tmp_path / "blog", f"{section(SAND)}\n{button}\n")
    assert f"\n{button}\n" in post_of(tmp_path / "blog")
    assert [book.asin for book in books_of(tmp_path / "blog")] == [PAPER]


def test_a_disclosure_stays_that_tells_of_its_author(tmp_path):
    note = "*※ アフィリエイトリンクを含みます。この本は発売日に購入しました。*\n"
    adopted(tmp_path / "blog", f"{section(SAND)}\n{note}")
    assert note in post_of(tmp_path / "blog")


def test_a_disclosure_of_several_lines_leaves(tmp_path):
    note = "*※ アフィリエイトリンクを含みます。  \n価格は変わりません。*\n"
    adopted(tmp_path / "blog", f"{section(SAND)}\n{note}")
    assert note not in post_of(tmp_path / "blog")


def test_a_disclosure_stays_where_no_affiliate_links_leave(tmp_path):
    note = "*※ 本ページのリンクにはアフィリエイトリンクが含まれます。*\n"
    adopted(tmp_path / "blog", note, f"{section(SAND)}\n{note}")
    assert note in post_of(tmp_path / "blog", 1)
    assert note not in post_of(tmp_path / "blog", 2)


@pytest.mark.parametrize("heading", ["# 参考図書", "## 参考", "# おすすめ書籍", "## References"])
def test_a_heading_of_books_leaves_with_the_boxes_below_it(tmp_path, heading):
    boxes = f"{BOX}\n{amazlet(OTHER, '豆の手帖')}"
    adopted(tmp_path / "blog", f"{heading}\n\n{boxes}")
    assert f"{heading}\n" not in post_of(tmp_path / "blog")
    assert {book.asin for book in books_of(tmp_path / "blog")} == {PAPER, OTHER}


def test_a_heading_stays_where_more_than_boxes_is_below_it(tmp_path):
    adopted(tmp_path / "blog", f"## 参考\n\n本文。\n\n{BOX}\n## 次\n\n{BOX}\n本文。\n\n# 終わり\n")
    left = post_of(tmp_path / "blog")
    assert all(heading in left for heading in ("## 参考", "## 次", "# 終わり"))


def test_a_box_stays_where_its_heading_would_be_left_empty(tmp_path):
    text = f"## 砂を数える\n\n{BOX}\n## 次の節\n\n本文。\n"
    root = tmp_path / "blog"
    adoption = adopted(root, text)
    assert text in post_of(root)
    ((finding,),) = (change.findings_left for change in adoption.changes)
    assert "the heading “砂を数える” would be left with nothing below it" in translate(
        finding.message
    )


def test_a_heading_repeated_over_the_same_box_leaves_with_it(tmp_path):
    text = f"## 砂を数える\n\n{BOX}\n## 次の節\n\n本文。\n"
    adopted(tmp_path / "blog", text, text, text)
    assert "砂を数える" not in post_of(tmp_path / "blog")


LOSING = {
    "another blurb": section(f"{SAND}: とても珍しい言い方"),
    "a link to a search": section(SAND, "[豆](https://www.amazon.co.jp/s?k=beans&tag=example-22)"),
    "a picture for a label": f"## 導入のご相談\n\n[![問合せ](/b.png)]({CONTACT})\n",
}


@pytest.mark.parametrize("text", LOSING.values(), ids=LOSING)
def test_a_block_the_catalog_cannot_hold_stays_unless_told(tmp_path, text):
    usual = [section(f"{SAND}: 砂粒の話")] * 2
    root = at_the_end(tmp_path / "blog", text, *usual)
    adopt(root, write=True)
    assert text in post_of(root)
    assert "砂粒の話" not in post_of(root, 2)
    adopt(root, write=True, discard=True)
    assert text not in post_of(root)


def test_report_names_what_stays_with_its_line_and_option(tmp_path):
    rare = LOSING["another blurb"]
    usual = [section(f"{SAND}: 砂粒の話")] * 2
    root = at_the_end(tmp_path / "blog", rare, *usual)
    place = "  _posts/2024-02-01-post.md:9: とても珍しい言い方\n"
    said = run("adopt", "--site", root)
    assert f"cannot hold them: 1\n{place}  --discard removes the blocks with them." in said.out
    (listed,) = json.loads(run("adopt", "--site", root, "--json").out)["unsaved"]
    assert listed == {
        "path": "_posts/2024-02-01-post.md",
        "leaves": False,
        "line": 9,
        "text": "とても珍しい言い方",
    }
    planned = run("adopt", "--site", root, "--discard")
    assert (
        f"that --discard removes from the posts, for the catalog cannot hold them: 1\n{place}"
        in (planned.out)
    )
    done = run("adopt", "--site", root, "--discard", "--write")
    assert f"--discard removed from the posts, for the catalog cannot hold them: 1\n{place}" in (
        done.out
    )
    assert done.code == 0


FORMS = (
    "## 関連するおすすめ書籍\n\nS。\n\n- {sand}\n",
    "## 関連するおすすめ書籍\n\n- {sand} S。\n- [S]({search})\n",
    "## 関連するおすすめ書籍\n\n### {sand}\n\nS。\n\n{more}\n",
    "## S\n\n- {sand}: S\n",
    "### 棚\nS books\n\n- {sand} by S\n",
    "S\n\n{box}",
    "## 参考\n\n{box}\nS。\n\n{box}",
    "<div>\n{box}<p>S。</p>\n</div>\n",
    "{yomereba}\n[![S](L.jpg)](L)\n",
    "## S\n\nS。\n\n[S]({contact})\n{{: .cta-link}}\n",
    "## 相談\n\nS。\n\n[![S](L)]({contact})\n",
    '<div class="cta"><h3>S</h3><p>S。</p><p>S。</p><a href="{contact}">S</a></div>\n',
    "### あわせて読みたい\n\n- [S](L)\n- [S](/2024/02/01/post/)\n",
    "*※ アフィリエイトリンクを含みます。S。*\n",
    "※ アフィリエイトリンクを含みます。[S](L)\n",
    "[アフィリエイト]L\n\n[アフィリエイトリンク](L)\n",
    "S。 --- ## 関連するおすすめ書籍 ### {sand} S {more}\n",
    "S。 --- ## 相談 S [S]({contact}) ---\n",
    "[S][ref] は {sand}。\n\n[ref]: L\n",
    "S。\n",
    "---\n",
)


@st.composite
def posts(draw):
    """Draw posts whose sentences (`S`) and addresses (`L`) are each the only one of its kind."""
    numbers = iter(range(100, 1000))

    def filled(form):
        text = form.format(
            sand=SAND,
            more=MORE,
            box=BOX,
            yomereba=yomereba(PAPER, "砂の計算機"),
            contact=CONTACT,
            search="https://www.amazon.co.jp/s?k=beans&tag=example-22",
        )
        return re.sub(
            r"S(?=[。 \n<\]*]|$)|(?<![A-Za-z])L(?=[).\n]|$)",
            lambda slot: (
                f"Sätz{next(numbers)}"
                if slot[0] == "S"
                else f"https://example.com/affiliate-{next(numbers)}"
            ),
            text,
        )

    forms = st.lists(st.sampled_from(FORMS), min_size=1, max_size=4)
    drawn = draw(st.lists(forms, min_size=1, max_size=2))
    texts = ["\n".join(map(filled, each)) for each in drawn]
    # What three posts have alike was pasted.
    return texts * draw(st.sampled_from([1, 1, 3]))


def _slots(text):
    return set(re.findall(r"Sätz\d+|https://example\.com/affiliate-\d+", text))


@given(posts(), st.booleans())
@settings(max_examples=examples(150), suppress_health_check=list(HealthCheck), deadline=None)
def test_no_sentence_and_no_link_of_any_mixture_leaves_unlisted(tmp_path_factory, texts, discard):
    root = tmp_path_factory.mktemp("mixed") / "blog"
    adoption = adopted(root, *texts, discard=discard)
    file = root / "catalog.yaml"
    held = _slots(file.read_text(encoding="utf-8")) if file.exists() else set()
    headings = {block.heading for post in adoption.site.old.values() for block in post.blocks}
    for number, (text, change) in enumerate(
        zip(texts, _changes(adoption, len(texts)), strict=True), 1
    ):
        lost = _slots(text) - _slots(post_of(root, number)) - held
        listed = _slots(" ".join(each.text for each in change.unsaved_removed)) if change else set()
        assert {each for each in lost - listed if each not in headings} == set()
        assert discard or not listed


def _changes(adoption, number):
    by_path = {change.path: change for change in adoption.changes}
    return [by_path.get(f"_posts/2024-02-{n:02}-post.md") for n in range(1, number + 1)]


def test_letters_alone_are_compared():
    assert letters_of("Ｃ＋＋ の *本*!") == letters_of("c++の本")
