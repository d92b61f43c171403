"""Settings says whether books are looked up, and what readers are to be told of their covers."""

import html
from dataclasses import replace
from pathlib import Path

import pytest

from linkmgr.admin.common.context import EXTENSION
from linkmgr.settings import BookLookup

SETTINGS = "/admin/settings/server"
PRIVACY = Path(__file__).parents[3] / "docs" / "how-to" / "privacy.md"


@pytest.fixture
def switch(admin_client, admin_app, settings, monkeypatch):
    """Give what shows Settings where the look-up is as given."""

    def shown(lookup, **headers):
        own = replace(settings, book_lookup=lookup)
        admin = replace(admin_app.extensions[EXTENSION], settings=own)
        monkeypatch.setitem(admin_app.extensions, EXTENSION, admin)
        return html.unescape(admin_client.get(SETTINGS, **headers).text)

    return shown


def notice_in(page):
    return page.partition('<blockquote id="covers-notice"')[2].partition("</blockquote>")[0]


@pytest.mark.parametrize(
    ("language", "begin"), [("ja", "本の表紙"), ("en", "Pictures of book covers")]
)
def test_covers_need_a_documented_text_in_the_blogs_language(switch, file, language, begin):
    text = file.read_text(encoding="utf-8")
    text = text.replace("  language: ja ", f"  language: {language} ")
    file.write_text(text, encoding="utf-8")
    other = "en" if language == "ja" else "ja"
    tag, _, notice = notice_in(switch(BookLookup.COVERS, Accept_Language=other)).partition(">")
    assert tag == f' lang="{language}"'
    assert notice.startswith(begin)
    assert notice in PRIVACY.read_text(encoding="utf-8")


@pytest.mark.parametrize(("lookup", "words"), [(BookLookup.NO, "off"), (BookLookup.YES, "on")])
def test_without_covers_there_is_nothing_to_tell(switch, lookup, words):
    page = switch(lookup, Accept_Language="en")
    assert f"<dt>Book look-up</dt><dd>{words}</dd>" in page
    assert notice_in(page) == ""
