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


SERVER = "https://l.example"


@pytest.mark.parametrize("tracking", [Tracking.REDIRECT, Tracking.DIRECT, Tracking.BEACON])
def test_the_script_is_told_the_server_and_what_a_view_is(tracking):
    site = make_site(server=SERVER, views=True, view_percent=60, view_seconds=2)
    text = include_text(make_catalog(site=site, trackings={"amazon": tracking}))
    assert f'data-server="{SERVER}" data-views="0.6 0.3 2000"' in text
    assert "data-events" not in text


def test_script_is_told_server_if_pages_want_to_hear_of_clicks():
    text = include_text(make_catalog(site=make_site(server=SERVER, events=True)))
    assert f'data-server="{SERVER}" data-events' in text
    assert "data-views" not in text


def test_the_script_is_told_nothing_that_it_does_not_need():
    catalog = make_catalog(site=make_site(server=SERVER), trackings={"amazon": Tracking.BEACON})
    assert "defer data-respect-gpc></script>" in include_text(catalog)


def test_address_of_server_is_escaped_for_liquid_and_html():
    site = make_site(server='https://l.example/{{ x }}&"', events=True)
    assert "https://l.example/&#123;&#123; x &#125;&#125;&amp;&#34;" in include_text(
        make_catalog(site=site)
    )


@pytest.mark.parametrize("respected", [True, False])
def test_the_script_heeds_privacy_signals_if_the_catalog_says_so(respected):
    catalog = make_catalog(site=make_site(respect_gpc=respected))
    assert ("data-respect-gpc" in include_text(catalog)) is respected
