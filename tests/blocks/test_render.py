"""What a fragment shows, read back by an HTML5 parser."""

from dataclasses import replace

import html5lib
import pytest
from hypothesis import given
from hypothesis import strategies as st

from linkmgr.blocks.include import post_key
from linkmgr.blocks.render import Renderer
from linkmgr.blocks.voice import MAX_TITLE
from linkmgr.catalog.blocks import BOOKS, RELATED, Block, Place
from linkmgr.links.model import Tracking
from linkmgr.messages.errors import LinkmgrError
from linkmgr.messages.message import shortened
from linkmgr.posts.article.text import title_text
from tests.support.blocks import (
    BLOCKS,
    RAKUTEN_SHOP,
    SERVER,
    make_book,
    make_catalog,
    make_cta,
    make_post,
    make_resolution,
    make_site,
)

ANY_TEXT = st.text(st.characters(codec=None, exclude_categories=()), min_size=1)
LIQUID = st.sampled_from(["{{ site.title }}", "{% raw %}", "{%", "}}", "<b>&amp;", "-->", "\0"])
HOSTILE = st.lists(st.one_of(ANY_TEXT, LIQUID), min_size=1).map("".join)


def fragment_of(catalog=None, overrides=(), baseurl="", post=None, **blocks):
    blocks = blocks or {"related": [make_post()], "cta": ["talk"], "books": ["law"]}
    renderer = Renderer(catalog or make_catalog(), dict(overrides), baseurl)
    return renderer.fragment(make_resolution(post, **blocks))


def parsed(html):
    parser = html5lib.HTMLParser(namespaceHTMLElements=False, strict=True)
    return parser.parseFragment(html)


def texts(html, path):
    return ["".join(element.itertext()) for element in parsed(html).findall(path)]


def links(html):
    return [element.attrib for element in parsed(html).iter("a")]


def html_text(text):
    """Say what an HTML parser makes of a text when nothing is lost."""
    normal = text.replace("\r\n", "\n").replace("\r", "\n")
    return "".join("\ufffd" if is_forbidden(character) else character for character in normal)


def is_forbidden(character):
    """HTML's own words: a surrogate, a noncharacter, or a control other than white space."""
    code = ord(character)
    control = code < 0x20 or 0x7F <= code <= 0x9F
    noncharacter = 0xFDD0 <= code <= 0xFDEF or code & 0xFFFE == 0xFFFE
    return (control and character not in "\t\n\f\r") or noncharacter or 0xD800 <= code <= 0xDFFF


@given(title=HOSTILE, blurb=HOSTILE, author=HOSTILE, heading=HOSTILE)
def test_any_text_of_a_book_comes_out_as_it_went_in(title, blurb, author, heading):
    book = make_book(title=title, blurb=blurb, author=author)
    blocks = (Block("books", BOOKS, 3, heading=heading),)
    html = fragment_of(make_catalog(book, blocks=blocks), books=["law"])
    assert texts(html, ".//h2") == [html_text(heading)]
    wanted = [html_text(text) for text in (title, author, blurb)]
    assert texts(html, ".//div[@class='linkmgr-body']/p") == wanted
    assert "{" not in html
    assert "}" not in html
    html.encode()


@given(heading=HOSTILE, label=HOSTILE, text=HOSTILE, css_class=HOSTILE)
def test_any_text_of_a_cta_comes_out_as_it_went_in(heading, label, text, css_class):
    cta = make_cta(heading=heading, label=label, text=text, css_class=css_class)
    html = fragment_of(make_catalog(cta), cta=["talk"])
    assert texts(html, ".//p") == [html_text(heading), html_text(text)]
    assert texts(html, ".//a") == [html_text(label)]
    assert parsed(html).find(".//*[@role='group']").get("aria-label") == html_text(heading)
    assert links(html)[0]["class"] == html_text(css_class)


@given(title=HOSTILE, name=HOSTILE, label=HOSTILE, words=HOSTILE)
def test_any_title_and_words_come_out_as_they_went_in(title, name, label, words):
    site = make_site(name=name, ad_label=label, disclosure=words)
    catalog = make_catalog(site=site)
    html = fragment_of(catalog, related=[make_post(title=title)], books=["law"])
    assert texts(html, ".//li//a") == [html_text(shortened(title_text(title), MAX_TITLE))]
    assert texts(html, ".//p[@class='linkmgr-label']") == [html_text(label)]
    assert texts(html, ".//p[@class='linkmgr-disclosure']") == [html_text(words)]


@pytest.mark.parametrize(
    ("title", "shown"), [(True, "true"), (2026, "2026"), (1.5, "1.5"), ("", "")]
)
def test_a_title_is_printed_as_liquid_prints_it(title, shown):
    assert texts(fragment_of(related=[make_post(title=title)]), ".//li//a") == [shown]


def test_a_post_without_blocks_has_no_fragment():
    assert Renderer(make_catalog()).fragment(make_resolution()) == ""


def test_the_default_blocks_are_the_seeds():
    cta = make_cta(css_class="consulting-cta-link")
    html = fragment_of(make_catalog(make_book(), cta))
    assert texts(html, ".//h2") == ["あわせて読みたい", "おすすめの本"]
    titles = ["A post", "Talk to us", "AI and the Law"]
    assert texts(html, ".//p[@class='linkmgr-title']") == titles
    assert texts(html, ".//div[@class='linkmgr-actions']//a") == ["Contact", "Amazon"]
    assert texts(html, ".//p[@class='linkmgr-disclosure']") == [
        (
            "※ 本ページのリンクにはアフィリエイトリンクが含まれます。"
            "購入によりサイト運営をサポートいただけます。"
        )
    ]
    assert links(html)[1] == {
        "class": "consulting-cta-link",
        "href": "/services/?utm_source=article&utm_medium=cta&utm_campaign=research",
    }


def test_an_english_site_has_english_words():
    html = fragment_of(make_catalog(site=make_site(language="en")))
    assert texts(html, "div/h2") == ["Read next", "Books on this topic"]
    assert texts(html, ".//p[@class='linkmgr-label']") == ["Ad"]
    assert "<span>Amazon</span>" in html
    assert [block.get("lang") for block in parsed(html).findall("div")] == ["en"] * 3


def test_a_beacon_link_is_counted_at_the_post_it_stands_in():
    post = make_post(path="_posts/2026-01-02-茶.md")
    title, label = links(fragment_of(post=post, books=["law"]))
    hit = f"{SERVER}/hit/law?p={post_key(post.path)}&b=books.1"
    assert title == label
    assert title["ping"] == title["data-linkmgr-hit"] == hit
    assert title["rel"] == "sponsored nofollow noopener"


def test_one_renderer_gives_each_post_its_own_key():
    renderer = Renderer(make_catalog())
    for path in ("_posts/2026-01-02-a.md", "_posts/2026-01-02-b.md"):
        html = renderer.fragment(make_resolution(make_post(path=path), books=["law"]))
        assert {link["ping"].split("?")[1] for link in links(html)} == {
            f"p={post_key(path)}&b=books.1"
        }


def test_a_cover_and_further_shops_are_shown():
    book = make_book(cover="/covers/a b.jpg", shops=(RAKUTEN_SHOP,))
    html = fragment_of(make_catalog(book), baseurl="/blog", books=["law"])
    (cover,) = parsed(html).iter("img")
    assert (cover.get("src"), cover.get("alt")) == ("/blog/covers/a%20b.jpg", "")
    assert texts(html, ".//div[@class='linkmgr-actions']//a") == ["Amazon", "楽天ブックス"]


def test_links_within_the_site_follow_its_base_url():
    html = fragment_of(baseurl="{{ site.baseurl }}", related=[make_post()], cta=["talk"])
    assert 'href="{{ site.baseurl }}/2026/01/02/a/"' in html
    assert 'href="{{ site.baseurl }}/services/?utm' in html


def test_the_label_precedes_each_blocks_first_affiliate_link():
    earning = make_cta(url="https://books.example/", programme="rakuten")
    html = fragment_of(make_catalog(make_book(), earning))
    related, *others = parsed(html).findall("div")
    assert not [p for p in related.iter("p") if p.get("class") == "linkmgr-label"]
    for block in others:
        label, *_ = [e for e in block.iter() if e.tag == "a" or e.text == "広告"]
        assert label.get("class") == "linkmgr-label"


def test_a_shop_link_alone_makes_a_block_an_ad():
    book = make_book(programme="site", asin=None, url="/a/", shops=(RAKUTEN_SHOP,))
    assert texts(fragment_of(make_catalog(book), books=["law"]), ".//p")[0] == "広告"


def test_disclosure_stands_once_at_end_of_last_block_that_earns():
    earning = make_cta(url="https://books.example/", programme="rakuten")
    html = fragment_of(
        make_catalog(make_book(), earning), books=["law"], cta=["talk"], related=[make_post()]
    )
    holders = [
        block.get("class")
        for block in parsed(html).findall("div")
        if block.findall("p[@class='linkmgr-disclosure']")
    ]
    assert holders == ["linkmgr linkmgr-cta"]
    assert html.count("linkmgr-disclosure") == 1


def test_blocks_that_earn_nothing_have_no_label_or_disclosure():
    html = fragment_of(related=[make_post()], cta=["talk"])
    assert "広告" not in html
    assert "linkmgr-disclosure" not in html


@pytest.mark.parametrize(
    ("status", "block", "stated"),
    [
        ("approved", {"books": ["law"]}, True),
        ("applied", {"books": ["law"]}, False),
        ("none", {"books": ["law"]}, False),
        ("approved", {"cta": ["talk"]}, False),
    ],
)
def test_an_approved_associate_says_so_beside_amazon_links(status, block, stated):
    catalog = make_catalog(make_book(), make_cta(url="https://books.example/", programme="rakuten"))
    amazon = replace(catalog.programmes["amazon"], status=status)
    catalog = replace(catalog, programmes={**catalog.programmes, "amazon": amazon})
    sentence = "Amazonのアソシエイトとして、Tea Notesは適格販売により収入を得ています。"
    assert (sentence in fragment_of(catalog, **block)) is stated


def test_an_associate_sentence_of_the_users_own_is_not_doubled():
    words = "Amazonのアソシエイトとして、Tea Notesは適格販売により収入を得ています。"
    catalog = make_catalog(site=make_site(disclosure=words))
    amazon = replace(catalog.programmes["amazon"], status="approved")
    catalog = replace(catalog, programmes={**catalog.programmes, "amazon": amazon})
    assert fragment_of(catalog, books=["law"]).count(words) == 1


def test_each_block_stands_between_two_markers():
    html = fragment_of()
    for name in ("related", "cta", "books"):
        before, block, after = html.split(f"<!-- linkmgr:{name} -->")
        assert [e.get("class") for e in parsed(block).findall("div")] == [f"linkmgr linkmgr-{name}"]
        assert f"linkmgr-{name}" not in before + after


def test_a_block_of_ones_own_is_rendered_by_its_kind():
    blocks = (*BLOCKS, Block("starters", BOOKS, 1, heading="First"))
    html = fragment_of(make_catalog(blocks=blocks), starters=["law"])
    assert texts(html, ".//h2") == ["First"]
    assert parsed(html).find("div").get("class") == "linkmgr linkmgr-books linkmgr-starters"


def test_a_related_title_of_three_million_characters_is_cut():
    html = fragment_of(related=[make_post(title="<" * 3_000_000)])
    assert texts(html, ".//li//a") == ["<" * 299 + "…"]


def test_html_in_a_related_title_is_shown_as_its_text():
    html = fragment_of(related=[make_post(title="<em>Sand</em> &amp; co &lt;b&gt;")])
    assert texts(html, ".//li//a") == ["Sand & co <b>"]
    assert ">Sand &amp; co &lt;b&gt;</a>" in html


def test_an_empty_heading_is_no_heading():
    blocks = (Block("related", RELATED, 3, heading=""),)
    assert "<h2" not in fragment_of(make_catalog(blocks=blocks), related=[make_post()])


@pytest.mark.parametrize(
    ("site", "block", "levels"),
    [
        (None, None, ["h2", "h3"]),
        (4, None, ["h4", "h5"]),
        (4, 2, ["h2", "h3"]),
        (6, None, ["h6"] * 2),
    ],
)
def test_headings_have_level_of_block_or_else_of_site(site, block, levels):
    blocks = (Block("books", BOOKS, 3, heading_level=block),)
    catalog = make_catalog(site=make_site(heading_level=site), blocks=blocks)
    own = "{% for n in (block.level, block.item_level) %}<h{{ n }}>{{ n }}</h{{ n }}>{% endfor %}"
    assert headings(fragment_of(catalog, books=["law"])) == levels[:1]
    assert headings(fragment_of(catalog, {"books.html": own}, books=["law"])) == levels


def headings(html):
    return [e.tag for e in parsed(html).iter() if str(e.tag)[:1] == "h"]


def test_the_disclosure_ends_the_last_block_that_a_page_shows():
    blocks = (Block("first", BOOKS, 1), Block("top", BOOKS, 1, at=Place.BEFORE_CONTENT))
    html = fragment_of(make_catalog(blocks=blocks), first=["law"], top=["law"])
    end, before_content = html.split("<!-- linkmgr-at:before-content:0 -->")
    assert end.count('class="linkmgr-disclosure"') == 1
    assert "linkmgr-disclosure" not in before_content
    assert before_content.count('class="linkmgr-label"') == 1


def test_site_overrides_template_and_keeps_label_and_disclosure():
    own = "{% for book in block.items %}<b>{{ book.title }}</b>{% endfor %}"
    html = fragment_of(make_catalog(make_book(title="{{ x }}")), {"books.html": own}, books=["law"])
    assert texts(html, ".//b") == ["{{ x }}"]
    assert texts(html, ".//p")[0] == "広告"
    assert "linkmgr-disclosure" in html


def test_a_template_by_a_blocks_name_is_for_that_block_alone():
    blocks = (*BLOCKS, Block("starters", BOOKS, 1))
    catalog = make_catalog(blocks=blocks)
    html = fragment_of(catalog, {"starters.html": "<i>mine</i>"}, books=["law"], starters=["law"])
    assert texts(html, "div/i") == ["mine"]
    assert len(texts(html, "div/div/div[@role='listitem']")) == 1


def test_what_a_template_calls_safe_is_html_but_never_liquid():
    book = make_book(blurb="<i>{{ site.secret }}</i>")
    own = "{% for book in block.items %}{{ book.blurb | safe }}{% endfor %}"
    html = fragment_of(make_catalog(book), {"books.html": own}, books=["law"])
    assert texts(html, ".//i") == ["{{ site.secret }}"]
    assert "{" not in html


def test_a_template_writes_liquid_of_its_own_as_raw_text():
    own = "{% raw %}{{ site.title }}{% endraw %}"
    assert "{{ site.title }}" in fragment_of(overrides={"books.html": own}, books=["law"])


@pytest.mark.parametrize(
    ("template", "place"),
    [
        pytest.param("\n{% for %}", "_linkmgr/books.html:2: ", id="syntax"),
        pytest.param("\n\n{{ block.itens }}", "_linkmgr/books.html:3: ", id="unknown name"),
        pytest.param("{{ 1 / 0 }}", "_linkmgr/books.html:1: ", id="calculation"),
        pytest.param("{% include 'gone.html' %}", "_linkmgr/books.html:1: ", id="include"),
        pytest.param("{{ block.heading | nope }}", "_linkmgr/books.html:1: ", id="filter"),
    ],
)
def test_a_broken_template_names_its_file_and_line(template, place):
    with pytest.raises(LinkmgrError) as caught:
        fragment_of(overrides={"books.html": template}, books=["law"])
    assert str(caught.value).startswith(place)
    assert "\n" not in str(caught.value)


def test_without_a_server_no_link_is_counted():
    catalog = make_catalog(
        make_book(shops=(RAKUTEN_SHOP,)),
        make_cta(),
        site=make_site(server=None),
        trackings={"amazon": Tracking.BEACON, "rakuten": Tracking.REDIRECT},
    )
    html = fragment_of(catalog)
    assert "ping" not in html
    assert SERVER not in html


def japanese(**over):
    return make_post(**{"path": "_posts/2026-01-03-ja.md", "language": "ja", **over})


def test_a_post_in_another_language_gets_words_in_that():
    catalog = make_catalog(site=make_site(language="en"))
    related = japanese(url="/b/", title="お茶の話")
    html = fragment_of(catalog, post=japanese(), related=[related], cta=["talk"], books=["law"])
    blocks = parsed(html).findall("div")
    assert [each.get("lang") for each in blocks] == ["ja", "ja", "ja"]
    assert texts(html, "div/h2") == ["あわせて読みたい", "おすすめの本"]
    assert texts(html, ".//time") == ["2026年1月2日"]
    assert texts(html, "div/p[@class='linkmgr-label']") == ["広告"]
    foreign = {"".join(each.itertext()) for each in parsed(html).iter() if each.get("lang") == "en"}
    assert foreign == {"Talk to us", "We help.", "Contact", "AI and the Law", "Rules."}


def test_what_the_catalog_says_itself_is_not_translated():
    site = make_site(language="en", ad_label="Sponsored", disclosure="We earn by this.")
    blocks = (Block("books", BOOKS, 3, heading="Our shelf"),)
    html = fragment_of(make_catalog(site=site, blocks=blocks), post=japanese(), books=["law"])
    kept = {"".join(each.itertext()) for each in parsed(html).iter() if each.get("lang") == "en"}
    assert {"Sponsored", "We earn by this.", "Our shelf"} <= kept


@pytest.mark.parametrize("language", ["", "en", "en-GB", "fr", "und-Latn"])
def test_post_in_catalogs_or_unknown_language_has_catalogs_words(language):
    catalog = make_catalog(site=make_site(language="en"))
    html = fragment_of(catalog, post=make_post(language=language), books=["law"])
    assert html == fragment_of(catalog, post=make_post(), books=["law"])


def test_amazons_sentence_is_not_said_twice_in_two_languages():
    words = "As an Amazon Associate I earn from qualifying purchases."
    site = make_site(language="en", disclosure=words)
    catalog = make_catalog(site=site)
    amazon = replace(catalog.programmes["amazon"], status="approved")
    catalog = replace(catalog, programmes={**catalog.programmes, "amazon": amazon})
    html = fragment_of(catalog, post=japanese(), books=["law"])
    assert "適格販売" not in html


def test_a_template_of_site_may_ask_for_language_of_a_text():
    override = {"cta.html": "<p{{ block.items[0].heading.lang }}>{{ block.items[0].heading }}</p>"}
    catalog = make_catalog(site=make_site(language="en"))
    html = fragment_of(catalog, override, post=japanese(), cta=["talk"])
    assert '<p lang="en">Talk to us</p>' in html
