"""The built pages are checked on the Health page, which the navigation's badge leads to."""

import time

import html5lib
import pytest

from linkmgr.builder.run import build
from linkmgr.check.findings import CODES, CheckResult, Finding
from linkmgr.check.last_result import load_last_result, save_last_result
from linkmgr.messages.errors import LinkmgrError, Location
from linkmgr.messages.message import message
from linkmgr.store.db.engine import open_engine
from linkmgr.store.jobs import JobKind, Progress
from tests.admin.conftest import queries
from tests.support.jobs import end_job, ended_job, running_job

PAGE = "/admin/health/check"
CHECKING = Progress(message("check.checking-pages"), 1, 3)


def finding(code, number):
    return Finding(CODES[code], f"/gone/{number}", "a.html", Location("_posts/a.md", number))


def test_the_page_refreshes_without_script_too_during_a_check(admin_client, settings, engine):
    with running_job(engine, settings, JobKind.CHECK, CHECKING):
        for language in ("en", "ja"):
            text = admin_client.get(PAGE, Accept_Language=language).text
            assert '<noscript><meta http-equiv="refresh" content="2"></noscript>' in text
            assert '<progress id="progress-check" value="1" max="3">' in text
            html5lib.HTMLParser(strict=True).parse(text)
        assert admin_client.post(PAGE, page=PAGE).status_code == 303
        assert "A check is already running." in admin_client.get("/admin/").text
    assert 'http-equiv="refresh"' not in admin_client.get(PAGE).text


def test_how_far_a_check_is_is_told_until_the_page_is_read_again(
    admin_client, settings, site, engine
):
    """Meanwhile the page goes on to say what the last one found."""
    save_last_result(site, CheckResult(time.time(), "_site", 1, (finding("dead-link", 1),)))
    with running_job(engine, settings, JobKind.CHECK, CHECKING):
        for path in ("/admin/health", PAGE):
            text = admin_client.get(path).text
            assert "Link to a page that the site does not have" in text
            assert f'data-hx-get="/admin/health/progress/check?back={path}"' in text
        part = admin_client.get("/admin/health/progress/check")
        assert "1 of 3" in part.text
        assert "<html" not in part.text
    assert admin_client.get("/admin/health/progress/check").headers["HX-Refresh"] == "true"
    assert admin_client.get("/admin/health/progress/no-such-kind").status_code == 404


def test_a_check_that_failed_says_why(admin_client, settings, engine):
    end_job(engine, settings, JobKind.CHECK, error=LinkmgrError(message("admin.job-killed")))
    assert "it was killed: start it again" in admin_client.get(PAGE).text


def test_the_places_of_a_problem_are_listed_page_by_page(admin_client, engine, site):
    found = tuple(finding("dead-link", n) for n in range(1, 71))
    save_last_result(site, CheckResult(time.time(), "_site", 1, found))
    problem = f"{PAGE}/dead-link"
    assert f'href="{problem}"' in admin_client.get("/admin/health").text
    with queries(engine) as asked:
        first, second = admin_client.get(problem).text, admin_client.get(f"{problem}?page=2").text
    rows = '<th scope="row">'
    assert (first.count(rows), second.count(rows)) == (50, 20)
    assert "70 places" in first
    assert len(asked) <= 6  # of two pages
    html5lib.HTMLParser(strict=True).parse(second)


def test_a_check_leaves_out_the_links_that_the_last_one_did(admin_client, site):
    ignored = ("/shop/", "/<b>")
    save_last_result(site, CheckResult(time.time(), "_site", 1, (), ignored=ignored))
    page = html5lib.HTMLParser(strict=True).parse(admin_client.get(PAGE).text)
    assert page.find(".//{*}textarea[@id='ignored']").text.split() == [*ignored]


@pytest.mark.parametrize(
    ("form", "codes"),
    [({"ignored": ""}, {"dead-link"}), ({"ignored": " /shop/ \r\n"}, set()), ({}, set())],
    ids=["none", "typed", "as last"],
)
def test_a_check_leaves_out_links_that_begin_so(admin_client, settings, site, form, codes):
    save_last_result(site, CheckResult(time.time(), "_site", 1, (), ignored=("/shop/",)))
    build(site)
    pages = site / "_site"
    pages.mkdir()
    (pages / "index.html").write_text('<a href="/shop/kettle">Kettle</a>', encoding="utf-8")
    assert admin_client.post(PAGE, form, page=PAGE).status_code == 303
    engine = open_engine(settings.database_url)
    assert ended_job(engine, settings, JobKind.CHECK).error is None
    found = load_last_result(site)
    assert {each.code.name for each in found.findings if each.what == "/shop/kettle"} == codes
    assert found.ignored == (() if codes else ("/shop/",))


def test_a_server_without_the_site_checks_nothing(admin_client, site):
    (site / "_config.yml").unlink()
    assert "LINKMGR_SITE" in admin_client.get(PAGE).text
    assert admin_client.post(PAGE, page=PAGE).headers["Location"] == "/admin/health"
    assert "This server has no site to check." in admin_client.get("/admin/health").text


@pytest.mark.server
def test_a_press_of_the_button_checks_the_pages(admin_client, settings, site, engine):
    assert admin_client.post(PAGE, {"back": PAGE}, page=PAGE).headers["Location"] == PAGE
    ended_job(engine, settings, JobKind.CHECK)
    assert "The last check failed:" in admin_client.get(PAGE).text  # nothing is built
    built = site / "_site"
    built.mkdir()
    (built / "index.html").write_text('<a href="/gone/">gone</a>', encoding="utf-8")
    (site / "_data").mkdir(exist_ok=True)
    (site / "_data" / "linkmgr_index.json").write_text("{}", encoding="utf-8")
    admin_client.post(PAGE, page=PAGE)
    ended_job(engine, settings, JobKind.CHECK)
    text = admin_client.get(PAGE).text
    assert "The last check failed:" not in text
    assert "Link to a page that the site does not have" in text
