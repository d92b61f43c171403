"""Every page is there, in both languages, with the headers that browsers are told."""

import html5lib
import pytest

PAGES = [
    "/admin/",
    *(f"/admin/{name}" for name in ["items", "tags", "posts", "history", "health", "settings"]),
]


@pytest.mark.parametrize("language", ["en", "ja"])
@pytest.mark.parametrize("path", PAGES)
def test_a_page_is_valid_html_in_either_language(admin_client, path, language):
    answer = admin_client.get(path, Accept_Language=language)
    assert answer.status_code == 200
    html5lib.HTMLParser(strict=True).parse(answer.text)
    assert f'<html lang="{language}">' in answer.text
