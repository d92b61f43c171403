"""Items that show the code that a programme issued."""

import html5lib
import pytest

from linkmgr.blocks.assets import SCRIPT_TEXT
from linkmgr.blocks.include import include_text
from linkmgr.blocks.render import Renderer
from linkmgr.catalog.reading.parse import parse_catalog
from linkmgr.clicks.catalog_targets import targets_of
from linkmgr.messages.errors import Problems
from tests.support.blocks import make_post, make_resolution
from tests.support.issued_codes import A8_TEXT, CODES, RAKUTEN_PICTURE, VC_TEXT

SITE = "site: {name: Tea, url: https://tea.example, language: en, server: https://l.example}\n"


def entry(code, section="ctas", more="", programmes=""):
    lines = "".join(f"      {line}\n" for line in code.split("\n"))
    title = "heading" if section == "ctas" else "title"
    return f"{SITE}{programmes}{section}:\n  tea:\n    {title}: Tea\n{more}    code: |\n{lines}"


def fragment(text, block="cta", **how):
    renderer = Renderer(parse_catalog(text), **how)
    return renderer.fragment(make_resolution(make_post(), **{block: ["tea"]}))


def problems(text):
    with pytest.raises(Problems) as caught:
        parse_catalog(text)
    return list(map(str, caught.value.problems))


@pytest.mark.parametrize("section", ["ctas", "books", "products"])
@pytest.mark.parametrize("code", CODES)
def test_code_stands_unchanged_below_the_label_and_is_counted(code, section):
    _, text = CODES[code]
    html = fragment(entry(text, section), "cta" if section == "ctas" else section)
    assert html.count(text) == 1
    assert html.index("linkmgr-label") < html.index(text) < html.index("linkmgr-disclosure")
    tree = html5lib.parseFragment(html, namespaceHTMLElements=False)
    (link,) = tree.iter("a")
    (counted,) = (each for each in tree.iter("div") if each.get("data-linkmgr-hits"))
    href, hit = counted.get("data-linkmgr-hits").split(" ")
    assert href == link.get("href")
    assert hit.startswith("https://l.example/hit/tea?p=")
    assert link in list(counted.iter())


def test_the_counting_script_is_included_for_views_alone_too():
    amazon = "programmes: {amazon: {tracking: direct}}\n"
    assert "linkmgr.js" in include_text(parse_catalog(entry(A8_TEXT, programmes=amazon)))
    assert "linkmgr.js" not in include_text(parse_catalog(SITE + amazon))
    assert "linkmgrHits" in SCRIPT_TEXT


@pytest.mark.parametrize(
    ("programmes", "counted"),
    [
        ("programmes: {a8: {name: A8.net}}\n", True),
        ("programmes: {a8: {name: A8.net, tracking: beacon}}\n", True),
        ("programmes: {a8: {name: A8.net, tracking: redirect}}\n", True),
        ("programmes: {a8: {name: A8.net, tracking: direct}}\n", False),
    ],
)
def test_only_an_owner_who_writes_direct_has_it_not_counted(programmes, counted):
    html = fragment(entry(A8_TEXT, programmes=programmes))
    assert ("data-linkmgr-hits" in html) == counted
    assert A8_TEXT in html
    assert "/go/" not in html


def test_code_may_be_of_a_programme_that_catalog_calls_otherwise():
    own = "programmes: {books: {name: 楽天ブックス, url: 'https://hb.example/?pc={url}'}}\n"
    text = entry(RAKUTEN_PICTURE, "books", "    programme: books\n", own)
    assert RAKUTEN_PICTURE in fragment(text, "books")
    target = targets_of(parse_catalog(text)).items["tea"]
    assert target.url.startswith("https://hb.afl.rakuten.co.jp/ichiba/")


def test_further_shops_stand_beside_it():
    shops = "    shops: [{programme: shop, url: https://shop.example/tea}]\n"
    html = fragment(entry(VC_TEXT, "books", shops, "programmes: {shop: {name: Shop}}\n"), "books")
    assert VC_TEXT in html
    assert 'href="https://shop.example/tea"' in html


def shops(*entries):
    lines = "".join(f"      {line}\n" for code in entries for line in f"- {code}".split("\n"))
    return f"{SITE}books:\n  tea:\n    title: Tea\n    asin: B0EXAMPLE1\n    shops:\n{lines}"


def of_shop(code, more=""):
    lines = "".join(f"\n    {line}" for line in code.split("\n"))
    return f"{more}code: |{lines}"


def test_a_further_shop_with_code_is_counted_by_its_programme():
    text = shops(of_shop(VC_TEXT, "preset: yahoo\n  "), of_shop(A8_TEXT), of_shop(RAKUTEN_PICTURE))
    html = fragment(text, "books")
    for code, key in ((VC_TEXT, "yahoo"), (A8_TEXT, "a8"), (RAKUTEN_PICTURE, "rakuten")):
        assert html.count(code) == 1
        assert f"&amp;s={key}" in html
    assert html.index("linkmgr-label") < html.index(VC_TEXT) < html.index(A8_TEXT)
    shown = targets_of(parse_catalog(text)).items["tea"].shops
    assert shown["yahoo"].startswith("https://ck.jp.ap.valuecommerce.com/servlet/referral?sid=1")
    assert shown.keys() == {"yahoo", "a8", "rakuten"}


def test_beside_the_code_of_a_shop_there_is_no_address():
    (problem,) = problems(shops(of_shop(A8_TEXT, "url: https://a.example\n  ")))
    assert ": books.tea.shops[1].url: cannot be combined with code" in problem


def test_braces_in_code_mean_nothing_to_liquid_and_stay_bare():
    text = A8_TEXT.replace("お茶の店", "{{ site.title }} {% x %}")
    assert f"{{% raw %}}{text}{{% endraw %}}" in fragment(entry(text))
    plain = fragment(entry(text), liquid=False)
    assert text in plain
    assert "raw" not in plain


def test_code_with_too_much_is_refused_with_its_line():
    (problem,) = problems(entry(A8_TEXT.replace("rel=", 'onclick="x()" rel=')))
    assert problem == (
        "catalog.yaml:5: ctas.tea.code: has <a onclick>, which A8.net does not issue: "
        "paste its code unchanged"
    )


@pytest.mark.parametrize(
    ("section", "more", "key"),
    [
        ("ctas", "    url: https://a.example\n", "url"),
        ("ctas", "    label: Go\n", "label"),
        ("ctas", "    class: button\n", "class"),
        ("ctas", "    programme: amazon\n", "programme"),
        ("books", "    asin: B0EXAMPLE1\n", "code"),
        ("books", "    programme: site\n", "programme"),
    ],
)
def test_what_code_brings_itself_cannot_be_given_beside_it(section, more, key):
    (problem,) = problems(entry(A8_TEXT, section, more))
    assert f": {section}.tea.{key}: " in problem
