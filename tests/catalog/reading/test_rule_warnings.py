"""What a catalog says or lacks against the rules of its programmes is reported once a programme."""

import pytest

from linkmgr.catalog.reading.parse import parse_catalog
from linkmgr.catalog.reading.programme_warnings import programme_warnings
from tests.support.issued_codes import A8_TEXT, RAKUTEN_TEXT
from tests.support.programmes import know

SITE = "site: {name: Tea, url: https://tea.example, language: en, server: https://l.example}\n"
A8 = "url: 'https://px.a8.net/svt/ejp?a8mat=1'"
OWN = "programmes:\n  tea:\n    name: Tea shop\n"


def warned(text):
    whole = SITE + text
    return list(map(str, programme_warnings(parse_catalog(whole), "catalog.yaml", whole)))


def cta(more="", key="one"):
    return f"  {key}: {{heading: H, label: L, programme: a8, {A8}{more}}}\n"


@pytest.mark.parametrize(
    ("text", "key", "parts"),
    [
        pytest.param(
            "programmes: {a8: {name: A8}}\nctas:\n" + cta() + cta(key="two"),
            "4: ctas.one.url",
            ("A8.net", "a8compliance", "1 more item", "as code"),
            id="a link of A8 without its code",
        ),
        pytest.param(
            "programmes: {rakuten: {name: R}}\nbooks:\n  one: {title: T, programme: rakuten,\n"
            "    url: 'https://hb.afl.rakuten.co.jp/hgc/1/?pc=x'}\n",
            "5: books.one.url",
            ("Rakuten", "guides/help"),
            id="one of Rakuten",
        ),
        pytest.param(
            "programmes:\n  yahoo: {name: Y,\n    url: 'https://ck.jp.ap.valuecommerce.com/"
            "servlet/referral?sid=1&pid=2&vc_url={url}'}\n"
            "books:\n  one: {title: T, programme: yahoo, url: https://shop.example}\n",
            "4: programmes.yahoo.url",
            ("バリューコマース",),
            id="a template whose links lack their pixel",
        ),
        pytest.param(
            "books:\n  one:\n    title: T\n    asin: B0EXAMPLE1\n    shops:\n"
            "    - {programme: a8, " + A8 + "}\nprogrammes: {a8: {name: A8}}\n",
            "6: books.one.shops",
            ("A8.net",),
            id="a further shop",
        ),
        pytest.param(
            "programmes: {amazon: {tag: x-20, label: See it}}\n"
            "books: {one: {title: T, asin: B0EXAMPLE1}}\n",
            "2: programmes.amazon.label",
            ("lead", "Amazon"),
            id="a label that hides Amazon",
        ),
        pytest.param(
            "books:\n  one: {title: T, asin: B0EXAMPLE1,\n"
            "    cover: 'https://m.media-amazon.com/images/I/1.jpg'}\n"
            "  two: {title: T, asin: B0EXAMPLE2,\n"
            "    cover: 'https://images-na.ssl-images-amazon.com/images/I/2.jpg'}\n",
            "4: books.one.cover",
            ("Amazon's pictures", "API", "1 more item"),
            id="a cover of Amazon's",
        ),
        pytest.param(
            "products:\n  one: {title: T, asin: B0EXAMPLE1,\n"
            "    image: 'https://hbb.afl.rakuten.co.jp/hgb/1.2/?item_id=2'}\n",
            "4: products.one.image",
            ("Rakuten's code", "guides/help"),
            id="a picture of Rakuten's code",
        ),
    ],
)
def test_each_is_reported_with_its_line_its_rule_and_its_source(text, key, parts):
    (warning,) = warned(text)
    assert warning.startswith(f"catalog.yaml:{key}: ")
    for part in parts:
        assert part in warning


@pytest.mark.parametrize(
    ("rule", "text", "key", "parts"),
    [
        pytest.param(
            {"deep-link": {"allowed": "no", "source": "s"}},
            "    url: https://tea-shop.example/?to={url}\n"
            "books: {one: {title: T, programme: tea, url: https://shop.example}}\n",
            "5: programmes.tea.url",
            ("Tea shop", "forbids"),
            id="a link that may not be built",
        ),
        pytest.param(
            {"attributes": {"forbidden": ["class"], "source": "s"}},
            "ctas: {one: {heading: H, label: L, programme: tea, class: b,\n"
            "  url: https://tea-shop.example/}}\n",
            "5: ctas.one.class",
            ("is left out: Tea shop",),
            id="a class that is forbidden",
        ),
        pytest.param(
            {"label": {"names": ["Tea shop", "tea."], "source": "s"}},
            "books:\n  one: {title: T, asin: B0EXAMPLE1,\n"
            "    shops: [{programme: tea, label: Buy, url: https://tea-shop.example/}]}\n",
            "7: books.one.shops",
            ("Tea shop", "name it"),
            id="a label of a shop",
        ),
    ],
)
def test_a_rule_that_a_profile_may_have_is_reported(monkeypatch, rule, text, key, parts):
    entry = {"name": "Tea shop", "links": ["tea-shop.example"], "rules": rule}
    know(monkeypatch, "tea", entry)
    (warning,) = warned(OWN + text)
    assert warning.startswith(f"catalog.yaml:{key}: ")
    for part in parts:
        assert part in warning


def test_utm_on_an_issued_link_is_reported_beside_missing_code():
    utm = ", utm: {source: a, medium: b, campaign: c}"
    warnings = warned(f"programmes: {{a8: {{name: A8}}}}\nctas:\n{cta(utm)}")
    assert [each.split(": ")[1] for each in warnings] == ["ctas.one.url", "ctas.one.utm"]


def test_what_keeps_to_the_rules_is_read_without_a_word():
    lines = {
        name: "".join(f"      {line}\n" for line in text.split("\n"))
        for name, text in (("a8", A8_TEXT), ("rakuten", RAKUTEN_TEXT))
    }
    codes = "".join(f"  {name}:\n    heading: H\n    code: |\n{own}" for name, own in lines.items())
    text = (
        "programmes:\n  amazon: {tag: x-20, label: See it at Amazon}\n"
        "  books: {name: R, tracking: beacon,\n"
        "    url: 'https://hb.afl.rakuten.co.jp/hgc/1/?pc={url}'}\n"
        "  moshimo: {name: M, url: 'https://af.moshimo.com/af/c/click?a_id=1&url={url}'}\n"
        "  awin: {name: Awin, tracking: redirect}\n"
        "books:\n  one:\n    title: T\n    asin: B0EXAMPLE1\n    cover: /one.jpg\n    shops:\n"
        "    - {programme: books, url: https://books.rakuten.co.jp/rb/1/}\n"
        "    - {programme: moshimo, url: https://shop.example}\n"
        f"    - code: |\n{lines['a8'].replace('      <', '        <')}"
        "    - {programme: awin, url: 'https://www.awin1.com/cread.php?a=1'}\n"
        f"ctas:\n{codes}"
        "  amazon-talk: {heading: Amazon's tea, label: Go, programme: amazon,\n"
        "    url: https://www.amazon.com/tea}\n"
    )
    assert warned(text) == []
