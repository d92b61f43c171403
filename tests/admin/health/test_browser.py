"""The build's button in a real browser, with script and without."""

import pytest
from selenium.webdriver.common.keys import Keys

from tests.support.admin_browser import served
from tests.support.indexed_site import indexer_of

pytestmark = pytest.mark.slow


@pytest.mark.parametrize("script", [True, False], ids=["script", "no script"])
@pytest.mark.usefixtures("stranger")
def test_the_button_builds_and_the_page_goes_on_until_it_has_ended(
    admin_app, settings, signed_in, script
):
    indexer_of(settings)
    with served(admin_app) as admin:
        owner = signed_in(admin_app, admin, script=script)
        owner.open(f"{admin}/health/build")
        owner.read("out of date", "#build")
        owner.type("#build button", Keys.ENTER)
        owner.read("Last build:", "#build")
        owner.read("is up to date", "#build")
        assert owner.chrome.current_url == f"{admin}/health/build"
        assert owner.complaints() == []


@pytest.mark.parametrize(
    ("script", "line"),
    [(True, "Not built"), (False, "Status")],
    ids=["script", "no script"],
)
@pytest.mark.usefixtures("stranger")
def test_the_header_says_how_far_what_is_saved_has_come(
    admin_app, settings, signed_in, script, line
):
    indexer_of(settings)
    with served(admin_app) as admin:
        owner = signed_in(admin_app, admin, script=script)
        owner.open(f"{admin}/items/kitchen-coffee")
        owner.press("Retire")
        owner.press("Save")
        owner.read(line, ".status")
        assert owner.complaints() == []
