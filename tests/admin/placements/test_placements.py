"""The Placements page shows which links stand on which pages."""

import csv
import io
import re
from dataclasses import replace
from html import unescape

import html5lib
import pytest

from linkmgr.messages.message import message
from linkmgr.placements.find import LinkPlacement, Register
from linkmgr.placements.output import load_register, save_register
from linkmgr.store.jobs import JobKind, Progress
from tests.support.jobs import ended_job, running_job

PAGE = "/admin/placements"
SITE = "https://tea.example"
A8 = "s00000001642001"
READING = Progress(message("placements.reading"), 1, 3)


def placement(page, programme, advertiser="", **over):
    facts = {"item": "", "place": "by-hand", "link": "https://x.example/"} | over
    file = {"file": "_posts/a.md", "line": 3}
    return LinkPlacement(f"{SITE}/{page}", programme, advertiser, **facts, **file)


@pytest.fixture
def register(settings):
    placements = [
        placement("green/", "a8", A8),
        placement("green/", "amazon", item="kitchen-knives", place="books"),
        placement("black/", "moshimo", "54", place="template", link="=<script>"),
    ]
    save_register(settings.site, Register(1_700_000_000.0, placements))


LINKS = f"{PAGE}?view=links"


def pages(text):
    return re.findall(r'scope="rowgroup"><a href="https://tea.example/(\w+)/', text)


def table(text):
    """Return the cells of the rows of the list, that of the sums the last."""
    rows = re.findall(r'<tr[^>]*>\s*<th scope="row"[^>]*>.*?</tr>', text, re.DOTALL)
    without = [re.sub(r'<span class="sub.*?</span>', "", row, flags=re.DOTALL) for row in rows]
    cells = (re.findall(r"<t[hd][^>]*>(.*?)</t[hd]>", row, re.DOTALL) for row in without)
    return [[unescape(re.sub("<[^>]+>", "", cell)).strip() for cell in row] for row in cells]


def test_the_page_names_the_runs_that_it_looked_at(admin_client, settings):
    placements = [placement("green/", "amazon", item="kitchen-knives", place="books")]
    jekylls = Register(1_700_000_000.0, placements, pages=1200, built=1_699_990_000.0)
    save_register(settings.site, jekylls)
    text = admin_client.get(PAGE).text.replace("\u202f", " ")
    assert "on the 1,200 pages that Jekyll built by Nov 15, 2023, 4:26 AM" in text
    assert "linkmgr has built since" not in text
    save_register(settings.site, replace(jekylls, ahead=600, unbuilt=545))
    text = admin_client.get(PAGE).text
    assert "the blocks of 600 posts are as that build has them." in text
    assert "545 of them have no page yet." in text
    japanese = admin_client.get(PAGE, Accept_Language="ja").text
    assert "うち545記事にはまだページがありません。" in japanese


@pytest.mark.parametrize("language", ["en", "ja"])
@pytest.mark.usefixtures("register")
def test_the_page_is_valid_in_either_language(admin_client, language):
    for view in ("items", "pages", "hand", "blocks", "links"):
        text = admin_client.get(f"{PAGE}?view={view}", Accept_Language=language).text
        html5lib.HTMLParser(strict=True).parse(text)
    assert pages(text) == ["green", "black"]


@pytest.mark.usefixtures("register")
def test_links_are_counted_by_item_and_by_page_with_totals(admin_client, settings):
    more = [
        placement("black/", "amazon", item="kitchen-knives", place="books"),
        placement("%E8%8C%B6/", "amazon", item="kitchen-knives"),
        placement("feed.xml", "amazon", item="kitchen-knives", entry=f"{SITE}/black/"),
    ]
    saved = load_register(settings.site)
    save_register(settings.site, Register(saved.time, [*saved.placements, *more]))
    text = admin_client.get(PAGE).text
    rows = table(text)
    assert [row[1:] for row in rows] == [["Amazon", "3", "1", "0"], ["", "3", "1", "0"]]
    assert rows[-1][0] == "1 item"
    assert re.findall(r'<span class="k-value">(.*?)</span>', text) == ["5", "2", "3", "–"]
    assert table(admin_client.get(f"{PAGE}?view=pages&sort=name").text) == [
        ["/black/", "1", "1", "2"],
        ["/green/", "1", "1", "2"],
        ["/茶/", "1", "1", "1"],
        ["3 pages", "1", "3", "5"],
    ]
    rows = table(admin_client.get(f"{PAGE}?view=pages&sort=-name").text)
    assert [row[0] for row in rows] == ["/茶/", "/green/", "/black/", "3 pages"]
    csv_file = admin_client.get(f"{PAGE}/placements.csv").data.decode("utf-8-sig")
    (row,) = csv.DictReader(io.StringIO(csv_file))
    assert (row["id"], row["pages"], row["by_hand"]) == ("kitchen-knives", "3", "1")


@pytest.mark.usefixtures("register")
def test_each_page_stands_once_above_its_links(admin_client):
    text = admin_client.get(LINKS).text
    assert pages(text) == ["green", "black"]
    assert [row[0] for row in table(text)] == [
        "https://x.example/",
        "kitchen-knives",
        "=<script>",
    ]


@pytest.mark.usefixtures("register")
def test_a_link_by_hand_becomes_an_item(admin_client):
    text = admin_client.get(f"{PAGE}?view=hand").text
    assert pages(text) == ["green", "black"]
    assert [row[0] for row in table(text)] == ["https://x.example/", "=<script>"]
    assert 'href="/admin/add-item?paste=https://x.example/"' in text


def test_without_a_register_the_page_has_a_button_that_makes_one(admin_client):
    assert '<button class="btn primary">Read the pages</button>' in admin_client.get(PAGE).text


@pytest.mark.parametrize("file", ["placements.csv", "a8.csv"])
def test_a_file_says_how_to_read_the_pages_before_they_are_read(admin_client, file):
    answer = admin_client.get(f"{PAGE}/{file}")
    assert answer.status_code == 409
    assert "The pages have not been read yet." in answer.text


def test_a_server_without_the_site_reads_no_pages(admin_client, site):
    (site / "_config.yml").unlink()
    assert "Run linkmgr placements where the site is" in admin_client.get(PAGE).text
    assert admin_client.post(PAGE, page="/admin/health").headers["Location"] == PAGE
    assert "This server has no site whose pages it could read." in admin_client.get(PAGE).text


@pytest.mark.parametrize("language", ["en", "ja"])
@pytest.mark.usefixtures("register")
def test_the_page_refreshes_while_pages_are_read(admin_client, settings, engine, language):
    with running_job(engine, settings, JobKind.PLACEMENTS, READING):
        text = admin_client.get(PAGE, Accept_Language=language).text
        assert '<noscript><meta http-equiv="refresh" content="2"></noscript>' in text
        assert '<progress id="progress-placements" value="1" max="3">' in text
        html5lib.HTMLParser(strict=True).parse(text)
    assert pages(admin_client.get(LINKS).text) == ["green", "black"]


@pytest.mark.server
def test_a_press_of_the_button_finds_the_placements(admin_client, settings, site, engine):
    assert admin_client.post(PAGE, page=PAGE).headers["Location"] == PAGE
    ended_job(engine, settings, JobKind.PLACEMENTS)
    assert "The pages could not be read:" in admin_client.get(PAGE).text  # nothing is built
    (site / "_site").mkdir()
    link = f'<a href="https://px.a8.net/svt/ejp?a8mat=4B3LMV+C506SY+CO4+6Q74X">{A8}</a>'
    (site / "_site" / "about.html").write_text(link, encoding="utf-8")
    admin_client.post(PAGE, page=PAGE)
    ended_job(engine, settings, JobKind.PLACEMENTS)
    text = admin_client.get(LINKS).text
    assert "The pages could not be read:" not in text
    assert f"<code>{A8}</code>" in text


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("programme=a8", ["green"]),
        (f"programme={A8}", ["green"]),
        ("item=kitchen-knives", ["green"]),
        ("q=black", ["black"]),
        ("q=kitchen-KNIVES", ["green"]),
        (f"at={SITE}/black/", ["black"]),
        ("programme=a8&q=black", []),
    ],
)
@pytest.mark.usefixtures("register")
def test_what_is_asked_for_is_shown_and_sent_as_a_file(admin_client, query, found):
    assert pages(admin_client.get(f"{LINKS}&{query}").text) == found
    rows = admin_client.get(f"{PAGE}/placements.csv?view=links&{query}").data.decode("utf-8-sig")
    urls = [row["url"] for row in csv.DictReader(io.StringIO(rows))]
    assert urls == [f"{SITE}/{page}/" for page in found]


def test_a_link_in_a_feed_is_shown_with_its_entry(admin_client, settings):
    entry = f"{SITE}/green/"
    in_feed = placement("feed.xml", "a8", A8, entry=entry)
    save_register(settings.site, Register(1_700_000_000.0, [in_feed]))
    assert pages(admin_client.get(f"{LINKS}&q=green").text) == ["green"]
    assert "in the feed /feed.xml" in admin_client.get(f"{LINKS}&q=green").text


@pytest.mark.usefixtures("register")
def test_links_of_the_site_do_no_harm(admin_client):
    assert "=&lt;script&gt;" in admin_client.get(LINKS).text
    assert "<script>" not in admin_client.get(LINKS).text
    assert "'=<script>" in admin_client.get(f"{PAGE}/placements.csv?view=links").text


def test_a_long_register_is_shown_page_by_page(admin_client, settings):
    many = [placement(f"p{number}/", "a8", A8) for number in range(51)]
    save_register(settings.site, Register(1_700_000_000.0, many))
    assert pages(admin_client.get(f"{LINKS}&page=2&programme=a8").text) == ["p50"]
