"""The rules for what a page shows: what breaks each, and what is like it and right."""

import pytest

from linkmgr.builder.run import build
from linkmgr.check.run import check
from linkmgr.messages.message import translate
from tests.support.builds import NOW, post, write_blog

SERVER = "https://tea.example/count"
LABEL = "<p>Ad</p>"
WHOLE = "utm_source=blog&utm_medium=referral&utm_campaign=tea"
AMAZON = "https://www.amazon.com/dp/B0EXAMPLE1?tag=ours-20"
PAID = f'<a rel="sponsored" href="{AMAZON}">'
TARGETS = {
    "books": {"green": {"title": "Green Tea", "asin": "B0EXAMPLE1"}},
    "ctas": {
        "home": {"heading": "Home", "label": "Home", "url": "/"},
        "gone": {"heading": "Gone", "label": "Gone", "url": "/gone/"},
        "lesson": {
            "heading": "Lesson",
            "label": "Lesson",
            "programme": "moshimo",
            "url": "https://af.moshimo.com/af/c/click?a_id=1&p_id=1",
        },
        "shop": {"heading": "Shop", "label": "Shop", "url": "https://shop.example/"},
        "tagged": {
            "heading": "Tagged",
            "label": "Tagged",
            "url": "/",
            "utm": {"source": "blog", "medium": "referral", "campaign": "tea"},
        },
    },
    "programmes": {
        "amazon": {"tag": "ours-20"},
        "moshimo": {"name": "Moshimo", "tracking": "redirect"},
    },
    "mappings": {
        "tea": {
            "any": {"tags": ["tea"]},
            "items": ["green", "home", "gone", "shop", "tagged", "lesson"],
        }
    },
    "blocks": {"cta": {"limit": 5}, "books": {}},
}


@pytest.fixture(scope="module")
def blog(tmp_path_factory):
    """Build a blog without Jekyll whose server is at its own host."""
    root = tmp_path_factory.mktemp("rules") / "blog"
    site = {"name": "Tea Notes", "url": "https://tea.example", "language": "en", "server": SERVER}
    catalog = TARGETS | {"site": site}
    root = write_blog(root, {"_posts/2026-01-01-green.md": post("Green")}, catalog=catalog)
    build(root, now=NOW)
    built = root / "_site"
    (built / "2026/01/01/green").mkdir(parents=True)
    (built / "2026/01/01/green/index.html").write_text(
        "<section class='linkmgr linkmgr-books'></section><h2 id=brewing>Brewing</h2>"
        "<h2 id='淹れ方'>淹れ方</h2><a name=leaves></a><div hidden id=tab></div>"
    )
    (built / "scripted.html").write_text(
        '<script src="/menu.js"></script><script>open("chart")</script><h2>How to brew</h2>'
    )
    (built / "moved.html").write_text('<meta http-equiv="refresh" content="0; url=/">')
    (built / "menu.js").write_text("build('#menu-links')")
    (built / "cup.jpg").write_text("")
    return root


def found(blog, body):
    """Return the codes of what is wrong with a page of the blog."""
    (blog / "_site" / "index.html").write_text(body, encoding="utf-8")
    return [str(each.code) for each in check(blog).findings]


def details(blog, body):
    found(blog, body)
    return [translate(each.detail) if each.detail else "" for each in check(blog).findings]


@pytest.mark.parametrize(
    ("body", "code"),
    [
        pytest.param('<a href="/count/go/home">', None, id="to a page"),
        pytest.param('<a href="/count/go/shop">', None, id="to another site"),
        pytest.param(f'<a href="{SERVER}/go/gone?p=0123456789abcdef">', "dead-link", id="dead"),
        pytest.param('<a href="http://www.tea.example/count/go/gone">', "dead-link", id="www"),
        pytest.param('<a href="/count/go/none">', "dead-redirect", id="unknown"),
        pytest.param('<a href="/count/go/">', "dead-redirect", id="none"),
        pytest.param('<a href="/go/home">', "dead-link", id="not at the server"),
        pytest.param('<a rel=sponsored href="/count/go/lesson">', "no-label", id="no label"),
        pytest.param(f'{LABEL}<a href="/count/go/lesson">', "no-rel", id="no rel"),
        pytest.param(
            f'{LABEL}<a rel=sponsored href="/count/go/lesson">', None, id="as the programme allows"
        ),
        pytest.param(
            f'{LABEL}<a rel=sponsored href="/count/go/green">', "forbidden-tracking", id="forbidden"
        ),
        pytest.param('<a href="/count/go/tagged">', "catalog-utm", id="UTM by the catalog"),
        pytest.param('<a href="/count/go/shop?utm_source=a">', "broken-utm", id="UTM by hand"),
    ],
)
def test_a_redirect_is_judged_by_its_target(blog, body, code):
    assert found(blog, body) == ([code] if code else [])


def test_redirect_is_named_without_its_place_and_with_its_target(blog):
    assert details(blog, '<a href="/count/go/gone?p=0123456789abcdef&b=cta.1">') == [
        "leads to https://tea.example/gone/"
    ]
    (dead,) = check(blog).findings
    assert dead.what == f"{SERVER}/go/gone"


@pytest.mark.parametrize(
    ("body", "code"),
    [
        pytest.param('<a href="/?utm_source=a&utm_medium=b&utm_campaign=c">', "internal-utm"),
        pytest.param('<a href="/#utm_source=a">', "internal-utm"),
        pytest.param(f'<a href="/?{WHOLE}">', "catalog-utm"),
        pytest.param(f'<a href="https://tea.example/?{WHOLE}&utm_content=end">', "catalog-utm"),
        pytest.param(f'<a href="/moved.html?{WHOLE}">', "internal-utm"),
        pytest.param(f'<a href="/?{WHOLE}2">', "internal-utm"),
        pytest.param('<a href="/?about=utm_source">', None),
        pytest.param('<a href="https://x.example/?q=1">', None),
    ],
)
def test_utm_within_the_site_is_found(blog, body, code):
    assert found(blog, body) == ([code] if code else [])


@pytest.mark.parametrize(
    ("url", "detail"),
    [
        (f"https://shop.example/?a=1&{WHOLE}#b", None),
        (f"https://shop.example/?{WHOLE}&utm_content=end-1", None),
        ("https://shop.example/?next=utm_source%3Da", None),
        ("https://shop.example/?utm_source=blog", "missing: utm_medium, utm_campaign"),
        (f"https://shop.example/?{WHOLE.replace('tea', '')}", "missing: utm_campaign"),
        (f"https://shop.example/?{WHOLE}&utm_source=b", "more than once: utm_source"),
        (f"https://shop.example/?{WHOLE.replace('tea', 'Tea')}", "in upper case: utm_campaign"),
        (f"https://shop.example/?{WHOLE.replace('utm_m', 'UTM_M')}", "in upper case: UTM_Medium"),
        (f"https://shop.example/#a?{WHOLE}", "after the #fragment"),
        (f"https://shop.example/#{WHOLE}", "after the #fragment"),
    ],
)
def test_broken_utm_is_found_with_what_is_wrong_with_it(blog, url, detail):
    assert details(blog, f'<a href="{url}">') == ([detail] if detail else [])


@pytest.mark.parametrize(
    ("medium", "codes"),
    [("cta", ["unknown-medium"]), ("social", []), ("paid-search", []), ("CTA", ["broken-utm"])],
)
def test_a_medium_that_analytics_does_not_know_is_noted(blog, medium, codes):
    url = f"https://shop.example/?{WHOLE.replace('referral', medium)}"
    assert found(blog, f'<a href="{url}">') == codes


@pytest.mark.parametrize(
    "query", ["utm_source=blog", f"{WHOLE.replace('referral', 'cta')}", "utm_int=top"]
)
def test_utm_of_somebody_elses_link_is_not_found(blog, query):
    assert found(blog, f'<a href="https://x.example/?{query}">') == []


def test_utm_of_the_sites_own_making_is_not_found(blog):
    assert found(blog, '<a href="/?utm_int=top">') == []


@pytest.mark.parametrize(
    ("tag", "codes"),
    [
        ("ours-20", []),
        ("ours-22", ["other-tag"]),
        ("ours-2", ["damaged-tag"]),
        ("ours", ["damaged-tag"]),
    ],
)
def test_a_damaged_tag_is_not_another_marketplaces(blog, tag, codes):
    link = AMAZON.replace("ours-20", tag)
    assert found(blog, f'{LABEL}<a rel=sponsored href="{link}">Amazon</a>') == codes


def test_utm_on_a_link_to_amazon_is_found(blog):
    body = f'{LABEL}<a rel=sponsored href="{AMAZON}&{WHOLE}">'
    assert found(blog, body) == ["broken-utm"]
    assert details(blog, body) == ["on a link to Amazon"]


@pytest.mark.parametrize(
    ("body", "code"),
    [
        pytest.param("{paid}Book at Amazon</a> (1,980円)", "hand-written-price", id="beside"),
        pytest.param("{paid}Book at Amazon</a>", None, id="none"),
        pytest.param('<a href="https://x.example/">Book</a> (1,980円)', None, id="no ad"),
    ],
)
def test_a_price_beside_an_affiliate_link_is_found(blog, body, code):
    assert found(blog, f"{LABEL}<p>{body.format(paid=PAID)}</p>") == ([code] if code else [])


@pytest.mark.parametrize(
    ("body", "dead"),
    [
        ('<img src="/cup.jpg">', 0),
        ('<img src="cup.jpg?v=2">', 0),
        ('<img src="data:image/gif;base64,R0lGOD">', 0),
        ('<img src="https://x.example/no.jpg">', 0),
        ('<img src=""><img>', 0),
        ('<p><noscript><img src="/no.jpg"></noscript><template><img src="/no.jpg"></template>', 0),
        ('<div hidden><img src="/no.jpg"></div>', 0),
        ('<img src="/no.jpg">', 1),
        ('<img src="/cup.jpg" srcset="/cup.jpg 1x,/no.jpg 2x">', 1),
        ('<picture><source srcset="/no-480.webp 480w, /no-960.webp 960w"></picture>', 2),
        ('<video poster="/no.jpg"></video>', 1),
    ],
)
def test_a_picture_that_is_not_there_is_found(blog, body, dead):
    assert found(blog, body) == ["dead-picture"] * dead


@pytest.mark.parametrize(
    ("url", "dead"),
    [
        ("/2026/01/01/green/#brewing", False),
        ("/2026/01/01/green/#leaves", False),
        ("/2026/01/01/green/#tab", False),
        ("/2026/01/01/green/#%E6%B7%B9%E3%82%8C%E6%96%B9", False),
        ("/2026/01/01/green/#淹れ方", False),
        ("/2026/01/01/green/#", False),
        ("/2026/01/01/green/#Top", False),
        ("/2026/01/01/green/#:~:text=brew", False),
        ("/2026/01/01/green/#brewing:~:text=brew", False),
        ("/2026/01/01/green/#!/a", False),
        ("/2026/01/01/green/?2525866#3", False),
        ("/cup.jpg#x", False),
        ("https://x.example/#x", False),
        ("#here", False),
        ("#brewing", True),
        ("/2026/01/01/green/#Brewing", True),
        ("/2026/01/01/green/#steeping", True),
        ("/scripted.html#menu-links", False),
        ("/scripted.html#chart", False),
        ("/scripted.html#how-to-brew", False),
        ("/scripted.html#disqus_thread", False),
        ("/scripted.html#gone", True),
        ("/moved.html#gone", False),
    ],
)
def test_a_part_of_a_page_that_is_not_there_is_found(blog, url, dead):
    assert found(blog, f'<p id=here><a href="{url}">') == (["dead-anchor"] if dead else [])


def test_a_missing_part_of_a_page_behind_utm_is_found(blog):
    link = '<a href="/2026/01/01/green/?utm_source=x&amp;utm_medium=mail#steeping">'
    (blog / "_site" / "index.html").write_text(link, encoding="utf-8")
    assert "dead-anchor" in [str(finding.code) for finding in check(blog).findings]


def test_what_only_scripts_follow_is_no_link_to_a_part_of_page(blog):
    for attribute in ('data-bs-toggle="collapse"', "role=tab", 'onclick="open()"'):
        assert found(blog, f'<a href="#menu" {attribute}>') == []
    for attribute in ("role=doc-noteref", 'aria-label="Note"'):
        assert found(blog, f'<a href="#fn:1" {attribute}>') == ["dead-anchor"]


@pytest.mark.parametrize(
    ("body", "code"),
    [
        ("{label}{paid}", None),
        ("{paid}{label}", "block-before-label"),
        ("{paid}{paid}", "block-before-label"),
        ('<a href="/">', None),
    ],
)
def test_block_with_affiliate_link_before_its_label_is_found(blog, body, code):
    block = f"<section class='linkmgr linkmgr-cta'>{body}</section>"
    body = block.format(label='<p class="linkmgr-label">Ad</p>', paid=PAID)
    assert found(blog, body) == ([code] if code else [])
