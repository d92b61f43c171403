import pytest

from linkmgr.blocks.include import include_text
from linkmgr.links.model import Tracking
from tests.support.blocks import make_catalog, make_site


@pytest.mark.parametrize(
    ("server", "tracking", "scripts"),
    [
        ("https://l.example", Tracking.BEACON, 1),
        ("https://l.example", Tracking.REDIRECT, 0),
        ("https://l.example", Tracking.DIRECT, 0),
        (None, Tracking.BEACON, 0),
    ],
)
def test_the_script_is_there_only_for_beacons(server, tracking, scripts):
    site = make_site(server=server)
    catalog = make_catalog(site=site, trackings={"amazon": tracking})
    assert include_text(catalog).count("<script") == scripts


@pytest.mark.parametrize("respected", [True, False])
def test_the_script_heeds_privacy_signals_if_the_catalog_says_so(respected):
    catalog = make_catalog(site=make_site(respect_gpc=respected))
    assert ("data-respect-gpc" in include_text(catalog)) is respected
