"""The page of a test: what it says, what it warns of, and what is decided there."""

import re
from dataclasses import replace
from html import unescape

import pytest

from linkmgr.catalog.reading.parse import parse_catalog
from tests.admin.conftest import today
from tests.support.variant_tests import VARIANTS, count, variant_test, with_test

EVEN = ((100, 2), (100, 3))
WON = ((200, 2), (200, 12))
OTHER_ITEM = """\
    variants:
      class: {item: bread-class}
"""


@pytest.fixture
def tested(file, engine):
    """Give what begins a test of the newsletter with what was counted, and returns its address."""

    def begin(*days, variants=VARIANTS, by_post=(), more_exact=0, **changes):
        text = with_test(file.read_text(encoding="utf-8"), variants)
        file.write_text(text, encoding="utf-8")
        test = replace(variant_test(text), **changes)
        count(engine, test, today(), *days, by_post=by_post, more_exact=more_exact)
        return f"/admin/tests/{test.test}"

    return begin


def text_of(answer):
    assert answer.status_code == 200
    main = re.sub(r'srcdoc="[^"]*"', "", answer.text.partition("<main")[2])
    return " ".join(unescape(re.sub(r"<[^>]+>", " ", main)).split())


def press(browser, page, variant, **changes):
    """Press a button of the page, which has the revision that it shows."""
    revision = re.search(r'name="revision" value="(\w+)"', browser.get(page).text)[1]
    return browser.post(page, {"variant": variant, "revision": revision} | changes, page=page)


def test_test_that_is_not_decided_says_how_many_clicks_it_takes(admin_client, tested):
    text = text_of(admin_client.get(tested(*[EVEN] * 10)))
    assert "The new wording is ahead. It may still be chance" in text
    assert "would show in about 4 weeks, with some 130 more clicks" in text
    assert "Running for 9 days on 50% of the page views." in text
    assert (
        "The new wording is clicked 1.5× as often as the present wording (likely 0.68–3.48×)"
    ) in text
    assert "What is likely includes 1×" in text
    assert "How often each is shown as set" in text


def test_a_test_without_clicks_says_so(admin_client, tested):
    text = text_of(admin_client.get(tested()))
    assert "No clicks yet." in text
    assert "Keep the present wording" in text


def test_a_test_has_its_page_before_it_is_published(admin_client, file):
    text = with_test(file.read_text(encoding="utf-8"))
    file.write_text(text, encoding="utf-8")
    page = f"/admin/tests/{variant_test(text).test}"
    assert page in admin_client.get("/admin/items/newsletter").text
    text = text_of(admin_client.get(page))
    assert "No clicks yet." in text
    assert "Starts with the next build, on 50% of the page views." in text
    assert "after the next build" in text_of(admin_client.get("/admin/tests"))


def test_a_finished_test_says_that_no_big_difference_was_seen(admin_client, tested):
    text = text_of(admin_client.get(tested(*[((1000, 20), (1000, 20))] * 10)))
    assert "No winner. A difference by half would probably have been seen by now." in text


def test_a_winner_becomes_the_text_in_one_minimal_edit(admin_client, tested, file):
    page = tested(*[WON] * 5)
    before = file.read_text(encoding="utf-8").splitlines()
    text = text_of(admin_client.get(page))
    assert "The new wording wins: “週に一度の手紙”" in text
    assert "clicked 6× as often as the present wording" in text
    assert "(20 is enough)" in text

    answer = press(admin_client, page, "b")

    assert (answer.status_code, answer.headers["Location"]) == (303, "/admin/items/newsletter")
    after = file.read_text(encoding="utf-8").splitlines()
    assert [line for line in after if line not in before] == [
        "    heading: 週に一度の手紙",
        "    label: 読んでみる",
    ]
    assert len(before) - len(after) == len(VARIANTS.splitlines())
    said = text_of(admin_client.get("/admin/items/newsletter"))
    assert "The test of 月に一度のおたより is decided: “週に一度の手紙”. Undo" in said


def test_a_winner_that_is_another_item_takes_place_of_first(admin_client, tested, file):
    page = tested(*[WON] * 5, variants=OTHER_ITEM)
    assert "Show that item instead" in text_of(admin_client.get(page))

    press(admin_client, page, "class")

    item = parse_catalog(file.read_bytes(), "catalog.yaml").ctas["newsletter"]
    assert (item.retired, item.fallback, item.variants) == (True, "bread-class", ())


def test_a_test_can_end_without_a_change_of_the_text(admin_client, tested, file):
    before = file.read_text(encoding="utf-8")
    page = tested(*[EVEN] * 3)

    press(admin_client, page, "")

    assert file.read_text(encoding="utf-8") == with_test(before, "")
    text = text_of(admin_client.get(page))
    assert "Ended; it began on" in text
    assert "Use this wording" not in text
    assert "Keep the present wording" not in text
    assert admin_client.post(page, {"variant": ""}).status_code == 404


def test_nothing_is_decided_over_somebody_elses_edit(admin_client, tested, file):
    page = tested(*[EVEN] * 3)
    before = file.read_text(encoding="utf-8")
    answer = press(admin_client, page, "b", revision="0" * 64)
    assert answer.status_code == 409
    assert "The catalog was changed in the meantime" in answer.text
    assert press(admin_client, page, "c").status_code == 400
    assert file.read_text(encoding="utf-8") == before


def test_by_post_there_are_rates_and_never_a_winner(admin_client, tested):
    page = tested(*[WON] * 9, variants=f"{VARIANTS}    vary-by: post\n")
    text = text_of(admin_client.get(page))
    assert "By post: rates only, and never a winner." in text
    assert "6.0%" in text
    for word in ("better", "wins", "Evidence", "Bayes"):
        assert word not in text


def test_views_that_dont_follow_weights_have_both_reasons_named(admin_client, tested):
    text = text_of(admin_client.get(tested(((3000, 40), (1500, 20)))))
    assert "The wordings are not shown as often as they should be." in text
    assert "from a cache with earlier weights" in text
    assert "or is larger" in text
    assert "How often each is shown not as set" in text


@pytest.mark.parametrize("days", [[WON] * 5, [((900, 9), (300, 40))] * 5], ids=["excess", "uneven"])
def test_a_doubtful_test_names_no_winner_anywhere(admin_client, tested, days):
    lacks_clicks = days[0] == WON
    page = tested(*days, more_exact=-1 if lacks_clicks else 0)
    text = text_of(admin_client.get(page))
    assert "No winner is named" in text
    assert ("its links were clicked only 60 times" in text) == lacks_clicks
    assert "wins" not in text
    assert "wins" not in text_of(admin_client.get("/admin/tests"))
    assert "No verdict: " in text_of(admin_client.get("/admin/tests"))


def test_clicks_for_the_variant_of_the_lower_rate_decide_nothing(admin_client, tested):
    weights = {"original": 9.0, "b": 1.0}
    text = text_of(admin_client.get(tested(((5000, 500), (1600, 120)), weights=weights)))
    assert "No verdict: one variant has more clicks than its share, the other" in text
    assert "Too early" not in text


@pytest.mark.parametrize("variants", [VARIANTS, "    variants: {b: {item: coffee-beans}}\n"])
def test_posts_that_differ_are_told(admin_client, tested, variants):
    posts = [("1" * 16, 90, 10), ("2" * 16, 10, 90)]
    counted = [
        (post, variant, 1000, clicked)
        for post, *both in posts
        for variant, clicked in zip(("original", "b"), both, strict=True)
    ]
    page = tested(((2000, 100), (2000, 100)), variants=variants, by_post=counted)
    assert "Posts differ: " in text_of(admin_client.get(page))


def test_posts_of_one_ratio_are_not_said_to_differ(admin_client, tested):
    counted = [
        (f"{number}" * 16, variant, 1000, clicked)
        for number in range(9)
        for variant, clicked in (("original", 10), ("b", 20))
    ]
    text = text_of(admin_client.get(tested(((9000, 90), (9000, 180)), by_post=counted)))
    assert "Posts differ" not in text


def test_changed_weights_are_listed_by_segment(admin_client, engine, tested, file):
    page = tested(*[EVEN] * 5)
    now = variant_test(file.read_text(encoding="utf-8"))
    earlier = replace(now, key="0" * 8, weights={"original": 3.0, "b": 1.0})
    count(engine, earlier, today(), *[EVEN] * 9)
    text = text_of(admin_client.get(page))
    assert "Weights that it had Segment Present wording New wording 1 3 1 2 1 1" in text
    assert "1,400 28 2.0%" in text


@pytest.mark.parametrize(
    ("days", "changes"),
    [
        pytest.param([EVEN] * 4, {}, id="undecided"),
        pytest.param([WON] * 5, {}, id="won"),
        pytest.param([WON] * 5, {"test": "0" * 16}, id="ended"),
        pytest.param([WON] * 5, {"vary_by": "post"}, id="by-post"),
        pytest.param([((900, 20), (90, 0))], {}, id="uneven"),
        pytest.param([], {}, id="nothing-yet"),
    ],
)
def test_each_state_is_there_in_japanese(admin_client, tested, days, changes):
    page = tested(*days, **changes)
    for address in (page, "/admin/tests", "/admin/items/newsletter", "/admin/items"):
        answer = admin_client.get(address, Accept_Language="ja")
        assert answer.status_code == 200
        assert "テスト" in answer.text


def test_all_tests_are_listed_those_that_run_first(admin_client, engine, tested, file):
    page = tested(*[EVEN] * 2)
    test = variant_test(file.read_text(encoding="utf-8"))
    count(engine, replace(test, test="0" * 16, key="0" * 8, item="gone"), today(), *[WON] * 9)
    text = text_of(admin_client.get("/admin/tests"))
    assert re.search(r"月に一度のおたより .* running gone .* ended$", text)
    assert page in admin_client.get("/admin/tests").text
    gone = text_of(admin_client.get("/admin/tests/" + "0" * 16))
    assert "Items / gone / Tests The new wording wins Ended" in gone


def test_without_tests_the_list_says_where_one_begins(admin_client):
    assert "press Try other words on an item's page" in text_of(admin_client.get("/admin/tests"))
    assert admin_client.get("/admin/tests/" + "0" * 16).status_code == 404
