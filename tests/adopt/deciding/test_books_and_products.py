"""Goods become books only where something says so, and each kind is shown in its own block."""

import pytest

from linkmgr.adopt.deciding.collect import collect_items
from linkmgr.adopt.report import adoption_text
from linkmgr.adopt.report_json import adoption_json
from linkmgr.adopt.run import adopt
from linkmgr.catalog.items import ItemKind
from linkmgr.catalog.reading.parse import parse_catalog
from tests.support.articles import scanned
from tests.support.jekyll import write_site
from tests.support.legacy_blogs import ARTICLE, CONFIG, EMPTY, LAYOUT, old_book, old_post, post_text

ASIN = "B0EXAMPLE1"
LINK = f"https://www.amazon.co.jp/dp/{ASIN}/?tag=example-22"
PAPER = "https://www.amazon.co.jp/dp/4000000004/?tag=example-22"
BOOKS, PRODUCTS = ItemKind.BOOKS, ItemKind.PRODUCTS


def card(box, title, inside=""):
    name = f'<div class="x-name"><a href="{LINK}">{title}</a></div>'
    return f'<div class="{box}">{name}{inside}</div>\n'


def section(heading, title, label="Amazonで詳しく見る"):
    return f"---\n\n## {heading}\n\n### [{title}]({LINK})\n\n紹介\n\n[{label}]({LINK})\n"


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        pytest.param(card("booklink-box", "砂"), BOOKS, id="a card of ヨメレバ"),
        pytest.param(card("kaerebalink-box", "砂"), PRODUCTS, id="a card of カエレバ"),
        pytest.param(card("kaerebalink-box", "砂 Kindle版"), BOOKS, id="its title"),
        pytest.param(card("amazlet-box", "砂 (砂丘文庫)"), BOOKS, id="a series in the title"),
        pytest.param(card("amazlet-box", "Kindle Paperwhite"), None, id="a reader of books"),
        pytest.param(
            card("hatena-asin-detail", "砂", "<ul><li>メディア: Kindle版</li></ul>"),
            BOOKS,
            id="a medium that is a book",
        ),
        pytest.param(
            card("hatena-asin-detail", "砂", "<ul><li>メディア: エレクトロニクス</li></ul>"),
            PRODUCTS,
            id="another medium",
        ),
        pytest.param(
            card("amazlet-box", "砂", '<a href="https://bookshop.org/a/1/9784000000007">紙</a>'),
            None,
            id="a number that is no ISBN",
        ),
        pytest.param(
            card("amazlet-box", "砂", '<a href="https://books.rakuten.co.jp/9784000000000">紙</a>'),
            BOOKS,
            id="an ISBN in another shop's address",
        ),
        pytest.param(
            card("amazlet-box", "砂", f'<a href="{PAPER}">単行本</a>'),
            BOOKS,
            id="an edition with an ISBN",
        ),
        pytest.param(section("おすすめの品", "砂", "Kindle版を見る"), BOOKS, id="a label"),
        pytest.param(section("Gear", "Sand", "Kindle Edition"), BOOKS, id="an English label"),
        pytest.param(section("おすすめ書籍", "砂"), BOOKS, id="a heading over books"),
        pytest.param(section("Recommended books", "Sand"), BOOKS, id="an English heading"),
        pytest.param(section("おすすめ商品", "砂"), None, id="a heading over any goods"),
        pytest.param(section("Books and gear", "Sand"), None, id="an English heading over both"),
    ],
)
def test_what_a_post_says_of_a_good_with_an_asin_of_any(text, kind):
    (book,) = (book for block in scanned(text.encode()).blocks for book in block.books)
    assert (book.asin, book.kind) == (ASIN, kind)


@pytest.mark.parametrize(
    ("asin", "kinds", "section", "doubtful"),
    [
        pytest.param("4000000004", [None], BOOKS, False, id="an ISBN"),
        pytest.param("4000000004", [PRODUCTS], BOOKS, False, id="an ISBN in a card for goods"),
        pytest.param(ASIN, [None, PRODUCTS, BOOKS], BOOKS, False, id="one post says a book"),
        pytest.param(ASIN, [None, PRODUCTS], PRODUCTS, False, id="one post says a product"),
        pytest.param(ASIN, [None, None], PRODUCTS, True, id="none says anything"),
    ],
)
def test_one_post_decides_for_all_whether_a_good_is_a_book(asin, kinds, section, doubtful):
    posts = [old_post(str(n), [old_book(asin, kind=kind)]) for n, kind in enumerate(kinds)]
    found = collect_items(posts, EMPTY)
    (good,) = found.items
    assert (good.item.kind, good.doubtful) == (section, doubtful)
    assert found.placed["0"].of_kind(section) == (good.item.id,)
    assert found.limits[section] == 1


@pytest.mark.parametrize("section", ["books", "products"])
def test_a_good_that_its_owner_has_moved_stays_in_its_section(section):
    catalog = parse_catalog(
        "site: {name: x, url: https://blog.example}\n"
        f"{section}: {{mine: {{asin: {ASIN}, title: Sand}}}}\n"
    )
    found = collect_items([old_post("a", [old_book(ASIN, kind=None)])], catalog)
    (good,) = found.items
    assert (good.item.kind.section, good.known, good.doubtful) == (section, True, False)


READER = card("amazlet-box", "読書端末")
BOTH = READER + "\n" + card("amazlet-box", "砂").replace(ASIN, "4000000004")


def write_blog(root, catalog=""):
    posts = {
        f"_posts/2024-02-{day:02}-sand.md": post_text("砂", "砂場", "計算", ARTICLE, BOTH)
        for day in range(1, 5)
    }
    files = {"_config.yml": CONFIG, "_layouts/post.html": LAYOUT, **posts}
    return write_site(root, files | ({"catalog.yaml": catalog} if catalog else {}))


OWN_BLOCKS = "site: {name: x, url: https://blog.example}\nblocks: {books: {}, related: {}}\n"


@pytest.mark.parametrize(
    ("catalog", "names"),
    [
        pytest.param("", ["related", "cta", "books", "products"], id="a new catalog"),
        pytest.param(OWN_BLOCKS, ["books", "related", "products"], id="one with blocks of its own"),
    ],
)
def test_catalog_gets_books_and_products_and_a_block_for_each(tmp_path, catalog, names):
    adopted = adopt(write_blog(tmp_path, catalog))
    after = parse_catalog(adopted.catalog_after)
    assert [good.title for good in after.books.values()] == ["砂"]
    assert [good.title for good in after.products.values()] == ["読書端末"]
    assert [block.name for block in after.blocks] == names
    done = adopted.reproduced
    assert (
        done.hits["books"],
        done.placements["books"],
        done.hits["products"],
        done.placements["products"],
    ) == (4, 4, 4, 4)


def test_the_report_marks_what_may_be_a_book(tmp_path):
    adopted = adopt(write_blog(tmp_path))
    text = adoption_text(adopted)
    assert "Products: 1\n     4 posts  p-b0example1  読書端末  (or a book?)\n" in text
    assert "move each that is from `products` to `books`" in text
    assert "4 of 4 book placements (100%) and 4 of 4 product placements" in text
    (product,) = adoption_json(adopted)["products"]
    assert (product["asin"], product["doubtful"]) == (ASIN, True)
