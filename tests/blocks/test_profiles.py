"""Every programme, however it is tracked and wherever its link stands, by its own rules."""

import re
from itertools import pairwise
from urllib.parse import urlsplit

import html5lib
import pytest

from linkmgr.links.model import Tracking
from linkmgr.links.programmes.profile import AFFILIATE_REL
from linkmgr.links.programmes.profiles import packaged_profiles
from tests.support.programmes import PLACES, address_of, fragment_of, shown

SERVER = "https://l.example"
PROGRAMMES = sorted(packaged_profiles())


def fragment(programme, tracking, place):
    return fragment_of(shown(programme, tracking, place), place)


@pytest.mark.parametrize("place", PLACES)
@pytest.mark.parametrize("programme", PROGRAMMES)
def test_the_links_of_a_programme_keep_to_its_rules(programme, place):
    profile = packaged_profiles()[programme]
    rules = profile.rules
    for tracking in Tracking:
        html = fragment(programme, tracking, place)
        tree = html5lib.parseFragment(html, namespaceHTMLElements=False)
        links = [link.attrib for link in tree.iter("a") if "shop.example" not in link.get("href")]
        assert links
        assert html.index("linkmgr-label") < html.index("<a ")
        counted = [each.get("data-linkmgr-hits") for each in tree.iter()]
        delegated = next(filter(None, counted), "").split(" ")
        for attributes in links:
            href = attributes["href"]
            assert all(profile.allows_attribute(name) for name in attributes)
            rel = attributes["rel"]
            assert rel == ((rules.rel and rules.rel.value) or AFFILIATE_REL)
            policy = rules.referrer.policy if rules.referrer else None
            assert attributes.get("referrerpolicy") == policy
            if tracking is Tracking.REDIRECT:
                assert href.startswith(f"{SERVER}/go/one?p=")
            else:
                assert href == address_of(profile)
            hits = {
                *filter(None, (attributes.get("ping"), attributes.get("data-linkmgr-hit"))),
                *(hit for at, hit in pairwise(delegated) if at == href),
            }
            assert len(hits) == (tracking is Tracking.BEACON)
            assert all(urlsplit(hit).path == "/hit/one" for hit in hits)


@pytest.mark.parametrize("programme", ["rakuten", "a8", "valuecommerce"])
def test_where_attributes_are_forbidden_a_beacon_adds_none(programme):
    for place in PLACES:
        direct = fragment(programme, Tracking.DIRECT, place)
        beacon = fragment(programme, Tracking.BEACON, place)
        assert re.findall("<a .*?>", beacon) == re.findall("<a .*?>", direct)
        assert beacon.count("data-linkmgr-hits") == 1
