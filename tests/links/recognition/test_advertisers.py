"""A link names the advertiser's programme within its network."""

import pytest

from linkmgr.placements.find import advertiser_programme

# Issued in public posts, with the program ID that stands beside them.
A8 = {
    "3ZM4V6+6GSIB6+1WP2+63OY9": "s00000008903001",
    "4B3LMV+C506SY+CO4+6Q74X": "s00000001642001",
    "4B3LMV+ALMVJM+50+5SMI35": "s00000000018035",
    "3HBXCY+4DRW36+50+2HM5Z5": "s00000000018015",
    "4BCA77+EU1VYA+4PXI+BZ8OX": "s00000022023002",
    "4B9VHD+87B2DE+2ULW+BZ8OX": "s00000013298002",
    "4AVDG6+2XZ6GI+4N6C+BXIYP": "s00000021666002",
    "4AX6CB+8YP076+5U6E+5YZ75": "s00000027239001",
    "3Z0CMV+2Z6SY+5GDG+ZTNGX": "s00000025450006",
    "4B7YP3+1SBLE+4SXU+HVNAP": "s00000022413003",
    "4B1N9S+2J3CC2+0K+10A5LT": "s00000000002006",
    "2TP1KS+9LWV8Y+1KO+3B5WQ9": "s00000000204020",
    "2TP1KS+AEHOAA+CMR+C8P9OX": "s00000001637174",
    "2TP1KS+ASS2SY+CMR+EVUC5U": "s00000001637190",
}


@pytest.mark.parametrize(("material", "program"), A8.items())
def test_a8_s_program_is_in_its_material(material, program):
    url = f"https://px.a8.net/svt/ejp?a8mat={material}&a8ejpredirect=https%3A%2F%2Fa.example"
    assert advertiser_programme("a8", url) == program
    assert advertiser_programme("a8", url.replace("+", "%2B")) == program


@pytest.mark.parametrize(
    ("network", "url", "programme"),
    [
        ("moshimo", "//af.moshimo.com/af/c/click?a_id=1&p_id=54&pc_id=54&pl_id=616", "54"),
        ("valuecommerce", "//ck.jp.ap.valuecommerce.com/servlet/referral?sid=1&pid=88", "88"),
        ("awin", "https://www.awin1.com/cread.php?awinmid=12&awinaffid=3", "12"),
    ],
)
def test_other_networks_have_a_parameter_for_it(network, url, programme):
    assert advertiser_programme(network, url) == programme


@pytest.mark.parametrize(
    ("network", "url"),
    [
        ("a8", "https://px.a8.net/svt/ejp?a8mat=YOUR_LINK"),
        ("a8", "https://px.a8.net/svt/ejp?a8mat=1+2+ZZZZZZZZZ+10A5LT"),
        ("a8", "https://px.a8.net/"),
        ("amazon", "https://www.amazon.co.jp/dp/4000000000/?pid=88"),
        ("moshimo", "/go/tea"),
    ],
)
def test_what_shows_no_programme_has_none(network, url):
    assert advertiser_programme(network, url) is None
