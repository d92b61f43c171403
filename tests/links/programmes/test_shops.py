"""A preset knows its shop: what it is called, and which addresses lead there."""

import re
from pathlib import Path

import pytest

from linkmgr.links.programmes.shops import PRESETS, preset_problem
from linkmgr.links.urls import picture_problem

DOCS = Path(__file__).parents[3] / "docs" / "catalog.md"
AT_RAKUTEN = "https%3A%2F%2Fitem.rakuten.co.jp%2Fa%2F1%2F"


@pytest.mark.parametrize(
    ("preset", "url", "leads_there"),
    [
        ("rakuten", "https://item.rakuten.co.jp/a/1/", True),
        ("rakuten", f"https://hb.afl.rakuten.co.jp/hgc/1.2/?pc={AT_RAKUTEN}", True),
        ("rakuten", "https://a.r10.to/hAbCd", True),
        ("rakuten", "https://rakuten.co.jp.evil.example/a", False),
        ("rakuten", "https://shopping.yahoo.co.jp/a", False),
        ("rakuten", f"https://af.moshimo.com/af/c/click?a_id=1&url={AT_RAKUTEN}", True),
        ("yahoo", f"https://af.moshimo.com/af/c/click?a_id=1&url={AT_RAKUTEN}", False),
        ("yahoo", "https://store.shopping.yahoo.co.jp/a/1.html", True),
        ("kindle", "https://www.amazon.co.jp/dp/B000000001/", True),
        ("kindle", "https://www.audible.co.jp/pd/B000000001", False),
        ("audible", "https://www.audible.co.jp/pd/B000000001", True),
        ("rakuten-kobo", "https://item.rakuten.co.jp/a/1/", False),
    ],
)
def test_an_address_leads_to_shop_itself_or_through_a_programme(preset, url, leads_there):
    assert (preset_problem(PRESETS[preset], url) is None) is leads_there


def test_a_link_to_amazon_is_named_as_one():
    at_amazon = [preset for preset in PRESETS.values() if "amazon.co.jp" in preset.hosts]
    assert len(at_amazon) == 3
    assert all("Amazon" in name for preset in at_amazon for name in preset.names.values())


def test_docs_list_every_preset_with_its_names_and_its_programme():
    rows = re.findall(
        r"^\| `([a-z0-9-]+)` \| ([^|]+) \| ([^|]+) \| [^|]+ \| `([a-z0-9]+|[a-z-]+)` \|$",
        DOCS.read_text(encoding="utf-8"),
        re.MULTILINE,
    )
    assert rows == [
        (preset.id, preset.short_names["ja"], preset.short_names["en"], preset.programme)
        for preset in PRESETS.values()
    ]


@pytest.mark.parametrize(
    ("url", "allowed"),
    [
        ("/assets/kettle.jpg", True),
        ("https://maker.example/kettle.jpg", True),
        ("http://maker.example/kettle.jpg", False),
        ("HTTP://maker.example/kettle.jpg", False),
        ("//maker.example/kettle.jpg", False),
        ("data:image/png;base64,AA", False),
        ("https://m.media-amazon.com/images/I/1.jpg", False),
        ("https://images-na.ssl-images-amazon.com/images/I/1.jpg", False),
    ],
)
def test_a_picture_is_the_sites_or_at_https_and_none_of_amazons(url, allowed):
    assert (picture_problem(url) is None) is allowed
