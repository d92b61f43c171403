"""A waiver in the catalog keeps `check` from reporting what is meant so, until its last day."""

from datetime import UTC, date, datetime

import pytest

from linkmgr.catalog.model import Waiver
from linkmgr.check.findings import (
    DEAD_LINK,
    EXPIRED_WAIVER,
    NO_LABEL,
    UNUSED_WAIVER,
    Finding,
    Waivers,
)
from linkmgr.check.run import check
from linkmgr.messages.errors import Location
from linkmgr.messages.message import translate
from tests.support.builds import NOW, built, post, write_blog
from tests.support.cli import run

TODAY = date(2026, 3, 15)
PLACE = Location("catalog.yaml", 9, "waivers[1]")
FOUND = Finding(DEAD_LINK, "/shop/?a=[1]", "a/index.html", Location("blog/_posts/a.md", 3))


def waivers(code="dead-link", until=TODAY, **over):
    return Waivers([(Waiver(code, "moving", until, **over), PLACE)], TODAY, "blog")


@pytest.mark.parametrize(
    "narrowed",
    [
        {},
        {"link": "/shop/*"},
        {"link": "/shop/?a=[1]"},
        {"link": "*a=*"},
        {"page": "a/*"},
        {"page": "_posts/*"},
        {"page": "_posts/a.md", "link": "*"},
    ],
)
def test_a_finding_that_fits_is_left_out_and_counted(narrowed):
    found = waivers(**narrowed)
    assert FOUND not in [*found.left([FOUND, FOUND._replace(page="b/index.html")])]
    assert found.waived == 1
    assert [*found.findings()] == []


@pytest.mark.parametrize(
    "narrowed",
    [
        {"code": "no-label"},
        {"link": "/shop/"},
        {"link": "/shop/.a=.1."},
        {"page": "a/"},
        {"page": "blog/_posts/*"},
        {"page": "_posts/*", "link": "/other/*"},
    ],
)
def test_a_waiver_that_fits_nothing_is_reported_itself(narrowed):
    found = waivers(**narrowed)
    assert [*found.left([FOUND])] == [FOUND]
    (unused,) = found.findings()
    assert (unused.code, unused.source, unused.detail) == (UNUSED_WAIVER, PLACE, None)


def test_an_expired_waiver_is_reported_with_what_it_was_for():
    found = waivers(until=date(2026, 3, 14), link="/shop/*")
    assert [*found.left([FOUND])] == [FOUND]
    (ended,) = found.findings()
    assert (ended.code, ended.what, ended.source) == (EXPIRED_WAIVER, "dead-link /shop/*", PLACE)
    assert translate(ended.detail, "en") == "until 2026-03-14: moving"


@pytest.mark.parametrize(
    ("code", "said"),
    [
        ("ded-link", "there is no code ded-link; did you mean dead-link?"),
        ("zzz", "there is no code zzz"),
    ],
)
def test_a_waiver_of_an_unknown_code_says_so(code, said):
    (unused,) = waivers(code).findings()
    assert translate(unused.detail, "en") == said


@pytest.mark.parametrize(
    ("pattern", "fits"),
    [("/a*b*c", True), ("*b*b*", False), ("/a*", True), ("/ab", False), ("*a*b*c*", True)],
)
def test_a_star_of_a_waiver_stands_for_any_text(pattern, fits):
    found = [Finding(NO_LABEL, "/abc", "a", Location("a.md", 2))]
    assert [*waivers("no-label", link=pattern).left(found)] == ([] if fits else found)


def test_a_waiver_of_many_stars_is_compared_at_once():
    found = [Finding(NO_LABEL, "a" * 2_000, "a", Location("a.md", 2))]
    assert [*waivers("no-label", link="*a" * 12 + "*b").left(found)] == found


def test_of_a_template_only_the_pages_named_are_waived():
    pages = [Finding(NO_LABEL, "/x", page, Location("_layouts/a.html", 2)) for page in "ab"]
    found = waivers("no-label", page="a")
    assert [*found.left(pages)] == pages[1:]


def test_command_counts_what_is_waived_and_names_waivers_line(tmp_path):
    entry = {"code": "dead-link", "reason": "moving", "until": "2026-03-15"}
    site = write_blog(
        tmp_path / "site",
        {"_posts/2026-01-01-green.md": post("Green leaves", ["tea", "bread"], body="[tea](/no/)")},
        catalog={"waivers": [entry | {"link": "/no/"}, entry | {"link": "/nowhere/"}]},
    )
    built(site)
    page = site / "_site/2026/01/01/green/index.html"
    page.parent.mkdir(parents=True)
    page.write_text('<a href="/no/">tea</a><section class="linkmgr linkmgr-books"></section>')
    found = check(site, now=NOW)
    (unused,) = (each for each in found.findings if each.code == UNUSED_WAIVER)
    line = (site / "catalog.yaml").read_text().splitlines()[unused.source.line - 1]
    assert (found.waived, unused.what, line) == (1, "dead-link /nowhere/", "- code: dead-link")
    assert unused.source.key == "waivers[2]"
    later = check(site, now=datetime(2026, 3, 15, 15, 1, tzinfo=UTC))  # the next day in Tokyo
    assert later.waived == 0
    done = run("check", "--site", site)
    assert done.code == 1
    assert "catalog.yaml:" in done.out
