"""What is said after a save shows how far the change has come."""

import re

import html5lib
import pytest

from linkmgr.admin.health.build_page import stages_of
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
    ("language", "names"),
    [("en", "Saved Built Committed Published"), ("ja", "保存 ビルド コミット 公開")],
)
def test_what_is_said_after_a_save_gets_the_line_once_the_page_has_come(client, language, names):
    page = "/admin/items/kitchen-coffee"
    revision = client.get(page).text.partition('name="revision" value="')[2][:64]
    client.post(f"{page}/retire", {"revision": revision, "retired": "yes", "do": "save"}, page=page)
    text = client.get(page, Accept_Language=language).text
    html5lib.HTMLParser(strict=True).parse(text)
    assert f'<p class="stages" data-hx-get="{LINE}" data-hx-trigger="load"' in text
    line = client.get(LINE, Accept_Language=language).text
    html5lib.HTMLParser(strict=True).parseFragment(line)
    shown = re.findall(r'class="stage">(\S+) <span aria-hidden="true">(.)<', line)
    assert [name for name, _ in shown] == names.split()
    assert [mark for _, mark in shown] in ([*"✓–??"], [*"✓…??"])
    assert ("delay:1s" in line) == ("…" in line)
