"""The admin while its disk is full: what it says of the disk, of clicks and of an edit."""

import shutil

import pytest

from linkmgr.catalog.reading.files import load_catalog
from linkmgr.clicks.counters import Counters
from linkmgr.settings import read_settings
from linkmgr.store.instance.state import CountersFile
from tests.support.disks import small_disk
from tests.support.items import BOOK, sent

HISTORY = "/admin/history"
SECONDS_OF_LAST_LOSS = 2**40  # later than any test
FILLER = "filler"


@pytest.fixture
def settings(site):
    """Give the settings of a server whose instance has a disk of its own."""
    with small_disk(site.parent / "instance", megabytes=6) as instance:
        values = {"CATALOG": site / "catalog.yaml", "INSTANCE": instance, "SITE": site}
        yield read_settings({f"LINKMGR_{name}": str(value) for name, value in values.items()})


def fill_up(folder):
    """Take all the room that a folder's disk has left."""
    (folder / FILLER).write_bytes(b"0" * shutil.disk_usage(folder).free)


def lose(settings, **numbers):
    """Count clicks that the spool could not take."""
    counters = CountersFile(settings.counters)
    counters.write(Counters(last_lost=SECONDS_OF_LAST_LOSS, **numbers))
    counters.close()


def make_token(browser, **headers):
    """Send a form whose content only the database takes."""
    page = "/admin/settings/tokens"
    return browser.post(page, {"token_name": "laptop", "scopes": "read"}, page=page, **headers)


def test_a_refused_form_names_disk_and_clicks_that_are_lost(admin_client, settings):
    lose(settings, lost=3000)
    fill_up(settings.instance)
    answer = make_token(admin_client)
    assert answer.status_code == 503
    assert "The disk is full" in answer.text
    assert f"the disk of {settings.instance}" in answer.text
    assert "3,000 clicks couldn&#39;t be written down and are lost" in answer.text
    assert "no clicks are lost" not in answer.text


def test_lost_views_are_told_beside_the_clicks(admin_client, settings):
    lose(settings, lost=1, lost_reports=1200)
    fill_up(settings.instance)
    japanese = make_token(admin_client, Accept_Language="ja").text
    assert "ディスクに空きがありません" in japanese
    assert "クリック1回とページ表示1,200回を記録できず" in japanese


def test_before_a_loss_the_page_says_that_there_will_be_one(admin_client, settings):
    fill_up(settings.instance)
    assert "until then no clicks can be written down" in make_token(admin_client).text


def test_a_stranger_is_not_told_the_path(stranger, settings):
    fill_up(settings.instance)
    answer = stranger.log_in("wrong")
    assert "The disk is full" in answer.text
    assert str(settings.instance) not in answer.text


def test_an_edit_that_was_saved_is_reported_as_saved(admin_client, settings, site):
    admin_client.get(HISTORY)
    fill_up(settings.instance)
    answer = sent(admin_client, BOOK, title="別の題")
    assert answer.status_code == 303
    assert load_catalog(site / "catalog.yaml").books["kitchen-coffee"].title == "別の題"
    said = admin_client.get(answer.location).text
    assert "Saved" in said
    assert "History doesn&#39;t have this change yet" in said
    assert "The latest change isn" in admin_client.get(HISTORY).text
    (settings.instance / FILLER).unlink()
    assert "別の題" in admin_client.get(HISTORY).text
