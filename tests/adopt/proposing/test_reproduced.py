"""What becomes of the old placements is told, and settled with the first run."""

from linkmgr.adopt.report import adoption_text
from linkmgr.adopt.report_json import adoption_json
from linkmgr.adopt.run import adopt
from linkmgr.catalog.reading.files import load_catalog
from tests.support.legacy_blogs import ARTICLE, SLOW, blocks_text, book_text, post_text, write_blog

SITE = "site:\n  name: 砂の日記\n  url: https://blog.example\n"
ONE_EACH = SITE + "blocks:\n  cta: {limit: 1}\n  books: {limit: 1}\n"
ONCE = ("4999999005", "一度だけの本", "一つの記事に")
TWICE = ("4000000012", "もう一冊の本", "同じ記事に")


def write_once(root, *books):
    """Write a blog of which one post alone carries these books."""
    path = write_blog(root) / "_posts/2024-04-01-once.md"
    text = blocks_text(books, "strategy", "計画のご相談")
    path.write_text(post_text("一度", "別の話", "日記", ARTICLE, text), encoding="utf-8")
    return root


def test_every_book_is_shown_though_most_posts_have_room_for_one(tmp_path):
    adoption = adopt(write_once(tmp_path / "blog", ONCE), by_rules=True)
    assert adoption.collected.limits["books"] == 1
    assert adoption.reproduced.unseen == ()
    assert "shown in no post" not in adoption_text(adoption)


def test_a_book_that_no_post_shows_any_more_is_listed(tmp_path):
    root = write_once(tmp_path / "blog", ONCE, TWICE)
    (root / "catalog.yaml").write_text(ONE_EACH, encoding="utf-8")
    adoption = adopt(root, by_rules=True)
    (lost,) = adoption.reproduced.unseen
    assert f"\n  no longer shown in any post: {lost}\n" in adoption_text(adoption)
    assert adoption_json(adoption)["reproduced"]["unseen"] == (lost,)


def test_a_book_of_a_block_that_stays_is_not_in_the_catalog_too(tmp_path):
    root = write_blog(tmp_path / "blog")
    path = root / "_posts/2024-01-01-none.md"
    uncertain = f"{path.read_text(encoding='utf-8')}\n## 一冊\n\n{book_text(*ONCE)}"
    path.write_text(uncertain.replace("[Amazonで詳しく見る →]", "[題]"), encoding="utf-8")
    adoption = adopt(root, write=True)
    assert "unsure" in {each.kind for change in adoption.changes for each in change.findings_left}
    assert ONCE[0] not in {b.asin for b in load_catalog(root / "catalog.yaml").books.values()}
    assert ONCE[1].encode() in path.read_bytes()
    assert not adopt(root, write=True).anything


def test_books_that_catalog_has_without_mapping_are_shown_again(tmp_path):
    root = write_blog(tmp_path / "blog")
    own = f"books:\n  slow: {{asin: '{SLOW[0]}', title: Slow}}\n"
    (root / "catalog.yaml").write_text(SITE + own, encoding="utf-8")
    adoption = adopt(root, write=True)
    assert adoption.reproduced.hits["books"] == adoption.reproduced.placements["books"]
    assert not adopt(root, write=True).anything


def test_the_headings_of_the_old_blocks_are_reported(tmp_path):
    adoption = adopt(write_blog(tmp_path / "blog"))
    assert "\n  books: この記事に関連するおすすめ書籍 (8)\n" in adoption_text(adoption)
    assert adoption_json(adoption)["headings"] == {
        "related": {"あわせて読みたい": 8},
        "books": {"この記事に関連するおすすめ書籍": 8},
    }
