"""Reports of views are taken as clicks are counted: of whom, from where, and at what size."""

from time import time_ns

import pytest

from linkmgr.clicks.reports import Seen, read_report_line
from linkmgr.clicks.request import NotCounted
from tests.support.clicks import POST, SITE, make_targets
from tests.support.wsgi import CHROME, READER, make_server, send

PATH = "/seen/"
PRINTED = f"{PATH}?p={POST}&s=books.1~law&c=cta.2~leaf"


@pytest.fixture
def server():
    return make_server(make_targets(views=True))


def the_report(server):
    (line,) = server.spool.lines
    return read_report_line(line.removesuffix(b"\n"))


def test_a_report_is_written_down_before_it_is_answered(server):
    before = time_ns() // 1_000_000
    reply = send(server, PRINTED, "POST", ORIGIN=SITE, REFERER=f"{SITE}/posts/1?secret=2")
    assert (reply.status, reply.body) == (204, "")
    assert reply.headers["Cache-Control"] == "private, no-store"
    report = the_report(server)
    assert report._replace(id="", time=0) == (
        *("", 0, POST, server.visitors.find(READER, CHROME, SITE)),
        (
            Seen("law", "books", 1, "", "tea-22", 1, 0, 0),
            Seen("leaf", "cta", 2, "", "", 1, 1, 0),
        ),
    )
    assert before <= report.time <= time_ns() // 1_000_000
    counters = server.counters
    assert (counters.reports, counters.spooled_reports, counters.hits, counters.clicks) == (
        1,
        1,
        0,
        0,
    )


def test_without_views_in_the_catalog_there_is_no_such_address():
    server = make_server()
    assert send(server, PRINTED, "POST").body == "the rest: '/seen/'"
    assert server.spool.lines == []


@pytest.mark.parametrize("path", ["/seen", "/seen/law"])
def test_a_report_has_one_address(server, path):
    assert send(server, f"{path}?p={POST}&s=books.1~law", "POST").body.startswith("the rest")


@pytest.mark.parametrize("method", ["GET", "HEAD", "PUT"])
def test_a_report_is_posted(server, method):
    reply = send(server, PRINTED, method)
    assert (reply.status, reply.headers["Allow"]) == (405, "POST, OPTIONS")
    assert (server.spool.lines, server.counters.refused) == ([], 1)


@pytest.mark.parametrize("method", ["POST", "OPTIONS"])
@pytest.mark.parametrize("origin", ["https://evil.example", "null", f"{SITE}.evil.example", ""])
def test_a_report_from_a_site_that_is_not_named_is_refused(server, method, origin):
    reply = send(server, PRINTED, method, ORIGIN=origin)
    assert reply.status == 403
    assert "Access-Control-Allow-Origin" not in reply.headers
    assert server.spool.lines == []


def test_a_preflight_says_how_reports_are_sent(server):
    headers = send(server, PRINTED, "OPTIONS", ORIGIN=SITE).headers
    assert headers["Access-Control-Allow-Methods"] == "POST"
    assert headers["Access-Control-Allow-Origin"] == SITE
    assert server.spool.lines == []


@pytest.mark.parametrize(
    "query",
    [
        *("", "s=books.1~law", f"p={POST}0&s=books.1~law", f"p={POST}&s=%FF", f"p={POST}&s=%00"),
        f"p={POST}" + "&s=books.1~law" * 150,
    ],
    ids=["nothing", "no post", "no such post", "not UTF-8", "a control character", "too long"],
)
def test_a_report_that_makes_no_sense_is_refused(server, query):
    assert send(server, f"{PATH}?{query}", "POST").status == 400
    assert (server.spool.lines, server.counters.refused, server.counters.reports) == ([], 1, 0)


@pytest.mark.parametrize(
    ("query", "items"),
    [
        ("s=books.1~evil&s=books.1~law&s=evil.1~law&s=books.101~law", ["law"]),
        ("s=books.1~evil", []),
        ("", []),
    ],
)
def test_what_catalog_does_not_know_is_left_out_and_rest_counts(server, query, items):
    assert send(server, f"{PATH}?p={POST}&{query}", "POST").status == 204
    assert [
        seen.item for line in server.spool.lines for seen in read_report_line(line[:-1]).seen
    ] == items
    assert server.counters.spooled_reports == bool(items)


@pytest.mark.parametrize(
    ("headers", "reason"),
    [
        ({"SEC_GPC": "1"}, NotCounted.PRIVACY),
        ({"DNT": "1"}, NotCounted.PRIVACY),
        ({"COOKIE": "a=b; linkmgr_optout=1"}, NotCounted.OPTED_OUT),
        ({"SEC_PURPOSE": "prefetch;prerender"}, NotCounted.PREFETCH),
        ({"USER_AGENT": "curl/8.14.1"}, NotCounted.BOT),
        ({"USER_AGENT": ""}, NotCounted.BOT),
    ],
)
def test_a_report_by_an_uncounted_reader_is_not_written_down(server, headers, reason):
    assert send(server, PRINTED, "POST", **headers).status == 204
    assert server.spool.lines == []
    assert server.counters.not_counted == dict.fromkeys(NotCounted, 0) | {reason: 1}
    assert (server.counters.reports, server.counters.spooled_reports) == (1, 0)


def test_a_report_that_the_spool_refuses_is_lost_and_answered(server):
    server.spool.full = True
    assert send(server, PRINTED, "POST").status == 204
    counters = server.counters
    assert (counters.lost_reports, counters.spooled_reports, counters.lost) == (1, 0, 0)
    assert counters.last_lost > 0
