"""Variants in the HTML of a block, as the build writes it."""

import re
from base64 import b64encode
from collections import Counter
from dataclasses import replace
from hashlib import sha256
from pathlib import Path

import pytest

from linkmgr.blocks.assets import VARIANTS_SCRIPT
from linkmgr.blocks.include import post_key
from linkmgr.blocks.render import Renderer, parts_of, text_items
from linkmgr.catalog.items import Variant
from linkmgr.catalog.variants import VariantTest
from linkmgr.links.model import Tracking
from linkmgr.links.programmes.profiles import packaged_profiles
from linkmgr.links.recognition.issued_code import read_code
from linkmgr.posts.model import Inclusion
from linkmgr.resolver.model import TEXT, Placement, PlaceTag
from tests.support.blocks import (
    BLOCKS,
    make_book,
    make_catalog,
    make_cta,
    make_post,
    make_resolution,
    make_site,
)
from tests.support.issued_codes import CODES

ROOT = Path(__file__).parents[2]
SITE = make_site(views=True)
BEACON = {"site": Tracking.BEACON}
QUESTION = Variant("question", heading="Shall we talk?")
TALK = make_cta(variants=(Variant("original", 2), QUESTION))
LAW = make_book()


def rendered(*items, overrides=None, post=None, **blocks):
    """Return the fragment of a post whose blocks show items."""
    catalog = make_catalog(*items, site=SITE, trackings=BEACON)
    renderer = Renderer(catalog, overrides or {})
    return renderer.fragment(make_resolution(post, **(blocks or {"cta": ["talk"]})))


def variant_test(*items, item="talk"):
    """Return the test of an item of a catalog."""
    catalog = make_catalog(*items, site=SITE, trackings=BEACON)
    test = VariantTest.of_item(catalog, catalog.items[item])
    assert test
    return test


def without_variants(html):
    """Return a fragment as the include leaves it for feeds."""
    return "".join(html.split("<!-- linkmgr-variants -->\n")[::2])


def templates_in(html):
    """Return what the templates of a fragment hold."""
    return re.findall(r"<template[^>]*><noscript>\n(.*?)</noscript></template>", html, re.DOTALL)


def noscript_in(html):
    """Return what a fragment shows without a script."""
    marked = re.search(r"<noscript data[^>]*>(.*?)</noscript>", html, re.DOTALL)[1]
    return marked.replace("<!-- linkmgr-variants -->\n", "")


def test_without_variants_a_fragment_is_that_of_item_alone():
    alone = replace(TALK, variants=())

    assert without_variants(rendered(TALK, LAW)) == rendered(alone, LAW)


def test_a_catalog_without_variants_has_fragments_that_it_had():
    html = rendered(replace(TALK, variants=()), LAW, cta=["talk"], books=["law"])

    assert "<template" not in html
    assert "<noscript" not in html
    assert "<script" not in html


def test_variants_are_in_templates_and_originals_in_noscript_too():
    html = rendered(TALK)

    original, question = templates_in(html)
    assert "Talk to us" in original
    assert "Shall we talk?" in question
    assert noscript_in(html) == original
    rest = re.sub(r"<(template|noscript|script).*?</\1>", "", html, flags=re.DOTALL)
    assert rest.count("<div") == 1  # around them


def test_the_script_is_one_line_and_reads_an_attribute():
    html = rendered(TALK)

    key = variant_test(TALK).key
    assert f'data-linkmgr-tests="cta.1 {key} 100 original 2 question 1" data-respect-gpc' in html
    assert html.count(f"<script>{VARIANTS_SCRIPT}</script>") == 1
    assert "\n" not in VARIANTS_SCRIPT
    assert "{{" not in VARIANTS_SCRIPT
    assert "{%" not in VARIANTS_SCRIPT


def test_the_block_is_cut_out_as_a_whole():
    _, block, rest = rendered(TALK).split("<!-- linkmgr:cta -->\n")

    assert len(templates_in(block)) == 2
    assert "<template" not in rest


def test_links_name_no_variant_until_the_page_has_chosen():
    assert "v=" not in "".join(templates_in(rendered(TALK)))


def test_another_item_as_variant_has_its_own_card_link_and_label():
    item = make_cta(variants=(Variant("original"), Variant("b", item="shop")))
    shop = make_cta(
        id="shop", heading="A shop", url="https://shop.example", programme="rakuten", utm=None
    )
    key = post_key(make_post().path)

    own, other = templates_in(rendered(item, shop))

    assert f"/hit/talk?p={key}&amp;b=cta.1" in own
    assert "linkmgr-label" not in own
    assert "linkmgr-disclosure" not in own
    assert f"/go/shop?p={key}&amp;b=cta.1" in other
    assert "sponsored" in other
    assert 'class="linkmgr-label"' in other
    assert "affiliate links" in other or "アフィリエイトリンク" in other


def test_a_programmes_sentence_is_where_a_variant_earns_for_it():
    amazon = replace(
        make_catalog(site=SITE).programmes["amazon"], status="approved", tracking=Tracking.BEACON
    )
    item = make_cta(variants=(Variant("original"), Variant("b", item="tea")))
    tea = make_cta(
        id="tea", url="https://www.amazon.co.jp/dp/4785730706/", programme="amazon", utm=None
    )
    shop = make_book(asin=None, url="https://books.example/1", programme="rakuten")
    catalog = make_catalog(item, tea, shop, site=SITE)
    catalog = replace(catalog, programmes={**catalog.programmes, "amazon": amazon})

    html = Renderer(catalog).fragment(make_resolution(cta=["talk"], books=["law"]))

    own, other = templates_in(html)
    assert "linkmgr-disclosure" not in own
    assert other.count("linkmgr-disclosure") == 1
    assert "Amazonのアソシエイト" in other
    books = html.split("<!-- linkmgr:books -->")[1]
    assert "アフィリエイトリンク" in books
    assert "Amazonのアソシエイト" not in books


def test_disclosure_stays_in_block_of_which_every_variant_earns():
    book = make_book(variants=(Variant("original"), Variant("b", blurb="Other rules.")))

    html = rendered(book, books=["law"])

    assert [each.count("linkmgr-disclosure") for each in templates_in(html)] == [1, 1]
    cut = html.split("<!-- linkmgr:disclosure -->")
    assert len(cut) == 3
    assert "linkmgr-disclosure" in cut[1]


def test_cards_with_variants_are_there_in_all_combinations():
    law = make_book(variants=(Variant("original"), Variant("b", blurb="Laws.")))
    tax = make_book(
        id="tax",
        asin="B0EXAMPLE1",
        title="Taxes",
        blurb="Money.",
        variants=(Variant("original"), Variant("b", blurb="Fees."), Variant("c", blurb="Dues.")),
    )

    html = rendered(law, tax, books=["law", "tax"])

    found = [re.findall(r'linkmgr-blurb">(.*?)<', each) for each in templates_in(html)]
    assert found == [
        [one, two] for one in ("Rules.", "Laws.") for two in ("Money.", "Fees.", "Dues.")
    ]
    assert re.search(r'data-linkmgr-tests="books\.1 \w+ [^;]+;books\.2 \w+ [^;]+"', html)


def test_a_block_has_at_most_sixteen_combinations():
    books = [
        make_book(
            id=name,
            asin="B0EXAMPLE1",
            variants=(Variant("original"), *(Variant(each, blurb=each) for each in "bcd")),
        )
        for name in ("one", "two", "three")
    ]

    html = rendered(*books, books=["one", "two", "three"])

    assert len(templates_in(html)) == 16
    assert "books.3" not in re.search(r'data-linkmgr-tests="(.*?)"', html)[1]


def test_no_variant_shows_an_item_twice_in_a_block():
    item = make_cta(variants=(Variant("original"), Variant("b", item="shop")))
    other = replace(item, id="other")
    shop = make_cta(id="shop")

    assert "<template" not in rendered(item, shop, cta=["talk", "shop"])
    assert len(templates_in(rendered(item, other, shop, cta=["talk", "other"]))) == 2


def test_the_tag_of_an_item_is_not_that_of_another_in_its_place():
    law = make_book(variants=(Variant("original"), Variant("b", item="tax")))
    tax = make_book(id="tax", asin="B0EXAMPLE1")
    catalog = make_catalog(law, tax, site=SITE)
    tags = (PlaceTag("amazon", "own-22", "item"),)
    resolution = make_resolution(books=["law"])
    placed = resolution.blocks["books"][0]._replace(tags=tags)

    own, other = templates_in(
        Renderer(catalog).fragment(resolution._replace(blocks={"books": (placed,)}))
    )

    assert "own-22" in own
    assert "own-22" not in other


def test_issued_code_is_byte_for_byte_in_template_of_its_item():
    _, code = CODES["A8's text"]
    item = make_cta(variants=(Variant("original"), Variant("b", item="shop")))
    issued = read_code(code, packaged_profiles())
    shop = make_cta(id="shop", label="", url=issued.url, utm=None, programme="a8", code=issued)
    catalog = make_catalog(item, shop, site=SITE).with_programmes_of_code()

    html = Renderer(catalog).fragment(make_resolution(cta=["talk"]))

    own, other = templates_in(html)
    assert issued.text in other
    assert issued.text not in own
    assert html.count(issued.text) == 1
    assert "data-linkmgr-hits" in other


def test_a_noscript_of_the_sites_does_not_end_the_variants():
    own = "<p>{{ block.items[0].heading }}<noscript>No script!</noscript> Go.</p>"
    html = rendered(TALK, overrides={"cta.html": own})

    assert "<p>Talk to us Go.</p>" in templates_in(html)[0]
    assert "<p>Talk to usNo script! Go.</p>" in noscript_in(html)


OWN = """\
<b>{{ block.items[0].heading | upper }}</b> <a {{ block.items[0].link.attributes }}>go</a>
"""


def test_template_of_sites_own_needs_to_know_nothing_of_variants():
    own, other = templates_in(rendered(TALK, overrides={"cta.html": OWN}))

    assert "<b>TALK TO US</b>" in own
    assert "<b>SHALL WE TALK?</b>" in other


def test_a_frame_of_sites_own_without_comments_is_shown_as_it_is():
    html = rendered(TALK, overrides={"block.html": "<section>{{ content }}</section>\n"})

    assert "<!-- linkmgr:cta -->" not in html
    assert [each.count("<section>") for each in templates_in(html)] == [1, 1]


def in_article(card):
    inclusion = Inclusion(0, 1, item="talk", card=card)
    post = make_post(inclusions=(inclusion,))
    resolution = make_resolution(post)._replace(text={"talk": Placement(TEXT, 1, "talk", 0, ())})
    catalog = make_catalog(TALK, site=SITE, trackings=BEACON)
    return Renderer(catalog).fragment(resolution, left="differing")


def test_a_card_in_article_has_variants_for_layout_to_put_in():
    html = in_article(card=True)

    assert len(templates_in(text_items(html)["talk", "card"])) == 2
    assert "originals" in [spot.place for spot, _ in parts_of(html)]


def test_a_link_in_the_text_is_in_no_test():
    html = in_article(card=False)

    assert "<template" not in html
    assert "originals" not in [spot.place for spot, _ in parts_of(html)]


def shown_in(paths, item):
    """Return the variant of each post, by the link of its fragment."""
    for path in paths:
        html = rendered(item, post=make_post(path=path))
        assert "<template" not in html
        found = re.search(r"v=(\w+)\.(\w+)", html)
        yield (found[1], found[2]) if found else None


PATHS = [f"_posts/2026-01-02-{number}.md" for number in range(400)]


def test_by_post_the_build_chooses_by_weight_and_the_same_again():
    item = replace(TALK, vary_by="post", share=50)

    first, second = ([*shown_in(PATHS, item)] for _ in range(2))

    assert first == second
    counted = Counter(found and found[1] for found in first)
    assert 160 < counted[None] < 240
    assert 100 < counted["original"] < 170
    assert 40 < counted["question"] < 100
    assert {found[0] for found in first if found} == {variant_test(item).key}


def test_by_post_other_weights_move_only_posts_at_the_edge():
    item = replace(TALK, vary_by="post")
    heavier = replace(item, variants=(Variant("original", 2), replace(QUESTION, weight=1.1)))

    before, after = ([found[1] for found in shown_in(PATHS, each)] for each in (item, heavier))

    assert 0 < sum(one != two for one, two in zip(before, after, strict=True)) < 30


@pytest.mark.parametrize("block", ["cta", "tools"])
def test_a_block_of_any_name_has_variants(block):
    blocks = (*BLOCKS, replace(BLOCKS[1], name="tools"))
    catalog = make_catalog(TALK, site=SITE, blocks=blocks, trackings=BEACON)

    html = Renderer(catalog).fragment(make_resolution(**{block: ["talk"]}))

    assert f'data-linkmgr-tests="{block}.1 ' in html


@pytest.mark.parametrize("folder", ["docs", "docs/ja"])
def test_docs_name_hash_by_which_a_policy_allows_script(folder):
    page = ROOT / folder / "how-to" / "try-two-wordings.md"
    digest = b64encode(sha256(VARIANTS_SCRIPT.encode()).digest()).decode()

    assert f"'sha256-{digest}'" in page.read_text(encoding="utf-8")
