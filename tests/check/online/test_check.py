"""The shops' pages of a site are looked at once each, and what was found lasts."""

import re

import pytest
import yaml

from linkmgr.builder.run import build
from linkmgr.check.findings import DEAD_SHOP_PAGE, UNREACHABLE_SHOP_PAGE
from linkmgr.check.online import DAY, Answer, PageState
from linkmgr.check.run import check
from linkmgr.check.visit import OnlineCheck
from linkmgr.messages.errors import LinkmgrError
from linkmgr.store.db.engine import open_engine
from linkmgr.store.shop_pages import ShopPages
from tests.support.builds import NOW, post, write_blog, yaml_of
from tests.support.databases import create_tables
from tests.support.shop_server import shop_open, visitor

PAGE = "2026/01/01/green/index.html"
SITE = "https://tea.example"
TIME = 1_800_000_000.0


@pytest.fixture
def shop():
    with shop_open() as server:
        yield server


@pytest.fixture
def records(tmp_path):
    engine = open_engine(f"sqlite:///{tmp_path / 'instance' / 'linkmgr.db'}")
    create_tables(engine)
    yield ShopPages(engine)
    engine.dispose()


@pytest.fixture
def blog(tmp_path):
    site = write_blog(tmp_path / "blog", {"_posts/2026-01-01-green.md": post("Green leaves")})
    build(site, now=NOW)
    return site


def write_page(site, *urls, path=PAGE):
    page = site / "_site" / path
    page.parent.mkdir(parents=True, exist_ok=True)
    links = "".join(f'<a rel="sponsored" href="{url}">x</a>' for url in urls)
    page.write_text(f"<p>Ad</p>{links}<section class='linkmgr linkmgr-books'></section>")


def look(site, records, day=0, track=None):
    """Check a site online on a day, and return what was found of its shops' pages."""
    online = OnlineCheck(records, visitor(), SITE, lambda: TIME + day * DAY / 1000)
    more = {"track": track} if track else {}
    result = check(site, make_online=lambda _: online, **more)
    codes = ("dead-shop-page", "unreachable-shop-page")
    found = [finding for finding in result.findings if finding.code.name in codes]
    return found, result.shop_pages


def answers(records):
    return {re.sub(r".*test:\d+", "", page.url): page.answer for page in records.linked()}


def test_a_page_that_is_gone_twice_is_found_where_it_is_linked(blog, records, shop):
    write_page(blog, shop.url("/gone?tag=ours-22"))
    assert look(blog, records)[0] == []
    (found,), _ = look(blog, records, day=1)
    assert (found.code, found.what, found.page) == (
        DEAD_SHOP_PAGE,
        shop.url("/gone?tag=ours-22"),
        PAGE,
    )


def test_a_page_that_is_down_on_three_days_is_found(blog, records, shop):
    write_page(blog, shop.url("/hang-up"))
    assert [look(blog, records, day)[0] for day in (0, 1)] == [[], []]
    (found,), _ = look(blog, records, day=2)
    assert found.code is UNREACHABLE_SHOP_PAGE


def test_each_page_is_looked_at_once_for_all_links_to_it(blog, records, shop):
    write_page(blog, shop.url("/picture.png?tag=a-22"), shop.url("/picture.png#top"))
    write_page(blog, shop.url("/picture.png"), path="other.html")
    look(blog, records)
    assert shop.requests == ["HEAD /picture.png"]
    (page,) = (page for page in records.linked() if "picture" in page.url)
    assert (page.place, page.places) == (PAGE, 2)


def test_what_was_looked_at_is_left_alone_until_it_is_due(blog, records, shop):
    write_page(blog, shop.url("/picture.png"), shop.url("/gone"))
    look(blog, records)
    shop.requests.clear()
    look(blog, records, day=0.8)
    assert shop.requests == []
    look(blog, records, day=1)
    assert shop.requests == ["HEAD /gone", "GET /gone"]
    shop.requests.clear()
    look(blog, records, day=7)
    assert shop.requests == ["HEAD /picture.png"]


def test_a_run_that_is_interrupted_goes_on_where_it_stopped(blog, records, shop):
    pages = [shop.url(f"/{name}.png") for name in "abcd"]
    write_page(blog, *pages)

    def interrupted(items, what, _total):
        for number, item in enumerate(items):
            if what.code == "online.looking" and number == 2:
                raise KeyboardInterrupt
            yield item

    with pytest.raises(KeyboardInterrupt):
        look(blog, records, track=interrupted)
    before = set(shop.requests)
    shop.requests.clear()
    look(blog, records)
    assert before | set(shop.requests) == {
        f"{method} /{name}.png" for name in "abcd" for method in ("HEAD", "GET")
    }
    assert len(before & set(shop.requests)) == 2  # the one whose result was not yet saved


def test_programmes_are_never_asked(blog, records, shop):
    carried = shop.url("/picture.png").replace(":", "%3A").replace("/", "%2F")
    write_page(
        blog,
        f"https://hb.afl.rakuten.co.jp/hgc/0a1/?pc={carried}",
        "https://px.a8.net/svt/ejp?a8mat=1+2+3+4",
        "https://amzn.to/3abc",
    )
    look(blog, records)
    assert shop.requests == ["HEAD /picture.png"]
    hidden = {page.url for page in records.linked() if page.answer is Answer.HIDDEN}
    assert hidden == {"https://px.a8.net/svt/ejp?a8mat=1+2+3+4", "https://amzn.to/3abc"}


def test_items_of_catalog_are_looked_at_without_their_programme(blog, records, shop):
    file = blog / "catalog.yaml"
    catalog = yaml.safe_load(file.read_text())
    shop_of_own = {"name": "Own", "url": "https://go.example/?to={url}"}
    catalog["programmes"]["own"] = shop_of_own
    book = {"title": "A kettle", "programme": "own"}
    catalog["books"]["kettle"] = {**book, "url": shop.url("/to-home")}
    catalog["books"]["gone"] = {**book, "url": shop.url("/gone"), "valid-until": "2020-01-01"}
    catalog["books"]["old"] = {**book, "url": shop.url("/gone-for-good"), "retired": True}
    file.write_text(yaml_of(catalog))
    through = "https://go.example/?to=" + shop.url("/to-home").replace("/", "%2F")
    write_page(blog, through)
    found, _ = look(blog, records)
    assert {(each.what, each.page) for each in found} == {
        (through, PAGE),
        (shop.url("/to-home"), str(file)),
    }
    assert {each.source.key for each in found} == {"", "books.kettle"}


def test_links_within_the_site_and_to_its_server_are_no_shop_s(blog, records):
    write_page(blog, "/green/", "https://tea.example/green/", "#top", "https://[x")
    look(blog, records)
    assert not any("tea.example" in page.url for page in records.linked())


def test_a_host_that_refuses_is_left_for_another_run(blog, records, shop):
    write_page(blog, *(shop.url(f"/captcha?{number}") for number in range(6)))
    look(blog, records)
    assert len(shop.requests) == 2 * 3
    shop.requests.clear()
    look(blog, records)
    assert len(shop.requests) == 2 * 3
    look(blog, records)
    assert set(answers(records).values()) == {Answer.CAPTCHA, Answer.NOT_PUBLIC}


def test_a_host_that_asks_for_time_is_left_for_another_run(blog, records, shop):
    write_page(blog, shop.url("/busy"), shop.url("/picture.png"))
    look(blog, records)
    assert shop.requests == ["HEAD /busy"]
    look(blog, records, day=100 / 86400)
    assert shop.requests == ["HEAD /busy"]
    look(blog, records, day=121 / 86400)
    assert shop.requests == ["HEAD /busy", "HEAD /picture.png"]


def test_states_are_counted(blog, records, shop):
    write_page(blog, shop.url("/kettle"), shop.url("/to-home"), shop.url("/captcha"))
    _, states = look(blog, records)
    assert states == {
        PageState.FOUND: 1,
        PageState.DEAD: 1,
        PageState.UNREACHABLE: 0,
        PageState.UNKNOWN: 4,
    }


def test_a_false_alarm_is_reported_no_more(blog, records, shop):
    write_page(blog, shop.url("/to-home"))
    assert len(look(blog, records)[0]) == 1
    assert records.dismiss(shop.url("/to-home"))
    assert look(blog, records, day=7)[0] == []


def test_a_waiver_for_a_shops_page_is_judged_where_it_is_checked(blog, records, shop):
    file = blog / "catalog.yaml"
    waiver = {
        "code": "dead-shop-page",
        "link": "*/to-home",
        "reason": "it moves",
        "until": "2999-01-01",
    }
    file.write_text(yaml_of({**yaml.safe_load(file.read_text()), "waivers": [waiver]}))
    write_page(blog, shop.url("/to-home"))
    assert look(blog, records)[0] == []
    assert "unused-waiver" not in {found.code.name for found in check(blog).findings}


def test_a_machine_without_a_connection_blames_no_page(blog, records, shop):
    write_page(blog, "https://unknown.test/kettle", "https://unknown.test/pot")
    online = OnlineCheck(records, visitor(), "https://unknown.test", lambda: TIME)
    with pytest.raises(LinkmgrError, match="check this machine's connection"):
        check(blog, make_online=lambda _: online)
    assert {page.tries for page in records.linked()} == {0}
    write_page(blog, "https://unknown.test/kettle")
    online = OnlineCheck(records, visitor(), shop.url("/"), lambda: TIME)
    check(blog, make_online=lambda _: online)
    assert [page.tries for page in records.linked() if "kettle" in page.url] == [1]
