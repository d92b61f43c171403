"""The header says how far what is saved has come."""

import html5lib
import pytest

from linkmgr.admin.health.build_page import stages_of, status_of
from linkmgr.checkout import Checkout
from linkmgr.site_index.service.builds import BuildState
from tests.support.indexed_site import indexer_of

LINE = "/admin/health/stages"
FRESH, STALE, CHANGING = BuildState(), BuildState(written=1), BuildState(changing=True)
MARKS = {True: "✓", False: "–", None: "?"}


def checkout_of(tmp_path, changed=(), ahead=0):
    return Checkout(tmp_path, "catalog.yaml", "main", tuple(changed), (), ahead, None, ())


def marks(stages):
    return "".join(MARKS[each] for each in (stages.built, stages.committed, stages.published))


@pytest.fixture
def client(admin_client, settings):
    """Give a browser that is signed in to a server that has read the site."""
    indexer_of(settings)
    return admin_client


@pytest.mark.parametrize(
    ("state", "changed", "ahead", "stages"),
    [
        (FRESH, [], 0, "✓✓✓"),
        (FRESH, [], 2, "✓✓–"),
        (FRESH, ["catalog.yaml"], 0, "✓––"),
        (STALE, [], 0, "–––"),
        (FRESH, [], None, "✓✓?"),
        (None, [], 0, "?✓✓"),
        (BuildState(problems=("x",)), [], 0, "?✓✓"),
        (CHANGING, ["catalog.yaml"], 0, "?––"),
    ],
    ids=["done", "unpushed", "changed", "unbuilt", "no upstream", "no site", "broken", "changing"],
)
def test_each_stage_is_done_not_yet_or_unknown(tmp_path, state, changed, ahead, stages):
    found = stages_of(state, checkout_of(tmp_path, changed, ahead))
    assert marks(found) == stages
    assert found.changing == (state == CHANGING)


def test_without_a_checkout_only_the_build_is_known():
    assert marks(stages_of(FRESH, None)) == "✓??"


@pytest.mark.parametrize(
    ("language", "unbuilt", "checking"),
    [("en", "Not built", "Checking…"), ("ja", "ビルド待ち", "確認しています…")],
)
def test_a_page_gets_the_status_once_it_has_come(client, language, unbuilt, checking):
    page = client.get("/admin/items", Accept_Language=language).text
    assert f'<div class="status" data-hx-get="{LINE}" data-hx-trigger="load"' in page
    part = client.get(LINE, Accept_Language=language).text
    html5lib.HTMLParser(strict=True).parseFragment(part)
    assert (unbuilt in part) != (checking in part)
    assert ("delay:1s" in part) == (checking in part)
    assert ('action="/admin/health/build"' in part) == (unbuilt in part)


@pytest.mark.parametrize(
    ("case", "said"),
    [
        ((FRESH, [], 0), ("Up to date", "")),
        ((FRESH, [], 2), ("Committed, not pushed", "git push")),
        ((FRESH, ["catalog.yaml"], 0), ("Built, not committed", "")),
        ((STALE, [], 0), ("Not built", "")),
        ((BuildState(problems=("x",)), [], 0), ("Can't build", "")),
    ],
    ids=["done", "unpushed", "changed", "unbuilt", "broken"],
)
def test_the_status_names_the_first_stage_that_is_not_reached(admin_app, tmp_path, case, said):
    state, changed, ahead = case
    checkout = checkout_of(tmp_path, changed, ahead)
    with admin_app.test_request_context("/admin/"):
        status = status_of(stages_of(state, checkout), state, checkout)
    assert (status.summary, status.command) == said
