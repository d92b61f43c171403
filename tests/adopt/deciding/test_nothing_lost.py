"""No product and no shop's page is lost: each is in the catalog afterwards, or in its post."""

import json
from dataclasses import replace
from urllib.parse import unquote

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from linkmgr.adopt.deciding.losses import Saved, contents_of, keep_losing, losses
from linkmgr.adopt.post.products import ProductKey, products_in, products_of_items
from linkmgr.adopt.report import adoption_text
from linkmgr.adopt.run import adopt
from linkmgr.adopt.write import write_adoption
from linkmgr.catalog.reading.files import load_catalog
from linkmgr.messages.errors import LinkmgrError
from linkmgr.posts.article.inclusions import card_tag
from tests.support.articles import BOOKS, scanned
from tests.support.cli import run
from tests.support.issued_codes import A8_TEXT, MOSHIMO_TEXT, VC_TEXT
from tests.support.jekyll import write_site
from tests.support.legacy_blogs import CONFIG, LAYOUT, contents
from tests.support.legacy_forms import (
    ASINS,
    FORMS,
    KINDLE,
    OTHER,
    PAPER,
    RAKUTEN_PAGE,
    TAG,
    TWELVE,
    a8_banner,
    escaped,
    frame,
    markdown_image,
    moshimo,
    page,
    picture,
    rakuten,
    rinker,
    stripe_image,
    with_moshimo_pixel,
    yomereba,
    yomereba_with_kindle,
)
from tests.support.properties import examples

BEFORE, AFTER = "はじめの段落。\n", "おわりの段落。\n"


def write_posts(root, *texts, catalog=None):
    """Write a blog whose posts hold these texts, each between two paragraphs."""
    posts = {
        f"_posts/2024-02-{n:02}-post.md": f"---\ntitle: 題 {n}\n---\n\n{BEFORE}\n{text}\n{AFTER}"
        for n, text in enumerate(texts, 1)
    }
    files = {"_config.yml": CONFIG, "_layouts/post.html": LAYOUT, **posts}
    return write_site(root, files | ({"catalog.yaml": catalog} if catalog else {}))


def post_of(root, number=1):
    return (root / f"_posts/2024-02-{number:02}-post.md").read_text(encoding="utf-8")


def catalog_of(root):
    file = root / "catalog.yaml"
    return file.read_text(encoding="utf-8") if file.exists() else ""


def stated(root, *arguments):
    return run("adopt", "--site", root, *arguments)


@pytest.mark.parametrize("legacy", TWELVE.values(), ids=TWELVE)
def test_every_legacy_product_is_in_the_catalog_or_in_its_post(tmp_path, legacy):
    root = write_posts(tmp_path / "blog", legacy.text)
    adopt(root, write=True)
    left = unquote(catalog_of(root) + post_of(root))
    assert [asin for asin in legacy.asins if asin not in left] == []
    assert [shop for shop in legacy.shops if shop not in left] == []


UNTITLED = {
    "an image link with a tag": stripe_image(PAPER, ""),
    "a frame with a tag": frame(PAPER, ""),
    "a card": rinker(PAPER, ""),
}


@pytest.mark.parametrize("text", UNTITLED.values(), ids=UNTITLED)
def test_a_product_without_a_title_stays_and_is_named(tmp_path, text):
    root = write_posts(tmp_path / "blog", text)
    before = contents(root)
    done = stated(root, "--write")
    assert contents(root) == before
    assert done.code == 3
    assert (
        f"  _posts/2024-02-01-post.md:7: ASIN {PAPER}: no title is known: give its link a text, "
        "or add it to the catalog's books\n" in done.out
    )
    assert "1 product stays in the posts (1 without a known title)" in done.out
    (kept,) = json.loads(stated(root, "--json").out)["kept"]
    assert (kept["path"], kept["line"], kept["asin"], kept["untitled"]) == (
        "_posts/2024-02-01-post.md",
        7,
        PAPER,
        True,
    )


def test_an_image_link_in_markdown_stays_and_is_named(tmp_path):
    root = write_posts(tmp_path / "blog", markdown_image(PAPER, ""))
    before = contents(root)
    adoption = adopt(root, write=True)
    assert contents(root) == before
    assert (
        "_posts/2024-02-01-post.md:7: looks like a block (books), but line 7: "
        f"no title is known for ASIN {PAPER}\n" in adoption_text(adoption)
    )


@pytest.mark.parametrize(
    "text",
    [
        pytest.param(stripe_image(PAPER, "砂の計算機"), id="the alt text of the image"),
        pytest.param(frame(PAPER, "砂の計算機"), id="the title of the frame"),
    ],
)
def test_a_title_beside_the_product_is_taken(tmp_path, text):
    root = write_posts(tmp_path / "blog", text)
    assert stated(root, "--write").code == 0
    books = [*load_catalog(root / "catalog.yaml").books.values()]
    assert [(book.asin, book.title) for book in books] == [(PAPER, "砂の計算機")]
    assert f"\n\n{card_tag(books[0].id)}\n\n" in post_of(root)
    assert "amazon" not in post_of(root)


@pytest.mark.parametrize("text", [stripe_image(PAPER, ""), frame(PAPER, ""), rinker(PAPER, "")])
def test_a_title_is_taken_from_another_link_anywhere_on_the_site(tmp_path, text):
    named = f"先に [砂の計算機]({page(PAPER)}) を読んだ。\n"
    root = write_posts(tmp_path / "blog", text, named)
    assert not adopt(root, write=True).kept_products
    books = [*load_catalog(root / "catalog.yaml").books.values()]
    assert [(book.asin, book.title) for book in books] == [(PAPER, "砂の計算機")]
    assert f"\n\n{card_tag(books[0].id)}\n\n" in post_of(root, 1)
    assert "amazon" not in post_of(root, 1)
    assert named in post_of(root, 2)
    assert not adopt(root, write=True).anything


def test_a_title_is_taken_from_the_catalog(tmp_path):
    catalog = (
        "site: {name: x, url: https://blog.example}\n"
        f"books: {{mine: {{asin: '{PAPER}', title: Sand}}}}\n"
    )
    root = write_posts(tmp_path / "blog", frame(PAPER, ""), catalog=catalog)
    adoption = adopt(root, write=True)
    assert not adoption.kept_products
    assert PAPER not in post_of(root)


def test_what_names_an_action_or_an_edition_is_no_title(tmp_path):
    texts = [
        f"文中の [{text}]({page(PAPER)}) へ。\n" for text in ("Amazonで見る", "Kindle版", "こちら")
    ]
    root = write_posts(tmp_path / "blog", frame(PAPER, ""), *texts)
    assert [kept.asin for _, kept in adopt(root, write=True).kept_products] == [PAPER]


def test_kindle_beside_paper_becomes_a_further_shop_of_the_book(tmp_path):
    root = write_posts(tmp_path / "blog", yomereba_with_kindle(PAPER, "砂の計算機"))
    assert not adopt(root, write=True).kept_products
    (book,) = load_catalog(root / "catalog.yaml").books.values()
    assert book.asin == PAPER
    assert {(shop.programme, shop.url, shop.label) for shop in book.shops} == {
        ("amazon", f"https://www.amazon.co.jp/dp/{KINDLE}/", "Kindle"),
        ("rakuten", rakuten(), None),
    }
    assert KINDLE not in post_of(root)
    assert not adopt(root, write=True).anything


def test_an_edition_that_the_catalog_lacks_stays_and_is_named(tmp_path):
    common = yomereba_with_kindle(PAPER, "砂の計算機")
    rare = yomereba_with_kindle(PAPER, "砂の計算機", "B0EXAMPLE4")
    root = write_posts(tmp_path / "blog", common, common, rare)
    adoption = adopt(root, write=True)
    assert [(path, each.asin) for path, each in adoption.kept_products] == [
        ("_posts/2024-02-03-post.md", "B0EXAMPLE4")
    ]
    assert KINDLE in catalog_of(root)
    assert rare in post_of(root, 3)


def test_code_below_the_card_of_a_section_is_adopted_at_once(tmp_path):
    section = f"## 関連するおすすめ書籍\n\n### [砂]({page(PAPER)})\n\n砂粒の話\n"
    text = f"{section}\n{stripe_image(PAPER, '砂の計算機')}\n{MOSHIMO_TEXT}\n"
    root = write_posts(tmp_path / "blog", text)
    adopt(root, write=True)
    assert MOSHIMO_TEXT not in post_of(root)
    assert not adopt(root, write=True).anything


def test_a_shop_that_the_owners_book_lacks_stays_and_is_named(tmp_path):
    catalog = (
        "site: {name: x, url: https://blog.example}\n"
        f"books: {{mine: {{asin: '{PAPER}', title: Sand}}}}\n"
    )
    card = yomereba(PAPER, "砂の計算機")
    root = write_posts(tmp_path / "blog", card, catalog=catalog)
    before = contents(root)
    adoption = adopt(root)
    assert [each.url for _, each in adoption.kept_products] == [
        RAKUTEN_PAGE.removeprefix("https://")
    ]
    assert "add it to the shops of its book" in adoption_text(adoption)
    assert contents(root) == before
    shops = f"shops: [{{programme: rakuten, url: '{rakuten()}'}}]"
    (root / "catalog.yaml").write_text(
        catalog.replace("title: Sand", f"title: Sand, {shops}")
        + "programmes: {rakuten: {name: 楽天}}\n",
        encoding="utf-8",
    )
    assert not adopt(root, write=True).kept_products
    assert card not in post_of(root)


def test_two_pages_of_one_shop_are_not_taken_for_one(tmp_path):
    other = "https://books.rakuten.co.jp/rb/99/"
    cards = [yomereba(PAPER, "砂の計算機")] * 2
    cards.append(cards[0].replace(escaped(rakuten()), escaped(rakuten(other))))
    root = write_posts(tmp_path / "blog", *cards)
    adoption = adopt(root, write=True)
    assert [each.url for _, each in adoption.kept_products] == [other.removeprefix("https://")]
    assert cards[2] in post_of(root, 3)


def test_two_products_of_one_paragraph_become_two_books(tmp_path):
    text = stripe_image(PAPER, "砂の計算機") + stripe_image(OTHER, "豆の手帖")
    root = write_posts(tmp_path / "blog", text)
    assert not adopt(root, write=True).kept_products
    books = load_catalog(root / "catalog.yaml").books.values()
    assert {(book.asin, book.title) for book in books} == {
        (PAPER, "砂の計算機"),
        (OTHER, "豆の手帖"),
    }


def test_a_frame_with_several_products_stays_with_all_of_them(tmp_path):
    text = frame(f"{PAPER},{OTHER},{KINDLE}", "三冊")
    root = write_posts(tmp_path / "blog", text)
    adoption = adopt(root, write=True)
    assert text in post_of(root)
    assert {each.asin for _, each in adoption.kept_products} == {OTHER, KINDLE}


def test_a_card_that_stays_keeps_its_disclosure_and_its_rule():
    note = "*※ 本ページのリンクにはアフィリエイトリンクが含まれます。*\n"
    raw = f"{BEFORE}\n---\n\n{BOOKS}\n---\n\n{note}".encode()
    post = scanned(raw)
    inside = contents_of(raw, post)
    lost = losses(post, inside, Saved(()))
    assert {product.asin for loss in lost.values() for product in loss.products} == {
        "4000000004",
        "4111111114",
    }
    left = keep_losing(post, lost, discard=True)
    assert {block.kind for block in left.blocks if not block.removable} == {"books", "disclosure"}
    assert [block for block in left.blocks if block.removable] == []
    assert losses(left, inside, Saved(())) == {}


def test_what_one_post_keeps_is_missing_from_catalog_for_others(tmp_path):
    # The frame's other product is named nowhere, so that its post keeps both; the title of the
    # first is known from there alone, and the second post has to keep its own frame too.
    root = write_posts(tmp_path / "blog", frame(f"{PAPER},{OTHER}", "砂の計算機"), frame(PAPER, ""))
    before = contents(root)
    adopt(root, write=True)
    left = catalog_of(root)
    for number in (1, 2):
        assert PAPER in post_of(root, number) or PAPER in left
    assert OTHER in post_of(root, 1)
    assert contents(root)["_posts/2024-02-01-post.md"] == before["_posts/2024-02-01-post.md"]


def test_a_short_link_to_another_edition_keeps_its_card(tmp_path):
    text = yomereba_with_kindle(PAPER, "砂の計算機").replace(page(KINDLE), "https://amzn.to/3abc")
    root = write_posts(tmp_path / "blog", text)
    adopt(root, write=True)
    assert text in post_of(root)


def test_a_plan_that_would_lose_a_product_is_refused(tmp_path):
    text = f"文中の {page(PAPER)} です。\n\n{rinker(OTHER, '豆の手帖')}"
    root = write_posts(tmp_path / "blog", text)
    planned = adopt(root)
    changes = tuple(change._replace(data=b"") for change in planned.rewritten)
    before = contents(root)
    with pytest.raises(LinkmgrError, match=f"post.md: would lose {PAPER}: add it to the catalog"):
        write_adoption(replace(planned, changes=changes), force=True, again="")
    assert contents(root) == before


def test_links_in_running_text_are_rewritten_and_lose_nothing(tmp_path):
    text = (
        rinker(PAPER, "砂の計算機")
        + f"\n文中の [砂]({page(PAPER)}&psc=1) と {page(OTHER)} です。\n"
    )
    root = write_posts(tmp_path / "blog", text)
    adopt(root, write=True, links=True)
    assert f"[砂]({page(PAPER)})" in post_of(root)
    assert page(OTHER) in post_of(root)


@pytest.mark.parametrize(
    "text",
    [
        pytest.param(page(PAPER), id="bare"),
        pytest.param(f"[a](<{page(PAPER)}>)", id="Markdown"),
        pytest.param(f"[![]({picture(PAPER)})](/x/)", id="in an image alone"),
        pytest.param(f"<a href={escaped(page(PAPER))}>", id="escaped"),
        pytest.param(f'<a href="https:&#x2F;&#47;www.amazon.co.jp/dp/{PAPER}">', id="references"),
        pytest.param(f"<a href='{moshimo(PAPER)}'>", id="wrapped"),
        pytest.param(f"//x.example/?u={moshimo(PAPER).replace('%', '%25')}", id="wrapped twice"),
        pytest.param(f'<div data-asin="{PAPER}">', id="an attribute"),
        pytest.param(f'<div data-x="{{&quot;asin&quot;:&quot;{PAPER}&quot;}}">', id="JSON"),
        pytest.param(f'<!-- {{"asin":"{PAPER}"}} -->', id="JSON in a comment"),
        pytest.param(f'<img srcset="/a.jpg 1x, https:{picture(PAPER)} 2x">', id="srcset"),
        pytest.param(f"[itemlink asins='{PAPER}']", id="a shortcode"),
        pytest.param(f"//ir-jp.amazon-adsystem.com/e/ir?t={TAG}&a={PAPER}", id="a pixel"),
        pytest.param(f"https://www.amazon.co.jp/題(上)/dp/{PAPER.lower()}?x=(1)", id="parentheses"),
    ],
)
def test_an_asin_is_seen_in_every_form(text):
    assert ProductKey(asin=PAPER) in products_in(text.encode())


def test_only_addresses_of_shops_and_good_asins_are_products():
    text = (
        f'{page("4111111115")} https://yomereba.com/ <img src="{rakuten()}"> https://example.com/a '
        "https://thumbnail.image.rakuten.co.jp/a.jpg https://www.amazon.co.jp/s?k=4111111114 "
        f"<a href='{rakuten()}'>"
    )
    assert set(products_in(text.encode())) == {ProductKey(address="books.rakuten.co.jp/rb/17/")}


@given(st.binary(max_size=300))
def test_any_bytes_are_searched(raw):
    assert all(each.name for each in products_in(raw))


@st.composite
def posts(draw):
    """Draw a blog's posts of old forms, sections of them and links in running text."""
    asins = st.sampled_from(ASINS)
    titles = st.sampled_from(["", "", "砂の計算機", "Slow Machines"])

    def form():
        make, asin = draw(st.sampled_from(sorted(FORMS))), draw(asins)
        return FORMS[make](asin, draw(titles))

    def section():
        return f"## 関連するおすすめ書籍\n\n### [砂]({page(draw(asins))})\n\n砂粒の話\n"

    def running():
        return f"文中の [題名]({page(draw(asins))}) です。\n"

    def several():
        return frame(",".join(draw(st.lists(asins, min_size=2, max_size=3))), draw(titles))

    def counted():
        return with_moshimo_pixel(form())

    def alone():
        return f"\n{draw(st.sampled_from([A8_TEXT, MOSHIMO_TEXT, VC_TEXT]))}\n"

    rest = [a8_banner, alone, lambda: "---\n", lambda: "段落。\n", lambda: "## 節\n"]
    pieces = [form, form, form, counted, section, running, several, *rest]
    joints = st.sampled_from(["", "\n", "\n", "\n"])
    return [
        "".join(draw(st.sampled_from(pieces))() + draw(joints) for _ in range(count))
        for count in draw(st.lists(st.integers(1, 4), min_size=1, max_size=3))
    ]


@given(posts(), st.booleans())
@settings(max_examples=examples(150), suppress_health_check=list(HealthCheck), deadline=None)
def test_no_product_of_any_mixture_is_lost(tmp_path_factory, texts, links):
    root = write_posts(tmp_path_factory.mktemp("mixed") / "blog", *texts)
    adopt(root, write=True, links=links)
    catalog = catalog_of(root)
    items = (
        products_of_items(load_catalog(root / "catalog.yaml").items.values())
        if catalog
        else frozenset()
    )
    for number, text in enumerate(texts, 1):
        left = catalog + post_of(root, number)
        wanted = {asin for asin in ASINS if asin in text}
        assert {asin for asin in wanted if asin not in left} == set()
        if "books.rakuten.co.jp" in text:
            assert "books.rakuten.co.jp" in left
        held = products_in(post_of(root, number).encode()).keys() | items
        assert {each for each in products_in(text.encode()) if each.code} <= held
    assert not adopt(root, write=True, links=links).anything
