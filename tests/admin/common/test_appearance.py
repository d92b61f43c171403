"""Pages are light or dark as this browser's owner chose, without script."""

import html5lib
import pytest

PAGE = "/admin/items"
ADDRESS = "/admin/appearance"


def theme_of(client):
    page = html5lib.parse(client.get(PAGE).text, namespaceHTMLElements=False)
    return page.get("data-theme")


def test_pages_are_as_the_system_is_until_somebody_chooses(admin_client):
    assert theme_of(admin_client) is None


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_what_was_chosen_holds_until_system_is_followed_again(admin_client, theme):
    answer = admin_client.post(ADDRESS, {"theme": theme, "next": PAGE}, page=PAGE)
    assert (answer.status_code, answer.headers["Location"]) == (303, PAGE)
    assert theme_of(admin_client) == theme
    admin_client.post(ADDRESS, {"theme": "system"}, page=PAGE)
    assert theme_of(admin_client) is None


def test_what_is_no_theme_changes_nothing(admin_client):
    admin_client.post(ADDRESS, {"theme": "dark"}, page=PAGE)
    admin_client.post(ADDRESS, {"theme": 'x" onload="'}, page=PAGE)
    assert theme_of(admin_client) == "dark"
