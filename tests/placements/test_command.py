"""The command prints the register for people and for programs, and writes the list for A8."""

import csv
import io
import json

import pytest

from linkmgr.placements.find import LinkPlacement
from linkmgr.placements.output import list_text, load_register, summary_text
from tests.support.a8_blog import (
    BANK,
    BLACK,
    GREEN,
    HOSTING,
    SITE,
    a8_link,
    write_a8_blog,
    write_page,
)
from tests.support.cli import run


@pytest.fixture
def site(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    blog = write_a8_blog(tmp_path / "blog")
    write_page(blog, GREEN, a8_link(HOSTING))
    write_page(blog, BLACK, '<a href="https://px.a8.net/svt/ejp?a8mat=NO+ID">')
    return blog


def test_people_get_the_links_by_page_and_a_summary(site):
    done = run("placements", "--site", site, "--page", "green")
    assert (done.code, done.err) == (0, "")
    link = "https://px.a8.net/svt/ejp?a8mat=4B3LMV+C506SY+CO4+6Q74X"
    assert done.out.splitlines() == [
        f"{SITE}/2026/01/01/green/",
        f"  by-hand  A8.net {HOSTING}  {link}  ({site}/_posts/2026-01-01-green.md:9)",
        "",
        "     1 page with A8.net s00000001642001",
    ]


def test_without_options_people_get_a_summary_and_with_all_list(site):
    write_page(site, "index.html", a8_link(HOSTING))
    done = run("placements", "--site", site)
    assert done.out.splitlines() == [
        "     3 links on 3 pages",
        "     0 in blocks, or shown within an article as items",
        "     3 written by hand or put there by a template; 0 of these lead to an item",
        "",
        "     1 page with A8.net",
        "     2 pages with A8.net s00000001642001",
        "",
        "Every link: --all, or --csv for a spreadsheet",
    ]
    assert len(run("placements", "--site", site, "--all").out.splitlines()) == 9


def test_a_summary_counts_items_by_the_pages_that_show_them():
    shown = [
        LinkPlacement(f"{SITE}/{n}/", "", "", item, place, "/", "", 0, entry)
        for n, item, place, entry in (
            (1, "news", "cta", ""),
            (1, "news", "by-hand", ""),
            (2, "news", "cta", ""),
            (2, "bread", "books", ""),
            (3, "bread", "books", f"{SITE}/2/"),
        )
    ]
    lines = summary_text(shown).splitlines()
    assert lines[:4] == [
        "     4 links on 2 pages",
        "     3 in blocks, or shown within an article as items",
        "     1 written by hand or put there by a template; 1 of these lead to an item",
        "     1 more in feeds",
    ]
    assert lines[lines.index("Items, with the pages that show them:") + 1 :][:2] == [
        "     2  news",
        "     1  bread",
    ]


def test_pages_are_listed_readably_and_for_programs_as_links(site):
    page = "2026/01/01/ハーブ/index.html"
    write_page(site, page, a8_link(HOSTING))
    for asked in ("ハーブ", "%E3%83%8F%E3%83%BC"):
        lines = run("placements", "--site", site, "--page", asked).out.splitlines()
        assert lines[0] == f"{SITE}/2026/01/01/ハーブ/"
    rows = json.loads(run("placements", "--site", site, "--json").out)
    assert f"{SITE}/2026/01/01/%E3%83%8F%E3%83%BC%E3%83%96/" in [row["url"] for row in rows]


def test_places_are_worded_in_the_readers_language(site):
    in_text = '<span class="linkmgr linkmgr-text"><a href="/news/">x</a></span>'
    write_page(site, GREEN, a8_link(HOSTING) + in_text)
    out = run("--lang", "ja", "placements", "--site", site, "--page", "green").out
    assert f"\n  記事内  A8.net {HOSTING}  " in out
    assert "\n  記事内のアイテム  site  news  " in out


def test_programme_without_rules_of_its_own_has_name_of_its_shop():
    shown = LinkPlacement(SITE, "yahoo", "", "green", "books", "", "", 0)
    assert "  books  Yahoo! Shopping  green\n" in list_text([shown], of=1)


def test_a_link_in_a_feed_has_its_entry_and_counts_for_no_page(site):
    feed = f"<rss><channel><item><link>{SITE}/2026/01/01/green/</link><description><![CDATA["
    link = '<a rel="sponsored" href="https://hb.afl.rakuten.co.jp/hgc/1.2/?pc=a">x</a>'
    write_page(site, "feed.xml", f"{feed}{link}]]></description></item></channel></rss>")
    lines = run("placements", "--site", site, "--programme", "rakuten").out.splitlines()
    assert lines[0] == f"{SITE}/feed.xml"
    assert lines[1].endswith(f"  {SITE}/2026/01/01/green/")
    assert lines[-1].startswith("     0 pages with ")


def test_where_no_link_is_as_asked_the_number_of_all_is_said(site):
    out = run("placements", "--site", site, "--item", "no-such-item").out
    assert out == "no link fits; without --programme, --item and --page there are 2\n"


def test_programs_get_json_and_csv(site):
    rows = json.loads(run("placements", "--site", site, "--programme", HOSTING, "--json").out)
    assert [row["programme_id"] for row in rows] == [HOSTING]
    out = run("placements", "--site", site, "--csv").out
    assert [row["place"] for row in csv.DictReader(io.StringIO(out))] == ["by-hand", "by-hand"]


def test_cells_that_a_spreadsheet_would_run_are_harmless(site):
    write_page(site, GREEN, '<a rel="sponsored" href="=HYPERLINK(1)">')
    assert ",'=HYPERLINK(1)," in run("placements", "--site", site, "--csv").out


def test_the_list_for_a8_says_what_changed_since_the_last(site, tmp_path):
    done = run("placements", "--site", site, "--a8", "a8.csv")
    assert done.out == "1 page of 1 program at A8: a8.csv\n"
    assert done.err.count("list it at A8 yourself") == 1
    write_page(site, GREEN, a8_link(BANK))
    done = run("placements", "--site", site, "--a8", "a8.csv", "--since-last")
    assert done.out.splitlines()[1].endswith(": 1 new, 1 gone")
    assert done.out.splitlines()[-1] == f"  {HOSTING}  {SITE}/2026/01/01/green/"
    assert (tmp_path / "a8.csv").read_text() == f"{BANK},{SITE}/2026/01/01/green/\n"


@pytest.mark.parametrize(
    "options",
    [
        ("--json", "--csv"),
        ("--since-last",),
        ("--a8", "a8.csv", "--page", "green"),
        ("--a8", "a8.csv", "--json"),
        ("--a8", "a8.csv", "--all"),
    ],
)
def test_options_that_do_not_go_together_are_refused(site, options):
    assert run("placements", "--site", site, *options).code == 2


def test_the_register_is_kept_for_the_admin_until_it_is_damaged(site):
    assert load_register(site) is None
    run("placements", "--site", site, "--item", "none")
    assert [each.advertiser for each in load_register(site).placements] == [HOSTING, ""]
    file = site / ".linkmgr-cache" / "placements.json"
    saved = json.loads(file.read_text())
    saved["placements"] = [values[:-1] for values in saved["placements"]]
    file.write_text(json.dumps(saved))  # as a version that read no feeds wrote it
    assert [each.entry for each in load_register(site).placements] == ["", ""]
    file.write_text('{"time": 1, "placements": [[1]]}')
    assert load_register(site) is None
