"""Every affiliate link and item on a built page is registered, by hand or in a block."""

import os

import pytest
import yaml

from linkmgr.placements.find import PlacementQuery, find_placements
from tests.support.a8_blog import (
    BANK,
    BLACK,
    GREEN,
    HOSTING,
    SITE,
    TOURS,
    a8_link,
    write_a8_blog,
    write_page,
)
from tests.support.builds import yaml_of
from tests.support.cli import run

BOOK = "https://www.amazon.com/dp/B0EXAMPLE1/?tag=ours-20"
BLOCK = '<section class="linkmgr linkmgr-books">{}</section>'


@pytest.fixture
def site(tmp_path):
    return write_a8_blog(tmp_path / "blog")


def found(site, *facts):
    """Return these facts of all placements."""
    placements = find_placements(site).placements
    return [tuple(getattr(placement, fact) for fact in facts) for placement in placements]


def test_a_link_by_hand_is_found_with_its_program_and_its_line(site):
    write_page(site, GREEN, a8_link(HOSTING))
    (each,) = find_placements(site).placements
    assert each.url == f"{SITE}/2026/01/01/green/"
    assert (each.programme, each.advertiser, each.item, each.place) == (
        "a8",
        HOSTING,
        "",
        "by-hand",
    )
    assert (each.file, each.line) == (str(site / "_posts/2026-01-01-green.md"), 9)


def test_a_link_in_a_block_is_found_with_its_item(site):
    write_page(site, GREEN, BLOCK.format(f'<a href="{BOOK}">x</a><a href="{BOOK}">Green Tea</a>'))
    facts = ("programme", "item", "place", "file")
    assert found(site, *facts) == [("amazon", "green", "books", str(site / "catalog.yaml"))]


def test_a_link_by_hand_to_the_page_of_an_item_is_of_the_item(site):
    write_page(site, GREEN, f'<a href="{BOOK.replace("ours", "old")}">x</a>')
    assert found(site, "item", "place") == [("green", "by-hand")]


def test_an_item_that_earns_nothing_is_found_in_blocks_alone(site):
    write_page(site, GREEN, '<a href="/news/">x</a>' + BLOCK.format('<a href="/news/">x</a>'))
    assert found(site, "programme", "item", "place") == [("site", "news", "books")]


def test_a_link_through_server_is_of_item_and_shop_that_it_names(site):
    file = site / "catalog.yaml"
    catalog = yaml.safe_load(file.read_text())
    catalog["site"]["server"] = "https://go.tea.example"
    file.write_text(yaml_of(catalog))
    links = (
        f'<a rel="sponsored" href="https://go.tea.example/go/{click}">x</a>'
        for click in ("green?p=1&amp;b=books.1", "black?p=1&amp;b=books.2&amp;s=honto", "none?p=1")
    )
    write_page(site, GREEN, BLOCK.format("".join(links)))
    assert found(site, "programme", "item") == [("amazon", "green"), ("honto", "black"), ("", "")]


def test_a_link_of_a_template_is_found_on_each_page(site):
    (site / "_includes" / "aside.html").write_text(a8_link(BANK))
    for page in ("index.html", "about.html", "404.html"):
        write_page(site, page, a8_link(BANK))
    pages = [f"{SITE}/", f"{SITE}/404.html", f"{SITE}/about.html"]
    assert found(site, "url", "place") == [(page, "template") for page in pages]


def test_links_that_earn_nothing_and_redirects_are_left_out(site):
    write_page(site, GREEN, '<a href="https://other.example/">x</a><a href="#top">x</a>')
    redirect = '<meta http-equiv="refresh" content="0; url=/">'
    write_page(site, "old.html", redirect + a8_link(TOURS))
    assert find_placements(site).placements == []


def test_pages_with_japanese_names_have_encoded_addresses(site):
    write_page(site, "お茶/index.html", a8_link(TOURS))
    assert found(site, "url") == [(f"{SITE}/%E3%81%8A%E8%8C%B6/",)]


FEED = """<?xml version="1.0"?><feed xmlns="http://www.w3.org/2005/Atom"><entry>
<link href="{site}/2026/01/01/green/"/><content type="html"><![CDATA[{text}]]></content>
<summary type="html"><![CDATA[{text}]]></summary></entry></feed>"""


def test_a_link_in_a_feed_has_its_entry_and_line(site):
    link = a8_link(HOSTING)
    write_page(site, GREEN, link)
    write_page(site, "feed.xml", FEED.format(site=SITE, text=link))
    entry = f"{SITE}/2026/01/01/green/"
    green = str(site / "_posts/2026-01-01-green.md")
    assert found(site, "url", "entry", "place", "file", "line") == [
        (entry, "", "by-hand", green, 9),
        (f"{SITE}/feed.xml", entry, "by-hand", green, 9),
    ]
    assert len(PlacementQuery(page="/green/").select(find_placements(site).placements)) == 2


@pytest.mark.parametrize(
    ("document", "entries"),
    [
        (FEED.replace("</feed>", "").format(site=SITE, text=a8_link(BANK)), []),
        (f"<urlset><url><loc>{SITE}/</loc></url></urlset>", []),
        (FEED.format(site="http://[", text=a8_link(BANK)), [f"{SITE}/feed.xml"]),
        (FEED.format(site="https://other.example", text=""), []),
    ],
    ids=["no-xml", "sitemap", "entry-without-address", "no-links"],
)
def test_documents_are_registered_if_they_are_feeds_with_links(site, document, entries):
    write_page(site, "feed.xml", document)
    assert [each.entry for each in find_placements(site).placements] == entries


def test_placements_are_chosen_by_programme_item_and_page(site):
    write_page(site, GREEN, a8_link(HOSTING) + a8_link(BANK) + BLOCK.format(f'<a href="{BOOK}">'))
    write_page(site, "about.html", a8_link(BANK))
    everything = find_placements(site).placements
    for wanted, count in (
        (PlacementQuery(), 4),
        (PlacementQuery(programme="a8"), 3),
        (PlacementQuery(programme=BANK), 2),
        (PlacementQuery(item="green"), 1),
        (PlacementQuery(programme=BANK, page="/about"), 1),
    ):
        assert len(wanted.select(everything)) == count


def test_blocks_not_yet_in_pages_are_those_of_the_build(site):
    write_page(site, GREEN, a8_link(HOSTING) + BLOCK.format('<a href="/news/">x</a>'))
    os.utime(site / "_site" / GREEN, (0, 0))
    (site / "_site" / BLACK).unlink()
    rows = found(site, "url", "item", "place")
    green, black = (f"{SITE}/2026/01/{day}/" for day in ("01/green", "02/black"))
    assert (green, "", "by-hand") in rows
    assert {item for url, item, place in rows if (url, place) == (green, "books")} == {
        "green",
        "black",
    }
    assert (green, "news", "books") not in rows
    assert (black, "green", "books") in rows
    register = find_placements(site)
    assert (register.pages, register.ahead, register.unbuilt) == (1, 2, 1)


def test_the_command_says_when_blocks_are_newer_than_jekylls_run(site):
    assert "Jekyll's last run" not in run("placements", "--site", site).err
    (site / "_site" / BLACK).unlink()
    said = run("placements", "--site", site).err
    assert "the block of 1 post is from a build of linkmgr's after Jekyll's last run" in said
    assert "1 of these posts have no page yet" in said


def test_a_fragment_larger_than_a_build_writes_has_no_blocks(site):
    write_page(site, GREEN, a8_link(HOSTING))
    os.utime(site / "_site" / GREEN, (0, 0))
    for fragment in (site / "_includes" / "linkmgr").rglob("*.html"):
        fragment.write_text("<div>" * 20_000)
    assert (f"{SITE}/2026/01/01/green/", "", "by-hand") in found(site, "url", "item", "place")
