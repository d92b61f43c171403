"""The Health page tells what is broken and what to do, and builds the site."""

import re
import time
from dataclasses import replace
from datetime import date
from hashlib import sha256
from html import unescape

import html5lib
import pytest
from sqlalchemy import insert

from linkmgr.admin.common.template_helpers import age
from linkmgr.builder.run import note_built
from linkmgr.catalog.reading.files import load_catalog
from linkmgr.check.findings import CODES, CheckResult, Finding, merged
from linkmgr.check.last_result import save_last_result
from linkmgr.check.online import Answer, Look, ShopPage
from linkmgr.clicks.catalog_targets import targets_of
from linkmgr.messages.errors import LinkmgrError, Location
from linkmgr.messages.message import message, translate
from linkmgr.store.clicks import last_targets
from linkmgr.store.db.engine import writing
from linkmgr.store.db.models import ClickRow
from linkmgr.store.digests import DigestRecord, write_digest_record
from linkmgr.store.instance.checks import CheckState
from linkmgr.store.instance.state import WorkerState, note_end, write_state
from linkmgr.store.jobs import JobKind
from linkmgr.store.shop_pages import ShopPages
from linkmgr.web.doctor import examine
from tests.admin.conftest import queries
from tests.support.check_codes import throwaway_code
from tests.support.jobs import end_job, last_job
from tests.support.store import click_row, make_click

PAGE = "/admin/health"


def counted(page, meaning):
    """Return how often the page says that something was found."""
    row = page.partition(f">{meaning}</a>")[2].partition("</tr>")[0]
    return row.rpartition('<td class="num">')[2].partition("<")[0]


def tile(page, title):
    """Return the words of a part's tile."""
    found = re.search(rf"<h2><span class=\"dot[^>]*></span>{title}</h2>(.*?)</li>", page, re.DOTALL)
    return " ".join(unescape(re.sub("<[^>]+>", " ", found[1])).split()) if found else ""


def badge(page):
    """Return the number beside Health in the navigation, empty without one."""
    nav = page.partition('href="/admin/health"')[2].partition("</li>")[0]
    return re.sub("<.*?>", "", nav.partition('<span class="count">')[2].partition("<")[0])


SHOP = "https://shop.example/kettle"


@pytest.fixture
def shop_pages(engine):
    pages = ShopPages(engine)
    pages.note_links(
        [ShopPage(SHOP, "2026/a.html", 3), ShopPage("https://amzn.to/3", answer=Answer.HIDDEN)], 1
    )
    return pages


def worker(**over):
    facts = {
        "time": time.time(),
        "load_lag": 0.25,
        "loaded": 12345,
        "repeated": 6,
        "folded": 7,
        "damaged": 0,
        "catalog": (),
        "problems": 0,
        "loading": True,
    }
    return WorkerState(**facts | over)


def facts(page):
    """Return the page's facts by name."""
    return dict(re.findall(r"<dt>(.*?)</dt><dd>(.*?)</dd>", page.text, re.DOTALL))


@pytest.mark.parametrize("language", ["en", "ja"])
@pytest.mark.parametrize(
    "path", [PAGE, *(f"{PAGE}/{name}" for name in ("build", "check", "shops"))]
)
def test_the_pages_are_valid_in_either_language(admin_client, path, language):
    answer = admin_client.get(path, Accept_Language=language)
    assert answer.status_code == 200
    html5lib.HTMLParser(strict=True).parse(answer.text)


@pytest.fixture(autouse=True)
def counting(site):
    """Have clicks counted, as the demo's catalog proposes, by a site that is built."""
    file = site / "catalog.yaml"
    text = file.read_text(encoding="utf-8")
    file.write_text(text.replace("  # server:", "  server:"), encoding="utf-8")
    note_built(site, sha256(file.read_bytes()).hexdigest())


def test_all_is_well_is_reported_where_it_is(admin_client, settings):
    write_state(settings.instance, worker())
    text = admin_client.get(PAGE).text
    assert "Nothing broken found. 2 checks have never run." in text
    assert "None yet" in tile(text, "Clicks")
    assert "revisions_" not in text
    assert 'role="alert"' not in text


def test_the_last_digest_is_said_with_its_week(admin_client, settings):
    assert "Not made yet" in tile(admin_client.get(PAGE).text, "Weekly digest")
    week = date(2026, 11, 23), date(2026, 11, 29)
    write_digest_record(settings.instance, DigestRecord(time.time() - 3 * 86400, *week))
    said = tile(admin_client.get(PAGE).text, "Weekly digest")
    assert said == "Made 3 days ago Of the week until Nov 29, 2026."


def test_all_is_good_once_both_checks_have_found_nothing(admin_client, settings, site, shop_pages):
    write_state(settings.instance, worker())
    save_last_result(site, CheckResult(time.time(), "_site", 12, ()))
    shop_pages.record_look(SHOP, Look(Answer.FOUND, 200), 1_800_000_000_000)
    page = admin_client.get(PAGE).text
    assert "All good." in page
    assert "never run" not in page


def test_run_that_failed_is_told_before_anything_is_called_good(
    admin_client, settings, site, engine
):
    write_state(settings.instance, worker())
    save_last_result(site, CheckResult(time.time(), "_site", 12, ()))
    full = LinkmgrError(message("fs.unwritable", path="_site", reason="full"))
    end_job(engine, settings, JobKind.CHECK, error=full)
    page = admin_client.get(PAGE).text
    assert "The last run failed: Built pages. 1 check has never run." in page
    assert "Nothing broken found" not in page
    assert 'class="dot wait" id="dot-pages"' in page


@pytest.mark.parametrize(
    ("over", "reported"),
    [
        pytest.param({"loading": False}, "The database is not accepting clicks", id="not loading"),
        pytest.param({"damaged": 2}, "were damaged and left out", id="damaged"),
        pytest.param({"replaced": time.time()}, "The database was replaced", id="replaced"),
        pytest.param({"time": 0}, "No background worker is running", id="silent"),
    ],
)
def test_what_is_wrong_with_the_loader_is_reported(admin_client, settings, over, reported):
    write_state(settings.instance, worker(**over))
    text = admin_client.get(PAGE).text
    assert reported in text
    assert "Nothing broken found" not in text


def test_what_is_wrong_is_reported_in_sentences_of_doctor(admin_client, settings):
    write_state(settings.instance, worker(loading=False, damaged=1, replaced=time.time()))
    settings.instance.chmod(0o755)
    said = [
        translate(check.text) for check in examine(settings) if check.state is not CheckState.GOOD
    ]
    page = unescape(re.sub("</?code>", "`", admin_client.get(PAGE).text))
    for of in ("not accepting clicks", "were damaged", "was replaced", "others may read"):
        (sentence,) = [each for each in said if of in each]
        assert f"{sentence[0].upper()}{sentence[1:]}." in page


def test_a_process_that_ends_in_a_loop_has_a_tile(admin_client, settings):
    write_state(settings.instance, worker())
    assert "Server processes" not in admin_client.get(PAGE).text
    for _ in range(3):
        note_end(settings.instance, "the background worker")
    page = admin_client.get(PAGE).text
    said = "The background worker has ended by itself 3 times in the last 10 minutes"
    assert said in tile(page, "Server processes")
    assert badge(page) == "1"


def test_a_folder_that_others_may_read_is_not_all_well(admin_client, settings):
    write_state(settings.instance, worker())
    settings.instance.chmod(0o755)
    page = admin_client.get(PAGE).text
    assert "Others may read" in page
    assert "Nothing broken found" not in page


def test_each_problem_of_the_catalog_has_a_line_with_its_place(admin_client, site):
    file = site / "catalog.yaml"
    text = file.read_text(encoding="utf-8")
    broken = text.replace('"4999999005"', '"4999999006"').replace("url: /", "uri: /")
    file.write_text(broken, encoding="utf-8")
    lines = re.findall(r"<li><code>(.*?)</code></li>", admin_client.get(PAGE).text)
    assert len(lines) > 1
    assert any(re.search(r"catalog.yaml:\d+: books.kitchen-coffee.asin: ", line) for line in lines)


def test_a_problem_that_keeps_links_unpublished_is_reported(admin_client, settings):
    problem = message("fs.unwritable", path="targets.json", reason="full")
    write_state(settings.instance, worker(catalog=(problem,)))
    japanese = admin_client.get(PAGE, Accept_Language="ja").text
    assert f"<li><code>{translate(problem, 'ja')}</code></li>" in japanese
    text = admin_client.get(PAGE).text
    assert "<li><code>targets.json: cannot be written: full</code></li>" in text
    assert "Links can’t be published" in tile(text, "Catalog")
    assert "Nothing broken found" not in text


@pytest.mark.parametrize(("language", "written"), [("en", "40 seconds"), ("ja", "40秒")])
def test_how_long_ago_something_was_is_written_as_language_does(admin_app, language, written):
    with admin_app.test_request_context(headers={"Accept-Language": language}):
        assert age(40) == written


def test_the_catalog_says_how_much_it_has_as_one_does(admin_client):
    assert "11 items, 8 rules" in tile(admin_client.get(PAGE).text, "Catalog")
    japanese = admin_client.get(PAGE, Accept_Language="ja").text
    assert "アイテム11件、表示ルール8件" in japanese


@pytest.mark.parametrize(
    ("change", "reported"),
    [
        pytest.param(
            ("  server:", "  # server:"), "<code>site: server</code> is not set", id="no server"
        ),
        pytest.param(
            ("programmes:", "programmes:\n  site: {tracking: direct}"), "are direct", id="direct"
        ),
    ],
)
def test_a_catalog_that_has_nothing_counted_is_not_all_well(
    admin_client, settings, site, change, reported
):
    write_state(settings.instance, worker())
    file = site / "catalog.yaml"
    text = file.read_text(encoding="utf-8").replace(*change)
    if reported == "are direct":
        text = re.sub(r"(  amazon:.*\n)", r"\1    tracking: direct\n", text)
    file.write_text(text, encoding="utf-8")
    page = admin_client.get(PAGE).text
    assert "No click is counted" in page
    assert reported in page
    assert "All good" not in page
    form = 'href="/admin/settings/site#server"'
    assert (form in page) == ("not set" in reported)


def test_a_change_that_is_not_built_is_no_fault_and_not_all_good(admin_client, settings, site):
    write_state(settings.instance, worker())
    with (site / "catalog.yaml").open("a", encoding="utf-8") as file:
        file.write("# more\n")
    page = admin_client.get(PAGE).text
    assert "Nothing broken found." in page
    assert tile(page, "Build").startswith("Not built")


def test_pages_built_without_the_server_are_reported_until_built(admin_client, settings, site):
    write_state(settings.instance, worker())
    fragments = site / "_includes" / "linkmgr" / "posts"
    fragments.mkdir(parents=True)
    fragment = fragments / "00000000000000aa.html"
    fragment.write_text('<a href="https://www.amazon.co.jp/dp/4999999005/">本</a>')
    assert "was built without the catalog" in admin_client.get(PAGE).text
    hit = "https://go.tezukuri.example.com/hit/kitchen-coffee"
    fragment.write_text(f'<a data-linkmgr-hit="{hit}">本</a>')
    assert "Nothing broken found" in admin_client.get(PAGE).text


def test_the_figures_of_spool_loader_and_links_are_there(admin_client, settings, engine):
    write_state(settings.instance, worker())
    settings.spool.mkdir()
    (settings.spool / "1-1.spool").write_bytes(b"x" * 5000)
    settings.targets.write_text("{}", encoding="utf-8")
    with writing(engine) as connection:
        connection.execute(insert(ClickRow), click_row(make_click(1_700_000_000_000)))
    found = facts(admin_client.get(PAGE))
    assert found["Loaded since start"] == "12,345"
    assert found["Load delay"] == "0.25 s"
    assert found["Last click loaded"].startswith("Nov 15, 2023")  # in Tokyo
    assert "second" in found["Links last updated"]


def test_a_long_wait_is_reported_in_days(admin_client, settings):
    write_state(settings.instance, worker(load_lag=5_123_711.0))
    assert facts(admin_client.get(PAGE))["Load delay"] == "2 months"


def test_what_a_check_found_last_is_reported_and_all_is_not_well(admin_client, settings, site):
    write_state(settings.instance, worker())
    assert "Not checked yet" in tile(admin_client.get(PAGE).text, "Built pages")
    save_last_result(site, CheckResult(time.time() - 120, "_site", 12, ()))
    page = admin_client.get(PAGE).text
    assert tile(page, "Built pages").startswith("No problems 12 pages, checked 2 minutes ago.")
    assert "Nothing broken found. 1 check has never run." in page
    dead = [Finding(CODES["dead-link"], "/gone/<b>/", page) for page in ("<b>.html", "c.html")]
    lost = [Finding(CODES["dead-picture"], f"/shop/{n}", "index.html") for n in range(1_500)]
    save_last_result(site, CheckResult(time.time(), "_site", 12, merged([*dead, *lost])))
    page = admin_client.get(PAGE).text
    assert "Nothing broken found" not in page
    assert "1 to look at: Built pages." in page
    assert tile(page, "Built pages").startswith("1,501 problems")
    assert counted(page, "Picture that the site does not have") == "1,500"
    assert "/shop/" not in page  # where they are is on a page of its own
    japanese = admin_client.get(PAGE, Accept_Language="ja").text
    assert counted(japanese, "サイトにないページへのリンク") == "1"


def test_number_in_navigation_is_that_of_tiles_to_look_at(admin_client, settings, site, shop_pages):
    write_state(settings.instance, worker(damaged=2, loading=False))
    shop_pages.record_look(SHOP, Look(Answer.HOME, 200), 1_800_000_000_000)
    found = tuple(Finding(CODES["dead-link"], f"/{n}", "a.html") for n in range(3))
    gone = Finding(CODES["dead-shop-page"], SHOP, "a.html")
    save_last_result(site, CheckResult(time.time(), "_site", 1, (*found, gone)))
    page = admin_client.get(PAGE).text
    assert "3 to look at: Shop pages, Built pages, Clicks." in page
    assert page.count('class="card tile bad"') == 3
    assert badge(page) == badge(admin_client.get("/admin/items").text) == "3"
    assert tile(page, "Shop pages").startswith("1 page is gone")
    assert tile(page, "Built pages").startswith("3 problems")  # without the shop's


def rows_found(admin_client, code):
    """Return the cells of each place of a problem, but for where their lines may break."""
    page = admin_client.get(f"{PAGE}/check/{code}").text
    rows = re.findall(r'<tr>\s*<th scope="row">.*?</tr>', page, re.DOTALL)
    return [
        [
            " ".join(re.sub(r"</?(?:wbr|span|code)[^>]*>", "", cell).split())
            for cell in re.findall(r"<t[hd][^>]*>(.*?)</t[hd]>", row, re.DOTALL)
        ]
        for row in rows
    ]


def test_a_problem_has_a_page_with_its_places_by_file_and_line(admin_client, site):
    post, layout = f"{site}/_posts/緑 a.md", f"{site}/_layouts/post.html"
    found = (
        Finding(CODES["dead-link"], "/%E7%B7%91/b", "緑/index.html", Location(post, 41)),
        Finding(CODES["dead-link"], "/early", "a/index.html", Location(post, 3)),
        Finding(CODES["dead-link"], "/all", "404.html", Location(layout, 7), ("b.html", "c.html")),
        Finding(CODES["no-page"], "", "_posts/b.md", Location(f"{site}/_posts/b.md")),
        Finding(CODES["expires-soon"], "tea", "", Location(f"{site}/catalog.yaml", 9, "books.tea")),
        Finding(CODES["dead-link"], "/plugin", "index.html"),
    )
    result = CheckResult(time.time(), "_site", 12, found, site="https://tea.example/blog")
    save_last_result(site, result)
    rows = rows_found(admin_client, "dead-link")
    assert [row[0].split(" <a ")[0] for row in rows] == [
        "_layouts/post.html, line 7",
        "_posts/緑 a.md, line 3",
        "_posts/緑 a.md, line 41",
        '<a href="https://tea.example/blog/" rel="noopener">https://tea.example/blog/</a> /plugin',
    ]
    assert [row[1:] for row in rows] == [
        ["/all", "3"],
        ["/early", "1"],
        ["/緑/b", "1"],
        ["/plugin", "1"],
    ]
    assert 'href="https://tea.example/blog/%E7%B7%91/" rel="noopener">/緑/</a>' in rows[2][0]
    assert rows_found(admin_client, "no-page")[0] == ["_posts/b.md /_posts/b.md", "", "1"]
    assert rows_found(admin_client, "expires-soon") == [["catalog.yaml, line 9 tea", "tea", "–"]]
    assert admin_client.get(f"{PAGE}/check/no-rel").status_code == 404
    assert admin_client.get(f"{PAGE}/check/no-such-code").status_code == 404


def test_notes_alone_leave_all_well(admin_client, settings, site):
    write_state(settings.instance, worker())
    note = Finding(CODES["expires-soon"], "tea", "", Location("catalog.yaml", 9))
    save_last_result(site, CheckResult(time.time(), "_site", 12, (note,)))
    page = admin_client.get(PAGE).text
    assert "Nothing broken found" in page
    assert "No problems" in tile(page, "Built pages")
    assert "Item that ends within a month" in admin_client.get(f"{PAGE}/check").text


def test_a_new_check_code_appears_with_what_to_do(admin_client, site):
    with throwaway_code() as code:
        finding = Finding(code, "HTTPS://SHOP.EXAMPLE/", "index.html")
        save_last_result(site, CheckResult(time.time(), "_site", 12, (finding,)))
        page = admin_client.get(PAGE).text
        assert counted(page, "finding in en") == "1"
        assert "remedy in en" in page
        japanese = admin_client.get(PAGE, Accept_Language="ja").text
        assert counted(japanese, "finding in ja") == "1"


def test_a_server_without_the_site_says_where_a_check_is_seen(admin_client, site):
    (site / "_config.yml").unlink()
    page = admin_client.get(f"{PAGE}/check").text
    assert "Run linkmgr check where the site is, and see its results there." in page


def test_items_that_still_lead_on_are_listed_with_where_to(admin_client, site, engine):
    file = site / "catalog.yaml"
    published = targets_of(load_catalog(file))
    last_targets.record(engine, published, date(2026, 1, 1))
    text = file.read_text(encoding="utf-8")
    text = text.replace("    author: Robin Field\n", "    author: Robin Field\n    retired: true\n")
    file.write_text(text, encoding="utf-8")
    rest = {name: each for name, each in published.items.items() if name != "bread-class"}
    last_targets.record(engine, replace(published, items=rest), date(2026, 2, 1))
    page = admin_client.get(PAGE).text
    rows = re.findall(r'<tr>\s*<th scope="row".*?</tr>', page, re.DOTALL)
    assert [("bread-class" in row, "Small Gardens" in row) for row in rows] == [
        (True, False),
        (False, True),
    ]
    assert "deleted Feb 1, 2026" in rows[0]
    assert published.items["bread-class"].url.replace("&", "&amp;") in rows[0]
    assert "retired" in rows[1]


def test_a_server_without_the_site_says_what_to_do(admin_client, site):
    (site / "_config.yml").unlink()
    text = admin_client.get(PAGE).text
    assert "Set LINKMGR_SITE to its folder" in text
    assert "Build the site" not in admin_client.get(f"{PAGE}/build").text
    sent = admin_client.post(f"{PAGE}/build", page=PAGE)
    assert (sent.status_code, sent.headers["Location"]) == (303, PAGE)
    assert "This server has no site to build." in admin_client.get(PAGE).text


def test_a_site_that_nobody_holds_yet_is_reported(admin_client):
    text = admin_client.get(f"{PAGE}/build").text
    assert "Can't check whether the site is up to date" in text
    assert "the site is still being read" in text


@pytest.mark.parametrize(("path", "most"), [(PAGE, 9), (f"{PAGE}/build", 7)])
def test_a_page_asks_the_database_so_often(admin_client, engine, path, most):
    with queries(engine) as asked:
        admin_client.get(path)
    assert len(asked) <= most


def test_a_stranger_builds_nothing(stranger, settings, engine):
    sent = stranger.post(f"{PAGE}/build", page="/admin/login")
    assert (sent.status_code, sent.headers["Location"]) == (303, "/admin/login")
    assert last_job(engine, settings, JobKind.BUILD) is None


def test_a_build_without_the_pages_token_is_refused(admin_client, settings, engine):
    assert admin_client.client.post(f"{PAGE}/build").status_code == 400
    assert last_job(engine, settings, JobKind.BUILD) is None
