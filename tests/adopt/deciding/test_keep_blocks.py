"""What one post alone has may be the author's own; what several posts have alike was pasted."""

import pytest

from linkmgr.adopt.deciding.losses import SEVERAL
from linkmgr.adopt.report import adoption_text
from linkmgr.adopt.run import adopt
from linkmgr.catalog.reading.files import load_catalog
from linkmgr.messages.message import translate
from tests.support.jekyll import write_site
from tests.support.legacy_blogs import CONFIG, LAYOUT, SLOW, book_text, post_text, write_blog

LINK = "https://www.amazon.co.jp/dp/4999999005?tag=example-22"
UTM = "utm_source=letter&utm_medium=email&utm_campaign=help"

CTA_OF_OTHERS = (
    f"### 実際に相談した話\n\nよい窓口です。\n\n[窓口](https://city.example/help?{UTM})\n"
)
OWN_STORY = f"### 相談した話\n\n私は去年、ここに相談しました。\n\n[窓口](/contact/?{UTM})\n"
SOURCES = f"### 参考書籍\n\n[潮の暦]({LINK})\n夜、台所でこの本を読み終えた。明日も読む。\n"
MONTHLY = f"### 今月の本\n\n[潮の暦]({LINK})\n\n夜、台所で読み終えた。\n"
ANNOTATED = f"## おすすめの本\n\n- [潮の暦]({LINK}) — 図書館で借りた一冊。いまも棚にある。\n"
BUTTON = "コードはこちらにある。\n\n[ダウンロード](/files/code.zip){: .btn}\n"
BOX = '<div class="banner"><p>コードです。</p><a href="/files/code.zip">ダウンロード</a></div>\n'
PLAN = f"---\n\n### 来月の予定\n\n来月は海へ行く。\n\n[予定表](/plan/?{UTM})\n"
LABELLED = f"## おすすめの本\n\n{book_text('4999999005', '潮の暦', '海辺の一年')}\nこの本は重い。\n"
QUOTED = f"### 参考書籍\n\n[潮の暦]({LINK})\n\n> 海は広い。\n"
OWN = [
    pytest.param(PLAN, id="a section with a link for statistics"),
    pytest.param(LABELLED, id="a sentence about the book above it"),
    pytest.param(QUOTED, id="a quotation from the book above it"),
    pytest.param(BUTTON, id="a button"),
    pytest.param(BOX, id="a button in a box"),
    pytest.param(CTA_OF_OTHERS, id="a link to another site that a call word stands over"),
    pytest.param(OWN_STORY, id="a story about a page of the blog"),
    pytest.param(SOURCES, id="sentences in the paragraph of a book"),
    pytest.param(MONTHLY, id="a paragraph about the book under it"),
    pytest.param(ANNOTATED, id="a list of books with sentences on each"),
]


def write_same(root, text, number):
    """Write a blog of which so many posts have a text."""
    posts = {
        f"_posts/2024-02-{n:02}-post.md": post_text(f"題 {n}", "砂場", "計算", "段落。", text)
        for n in range(1, number + 1)
    }
    return write_site(root, {"_config.yml": CONFIG, "_layouts/post.html": LAYOUT, **posts})


@pytest.mark.parametrize("text", OWN)
def test_what_may_be_authors_own_stays_in_post_that_has_it_alone(tmp_path, text):
    root = write_same(tmp_path / "blog", text, SEVERAL - 1)
    adoption = adopt(root, write=True)
    assert text in (root / "_posts/2024-02-01-post.md").read_text(encoding="utf-8")
    reported = [
        translate(each.message) for change in adoption.changes for each in change.findings_left
    ]
    assert any("stays: " in message and "may" in message for message in reported)
    assert not adoption.rewritten


@pytest.mark.parametrize("text", OWN)
def test_what_stays_is_neither_in_catalog_nor_in_its_mappings(tmp_path, text):
    adoption = adopt(write_same(tmp_path / "blog", text, SEVERAL - 1))
    assert (adoption.collected.books, adoption.collected.ctas, adoption.new) == ((), (), ())
    assert "4999999005" not in adoption.catalog_after
    assert "city.example" not in adoption.catalog_after


@pytest.mark.parametrize("text", OWN)
def test_what_several_posts_have_alike_was_pasted(tmp_path, text):
    root = write_same(tmp_path / "blog", text, SEVERAL)
    adoption = adopt(root, write=True)
    assert len(adoption.rewritten) == SEVERAL
    assert not adopt(root, write=True).anything


def test_the_same_link_under_other_words_is_not_alike(tmp_path):
    root = write_same(tmp_path / "blog", OWN_STORY, 4)
    for n, path in enumerate(sorted((root / "_posts").iterdir())):
        text = path.read_text(encoding="utf-8")
        path.write_text(text.replace("私は去年", f"私は{n}年前"), encoding="utf-8")
    assert not adopt(root).rewritten


def test_an_interrupted_run_is_completed_with_few_posts_left(tmp_path):
    root = write_same(tmp_path / "blog", SOURCES, SEVERAL)
    last = root / "_posts/2024-02-03-post.md"
    before = last.read_bytes()
    adopt(root, write=True)
    last.write_bytes(before)
    assert [change.path for change in adopt(root, write=True).rewritten] == [
        "_posts/2024-02-03-post.md"
    ]


def test_the_rule_before_a_block_that_stays_stays_too(tmp_path):
    text = f"---\n\n{SOURCES}"
    root = write_same(tmp_path / "blog", text, 1)
    adopt(root, write=True)
    assert text in (root / "_posts/2024-02-01-post.md").read_text(encoding="utf-8")


def test_a_disclosure_stays_where_affiliate_links_stay(tmp_path):
    text = f"{SOURCES}\n*※ 本ページのリンクにはアフィリエイトリンクが含まれます。*\n"
    root = write_same(tmp_path / "blog", text, 1)
    assert not adopt(root, write=True).rewritten


def test_a_disclosure_stays_where_affiliate_links_in_text_stay(tmp_path):
    disclosure = "*※ 本ページのリンクにはアフィリエイトリンクが含まれます。*\n"
    root = write_same(tmp_path / "blog", f"この[本]({LINK})を読む。\n\n{disclosure}", SEVERAL)
    assert not adopt(root, write=True).rewritten


def test_no_article_is_reported_to_go_on_after_block_that_stays(tmp_path):
    root = write_same(tmp_path / "blog", SOURCES + "\n## 続き\n\n段落。\n", 1)
    kinds = {each.kind for change in adopt(root).changes for each in change.findings_left}
    assert "text-after-block" not in kinds


def test_a_catalog_with_items_keeps_its_limits_and_hears_usual(tmp_path):
    root = write_blog(tmp_path / "blog")
    for path in (root / "_posts").glob("2024-03-*"):
        path.unlink()
    own = f"books:\n  slow: {{asin: '{SLOW[0]}', title: Slow, blurb: {SLOW[2]}}}\n"
    site = "site: {name: 砂の日記, url: https://blog.example}\n"
    (root / "catalog.yaml").write_text(site + own, encoding="utf-8")
    adoption = adopt(root, write=True)
    assert "blocks:" not in adoption.catalog_after
    assert "Most old blocks (books) had 2, the catalog's have 3" in adoption_text(adoption)


def test_a_new_catalog_gets_the_usual_limits_and_needs_no_advice(tmp_path):
    root = write_blog(tmp_path / "blog")
    adoption = adopt(root, write=True)
    limits = {block.name: block.limit for block in load_catalog(root / "catalog.yaml").blocks}
    assert (limits["cta"], limits["books"]) == (1, 2)
    assert "Most old blocks" not in adoption_text(adoption)


def test_a_card_with_a_label_ends_where_it_ends(tmp_path):
    book = book_text("4999999005", "潮の暦", "海辺の一年")
    root = write_same(tmp_path / "blog", f"## おすすめ書籍\n\n{book}\n段落が続く。\n", 1)
    assert [change.removed[0].kind for change in adopt(root).changes] == ["books"]
