"""Marketplaces and their tags."""

import pytest

from linkmgr.links.amazon import TAG_SUFFIXES, marketplaces_of_tag, product_url, tag_problem


def test_a_product_page_carries_the_tag():
    assert product_url("amazon.co.jp", "4785730706", "tezukuri-22") == (
        "https://www.amazon.co.jp/dp/4785730706/?tag=tezukuri-22"
    )


def test_without_a_tag_a_product_page_has_no_query():
    assert product_url("amazon.com", "B0EXAMPLE1", None) == "https://www.amazon.com/dp/B0EXAMPLE1/"


def test_a_tag_tells_its_marketplaces():
    assert "amazon.co.jp" in marketplaces_of_tag("tezukuri-22")
    assert "amazon.de" in marketplaces_of_tag("tezukuri-21")
    assert marketplaces_of_tag("tezukuri-99") == ()
    assert marketplaces_of_tag("tezukuri") == ()


@pytest.mark.parametrize("marketplace", TAG_SUFFIXES)
def test_a_tag_fits_the_marketplaces_of_its_suffix_only(marketplace):
    fitting = {
        place
        for place in TAG_SUFFIXES
        if tag_problem(f"x-{TAG_SUFFIXES[marketplace]}", place) is None
    }

    assert marketplace in fitting
    assert fitting == set(marketplaces_of_tag(f"x-{TAG_SUFFIXES[marketplace]}"))
