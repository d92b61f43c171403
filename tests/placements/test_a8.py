"""A8 gets the pages of its programs, and what is different from the last list."""

import pytest

from linkmgr.messages.errors import LinkmgrError
from linkmgr.placements.a8 import A8Page, a8_change, export
from linkmgr.placements.find import find_placements
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

ABOUT = f"{SITE}/about.html"
GREEN_URL, BLACK_URL = (f"{SITE}/{page.removesuffix('index.html')}" for page in (GREEN, BLACK))


@pytest.fixture
def site(tmp_path):
    """Give a site of three programs on three pages, with a book's links beside them."""
    blog = write_a8_blog(tmp_path / "blog")
    amazon = '<a rel="sponsored" href="https://www.amazon.com/dp/B0EXAMPLE1/?tag=ours-20">'
    write_page(blog, GREEN, a8_link(HOSTING) + a8_link(HOSTING) + a8_link(BANK) + amazon)
    write_page(blog, BLACK, a8_link(BANK))
    write_page(blog, "about.html", a8_link(TOURS) + amazon)
    return blog


@pytest.fixture
def last_list(tmp_path):
    return tmp_path / "a8-pages.csv"


def test_the_list_has_each_page_of_each_program_once(site, last_list, tmp_path):
    change = a8_change(find_placements(site).placements, last_list)
    export(change, tmp_path / "a8.csv", last_list, only_added=False)
    assert (tmp_path / "a8.csv").read_bytes().decode("shift_jis").split("\r\n") == [
        f"{HOSTING},{GREEN_URL}",
        f"{BANK},{GREEN_URL}",
        f"{BANK},{BLACK_URL}",
        f"{TOURS},{ABOUT}",
        "",
    ]
    assert change.since is None


def test_the_difference_from_the_last_list_is_added_and_gone(site, last_list, tmp_path):
    change = a8_change(find_placements(site).placements, last_list)
    export(change, tmp_path / "1", last_list, only_added=True)
    write_page(site, BLACK, a8_link(TOURS))
    change = a8_change(find_placements(site).placements, last_list)
    assert change.added == [A8Page(TOURS, BLACK_URL)]
    assert change.gone == [A8Page(BANK, BLACK_URL)]
    assert change.since is not None
    export(change, tmp_path / "2", last_list, only_added=True)
    assert (tmp_path / "2").read_text() == f"{TOURS},{BLACK_URL}\n"
    after = a8_change(find_placements(site).placements, last_list)
    assert (after.added, after.gone) == ([], [])


def test_a_feed_is_no_page_of_the_list(site, last_list):
    feed = f"<rss><channel><item><link>{GREEN_URL}</link><description><![CDATA[{a8_link(BANK)}]]>"
    write_page(site, "feed.xml", f"{feed}</description></item></channel></rss>")
    placements = find_placements(site).placements
    assert [each.entry for each in placements if each.url.endswith("feed.xml")] == [GREEN_URL]
    assert len(a8_change(placements, last_list).pages) == 4


def test_a_link_of_an_unknown_program_is_named_with_its_pages(site, last_list):
    link = "https://px.a8.net/svt/ejp?a8mat=NO+ID"
    for page in (BLACK, "about.html"):
        write_page(site, page, f'<a href="{link}">x</a>')
    change = a8_change(find_placements(site).placements, last_list)
    assert change.unnamed == {link: [BLACK_URL, ABOUT]}
    assert BLACK_URL not in {page.url for page in change.pages}


def test_a_list_that_cannot_be_written_leaves_the_last_one(site, last_list, tmp_path):
    change = a8_change(find_placements(site).placements, last_list)
    with pytest.raises(LinkmgrError, match=r"none/a8\.csv"):
        export(change, tmp_path / "none" / "a8.csv", last_list, only_added=False)
    assert not last_list.exists()


@pytest.mark.parametrize("damaged", ["a,b,c\n", "a\n", "a," + "b" * 200_000 + "\n"])
def test_a_damaged_last_list_is_reported_and_kept(site, last_list, damaged):
    last_list.write_text(damaged)
    with pytest.raises(LinkmgrError, match="restore it from a backup, or delete it"):
        a8_change(find_placements(site).placements, last_list)
    assert last_list.read_text() == damaged
