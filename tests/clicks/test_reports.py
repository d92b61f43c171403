"""A report has the placements that a page's request names, and comes back from its line."""

from datetime import date
from urllib.parse import quote_from_bytes

import pytest
from hypothesis import given
from hypothesis import strategies as st

from linkmgr.clicks.reports import REPORT, Seen, read_report, read_report_line, report_line
from linkmgr.clicks.targets import TAG_SLOT, Target, TargetsOfDay
from linkmgr.store.spool import LONGEST_LINE
from tests.support.clicks import POST, make_targets
from tests.support.store import make_report, make_seen

LAW = Target(
    "https://shop.example/?tag=usual-22",
    shops={"kobo": "https://kobo.example/"},
    tagged={
        "": ("amazon", f"https://shop.example/?tag={TAG_SLOT}"),
        "kobo": ("kobo", f"https://kobo.example/{TAG_SLOT}"),
    },
    tracking={"": "usual-22", "kobo": "k"},
    variants={"0a1b2c3d": {"original": 1.0, "short": 1.0}},
)
TARGETS = make_targets(
    items={"law": LAW, "page": Target("https://tea.example/page/")},
    tags={"amazon": frozenset(["usual-22", "~post-22"]), "kobo": frozenset(["k", "other"])},
)
SERVED = TargetsOfDay.compute(TARGETS, date(2026, 3, 1))


def seen_in(query):
    post, seen = read_report(f"p={POST}&{query}", SERVED)
    assert post == POST
    return list(seen)


def law(views=1, clicked=0, *, rank=1, variant="", tracking="usual-22"):
    return Seen("law", "books", rank, variant, tracking, views, clicked, 0)


@pytest.mark.parametrize(
    ("query", "seen"),
    [
        pytest.param("s=books.1~law", [law()], id="seen"),
        pytest.param("c=books.1~law", [law(1, 1)], id="seen and clicked"),
        pytest.param("k=books.1~law", [law(0, 1)], id="clicked after it was reported"),
        pytest.param(
            "S=books.1~law&C=books.2~law",
            [law()._replace(repeated=1), law(1, 1, rank=2)._replace(repeated=1)],
            id="seen at another place before",
        ),
        pytest.param("s=books.1~law&c=books.2~law", [law(), law(1, 1, rank=2)], id="two places"),
        pytest.param("s=books.1~law&s=books.1~law", [law()], id="twice"),
        pytest.param("s=books.1~law&k=books.1~law", [law(1, 1)], id="seen, and clicked"),
        pytest.param("s=text.3~page", [Seen("page", "text", 3, "", "", 1, 0, 0)], id="in the text"),
        pytest.param("s=books.1~law~0a1b2c3d.short", [law(variant="0a1b2c3d.short")], id="variant"),
        pytest.param("s=books.1~law~~~post-22", [law(tracking="~post-22")], id="tag with a tilde"),
        pytest.param("s=books.1~law~0a1b2c3d.none", [law()], id="no such variant"),
        pytest.param("s=books.1~law~~evil-22", [law()], id="a tag of nobody here"),
        pytest.param("s=books.1~law~~other", [law()], id="the tag of a further shop"),
        pytest.param("s=books.1%7Elaw", [law()], id="encoded"),
        pytest.param("s=books.1~evil&s=books.1~law", [law()], id="an unknown item is left out"),
        pytest.param("s=evil.1~law&s=books.1~law", [law()], id="an unknown block is left out"),
        pytest.param("s=books.101~law", [], id="an impossible rank"),
        pytest.param("s=books.1~law~&s=&s=~&s=books.1&x=1&s", [law()], id="no placements"),
        pytest.param("s=books.1~東", [], id="an item in no known letters"),
        pytest.param("", [], id="nothing"),
    ],
)
def test_a_report_has_the_placements_that_the_catalog_has(query, seen):
    assert seen_in(query.encode().decode("latin-1")) == seen


@pytest.mark.parametrize(
    "query",
    [
        *("", "s=books.1~law", f"p={POST[:-1]}&s=books.1~law", f"p={POST.upper()}"),
        *(f"p={POST}&s=%FF", f"p={POST}&x=%00", f"p={POST}&s=books.1~law\x7f"),
    ],
)
def test_a_report_of_no_post_or_that_is_no_text_is_none(query):
    assert read_report(query, SERVED) is None


@given(st.binary())
def test_no_report_is_an_error(data):
    for text in (data.decode("latin-1"), quote_from_bytes(data), f"s={quote_from_bytes(data)}"):
        assert read_report(f"p={POST}&{text}", SERVED) in {None, (POST, ())}


SEEN = st.builds(
    make_seen,
    item=st.from_regex(r"[a-z0-9-]{1,64}", fullmatch=True),
    block=st.from_regex(r"[a-z0-9-]{1,64}", fullmatch=True),
    rank=st.integers(1, 100),
    variant=st.from_regex(r"([0-9a-f]{8}\.[a-z0-9-]{1,64})?", fullmatch=True),
    tracking=st.from_regex(r"[A-Za-z0-9._~-]{0,100}", fullmatch=True),
).flatmap(
    lambda seen: st.sampled_from(
        [
            *(seen._replace(clicked=n, repeated=m) for n in range(2) for m in range(2)),
            seen._replace(views=0, clicked=1),
        ]
    )
)
REPORTS = st.lists(SEEN, min_size=1, max_size=9).map(lambda seen: make_report(0, *seen))
LINE = report_line(make_report(0, make_seen(), make_seen(rank=2, tracking="tea-22")))


@given(REPORTS)
def test_a_report_comes_back_from_its_line(report):
    line = report_line(report)
    assert line.startswith(REPORT)
    assert line.count(b"\n") == 1
    assert read_report_line(line.removesuffix(b"\n")) == report


@given(st.integers(0, len(LINE) - 2), st.integers(1, 255))
def test_line_with_wrong_byte_or_without_its_end_is_no_report(place, flipped):
    wrong = bytearray(LINE.removesuffix(b"\n"))
    wrong[place] ^= flipped
    assert read_report_line(bytes(wrong)) is None
    assert read_report_line(LINE[:place]) is None


@given(st.binary())
def test_other_bytes_are_no_report(data):
    assert read_report_line(data) is None


@pytest.mark.parametrize(
    "wrong", [{"id": "0" * 31}, {"time": 253_370_764_800_000}, {"seen": ()}, {"visitor": "0"}]
)
def test_a_line_that_no_server_of_ours_writes_is_no_report(wrong):
    line = report_line(make_report()._replace(**wrong))
    assert read_report_line(line.removesuffix(b"\n")) is None


def test_a_report_of_very_many_placements_is_a_line_all_the_same():
    longest = {"item": "i" * 64, "variant": f"0a1b2c3d.{'v' * 64}", "tracking": "t" * 100}
    report = make_report(0, *(make_seen(rank=rank, **longest) for rank in range(1, 101)))
    line = report_line(report)
    assert len(line) < LONGEST_LINE
    seen = read_report_line(line.removesuffix(b"\n")).seen
    assert seen == report.seen[: len(seen)]
    assert len(seen) > 30
