"""What begins and ends: what the build of each day shows, and what `check` says of an older one."""

import os
import re
from datetime import UTC, date, datetime

import pytest

from linkmgr.check.run import check
from linkmgr.messages.message import translate
from tests.support.builds import FRAGMENTS, built, post, write_blog

SALE = {"name": "Spring sale", "from": "2026-03-18 20:00", "until": "2026-03-19 23:59"}
CATALOG = {
    "programmes": {
        "amazon": {"tag": "ours-20"},
        "a8": {"name": "A shop", "url": "https://shop.example/?u={url}", "sales": [SALE]},
    },
    "products": {
        "slim": {
            "title": "Slim kettle",
            "asin": "B0EXAMPLE6",
            "shops": [
                {
                    "programme": "a8",
                    "url": "https://maker.example/slim",
                    "price": "$9",
                    "price-at": "2026-02-20",
                }
            ],
        },
        "steel": {"title": "Steel pot", "asin": "B0EXAMPLE7"},
        "enamel": {"title": "Enamel pot", "asin": "B0EXAMPLE8", "valid-until": "2026-03-20"},
    },
    "comparisons": {"kettles": {"items": ["slim", "enamel", "steel"]}},
}
POST = "_posts/2026-01-01-kettles.md"
ALL, TWO = ["Slim kettle", "Enamel pot", "Steel pot"], ["Slim kettle", "Steel pot"]


@pytest.mark.parametrize(
    ("day", "shown", "due"),
    [
        (17, [None, "$9", *ALL], 18),
        (18, ["Spring sale", "$9", *ALL], 20),
        (19, ["Spring sale", "$9", *ALL], 20),
        (20, [None, "$9", *ALL], 21),
        (21, [None, "$9", *TWO], 23),
        (22, [None, "$9", *TWO], 23),
        (23, [None, None, *TWO], None),
    ],
)
def test_a_day_shows_what_is_on_and_a_check_what_was_missed(tmp_path, day, shown, due):
    body = '{% include linkmgr.html compare="kettles" %}'
    root = write_blog(tmp_path, {POST: post("Kettles", [], body=body)}, catalog=CATALOG)
    result = built(root, now=noon(day))
    (fragment,) = (root / FRAGMENTS).glob("[0-9a-f]*.html")
    html = fragment.read_text()
    titles = re.findall(r'class="linkmgr-title"><a [^>]*>([^<]*)<', html)
    assert [only(r'linkmgr-sale"><b>([^<]*)<', html), only(r'-price"><b>([^<]*)<', html)] == shown[
        :2
    ]
    assert titles == shown[2:]
    assert result.due == (due and date(2026, 3, due))

    page = root / "_site/2026/01/01/kettles/index.html"
    page.parent.mkdir(parents=True)
    page.write_text(html)
    os.utime(page, (noon(day).timestamp(),) * 2)
    assert outdated(root, day) == []
    if due:
        said = [f"built on 2026-03-{day}, and due again since 2026-03-{due}"]
        assert outdated(root, due - 1) == []
        assert outdated(root, due) == said
        assert outdated(root, 30) == said


def noon(day):
    return datetime(2026, 3, day, 3, tzinfo=UTC)  # in Tokyo


def only(pattern, html):
    """Return what is shown once or not at all."""
    (one,) = re.findall(pattern, html) or [None]
    return one


def outdated(root, day):
    """Return what a check on a day says of the age of the pages."""
    findings = check(root, now=noon(day)).findings
    return [translate(one.detail, "en") for one in findings if one.code.name == "outdated"]
