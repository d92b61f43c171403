"""Beside a setting stands the block as readers see it, with what is typed."""

from html import unescape

import pytest

from tests.admin.settings.test_edit import SETTINGS, client, fields_of, send

__all__ = ["client"]

USUAL = "※ 本ページのリンクにはアフィリエイトリンクが含まれます。"


def seen(answer):
    """Return what a page says, what readers see in its frames with it."""
    return unescape(unescape(answer.text)).replace("<wbr>", "")


@pytest.mark.parametrize("page", ["site", "blocks/books", "programmes/amazon"])
def test_a_setting_is_shown_as_readers_see_it(client, page):
    shown = seen(client.get(f"{SETTINGS}/{page}"))
    assert 'class="linkmgr-label"' in shown
    assert f'<p class="linkmgr-disclosure">{USUAL}' in shown


def test_the_sentence_in_force_stands_at_its_field(client):
    assert USUAL in client.get(SETTINGS).text
    assert f"Leave empty for “{USUAL}" in client.get(f"{SETTINGS}/site").text


def test_a_label_is_seen_while_it_is_typed_and_not_saved(client, file):
    before = file.read_bytes()
    typed = {"ad_label": "PR", "disclosure": "広告料を受け取っています。"}
    shown = seen(send(client, f"{SETTINGS}/site", "card", **typed))
    assert '<p class="linkmgr-label">PR</p>' in shown
    assert '<p class="linkmgr-disclosure">広告料を受け取っています。</p>' in shown
    heading = seen(send(client, f"{SETTINGS}/blocks/books", "card", heading="読んだ本"))
    assert "読んだ本" in heading
    assert file.read_bytes() == before


def test_settings_have_each_sentence_in_force_once_in_the_block(client):
    shown = seen(client.get(SETTINGS))
    assert shown.count("アフィリエイトリンクが含まれます") == 1
    assert shown.count("適格販売により収入を得ています。") == 1
    assert '<p class="linkmgr-label">広告' in shown


def test_a_mistake_is_said_where_the_block_would_be(client):
    assert "linkmgr-label" not in send(client, f"{SETTINGS}/site", "card", name="x", url="x").text


def test_a_programme_is_picked_from_those_that_linkmgr_knows(client):
    page = f"{SETTINGS}/add-programme"
    shown = client.get(page).text
    assert '<option value="moshimo">' in shown
    assert '<option value="amazon">' not in shown
    fields = fields_of(client, f"{page}?known=moshimo")
    assert (fields["name"], fields["title"]) == ("moshimo", "もしもアフィリエイト")
    assert fields_of(client, f"{page}?known=nothing")["name"] == ""
