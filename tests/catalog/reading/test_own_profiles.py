"""A programme of the owner's own, in the form of the package's profiles."""

import pytest

from linkmgr.catalog.reading.parse import parse_catalog
from linkmgr.catalog.reading.programme_warnings import programme_warnings
from linkmgr.links.model import Tracking
from linkmgr.links.recognition.issued_code import read_code
from linkmgr.links.wrappers import address_of
from linkmgr.messages.errors import Problems

SITE = "site: {name: Tea, url: https://tea.example, language: en, server: https://l.example}\n"
OWN = """\
programmes:
  teashop:
    name: Tea shop
    links: [tea-shop.example/a/, "go.tea-shop.example?ref"]
    short-links: [t.example]
    pixels: [tea-shop.example/view.gif]
    scripts: [teaShop *]
    code:
      link: {attributes: [href, rel], styles: ["color:red"]}
      picture: {attributes: [src, alt], addresses: [tea-shop.example/pictures/]}
      pixel: {attributes: [src]}
    rules:
      tracking: {allowed: [direct], source: https://tea-shop.example/rules, verified: 2026-11-01}
      attributes: {forbidden: [ping], source: https://tea-shop.example/rules, verified: no}
      rel: {value: sponsored, needed: [sponsored], forbidden: [noreferrer], source: a letter}
      referrer: {shows: page, policy: no-referrer-when-downgrade, source: a letter}
      pixel: {needed: yes, shared: [id], source: a letter}
      deep-link:
        allowed: yes
        template: "https://tea-shop.example/a/?to={url}"
        source: a letter
      issued-code:
        needed: no
        links: ["tea-shop.example/a/?type=text"]
        attributes: [target]
        source: a letter
      label: {names: [Tea shop, Tea], source: a letter}
      images: {addresses: [pictures.tea-shop.example], allowed: code, source: a letter}
      disclosure: {ja: 広告です, en: An ad, source: a letter}
    verified: no
"""


def test_an_entry_of_the_catalog_may_have_all_that_a_profile_has():
    catalog = parse_catalog(SITE + OWN)
    own = catalog.profiles["teashop"]
    assert catalog.profiles.of("https://tea-shop.example/a/oolong") is own
    assert catalog.profiles.of("https://go.tea-shop.example/?ref=1") is own
    assert catalog.profiles.of("https://tea-shop.example/about") is None
    assert own.is_short("https://t.example/x")
    assert not own.allows(Tracking.BEACON)
    assert not own.allows_attribute("ping")
    assert own.rules.rel.value == "sponsored"
    assert str(own.rules.tracking.source.read) == "2026-11-01"
    assert own.rules.attributes.source.read is None
    assert own.rules.referrer.policy == "no-referrer-when-downgrade"
    assert own.rules.pixel.shared == ("id",)
    assert own.rules.deep_link.template == "https://tea-shop.example/a/?to={url}"
    assert own.rules.issued_code.attributes == {"target"}
    (only_in_code,) = own.rules.issued_code.links
    assert only_in_code.fits(address_of("https://tea-shop.example/a/1?type=text"))
    assert not only_in_code.fits(address_of("https://tea-shop.example/a/1?type=alone"))
    assert catalog.profiles.of_picture("//pictures.tea-shop.example/1") == (own, own.rules.images)
    assert catalog.profiles.of_picture("https://tea-shop.example/1.jpg") is None
    assert own.rules.disclosure.sentences == {"ja": "広告です", "en": "An ad"}


def test_no_programme_of_ones_own_can_allow_scripts_in_its_code():
    own = OWN.replace("[href, rel]", "[href, rel, onclick]").replace("[src]", "[src, onload]")
    profiles = parse_catalog(SITE + own).profiles
    link = '<a href="https://tea-shop.example/a/1">Tea</a>'
    pixel = '<img src="https://tea-shop.example/view.gif">'
    assert not isinstance(read_code(link + pixel, profiles), tuple)
    for code in (link.replace("<a", "<a onclick=x()") + pixel, link + pixel[:-1] + " onload=x()>"):
        assert [problem.code for problem in read_code(code, profiles)] == ["links.code-too-much"]


def test_the_profiles_of_the_package_are_there_beside_it():
    catalog = parse_catalog(SITE + OWN)
    assert catalog.profiles.of("https://px.a8.net/svt/ejp?a8mat=1").id == "a8"
    assert parse_catalog(SITE).profiles.of("https://tea-shop.example/a/oolong") is None


def test_an_entry_of_a_known_programme_changes_what_it_says_and_leaves_the_rest():
    rel = "rel: {value: nofollow, source: a letter}"
    catalog = parse_catalog(f"{SITE}programmes: {{rakuten: {{name: R, rules: {{{rel}}}}}}}\n")
    own = catalog.profiles["rakuten"]
    assert (own.name, own.rules.rel.value) == ("R", "nofollow")
    assert not own.allows(Tracking.REDIRECT)
    assert catalog.profiles.of("https://hb.afl.rakuten.co.jp/hgc/1/") is own


def test_a_cta_with_a_link_of_an_own_programme_is_no_link_of_the_site():
    cta = "ctas: {one: {heading: H, label: L, url: 'https://tea-shop.example/a/oolong'}}\n"
    text = SITE + OWN + cta
    (warning,) = programme_warnings(parse_catalog(text), "catalog.yaml", text)
    assert "ctas.one.url: is an affiliate link of Tea shop" in str(warning)


def test_a_tracking_that_its_own_rules_forbid_is_reported_with_their_source():
    text = SITE + OWN + "    tracking: redirect\n"
    (warning,) = map(str, programme_warnings(parse_catalog(text), "catalog.yaml", text))
    assert "programmes.teashop.tracking: Tea shop" in warning
    assert "https://tea-shop.example/rules" in warning


def test_rules_that_allow_what_a_known_programme_forbids_do_not_silence_the_warning():
    rule = "tracking: {allowed: [redirect], source: me}"
    text = f"{SITE}programmes: {{a8: {{name: A8, tracking: redirect, rules: {{{rule}}}}}}}\n"
    (warning,) = map(str, programme_warnings(parse_catalog(text), "catalog.yaml", text))
    assert "programmes.a8.tracking: A8.net" in warning


@pytest.mark.parametrize(
    ("wrong", "line", "key", "part"),
    [
        ("links: [https://t.example]", 5, "links", "must be a server"),
        ("links: t.example", 5, "links", "list"),
        ("hosts: [t.example]", 5, "hosts", "unknown key"),
        ("rules: {rel: {value: nofollow}}", 5, "rules.rel.source", "is missing"),
        ("rules: {tracking: {allowed: [none], source: x}}", 5, "rules.tracking.allowed", "none"),
        ("rules: {ping: {source: x}}", 5, "rules.ping", "unknown key"),
        ("verified: yesterday", 5, "verified", "yesterday"),
    ],
)
def test_a_mistake_in_it_is_reported_with_its_line_and_key(wrong, line, key, part):
    with pytest.raises(Problems) as caught:
        parse_catalog(f"{SITE}programmes:\n  t:\n    name: T\n    {wrong}\n")
    (problem,) = map(str, caught.value.problems)
    assert problem.startswith(f"catalog.yaml:{line}: programmes.t.{key}: ")
    assert part in problem
