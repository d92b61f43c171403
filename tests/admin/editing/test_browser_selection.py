"""Replacing an item in a real browser, with script and without."""

import pytest

from linkmgr.catalog.reading.files import load_catalog
from tests.support.admin_browser import served

pytestmark = [pytest.mark.browser, pytest.mark.usefixtures("stranger")]


@pytest.mark.parametrize("script", [True, False], ids=["script", "no script"])
def test_an_item_is_replaced_everywhere_in_four_interactions(admin_app, site, signed_in, script):
    with served(admin_app) as admin:
        owner = signed_in(admin_app, admin, script=script)
        owner.open(f"{admin}/items/kitchen-coffee")
        owner.done = 0
        owner.press("Replace…")
        owner.fill("Replace with which item?", "slow-loaf")
        owner.press("Preview changes")
        owner.press("Save")
        owner.read("The blog changes with its next build.")
        assert owner.done == 4
        catalog = load_catalog(site / "catalog.yaml")
        assert catalog.books["kitchen-coffee"].fallback == "slow-loaf"
        assert not any("kitchen-coffee" in each.items for each in catalog.mappings.values())
        assert owner.complaints() == []
