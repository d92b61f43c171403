"""What our blocks print of every programme is right; each change of it by hand is found."""

import re
from datetime import date
from html import escape
from pathlib import Path

import pytest

from linkmgr.catalog.reading.parse import parse_catalog
from linkmgr.check.findings import NOWHERE
from linkmgr.check.pages.built_site import BuiltSite, SiteAddresses
from linkmgr.check.pages.page import read_page
from linkmgr.check.rules.links import Redirects
from linkmgr.check.rules.pages import PageChecker
from linkmgr.links.model import Tracking
from linkmgr.links.programmes.profiles import packaged_profiles
from tests.support.issued_codes import CODES
from tests.support.programmes import PLACES, address_of, fragment_of, know, shown

PROFILES = packaged_profiles()


class Nowhere:
    """Finds no source of anything."""

    def of_link(self, *_):
        return NOWHERE

    of_blocks = of_link


def issued_address(profile):
    """Return a link's address with the values that it shares with its counting picture."""
    address = address_of(profile)
    shared = profile.rules.pixel.shared if profile.rules.pixel else ()
    return "&".join((address, *(f"{name}=7" for name in shared)))


def pixel(profile):
    """Return the counting picture that belongs to the link."""
    if not (profile.pixels and profile.rules.pixel):
        return ""
    shape = profile.pixels[0]
    values = "&".join(f"{name}=7" for name in profile.rules.pixel.shared)
    return f'<img src="//www.{shape.host}{shape.path}?{escape(values)}" width="1" alt="">'


def codes_on(html, catalog):
    """Return the codes of what a check finds on a page."""
    addresses = SiteAddresses.of_urls(("https://tea.example",), "")
    checker = PageChecker(
        BuiltSite(Path(), ("index.html",), (), frozenset(), {"/index.html": "index.html"}),
        addresses,
        Redirects.of_catalog(catalog, addresses, date(2026, 3, 1)),
        catalog.profiles,
        "amazon.co.jp",
        Nowhere(),
    )
    findings = checker.findings(read_page(html, catalog.profiles), "index.html")
    return {str(found.code) for found in findings}


class Blocks:
    """The HTML of one link of a programme in a block of ours, and what a check finds of it."""

    def __init__(self, programme, tracking=Tracking.DIRECT, place="book"):
        self.profile = PROFILES[programme]
        self.catalog = shown(programme, tracking, place)
        plain, issued = map(escape, (address_of(self.profile), issued_address(self.profile)))
        html = fragment_of(self.catalog, place)
        self.html = html.replace(f'"{plain}"', f'"{issued}"') + pixel(self.profile)

    def codes(self, html=None):
        return codes_on(self.html if html is None else html, self.catalog)

    def with_attribute(self, attribute):
        """Return the HTML with an attribute more, in the place of one of the same name."""
        name = attribute.partition("=")[0]
        address = re.escape(escape(issued_address(self.profile)))

        def add(link):
            rest = re.sub(rf' {name}="[^"]*"', "", link[0])
            return rest.replace("<a ", f"<a {attribute} ")

        return re.sub(rf'<a [^>]*href="{address}"[^>]*>', add, self.html)


@pytest.mark.parametrize("programme", PROFILES)
def test_our_blocks_are_right_unless_the_catalog_forbids_it(programme):
    for place in PLACES:
        for tracking in Tracking:
            blocks = Blocks(programme, tracking, place)
            allowed = blocks.profile.allows(tracking)
            assert blocks.codes() == (set() if allowed else {"forbidden-tracking"})


def expected(code, holds):
    return {code} if holds else set()


@pytest.mark.parametrize("programme", PROFILES)
def test_each_change_by_hand_is_found_by_its_code_alone(programme):
    blocks = Blocks(programme)
    profile = blocks.profile
    rules, html = profile.rules, blocks.html
    needed = (rules.rel and rules.rel.needed) or ()
    assert blocks.codes(html.replace("linkmgr-label", "note").replace(">Ad<", ">Tea<")) == {
        "block-before-label"
    }
    assert blocks.codes(re.sub(r' rel="[^"]*"', "", html)) == {"no-rel"}
    changed = blocks.with_attribute('rel="sponsored"')
    assert blocks.codes(changed) == expected("missing-attribute", needed)
    assert blocks.codes(blocks.with_attribute('onclick="count()"')) == expected(
        "forbidden-attribute", not profile.allows_attribute("onclick")
    )
    without = html.replace(pixel(profile), "") if pixel(profile) else html
    assert blocks.codes(without) == expected("missing-pixel", rules.pixel and rules.pixel.needed)
    other = html.replace("=7", "=8", 1)
    if other != html:
        assert blocks.codes(other) == expected("missing-pixel", rules.pixel.needed)


@pytest.mark.parametrize("programme", PROFILES)
@pytest.mark.parametrize("policy", ["no-referrer", "origin", "no-referrer-when-downgrade"])
def test_a_policy_that_hides_what_a_programme_must_see_is_found(programme, policy):
    blocks = Blocks(programme)
    rule = blocks.profile.rules.referrer
    hides = {"site": ["no-referrer"], "page": ["no-referrer", "origin"]}
    hidden = rule is not None and policy in hides[rule.shows]
    by_link = blocks.codes(blocks.with_attribute(f'referrerpolicy="{policy}"'))
    if blocks.profile.allows_attribute("referrerpolicy"):
        assert by_link == expected("hides-referrer", hidden)
    else:
        assert by_link == {"forbidden-attribute"}
    page = f'<meta name="referrer" content="{policy}">{blocks.html}'
    assert blocks.codes(page) == expected("hides-referrer", hidden and rule.policy is None)


def test_noreferrer_is_found_by_what_it_does():
    blocks = Blocks("amazon")
    changed = blocks.with_attribute('rel="sponsored noreferrer"')
    assert blocks.codes(changed) == {"hides-referrer"}


@pytest.mark.parametrize("programme", ["a8", "valuecommerce"])
def test_what_only_changes_looks_breaks_no_rule(programme):
    blocks = Blocks(programme)
    assert blocks.codes(blocks.with_attribute('class="button"')) == set()
    assert Blocks("rakuten").codes(Blocks("rakuten").with_attribute('class="button"')) == {
        "forbidden-attribute"
    }


@pytest.mark.parametrize("code", CODES)
def test_issued_code_is_right_and_lacks_a_removed_picture(code):
    programme, text = CODES[code]
    lines = "".join(f"      {line}\n" for line in text.split("\n"))
    site = "site: {name: Tea, url: https://tea.example, language: en, server: https://l.example}\n"
    rules = PROFILES[programme].rules
    for tracking in (Tracking.DIRECT, Tracking.BEACON):
        programmes = f"programmes: {{{programme}: {{name: P, tracking: {tracking}}}}}\n"
        item = f"ctas:\n  one:\n    heading: Tea\n    code: |\n{lines}"
        catalog = parse_catalog(site + programmes + item)
        html = fragment_of(catalog, "call to action")
        assert text in html
        assert codes_on(html, catalog) == set()
        without = re.sub(r"<img [^>]*(?:0\.gif|impression|gifbanner|lead|sp/rr)[^>]*>", "", html)
        lacks = bool(rules.pixel and rules.pixel.needed)
        assert codes_on(without, catalog) == expected("missing-pixel", lacks)


SITE = "site: {name: Tea, url: https://tea.example, language: en, server: https://l.example}\n"
TERMS = {"source": "its terms", "verified": "2026-11-26"}
OWN = {
    "name": "Tea shop",
    "links": ["tea-shop.example/a/"],
    "rules": {
        "tracking": {"allowed": ["direct"], **TERMS},
        "attributes": {"forbidden": ["ping"], "needed": ["data-shop"], **TERMS},
        "rel": {"forbidden": ["ugc"], **TERMS},
    },
}
COUNTED = "<div data-linkmgr-hits='https://tea-shop.example/a/1 /hit/1'>"
SHOP = "href=https://tea-shop.example/a/1"


@pytest.mark.parametrize(
    ("html", "code"),
    [
        (f"<p>Ad<p><a rel=sponsored data-shop=1 {SHOP}>", None),
        (f"<a rel=sponsored data-shop=1 {SHOP}>", "no-label"),
        (f"<p>Ad<p><a data-shop=1 {SHOP}>", "no-rel"),
        (f"<p>Ad<p><a rel=sponsored {SHOP}>", "missing-attribute"),
        (f"<p>Ad<p><a rel='sponsored ugc' data-shop=1 {SHOP}>", "forbidden-attribute"),
        (f"<p>Ad<p><a rel=sponsored data-shop=1 ping=/hit/1 {SHOP}>", "forbidden-tracking"),
        (f"<p>Ad{COUNTED}<a rel=sponsored data-shop=1 {SHOP}>", "forbidden-tracking"),
        ("<a href=https://tea-shop.example/about/>", None),
    ],
)
def test_links_of_a_programme_are_held_to_rules_of_its_profile(monkeypatch, html, code):
    know(monkeypatch, "teashop", OWN)
    assert codes_on(html, parse_catalog(SITE)) == expected(code, code)


TEXT = "https://hb.afl.rakuten.co.jp/ichiba/1.2/?pc=x&link_type="
AS_ISSUED = "target=_blank rel='nofollow sponsored noopener'"


@pytest.mark.parametrize(
    ("link", "code"),
    [
        pytest.param(f"rel=sponsored href='{TEXT}text&ut=1'", "without-code", id="a text's"),
        pytest.param(f"rel=sponsored href='{TEXT}pict'", "without-code", id="a picture's"),
        pytest.param(f"{AS_ISSUED} href='{TEXT}text&ut=1'", None, id="as issued"),
        pytest.param(f"rel=sponsored href='{TEXT}hybrid_url'", None, id="issued to stand alone"),
        pytest.param(
            "rel=sponsored href='https://hb.afl.rakuten.co.jp/hgc/1.2/?pc=x&m=y'",
            None,
            id="the API's",
        ),
        pytest.param("rel=sponsored href=https://a.r10.to/hX", None, id="a short link"),
    ],
)
def test_a_link_taken_out_of_its_code_is_known_by_its_address(link, code):
    rakuten = parse_catalog("site: {name: Tea, url: https://tea.example, language: en}\n")
    assert codes_on(f"<p>Ad<p><a {link}>Tea</a>", rakuten) == expected(code, code)


def test_a_block_with_such_a_link_is_what_catalog_is_warned_of():
    block = f"<div class='linkmgr linkmgr-cta'>Ad <a rel=sponsored href='{TEXT}text'>Tea</a></div>"
    assert codes_on(block, parse_catalog(SITE)) == set()


AMAZON = "https://www.amazon.co.jp/dp/4785730706?tag=ours-22"


@pytest.mark.parametrize(
    ("html", "code"),
    [
        (f"<p>Ad<p><a rel=sponsored href={AMAZON}>A book</a>", "unnamed-shop"),
        (f"<p>Ad<p><a rel=sponsored href={AMAZON}>A book at Amazon</a>", None),
        ("<p><a href=https://www.amazon.co.jp/dp/4785730706?ref=x>A book</a>", "no-tag"),
        (f"<p class='linkmgr linkmgr-cta'>Ad <a rel=sponsored href={AMAZON}>A book</a>", None),
    ],
)
def test_a_link_by_hand_that_earns_says_that_it_leads_to_amazon(html, code):
    assert codes_on(html, parse_catalog(SITE)) == expected(code, code)
