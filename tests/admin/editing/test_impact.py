"""An impact that takes long, a site that is still being read, and one that another server has."""

import re
from concurrent.futures import Future

import html5lib
import pytest

from linkmgr.admin.common.context import EXTENSION
from linkmgr.admin.editing import impact
from linkmgr.site_index.worker import HeldSite
from tests.support.indexed_site import indexer_of
from tests.support.site_index import InThisProcess, site_of

NEW = {"name": "family", "any_tags": "家族\n台所", "items": ["reading-notes"], "weight": "1"}
NEW |= {"effect": "suggest"}


@pytest.fixture
def slow_impacts(monkeypatch):
    """Give the impacts that a worker is asked for, none of them found yet, with what each is."""
    asked, submit = [], InThisProcess.submit

    def submit_slowly(worker, call, *args, **kwargs):
        answer = submit(worker, call, *args, **kwargs)
        if call is not HeldSite.impact:
            return answer
        asked.append((Future(), answer))
        return asked[-1][0]

    monkeypatch.setattr(InThisProcess, "submit", submit_slowly)
    monkeypatch.setattr(impact, "_SOON", 0.0)
    return asked


def ask(client, do, **over):
    revision = client.client.application.extensions[EXTENSION].catalog().revision.id
    form = NEW | over | {"revision": revision, "do": do}
    return client.post("/admin/tags/new", form, page="/admin/tags").text


def address_in(text):
    return re.search(r'data-hx-get="(/admin/tags/impact/[^"]+)"', text)[1].replace("&amp;", "&")


@pytest.mark.parametrize("do", ["impact", "preview"])
def test_an_impact_that_takes_long_shows_how_far_it_is(admin_client, settings, slow_impacts, do):
    indexer_of(settings)
    text = ask(admin_client, do)
    assert "Comparing what the posts show" in text
    assert "<progress" in text
    address = address_in(text)
    assert address_in(admin_client.get(address).text) == address
    assert ('name="confirmed"' in text) is (do == "preview")
    ((waiting, answer),) = slow_impacts
    waiting.set_result(answer.result())
    shown = admin_client.get(address).text
    assert re.search(r"<b class=\"up\">\+\d+</b>", shown)
    assert "<progress" not in shown
    assert ('name="confirmed"' in shown) is (do == "impact")
    assert re.search(r"<b class=\"up\">\+\d+</b>", ask(admin_client, do))
    assert len(slow_impacts) == 1  # what was found is not found again


def test_typing_on_cancels_what_was_typed_before(admin_client, settings, slow_impacts):
    indexer_of(settings)
    ask(admin_client, "preview")
    for weight in ("2", "3"):
        ask(admin_client, "impact", weight=weight)
    assert [answer.cancelled() for answer, _ in slow_impacts] == [False, True, False]
    ask(admin_client, "impact", weight="2")
    assert [answer.cancelled() for answer, _ in slow_impacts] == [False, True, True, False]


def test_a_page_cancels_the_one_before_it(admin_client, settings, slow_impacts):
    indexer_of(settings)
    for weight in ("2", "3"):
        ask(admin_client, "preview", weight=weight)
    assert [answer.cancelled() for answer, _ in slow_impacts] == [True, False]


def test_an_impact_that_another_page_cancelled_is_found_again(admin_client, settings, slow_impacts):
    indexer_of(settings)
    address = address_in(ask(admin_client, "preview", weight="2"))
    ask(admin_client, "preview", weight="3")
    assert address_in(admin_client.get(address).text) == address
    (first, _), (second, _), (again, answer) = slow_impacts
    assert (first.cancelled(), second.cancelled()) == (True, False)
    again.set_result(answer.result())
    assert "<progress" not in admin_client.get(address).text


def test_an_impact_of_a_server_before_says_to_try_again(admin_client, settings):
    indexer_of(settings)
    assert "try again in a moment" in admin_client.get("/admin/tags/impact/gone").text


@pytest.mark.parametrize("page", ["/admin/posts", "/admin/tags"])
def test_a_page_has_itself_read_again_once_the_site_is_read(admin_client, settings, page):
    text = admin_client.get(page).text
    html5lib.HTMLParser(strict=True).parse(text)
    assert 'data-hx-get="/admin/tags/reading"' in text
    assert "Reading posts" in admin_client.get("/admin/tags/reading").text
    indexer_of(settings)
    assert admin_client.get("/admin/tags/reading").headers["HX-Refresh"] == "true"


@pytest.mark.parametrize("page", ["/admin/posts", "/admin/tags"])
def test_a_page_says_that_another_server_has_the_site(admin_client, settings, page):
    site_of(settings).is_elsewhere = True
    text = admin_client.get(page).text
    assert "Another server with the same instance folder has the blog" in text
    assert "still being read" not in text
