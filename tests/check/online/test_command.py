"""The command looks at shop pages by itself, with the server's database."""

import json
import re

import pytest

from linkmgr.check.online import Answer, Look, ShopPage
from linkmgr.fs import locked
from linkmgr.store.db.engine import open_engine
from linkmgr.store.shop_pages import ShopPages
from tests.support.builds import built, post, write_blog
from tests.support.cli import run
from tests.support.databases import create_tables

HOME = "http://127.0.0.1:9/tea"


@pytest.fixture
def site(tmp_path, monkeypatch):
    """Give a site whose only shop is at an address that nobody may be asked for."""
    monkeypatch.chdir(tmp_path)
    news = {"heading": "News", "label": "Read", "url": HOME}
    catalog = {"books": {}, "ctas": {"news": news}, "mappings": {}}
    root = write_blog(tmp_path / "site", {"_posts/2026-01-01-a.md": post()}, catalog=catalog)
    built(root)
    page = root / "_site/2026/01/01/a/index.html"
    page.parent.mkdir(parents=True)
    page.write_text("<section class='linkmgr linkmgr-cta'></section>")
    return root


@pytest.fixture
def pages(tmp_path):
    engine = open_engine(f"sqlite:///{tmp_path / 'instance' / 'linkmgr.db'}")
    create_tables(engine)
    yield ShopPages(engine)
    engine.dispose()


def test_it_makes_its_database_and_says_how_much_is_known(site):
    done = run("check", "--online", "--site", site)
    assert done.out.endswith("1 shop page: 0 found, 0 gone, 0 unreachable, 1 unknown\n")
    states = json.loads(run("check", "--online", "--site", site, "--json").out)["shop_pages"]
    assert states == {"found": 0, "dead": 0, "unreachable": 0, "unknown": 1}


def test_this_machine_is_not_asked(site, pages):
    run("check", "--online", "--site", site)
    (page,) = pages.linked()
    assert (page.url, page.answer) == (HOME, Answer.NOT_PUBLIC)


def test_two_runs_do_not_overlap(site, tmp_path):
    (tmp_path / "instance").mkdir()
    with locked(tmp_path / "instance" / "online.lock", 0):
        done = run("check", "--online", "--site", site)
    assert (done.code, done.out) == (1, "")
    assert done.err_lines == [
        "another `linkmgr check --online` is running: wait until it has ended"
    ]


@pytest.mark.usefixtures("site")
def test_a_false_alarm_is_dismissed_by_address_that_is_reported(pages):
    address = "https://shop.example/kettle"
    pages.note_links([ShopPage(address)], 1)
    assert run("check", "--dismiss", address).code == 1
    pages.record_look(address, Look(Answer.HOME, 200), 2)
    done = run("check", "--dismiss", f"{address}?aff_id=3")
    assert (done.code, done.out) == (0, f"{address}: dismissed until it changes\n")
    assert not pages.linked()[0].is_reported


def test_a_link_of_an_own_programme_is_dismissed_as_written(site, pages):
    address = "https://shop.example/kettle"
    own = "programmes: {tea-net: {name: Tea net, url: 'https://net.example/c?id=1&to={url}'}}\n"
    catalog = site / "catalog.yaml"
    text = re.sub(r"^programmes:\n(?:  .*\n)+", own, catalog.read_text(), flags=re.MULTILINE)
    catalog.write_text(text)
    pages.note_links([ShopPage(address)], 1)
    pages.record_look(address, Look(Answer.HOME, 200), 2)
    link = "https://net.example/c?id=1&to=https%3A%2F%2Fshop.example%2Fkettle"
    done = run("check", "--dismiss", link, "--site", site)
    assert (done.code, done.out) == (0, f"{address}: dismissed until it changes\n")
