"""Views in a real browser: what readers' pages report as seen, when, and of whom."""

import pytest
from selenium.webdriver import ActionChains, Keys

from tests.support.beacon_browser import KEY, POT, TEA, Viewer
from tests.support.servers import wait_for

pytestmark = pytest.mark.browser

# A screen of nothing, so that one must scroll to what follows.
SCREEN = '<div style="height: 100vh"></div>'


@pytest.fixture
def viewer(chrome, blog, counter):
    viewer = Viewer(chrome, blog, counter)
    yield viewer
    viewer.leave()


@pytest.mark.smoke
def test_what_is_in_view_for_a_second_is_reported_once(viewer):
    viewer.open()
    viewer.wait_until_seen(TEA, POT)
    assert viewer.reports() == []

    viewer.go_away()
    assert viewer.reports() == [(KEY, ("s", TEA), ("s", POT))]


def test_what_is_scrolled_past_is_not_seen(viewer):
    style = "<style>.linkmgr-card { margin-bottom: 200vh }</style>"
    viewer.open(head=SCREEN + style)
    viewer.run("""
        const [tea, pot] = document.querySelectorAll(".linkmgr-card");
        tea.scrollIntoView();
        requestAnimationFrame(() => requestAnimationFrame(() => pot.scrollIntoView()));
    """)
    viewer.wait_until_seen(POT)
    viewer.go_away()

    assert viewer.reports() == [(KEY, ("s", POT))]


CARD = """<style>
.linkmgr-card {{ position: fixed; top: 0; width: {}px; height: {}px; left: {}px }}
</style>"""


# The shares that are settings, and those of large items: tests/blocks/test_script.py.
@pytest.mark.parametrize(("left", "seen"), [(-90, True), (-110, False)])
def test_half_of_an_item_must_be_in_view(viewer, left, seen):
    viewer.open(head=CARD.format(200, 100, left))
    if seen:
        viewer.wait_until_seen(TEA)
    else:
        viewer.wait_a_while()
        assert viewer.log() == []


def test_an_item_too_tall_is_seen_once_it_fills_the_screen(viewer):
    viewer.open(head=f"{SCREEN}<style>.linkmgr-card {{ height: 500vh }}</style>")
    viewer.run("scrollTo(0, innerHeight / 2)")
    viewer.wait_a_while()
    assert f"view of {TEA}" not in viewer.log()

    viewer.run("scrollTo(0, innerHeight * 2)")
    viewer.wait_until_seen(TEA)


def test_an_item_that_is_not_displayed_is_not_seen(viewer):
    viewer.open(head="<style>.linkmgr-card:first-child { display: none }</style>")
    viewer.wait_until_seen(POT)

    assert f"view of {TEA}" not in viewer.log()


def test_a_background_page_begins_to_count_when_shown(viewer):
    viewer.open("/posts")
    held = ActionChains(viewer.chrome).key_down(Keys.CONTROL)
    held.click(viewer.find("#post")).key_up(Keys.CONTROL).perform()
    wait_for(lambda: len(viewer.chrome.window_handles) == 2)
    viewer.wait_a_while()

    viewer.return_from(viewer.chrome.window_handles[1])
    viewer.wait_until_seen(TEA)
    first, *_ = (each for each in viewer.log() if each in ("visibilitychange", f"view of {TEA}"))
    assert first == "visibilitychange"
    assert viewer.reports() == []


def test_in_a_hidden_tab_the_second_stops_and_begins_anew(viewer):
    viewer.open(site=", view-seconds: 4")
    window = viewer.chrome.current_window_handle
    viewer.hide()
    for _ in range(3):
        viewer.wait_a_while()
    viewer.return_from(window)
    viewer.wait_until_seen(TEA, POT)

    assert viewer.log()[-4:] == [*["visibilitychange"] * 2, f"view of {TEA}", f"view of {POT}"]


def test_a_hidden_page_reports_and_later_only_what_is_new(viewer):
    viewer.open(head="<style>.linkmgr-card { margin-bottom: 200vh }</style>")
    viewer.stay()
    window = viewer.chrome.current_window_handle
    viewer.wait_until_seen(TEA)
    viewer.hide()
    assert viewer.reports() == [(KEY, ("s", TEA))]

    viewer.return_from(window)
    viewer.link().click()
    viewer.run("document.querySelectorAll('.linkmgr-card')[1].scrollIntoView()")
    viewer.wait_until_seen(POT)
    viewer.go_away()
    assert viewer.reports()[1:] == [(KEY, ("k", TEA), ("s", POT))]


def test_page_that_is_loaded_ahead_counts_from_when_it_is_shown(viewer, blog):
    before = blog.prerendered
    viewer.open("/posts")
    wait_for(lambda: blog.prerendered > before)
    viewer.wait_a_while()
    assert viewer.reports() == []

    viewer.find("#post").click()
    wait_for(lambda: viewer.run("return location.pathname") == "/post")
    viewer.wait_until_seen(TEA, POT)
    assert viewer.log()[-3:] == ["prerenderingchange", f"view of {TEA}", f"view of {POT}"]
    viewer.go_away()
    assert viewer.reports() == [(KEY, ("s", TEA), ("s", POT))]


def test_a_return_by_the_back_button_is_the_same_view(viewer):
    viewer.open()
    viewer.wait_until_seen(TEA, POT)
    viewer.link().click()
    wait_for(lambda: viewer.run("return location.pathname") == "/shop")
    viewer.go_back()
    viewer.wait_a_while()
    viewer.link().click()
    wait_for(lambda: viewer.run("return location.pathname") == "/shop")

    assert viewer.reports() == [(KEY, ("c", TEA), ("s", POT))]
    assert [hit.path for hit in viewer.hits()].count("/hit/tea") == 2


def test_after_a_return_by_back_button_what_is_new_is_reported(viewer):
    viewer.open()
    viewer.go_away()
    viewer.go_back()
    viewer.wait_until_seen(TEA, POT)
    viewer.go_away()

    assert viewer.reports() == [(KEY, ("s", TEA), ("s", POT))]


def test_a_page_whose_tab_is_closed_reports(viewer):
    viewer.open("/shop")
    window = viewer.chrome.current_window_handle
    viewer.chrome.switch_to.new_window("tab")
    viewer.chrome.get(f"{viewer.origin}/post")
    viewer.wait_until_seen(TEA, POT)
    viewer.chrome.close()
    viewer.chrome.switch_to.window(window)

    assert viewer.reports() == [(KEY, ("s", TEA), ("s", POT))]


def test_a_click_is_a_view_however_short(viewer):
    viewer.open(site=", view-seconds: 60")
    viewer.run("arguments[0].click()", viewer.link())
    wait_for(lambda: viewer.run("return location.pathname") == "/shop")

    assert viewer.reports() == [(KEY, ("c", TEA))]


@pytest.mark.parametrize(
    "way", ["document.cookie = 'linkmgr_optout=1'", "localStorage.linkmgr_optout = '1'"]
)
def test_of_who_opted_out_nothing_is_reported_nor_told(viewer, way):
    viewer.open("/shop")
    viewer.run(way)
    viewer.chrome.get(f"{viewer.origin}/post")
    viewer.stay()
    viewer.wait_a_while()
    viewer.link().click()
    log = viewer.log()
    viewer.go_away()

    assert log == []
    assert viewer.hits() == []


@pytest.mark.parametrize(
    ("name", "value"), [("globalPrivacyControl", "true"), ("doNotTrack", "'1'")]
)
@pytest.mark.parametrize("respect", ["true", "false"])
def test_a_privacy_signal_is_heeded_if_the_catalog_says_so(viewer, name, value, respect):
    viewer.tell_browser(
        f"Object.defineProperty(Navigator.prototype, '{name}', {{get: () => {value}}})"
    )
    viewer.open(respect=respect)
    if respect == "true":
        viewer.wait_a_while()
        assert viewer.log() == []
    else:
        viewer.wait_until_seen(TEA, POT)
    viewer.go_away()

    assert viewer.reports() == ([] if respect == "true" else [(KEY, ("s", TEA), ("s", POT))])


def test_without_events_pages_are_told_nothing(viewer):
    viewer.open(events="false")
    viewer.stay()
    viewer.link().click()
    log = viewer.log()
    viewer.go_away()

    assert log == []
    assert viewer.reports()[0][:2] == (KEY, ("c", TEA))


def test_a_script_that_is_there_twice_reports_once(viewer):
    viewer.open(scripts=2)
    viewer.wait_until_seen(TEA, POT)
    viewer.go_away()

    assert viewer.reports() == [(KEY, ("s", TEA), ("s", POT))]


# Pages of other shapes: their links are written by hand, as blocks print them.


def link_to(counter, item, place, *, post=KEY, more=""):
    url = f"{counter.origin}/hit/{item}?p={post}&b={place}{more}"
    return f'<a class="own" href="/shop" data-linkmgr-hit="{url}">{item}</a>'


def test_redirected_link_has_views_and_its_click_is_one_of_them(viewer, counter):
    url = f"{counter.origin}/go/tea?p={KEY}&b=text.1"
    viewer.open(head=f'<a class="own" href="{url}">tea</a>', site=", view-seconds: 60")
    viewer.stay()
    viewer.find(".own").click()
    viewer.go_away()

    assert viewer.reports() == [(KEY, ("c", "text.1~tea"))]
    assert {hit.path for hit in viewer.hits()} == {"/seen/"}


def test_shops_of_a_card_are_one_placement_with_tag_of_first(viewer, counter):
    links = [link_to(counter, "tea", "more.1", more=more) for more in ("&t=a-22", "&s=shop&t=b-22")]
    viewer.open(head=f'<div class="linkmgr-card">{"".join(links)}</div>')
    viewer.stay()
    viewer.wait_until_seen("more.1~tea")
    viewer.run("document.querySelectorAll('.own')[1].click()")
    viewer.go_away()

    assert viewer.reports()[0][1] == ("c", "more.1~tea~~a-22")


def test_items_in_one_card_of_a_template_count_singly(viewer, counter):
    links = [link_to(counter, "tea", "own.1"), link_to(counter, "pot", "own.2")]
    viewer.open(head=f'<div class="linkmgr-card">{"".join(links)}</div>')
    viewer.stay()
    viewer.wait_until_seen("own.1~tea", "own.2~pot")
    viewer.run("document.querySelectorAll('.own')[1].click()")
    viewer.go_away()

    assert viewer.reports()[0][1:3] == (("s", "own.1~tea"), ("c", "own.2~pot"))


def test_the_posts_of_a_page_are_reported_each(viewer, counter):
    others = [link_to(counter, "tea", "cta.1", post=post * 16) for post in "ab"]
    viewer.open(head="".join(others))
    viewer.wait_until_seen(TEA, "cta.1~tea")
    viewer.go_away()

    wait_for(lambda: len(viewer.reports()) == 3)
    assert sorted(viewer.reports()) == [  # they may overtake each other
        (KEY, ("s", TEA), ("s", POT)),
        ("a" * 16, ("s", "cta.1~tea")),
        ("b" * 16, ("s", "cta.1~tea")),
    ]


def test_a_long_report_is_split_between_placements(viewer, counter):
    items = [f"{'long-name-' * 6}{n}" for n in range(60)]
    links = [link_to(counter, item, f"list.{n}") for n, item in enumerate(items, 1)]
    viewer.open(head=f'<div style="font-size: 4px">{" ".join(links)}</div>')
    tokens = [f"list.{n}~{item}" for n, item in enumerate(items, 1)]
    viewer.wait_until_seen(*tokens, TEA, POT)
    viewer.go_away()

    def reported():
        return [pair for _, *pairs in viewer.reports() for pair in pairs]

    wait_for(lambda: len(reported()) == len(tokens) + 2)
    assert sorted(reported()) == sorted(("s", token) for token in (*tokens, TEA, POT))
    assert len(viewer.reports()) > 1
    sizes = [len(hit.path) + 1 + len(hit.query) for hit in viewer.hits() if hit.path == "/seen/"]
    assert max(sizes) <= 2000


def test_what_comes_into_the_page_later_is_counted(viewer, counter):
    viewer.open()
    viewer.run(
        "document.body.insertAdjacentHTML('afterbegin', arguments[0])",
        link_to(counter, "tea", "late.1"),
    )
    viewer.wait_until_seen("late.1~tea", TEA, POT)
    viewer.go_away()

    assert viewer.reports() == [(KEY, ("s", TEA), ("s", POT), ("s", "late.1~tea"))]


def test_a_page_view_counts_one_click_of_a_variant(viewer, counter):
    variant = "&v=0123abcd.short"
    head = [link_to(counter, "tea", f"cta.{n}", more=variant) for n in (1, 2)]
    viewer.open(head="".join(head))
    viewer.stay()
    viewer.wait_until_seen("cta.1~tea", "cta.2~tea", TEA, POT)
    for link in viewer.run("return document.querySelectorAll('.own')"):
        link.click()
    viewer.go_away()

    (report,) = viewer.reports()
    assert report[1:3] == (
        ("c", "cta.1~tea~0123abcd.short"),
        ("S", "cta.2~tea~0123abcd.short"),
    )


def test_a_page_view_counts_one_view_of_a_variant(viewer, counter):
    here, there, elsewhere = (f"cta.{n}~tea~0123abcd.short" for n in (1, 2, 3))
    links = [link_to(counter, "tea", f"cta.{n}", more="&v=0123abcd.short") for n in (1, 2, 3)]
    viewer.open(head=links[0])
    viewer.stay()
    window = viewer.chrome.current_window_handle
    viewer.wait_until_seen(TEA, POT)
    viewer.hide()
    viewer.return_from(window)
    viewer.run("document.body.insertAdjacentHTML('afterbegin', arguments[0])", "".join(links[1:]))
    viewer.wait_until_seen("cta.2~tea", "cta.3~tea")
    viewer.run("document.querySelectorAll('.own')[1].click()")
    viewer.go_away()

    first, second = viewer.reports()
    assert first == (KEY, ("s", here), ("s", TEA), ("s", POT))
    assert sorted(second[1:]) == [("C", elsewhere), ("S", there)]


@pytest.mark.parametrize(("drawn", "variant"), [(0.1, "original"), (0.9, "hot")])
def test_what_a_page_chose_of_a_test_is_what_it_reports(viewer, drawn, variant):
    viewer.tell_browser(f"Math.random = () => {drawn}")
    viewer.open(tea=", variants: {hot: {blurb: Hot}}")
    viewer.stay()
    viewer.link().click()
    viewer.wait_until_seen(POT)

    [click] = viewer.counted()
    assert click.variant.partition(".")[2] == variant
    viewer.go_away()
    assert viewer.reports() == [(KEY, ("c", f"{TEA}~{click.variant}"), ("s", POT))]


def test_pages_are_told_the_item_its_place_and_its_variant(viewer, counter):
    own = link_to(counter, "tea", "cta.1", more="&v=0123abcd.short")
    viewer.open(head=own, site=", view-seconds: 60")
    viewer.stay()
    viewer.run(
        "window.told = []; for (const type of ['linkmgr:view', 'linkmgr:click'])"
        "document.addEventListener(type, event => told.push([event.type, event.detail]))"
    )
    viewer.find(".own").click()

    detail = {"item": "tea", "block": "cta", "rank": 1, "post": KEY, "variant": "short"}
    assert viewer.run("return told") == [["linkmgr:view", detail], ["linkmgr:click", detail]]


def test_links_without_a_place_have_no_views(viewer, counter):
    viewer.open(head=f'<a class="own" href="{counter.origin}/go/tea?utm_source=letter">tea</a>')
    viewer.stay()
    viewer.find(".own").click()
    viewer.wait_until_seen(TEA, POT)
    viewer.go_away()

    assert viewer.reports() == [(KEY, ("s", TEA), ("s", POT))]


SHIFTS = """
const shifts = [];
new PerformanceObserver(list => shifts.push(...list.getEntries().map(shift => shift.value)))
  .observe({type: "layout-shift", buffered: true});
setTimeout(arguments[0], 200, shifts);
"""


def test_counting_views_moves_nothing_on_page_and_fails_nowhere(viewer):
    viewer.chrome.get_log("browser")
    viewer.open(head=SCREEN)
    viewer.run("scrollTo(0, innerHeight)")
    viewer.wait_until_seen(TEA, POT)

    assert viewer.chrome.execute_async_script(SHIFTS) == []
    assert [each for each in viewer.chrome.get_log("browser") if each["level"] == "SEVERE"] == []
    viewer.run("document.querySelector('.linkmgr-card').style.marginLeft = '99px'")
    assert viewer.chrome.execute_async_script(SHIFTS) != [], "the browser tells of shifts"
