"""What a good catalog becomes."""

from datetime import date
from pathlib import Path

import pytest

from linkmgr.catalog.blocks import BOOKS, DEFAULT_BLOCKS, RELATED, Block, Place
from linkmgr.catalog.items import Book, Cta, Product, ShopLink, Validity, Variant
from linkmgr.catalog.model import Catalog, Mapping, Site, Terms, Waiver
from linkmgr.catalog.reading.files import load_catalog
from linkmgr.catalog.reading.parse import parse_catalog
from linkmgr.links.model import Programme, Tag, Tracking, Utm

EXAMPLE = Path(__file__).parents[3] / "catalog.yaml"
SITE = "site: {name: 日和, url: https://example.com/}\n"

FULL = """\
site:
  name: 日和
  url: https://example.com/blog/
  language: en
  server: https://go.example.com/
  disclosure: Links pay for the flour.
  ad-label: Ad
  timezone: Europe/London
  origins: [https://www.example.com/, "http://localhost:4000"]
  campaigns: [spring-letter, 春の号, 2026]
  respect-gpc: no
  views: true
  view-percent: 60
  view-percent-large: 40
  view-seconds: 2
  events: true
  jekyll: debian
  heading-level: 4
  feeds: omit
  pages: [about.md, "_recipes/*"]
programmes:
  amazon: {marketplace: amazon.co.uk, tag: hiyori-21, status: approved, tracking: redirect,
           label: At Amazon, tags: {categories: {法: law-21, 2026: year-21}, posts: [post-21]}}
  site: {tracking: direct}
  rakuten: {name: 楽天, url: "https://hb.example/{tag}/?pc={url}", label: 楽天で見る, tag: r}
books:
  bread:
    title: パン帖
    isbn: 978-4-9999990-1-9
    blurb: 週末に焼く
    author: 小麦ふみ
    cover: /assets/bread.jpg
    shops:
      - {programme: rakuten, url: https://books.example/1, label: 楽天}
    valid-from: 2026-01-01
    valid-until: "2026-12-31"
    retired: yes
    fallback: coffee
    tag: bread-21
  coffee: {title: 珈琲, programme: rakuten, url: https://books.example/2}
products:
  kettle:
    title: 細口ケトル
    asin: B000000001
    blurb: 湯がまっすぐ落ちる
    maker: 水面製作所
    image: /assets/kettle.jpg
    shops:
      - {preset: rakuten, url: https://item.rakuten.co.jp/minamo/kettle/}
      - {preset: yahoo, programme: site, url: https://shopping.yahoo.co.jp/k, label: Yahoo!}
  scale: {title: はかり, programme: rakuten, url: https://shop.example/3, valid-from: 2026-02-01}
ctas:
  class:
    heading: 教室
    text: 毎月ひらいています
    label: 日程を見る
    url: https://class.example/?a=1#top
    utm: {source: blog, medium: cta, campaign: bread, content: foot, term: dough}
    class: button primary
    variants:
      seats: {heading: 席, text: あと三つ, label: 取る, class: loud, weight: 2}
    share: 25
    vary-by: post
mappings:
  law:
    any: {tags: [AI規制, 2026, no], categories: [法], keywords: [AI Act], paths: ["_posts/2026-*"]}
    all: {tags: [法律]}
    items: [bread, class, bread]
    weight: 1.5
    pin: true
    tag: map-21
  never: {any: {tags: [x]}, items: [class], exclude: true}
blocks:
  books: {limit: 2, heading: "", minimum: 0.3, items: [bread], fallback: [coffee],
          tag: {amazon: block-21, rakuten: 7}}
  related:
  tools: {kind: books, limit: 1, at: middle, before-heading: 2, heading-level: 3}
waivers:
  - {code: dead-link, page: "_posts/2024-*", link: /shop/*, reason: 移転中, until: 2027-03-31}
  - code: stale
    reason: 2026
    until: "2026-12-31"
"""


def test_every_key_arrives_in_the_catalog():
    assert parse_catalog(FULL) == Catalog(
        site=Site(
            name="日和",
            url="https://example.com/blog",
            language="en",
            server="https://go.example.com",
            disclosure="Links pay for the flour.",
            ad_label="Ad",
            timezone="Europe/London",
            origins=("https://www.example.com", "http://localhost:4000"),
            campaigns=("spring-letter", "春の号", "2026"),
            respect_gpc=False,
            views=True,
            view_percent=60,
            view_percent_large=40,
            view_seconds=2,
            events=True,
            jekyll="debian",
            heading_level=4,
            feeds="omit",
            pages=("about.md", "_recipes/*"),
        ),
        programmes={
            "amazon": Programme(
                id="amazon",
                name="Amazon",
                tracking=Tracking.REDIRECT,
                marketplace="amazon.co.uk",
                tag="hiyori-21",
                status="approved",
                label="At Amazon",
                category_tags=(("法", "law-21"), ("2026", "year-21")),
                post_tags=("post-21",),
            ),
            "site": Programme(id="site", name="日和", tracking=Tracking.DIRECT),
            "rakuten": Programme(
                id="rakuten",
                name="楽天",
                tracking=Tracking.DIRECT,
                url="https://hb.example/{tag}/?pc={url}",
                label="楽天で見る",
                tag="r",
            ),
        },
        items={
            "bread": Book(
                id="bread",
                title="パン帖",
                blurb="週末に焼く",
                author="小麦ふみ",
                asin="4999999013",
                cover="/assets/bread.jpg",
                shops=(ShopLink("rakuten", "https://books.example/1", "楽天"),),
                validity=Validity(date(2026, 1, 1), date(2026, 12, 31)),
                retired=True,
                fallback="coffee",
                tags=(Tag("amazon", "bread-21"),),
            ),
            "coffee": Book(
                id="coffee", title="珈琲", programme="rakuten", url="https://books.example/2"
            ),
            "kettle": Product(
                id="kettle",
                title="細口ケトル",
                asin="B000000001",
                blurb="湯がまっすぐ落ちる",
                maker="水面製作所",
                image="/assets/kettle.jpg",
                shops=(
                    ShopLink(
                        "rakuten", "https://item.rakuten.co.jp/minamo/kettle/", preset="rakuten"
                    ),
                    ShopLink("site", "https://shopping.yahoo.co.jp/k", "Yahoo!", "yahoo"),
                ),
            ),
            "scale": Product(
                id="scale",
                title="はかり",
                programme="rakuten",
                url="https://shop.example/3",
                validity=Validity(date(2026, 2, 1)),
            ),
            "class": Cta(
                id="class",
                heading="教室",
                text="毎月ひらいています",
                label="日程を見る",
                url="https://class.example/?a=1#top",
                utm=Utm("blog", "cta", "bread", "foot", "dough"),
                css_class="button primary",
                variants=(
                    Variant("original"),
                    Variant("seats", 2, "席", "あと三つ", "取る", css_class="loud"),
                ),
                share=25,
                vary_by="post",
            ),
        },
        mappings={
            "law": Mapping(
                id="law",
                items=("bread", "class"),
                any_of=Terms(("AI規制", "2026", "no"), ("法",), ("AI Act",), ("_posts/2026-*",)),
                all_of=Terms(("法律",)),
                weight=1.5,
                pin=True,
                tags=(Tag("amazon", "map-21"),),
            ),
            "never": Mapping("never", ("class",), Terms(("x",)), exclude=True),
        },
        blocks=(
            Block(
                "books",
                BOOKS,
                2,
                "",
                0.3,
                ("bread",),
                ("coffee",),
                tags=(Tag("amazon", "block-21"), Tag("rakuten", "7")),
            ),
            Block("related", RELATED, 3),
            Block("tools", BOOKS, 1, at=Place.MIDDLE, before_heading=2, heading_level=3),
        ),
        waivers=(
            Waiver("dead-link", "移転中", date(2027, 3, 31), "_posts/2024-*", "/shop/*"),
            Waiver("stale", "2026", date(2026, 12, 31)),
        ),
    )


def test_a_catalog_of_nothing_but_a_site_is_valid():
    catalog = parse_catalog(SITE)

    assert catalog.site == Site("日和", "https://example.com", timezone="Asia/Tokyo")
    assert catalog.items == {}
    assert catalog.mappings == {}
    assert catalog.blocks == DEFAULT_BLOCKS
    assert [(block.name, block.limit) for block in DEFAULT_BLOCKS] == [
        ("related", 3),
        ("cta", 1),
        ("books", 3),
    ]


def test_parts_with_nothing_under_them_are_empty():
    text = f"{SITE}programmes:\nbooks:\nctas: {{}}\nmappings:\nblocks:\n"

    assert parse_catalog(text) == parse_catalog(SITE)


@pytest.mark.parametrize(
    ("language", "marketplace"), [("ja", "amazon.co.jp"), ("en", "amazon.com")]
)
def test_amazon_and_the_site_are_always_programmes(language, marketplace):
    catalog = parse_catalog(f"site: {{name: x, url: 'https://a.example', language: {language}}}\n")

    amazon, own = catalog.programmes["amazon"], catalog.programmes["site"]
    assert (amazon.marketplace, amazon.tag, amazon.affiliate) == (marketplace, None, False)
    assert (amazon.tracking, own.tracking) == (Tracking.BEACON, Tracking.REDIRECT)


@pytest.mark.parametrize(
    ("language", "names"),
    [("ja", ["楽天市場", "A8.net", "うちの店"]), ("en", ["Rakuten", "A8.net", "うちの店"])],
)
def test_a_programme_that_is_known_needs_no_name(language, names):
    catalog = parse_catalog(
        f"site: {{name: x, url: 'https://a.example', language: {language}}}\n"
        "programmes: {rakuten: {}, a8: {tracking: beacon}, yahoo: {name: うちの店}}\n"
    )

    assert [catalog.programmes[each].name for each in ("rakuten", "a8", "yahoo")] == names


@pytest.mark.parametrize(
    ("written", "asin"),
    [
        ("asin: 4785730706", "4785730706"),
        ("asin: '4785730706'", "4785730706"),
        ("asin: 0306406152", "0306406152"),
        ("asin: 499999903X", "499999903X"),
        ("asin: B0EXAMPLE1", "B0EXAMPLE1"),
        ("isbn: 9784785730703", "4785730706"),
        ("isbn: 978-4-7857-3070-3", "4785730706"),
        ("isbn: 978 4 7857 3070 3", "4785730706"),
        ("isbn: 4-7857-3070-6", "4785730706"),
        ("isbn: 4-9999990-3-x", "499999903X"),
    ],
)
def test_an_asin_or_isbn_is_read_as_it_is_written(written, asin):
    catalog = parse_catalog(f"{SITE}books:\n  a:\n    title: x\n    {written}\n")

    assert catalog.books["a"].asin == asin


def test_texts_may_span_lines_and_look_like_other_things():
    text = f"""{SITE}books:
  a: {{title: 1984, asin: B0EXAMPLE1, author: null, blurb: ""}}
  b:
    title: |
      一行目
      二行目
    asin: B0EXAMPLE1
"""
    books = parse_catalog(text).books

    assert (books["a"].title, books["a"].author, books["a"].blurb) == ("1984", "null", "")
    assert books["b"].title == "一行目\n二行目\n"


def test_an_alias_means_the_value_of_its_anchor():
    text = f"""{SITE}books:
  a: {{title: x, asin: B0EXAMPLE1, author: &who 小麦ふみ}}
  b: {{title: y, asin: B0EXAMPLE1, author: *who}}
"""

    assert parse_catalog(text).books["b"].author == "小麦ふみ"


def test_a_byte_order_mark_and_windows_line_ends_are_accepted():
    text = SITE.replace("\n", "\r\n")

    assert parse_catalog(b"\xef\xbb\xbf" + text.encode()) == parse_catalog(SITE)
    assert parse_catalog("\ufeff" + text) == parse_catalog(SITE)


def test_an_amazon_page_may_be_a_further_shop_or_a_cta():
    text = f"""{SITE}books:
  a:
    title: x
    asin: 4785730706
    shops: [{{programme: amazon, url: https://www.amazon.co.jp/dp/B0EXAMPLE1, label: Kindle版}}]
ctas:
  c: {{heading: x, label: y, programme: amazon, url: https://www.amazon.co.jp/kindle}}
"""

    assert parse_catalog(text).books["a"].shops[0].programme == "amazon"


def test_the_example_at_the_top_level_is_a_good_catalog():
    catalog = load_catalog(EXAMPLE)

    assert (len(catalog.books), len(catalog.ctas), len(catalog.mappings)) == (8, 3, 8)
    called_for = {item for mapping in catalog.mappings.values() for item in mapping.items}
    assert called_for | set(catalog.blocks[1].fallback) == set(catalog.items)


@pytest.mark.parametrize(
    "text",
    [
        'mappings: {m: {any: {keywords: ["魚、肉"]}, items: [a]}}',
        "mappings: {m: {any: {keywords: ['魚，肉', \"C：言語\"]}, items: [a]}}",
        "mappings:\n  m:\n    items: [a]\n    any:\n      keywords:\n        - 魚、肉",
        (
            "ctas:\n  c:\n    heading: “題”：副題\n    label: ｛見る｝\n    url: /x\n"
            "    text: |\n      　字下げした段落：一つ目。\n      \tcode: 1"
        ),
        "ctas: {c: {heading: x, label: y, url: 'https://amazon.co.jp.example/'}}",
        (
            "programmes: {m: {name: もしも, url: 'https://af.example/?url={url}'}}\n"
            "ctas: {c: {heading: x, label: y, programme: m, url: 'https://www.amazon.co.jp/'}}"
        ),
        "programmes: {amazon: {status: none}}",
    ],
    ids=[
        "full-width comma in quotes",
        "full-width colon in quotes",
        "full-width comma in a list of lines",
        "Japanese text",
        "server that is not Amazon's",
        "Amazon through another programme",
        "not yet an associate",
    ],
)
def test_what_only_looks_like_a_slip_is_accepted(text):
    parse_catalog(f"{SITE}books: {{a: {{title: x, asin: B0EXAMPLE1}}}}\n{text}\n")


@pytest.mark.parametrize(("language", "timezone"), [("ja", "Asia/Tokyo"), ("en", "UTC")])
def test_days_are_those_of_language_unless_a_time_zone_is_named(language, timezone):
    site = f"name: x, url: https://a.example, language: {language}"

    assert parse_catalog(f"site: {{{site}}}").site.timezone == timezone
    assert parse_catalog(f"site: {{{site}, timezone: Asia/Seoul}}").site.timezone == "Asia/Seoul"


def test_views_are_counted_by_the_standard_once_asked_for():
    site = parse_catalog(SITE).site

    assert (site.views, site.events) == (False, False)
    assert (site.view_percent, site.view_percent_large, site.view_seconds) == (50, 30, 1)


def test_privacy_signals_count_unless_the_catalog_says_otherwise():
    assert parse_catalog(SITE).site.respect_gpc
    assert not parse_catalog(FULL).site.respect_gpc
