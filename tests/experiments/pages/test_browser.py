"""Tests of variants in a real browser: every state for everybody, and decided in two presses."""

from dataclasses import replace
from types import SimpleNamespace

import pytest

from linkmgr.admin.app import make_admin
from linkmgr.admin.common.context import EXTENSION
from linkmgr.catalog.reading.files import load_catalog
from linkmgr.settings import read_settings
from tests.admin.conftest import NAME, PASSWORD, today
from tests.support.accounts import add_user
from tests.support.admin_browser import served
from tests.support.cli import run
from tests.support.month_of_clicks import lived_in
from tests.support.nu_checker import html_errors
from tests.support.page_inspector import IN_LANGUAGE, PageInspector
from tests.support.variant_tests import count, variant_test, with_test

pytestmark = pytest.mark.browser

WON = ((900, 9), (900, 40))
UNEVEN = ((900, 9), (300, 9))
# What has ended, by the digit of its hash.
ENDED = {"0": [UNEVEN] * 5, "1": [WON] * 5, "2": []}


@pytest.fixture(scope="module")
def server(tmp_path_factory):
    with lived_in(tmp_path_factory.mktemp("lived-in"), edit=with_test) as server:
        text = (server.folder / "catalog.yaml").read_text(encoding="utf-8")
        server.test, engine = variant_test(text), server.app.extensions[EXTENSION].engine
        count(engine, server.test, today(), *[((90, 1), (90, 2))] * 20, WON)
        for digit, days in ENDED.items():
            count(engine, replace(server.test, test=digit * 16, key=digit * 8), today(), *days)
        by_post = replace(server.test, test="3" * 16, key="3" * 8, vary_by="post")
        count(engine, by_post, today(), WON)
        yield server


@pytest.fixture
def owner(server, signed_in):
    return signed_in(server.app, server.admin)


@pytest.mark.parametrize(("language", "seen"), IN_LANGUAGE)
def test_no_page_of_a_test_has_a_fault(server, owner, tmp_path, language, seen):
    sources = {}
    owner.look()
    owner.speak(language)
    inspector = PageInspector(owner, sources, f"{language} {server.admin}", **seen)
    tests = [server.test.test, *(digit * 16 for digit in "0123")]
    pages = (
        "/tests",
        "/tests/start/coffee-beans",
        "/tests/start/kitchen-coffee",
        *(f"/tests/{test}" for test in tests),
        "/items/newsletter/edit",
    )
    for page in pages:
        owner.chrome.get(server.admin + page)
        inspector.inspect(page)
    assert inspector.faults == {}, inspector.report()
    found = html_errors(sources, tmp_path)
    assert found == [], "\n".join(found)


@pytest.fixture
def demo(tmp_path):
    """Give the demo with its figures and an account, as `app` and its `folder`."""
    folder = tmp_path / "demo"
    run("demo", folder, "--with-figures")
    environ = {"LINKMGR_CATALOG": folder / "catalog.yaml", "LINKMGR_INSTANCE": folder / "instance"}
    app = make_admin(read_settings({name: str(path) for name, path in environ.items()}))
    engine = app.extensions[EXTENSION].engine
    add_user(engine, NAME, PASSWORD)
    yield SimpleNamespace(app=app, folder=folder)
    engine.dispose()


def test_a_test_starts_in_3_from_the_page_of_its_item(demo, signed_in):
    with served(demo.app) as admin:
        owner = signed_in(demo.app, admin)
        owner.chrome.get(f"{admin}/items/coffee-beans")
        before = owner.done
        owner.press("Try other words")
        owner.fill("Heading: New wording", "焙煎した翌日に届く豆")
        owner.find("#new-card iframe[srcdoc*='焙煎した翌日に届く豆']")
        owner.press("Start the test")
        owner.read("Starts with the next build")
        assert owner.done - before == 3
        assert owner.complaints() == []
    item = load_catalog(demo.folder / "catalog.yaml").ctas["coffee-beans"]
    assert [own.heading for own in item.variants] == [None, "焙煎した翌日に届く豆"]


def test_the_demos_test_is_decided_in_two_presses(demo, signed_in):
    with served(demo.app) as admin:
        owner = signed_in(demo.app, admin)
        owner.chrome.get(f"{admin}/items/newsletter")
        before = owner.done
        owner.press("Its test")
        owner.press("Use this wording")
        owner.read("is decided: “季節のレシピを一通”")
        assert owner.done - before == 2
        assert owner.complaints() == []
    item = load_catalog(demo.folder / "catalog.yaml").ctas["newsletter"]
    assert (item.heading, item.variants) == ("季節のレシピを一通", ())
