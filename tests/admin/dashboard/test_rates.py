"""Rates stand where the clicks are: on the pages of items, posts and tags, from reports alone."""

import re
from datetime import timedelta
from html import unescape

import pytest

from linkmgr.admin.dashboard.wording import rate_cell
from linkmgr.blocks.include import post_key
from linkmgr.clicks.periods import last_days
from linkmgr.figures.queries import Reading
from linkmgr.figures.rates import rate_of
from linkmgr.figures.table import Query, table, with_comparisons
from linkmgr.messages.message import translate
from linkmgr.store.db.engine import writing
from linkmgr.store.db.models import ViewRow
from tests.admin.conftest import today
from tests.support.store import add_totals

WATERING = post_key("_posts/2025-06-21-a-script-for-the-watering-can.md")


def text_of(answer):
    return unescape(" ".join(re.sub(r"<[^>]+>", " ", answer.text).split()))


def card(answer, name):
    """Return the words of a card by the id of its heading."""
    found = re.search(
        rf'<section[^>]* aria-labelledby="{name}">.*?</section>', answer.text, re.DOTALL
    )
    return unescape(" ".join(re.sub(r"<[^>]+>", " ", found[0]).split()))


def test_an_items_page_has_its_rate_by_post_and_by_place(demo):
    answer = demo.get("/admin/items/balcony-garden")
    text = text_of(answer)
    assert re.search(r"Views [0-9,]+ ", text)
    assert re.search(r"Click rate \d\.\d% .*?likely \d\.\d–\d\.\d%", text)
    rate = r"(\d\.\d%|\d+–\d+%|– too few clicks to say: \d\.\d–\d+\.\d%)"
    post = rf"An eleven-line script for the watering can \d+ {rate}"
    assert re.search(post, card(answer, "places"))
    assert re.search(r"books, place 2 [0-9,]+ \d\.\d%", card(answer, "by-place"))


def test_an_item_is_compared_at_its_places_in_one_sentence(demo):
    found = card(demo.get("/admin/items/kitchen-coffee"), "by-place")
    assert re.search(
        r"Clicked \d\.\d\d times as often per view as other items at the same places "
        r"\(95%: \d\.\d\d to \d\.\d\d\)\.$",
        found,
    )


def test_an_items_page_compares_it_in_the_days_of_linkmgr_stats(stranger, engine):
    place = {"post": WATERING, "block": "books", "rank": 1, "variant": "", "tracking": ""}
    clicked = {("slow-loaf", 1): 50, ("kitchen-python", 1): 50, ("slow-loaf", 0): 100}
    rows = [
        {**place, "item": item, "day": today() - timedelta(ago), "views": 1000, "clicked": clicks}
        for (item, ago), clicks in clicked.items()
    ]
    counted = {"clicks": 0, "visitors": 0, "bots": 0, "views": 1000, "clicked": 100}
    values = {"all": "", "item": "slow-loaf"}
    totals = [
        {"dimension": of, "value": value, "day": today(), **counted} for of, value in values.items()
    ]
    with writing(engine) as connection:
        connection.execute(ViewRow.__table__.insert(), rows)
        add_totals(connection, totals)
        reading = Reading(connection)
        query = Query(period=last_days(30, today()), timezone="UTC")
        items = with_comparisons(reading, table(reading, query))
    sentence = translate(items.compared["slow-loaf"].sentence())
    stranger.sign_in(engine)
    assert sentence in card(stranger.get("/admin/items/slow-loaf"), "by-place")


def test_a_posts_page_has_the_rate_of_each_place_and_its_item(demo):
    answer = demo.get(f"/admin/posts/{WATERING}")
    assert re.search(r"Small Gardens, Small Code books 1 · \d\.\d% clicked", card(answer, "shown"))
    places = card(answer, "by-place")
    assert re.search(r"cta, place 1 \d+ \d\.\d%", places)
    assert re.search(r"books, place 3 \d+ \d+–\d+% ", places)


def test_a_tag_has_the_views_and_the_rate_of_its_posts(demo):
    row = re.search(r">everyday</a>.*?</tr>", demo.get("/admin/tags").text, re.DOTALL)[0]
    cells = re.findall(r'<td class="num[^>]*>(?:<span[^>]*>)?([^<]+)<', row)
    assert [re.sub(r"\d+", "0", cell) for cell in cells] == ["0,0", "0", "0.0%"]


def test_without_views_these_pages_say_nothing_of_them(admin_client):
    for path in ("/admin/items/kitchen-coffee", "/admin/tags"):
        text = admin_client.get(path).text
        assert "Click rate" not in text
        assert ">Views<" not in text


@pytest.mark.parametrize(
    ("clicked", "views", "written"),
    [(49, 1000, "4.9%"), (4, 100, "1–10%"), (3, 60, "–"), (0, 900, "0–1%"), (0, 3, "–")],
)
def test_few_clicks_have_the_interval_of_their_rate(demo_app, clicked, views, written):
    with demo_app.test_request_context(headers={"Accept-Language": "en"}):
        cell = rate_cell(rate_of(clicked, views))
    assert re.sub(r"<span class=.sr.*?</span>|<[^>]+>", "", cell) == written


@pytest.mark.parametrize(
    ("now", "before", "tone"),
    [(120, 100, "muted"), (200, 100, "up"), (100, 200, "down"), (3, 0, "muted"), (9, 0, "up")],
)
def test_a_change_that_may_be_chance_has_no_colour(demo_app, now, before, tone):
    with demo_app.test_request_context():
        macros = demo_app.jinja_env.get_template("common/macros.html").module
        assert f'<span class="{tone}">' in macros.change(now, before)
