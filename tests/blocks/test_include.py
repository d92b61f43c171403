import pytest

from linkmgr.blocks.include import include_text
from linkmgr.catalog.model import Tracking
from tests.blocks.examples import make_catalog, make_site


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


def test_the_script_heeds_privacy_signals():
    assert "data-respect-gpc" in include_text(make_catalog())
