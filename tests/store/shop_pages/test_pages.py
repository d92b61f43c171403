"""What is known of shop pages lasts, look by look."""

from dataclasses import replace

import pytest

from linkmgr.check.online import DAY, Answer, Look, PageState, ShopPage
from linkmgr.store.shop_pages import ShopPages, find_page

KETTLE = ShopPage("https://shop.example/kettle", place="a.html", places=2)
TEAPOT = ShopPage("https://shop.example/teapot", place="catalog.yaml", places=1)
NOW = 1_700_000_000_000


@pytest.fixture
def pages(engine):
    return ShopPages(engine)


def test_pages_are_those_that_the_site_links_to_now(pages):
    pages.note_links([KETTLE, TEAPOT], NOW)
    assert [*pages.linked()] == [KETTLE, TEAPOT]
    moved = replace(KETTLE, place="b.html", places=1)
    pages.note_links([moved], NOW + 1)
    assert [*pages.linked()] == [moved]


def test_a_look_is_kept_whatever_the_site_links_to_later(pages):
    pages.note_links([KETTLE], NOW)
    look = Look(Answer.GONE, 404, "https://shop.example/none")
    pages.record_look(KETTLE.url, look, NOW)
    pages.note_links([TEAPOT], NOW + 1)
    pages.note_links([KETTLE], NOW + 2)
    assert [*pages.linked()] == [KETTLE.after(look, NOW)]


def test_page_that_no_link_leads_to_is_forgotten_after_season(pages, engine):
    pages.note_links([KETTLE], NOW)
    pages.note_links([TEAPOT], NOW + 90 * DAY)
    with engine.connect() as connection:
        assert find_page(connection, KETTLE.url) is not None
    pages.note_links([TEAPOT], NOW + 91 * DAY)
    with engine.connect() as connection:
        assert find_page(connection, KETTLE.url) is None


def test_a_false_alarm_is_dismissed_while_another_look_goes_on(pages):
    pages.note_links([KETTLE], NOW)
    assert not pages.dismiss(KETTLE.url)
    pages.record_look(KETTLE.url, Look(Answer.HOME, 200), NOW)
    assert pages.dismiss(KETTLE.url)
    assert not pages.dismiss(KETTLE.url)
    pages.record_look(KETTLE.url, Look(Answer.HOME, 200), NOW + DAY)
    (page,) = pages.linked()
    assert (page.state, page.is_reported) == (PageState.DEAD, False)


@pytest.mark.parametrize("answer", Answer)
def test_every_answer_fits_into_the_table(pages, answer):
    pages.note_links([KETTLE], NOW)
    pages.record_look(KETTLE.url, Look(answer, 599, "https://shop.example/" + "x" * 3000), NOW)
    (page,) = pages.linked()
    assert (page.answer, len(page.target)) == (answer, 2000)


def test_places_that_are_too_long_are_cut(pages):
    pages.note_links([replace(KETTLE, place="x" * 400)], NOW)
    assert pages.linked()[0].place == "x" * 300
