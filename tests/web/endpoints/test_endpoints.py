"""Each rule of the endpoints, in a request that follows or breaks it."""

import re
from datetime import timedelta
from ipaddress import ip_network
from multiprocessing import get_context
from time import time_ns
from wsgiref.util import setup_testing_defaults
from wsgiref.validate import validator

import pytest
from uuid_utils import uuid7

from linkmgr.clicks.model import Device, Route
from linkmgr.clicks.request import NotCounted
from linkmgr.clicks.targets import TAG_SLOT, Target
from linkmgr.clicks.user_agents import read_agent
from linkmgr.web.visitors import NEW_AT_ONCE
from tests.support.clicks import ITEMS, POST, SITE, TODAY, make_targets
from tests.support.wsgi import CHROME, READER, clicks_of, make_server, send

LAW = ITEMS["law"].url
PRINTED = f"/go/law?p={POST}&b=books.3"
HIT = PRINTED.replace("/go/", "/hit/")


@pytest.fixture
def server():
    return make_server()


def the_click(server):
    (click,) = clicks_of(server)
    return click


@pytest.mark.parametrize(
    ("target", "method", "status"),
    [
        pytest.param("/go/law", "GET", 302, id="go"),
        pytest.param("/go/law", "HEAD", 302, id="go by HEAD"),
        pytest.param("/hit/law", "POST", 204, id="hit"),
        pytest.param("/hit/law", "OPTIONS", 204, id="preflight"),
        pytest.param("/go/other", "GET", 404, id="unknown item"),
        pytest.param("/hit/other", "POST", 404, id="hit of an unknown item"),
        pytest.param("/go/", "GET", 404, id="no item"),
        pytest.param("/go/law/", "GET", 404, id="more than an item"),
        pytest.param("/go/\xe6\x9d\xb1", "GET", 404, id="unknown item in UTF-8"),
        pytest.param("/go/\xff", "GET", 400, id="item not in UTF-8"),
        pytest.param("/go/東", "GET", 400, id="item no WSGI server would hand on"),
        pytest.param("/go/la\nw", "GET", 400, id="item with a line break"),
        pytest.param("/go/\xc2\x85", "GET", 400, id="item with a control character of Unicode"),
        pytest.param("/go/law?x=%0d%0aLocation:a", "GET", 400, id="query with a line break"),
        pytest.param("/go/law?p=%ff", "GET", 400, id="query not in UTF-8"),
        pytest.param("/hit/law?p=%ff", "POST", 400, id="hit with a query not in UTF-8"),
        pytest.param(f"/go/law?{'x' * 1993}", "GET", 302, id="as long as may be"),
        pytest.param(f"/go/law?{'x' * 1994}", "GET", 400, id="too long"),
        pytest.param(f"/go/{'x' * 2000}", "GET", 400, id="item too long"),
        pytest.param("/go/law", "POST", 405, id="go by POST"),
        pytest.param("/go/law", "OPTIONS", 405, id="go by OPTIONS"),
        pytest.param("/hit/law", "GET", 405, id="hit by GET"),
        pytest.param("/hit/law", "HEAD", 405, id="hit by HEAD"),
        pytest.param("/hit/law", "DELETE", 405, id="hit by DELETE"),
    ],
)
def test_a_request_is_answered(server, target, method, status):
    reply = send(server, target, method)
    assert reply.status == status
    assert server.counters.refused == (status >= 400)
    headers = reply.headers
    assert headers["Cache-Control"] == "private, no-store"
    assert headers["X-Robots-Tag"] == "noindex"
    assert headers["Referrer-Policy"] == "no-referrer-when-downgrade"
    assert headers["X-Content-Type-Options"] == "nosniff"
    assert ("Location" in headers) == (status == 302)


@pytest.mark.parametrize("path", ["/", "/go", "/hit", "/healthz", "//go/law", "/Go/law", ""])
def test_all_other_paths_are_left_to_the_rest(server, path):
    reply = send(server, path)
    assert (reply.status, reply.body) == (200, f"the rest: {path!a}")


@pytest.mark.parametrize(
    ("method", "path", "status"),
    [("GET", "/go/other", "404"), ("POST", "/hit/law", "204"), ("GET", "/hit/law", "405")],
)
@pytest.mark.filterwarnings("error::wsgiref.validate.WSGIWarning")
def test_the_endpoints_keep_to_wsgi(server, method, path, status):
    environ = {"REQUEST_METHOD": method, "PATH_INFO": path, "SCRIPT_NAME": "", "QUERY_STRING": ""}
    setup_testing_defaults(environ)
    started = []
    answered = validator(server.endpoints)(environ, lambda *begun: started.append(begun) or print)
    assert bool(b"".join(answered)) == (status != "204")
    answered.close()
    assert [begun[0][:3] for begun in started] == [status]


@pytest.mark.parametrize(
    ("method", "target", "allow"),
    [("POST", "/go/law", "GET, HEAD"), ("GET", "/hit/law", "POST, OPTIONS")],
)
def test_another_method_is_reported_what_is_allowed(server, method, target, allow):
    assert send(server, target, method).headers["Allow"] == allow


@pytest.mark.parametrize(
    ("language", "text"), [("en", "This link does not exist."), ("ja", "見つかりませんでした")]
)
def test_page_of_a_refusal_leads_to_site_and_holds_nothing_else(language, text):
    server = make_server(make_targets(language=language, site='https://tea.example/?a="<b>&c'))
    reply = send(server, "/go/<script>alert(1)</script>?q=<b>")
    assert text in reply.body
    assert '<a href="https://tea.example/?a=&quot;&lt;b&gt;&amp;c">' in reply.body
    assert f'<html lang="{language}">' in reply.body
    assert "script" not in reply.body
    assert reply.headers["Content-Type"] == "text/html; charset=utf-8"
    assert reply.headers["Content-Security-Policy"] == "default-src 'none'"
    assert int(reply.headers["Content-Length"]) == len(reply.body.encode())


def test_a_redirect_is_counted_with_all_that_is_known(server):
    before = time_ns() // 1_000_000
    reply = send(
        server, PRINTED, REFERER=f"{SITE}/posts/1?secret=2", SEC_CH_UA_MOBILE="?1", COOKIE="a=b"
    )
    click = the_click(server)
    assert (reply.status, reply.headers["Location"], reply.body) == (302, LAW, "")
    assert click._replace(id="", time=0, visitor="") == (
        *("", 0, "law", POST, "books", 3, "", Route.GO, "tea.example", Device.PHONE, "", "", ""),
        *("", "tea-22"),
    )
    assert before <= click.time <= time_ns() // 1_000_000
    assert int(click.id[:12], 16) == click.time
    assert re.fullmatch("[0-9a-f]{12}7[0-9a-f]{19}", click.id)
    assert click.visitor == server.visitors.find(READER, CHROME, SITE)
    assert (server.counters.redirects, server.counters.clicks) == (1, 1)


def test_a_hit_is_counted_and_says_nothing(server):
    reply = send(server, HIT, "POST", PING_FROM=f"{SITE}/a", ORIGIN=SITE)
    assert (reply.status, reply.body) == (204, "")
    assert (the_click(server).route, the_click(server).referrer) == (Route.HIT, "tea.example")
    assert (server.counters.hits, server.counters.clicks, server.counters.redirects) == (1, 1, 0)


@pytest.mark.parametrize(
    ("target", "expected"),
    [
        pytest.param(PRINTED, (POST, "books", 3, ""), id="as printed"),
        pytest.param("/go/law", ("", "", 0, ""), id="bare"),
        pytest.param("/go/law?p=évil&b=other.1&s=kobo", ("", "", 0, ""), id="nothing real"),
        pytest.param(f"/go/law?p={POST}&b=cta.101", (POST, "", 0, ""), id="no such rank"),
        pytest.param("/go/pot?s=rakuten", ("", "", 0, "rakuten"), id="shop of the item"),
        pytest.param("/go/law?s=rakuten", ("", "", 0, ""), id="shop of another item"),
    ],
)
def test_of_a_link_only_what_can_be_is_kept(server, target, expected):
    assert send(server, target.encode().decode("latin-1")).status == 302
    click = the_click(server)
    assert (click.post, click.block, click.rank, click.shop) == expected


def test_an_ended_item_is_counted_and_leads_to_the_site():
    ended = Target("https://old.example", until=TODAY - timedelta(days=1))
    server = make_server(make_targets(items={"old": ended}))
    assert send(server, "/go/old").headers["Location"] == SITE
    assert the_click(server).item == "old"


def test_new_targets_and_a_new_day_hold_from_the_next_request_on(server):
    until = Target("https://until.example", until=TODAY)
    server.current.targets = make_targets(items={"until": until})
    assert send(server, "/go/until").headers["Location"] == "https://until.example"
    server.current.today += timedelta(days=1)
    assert send(server, "/go/until").headers["Location"] == SITE


@pytest.mark.parametrize(
    ("method", "headers", "reason"),
    [
        pytest.param("HEAD", {}, NotCounted.HEAD, id="HEAD"),
        pytest.param("GET", {"SEC_PURPOSE": "prefetch"}, NotCounted.PREFETCH, id="prefetch"),
        *(
            pytest.param("GET", {"SEC_FETCH_DEST": into}, NotCounted.EMBEDDED, id=into)
            for into in ("iframe", "object", "embed", "image", "script")
        ),
        pytest.param("GET", {"COOKIE": "linkmgr_optout=1"}, NotCounted.OPTED_OUT, id="opt-out"),
        pytest.param("GET", {"SEC_GPC": "1"}, NotCounted.PRIVACY, id="GPC"),
        pytest.param("GET", {"DNT": "1"}, NotCounted.PRIVACY, id="DNT"),
    ],
)
def test_what_does_not_count_is_served_all_the_same(server, method, headers, reason):
    reply = send(server, PRINTED, method, **headers)
    assert (reply.status, reply.headers["Location"]) == (302, LAW)
    assert server.spool.lines == []
    assert server.counters.not_counted == dict.fromkeys(NotCounted, 0) | {reason: 1}
    assert (server.counters.redirects, server.counters.clicks) == (1, 0)


@pytest.mark.parametrize(
    ("method", "target", "campaign"),
    [
        pytest.param("GET", "/go/law?utm_campaign=x", "", id="none, and Amazon takes none"),
        pytest.param("GET", "/go/leaf?b=cta.2", "leaf", id="the item's"),
        pytest.param("GET", "/go/leaf?utm_campaign=x", "leaf", id="the item's before the link's"),
        pytest.param("GET", "/go/page?utm_campaign=x", "x", id="the link's"),
        pytest.param("GET", "/go/old", "leaf", id="that of the item instead of an ended one"),
        pytest.param("GET", "/go/pot?s=kobo", "春", id="the shop's"),
        pytest.param("POST", "/hit/leaf", "leaf", id="the item's, by beacon"),
        pytest.param("POST", "/hit/page?utm_campaign=x", "", id="what a beacon brings is not"),
        pytest.param("POST", "/hit/old", "past", id="that on the page of an ended item"),
        pytest.param("POST", "/hit/pot?s=kobo", "春", id="the shop's, by beacon"),
    ],
)
def test_a_clicks_campaign_is_that_of_the_address_it_led_to(method, target, campaign):
    old = Target(f"{SITE}/?utm_campaign=past", until=TODAY - timedelta(days=1), fallback="leaf")
    pot = Target(f"{SITE}/pot/", shops={"kobo": f"{SITE}/?utm_campaign=%E6%98%A5%0A"})
    server = make_server(make_targets(items=ITEMS | {"old": old, "pot": pot}))
    send(server, target, method)
    assert the_click(server).campaign == campaign


@pytest.mark.parametrize(("method", "path"), [("GET", "/go/"), ("POST", "/hit/")])
@pytest.mark.parametrize(
    ("query", "variant", "tracking"),
    [
        ("", "", "usual-22"),
        ("&t=post-22&v=0a1b2c3d.short", "0a1b2c3d.short", "post-22"),
        ("&t=evil-22&v=0a1b2c3d.evil", "", "usual-22"),
        ("&v=ffffffff.short", "", "usual-22"),
    ],
)
def test_a_click_has_its_links_variant_and_tag_if_known(method, path, query, variant, tracking):
    item = Target(
        "https://shop.example/?tag=usual-22",
        tagged={"": ("amazon", f"https://shop.example/?tag={TAG_SLOT}")},
        tracking={"": "usual-22"},
        variants={"0a1b2c3d": {"original": 1, "short": 1}},
    )
    tags = {"amazon": frozenset(["usual-22", "post-22"])}
    server = make_server(make_targets(items={"law": item}, tags=tags))
    send(server, f"{path}law?p={POST}&b=books.1{query}", method)
    click = the_click(server)
    assert (click.variant, click.tracking) == (variant, tracking)


def test_a_link_opened_as_a_document_and_a_beacon_are_counted(server):
    send(server, PRINTED, SEC_FETCH_MODE="navigate", SEC_FETCH_DEST="document")
    send(server, HIT, "POST", SEC_FETCH_MODE="no-cors", SEC_FETCH_DEST="empty")
    assert [click.route for click in clicks_of(server)] == [Route.GO, Route.HIT]


def test_a_hit_of_who_asks_not_to_be_counted_is_not():
    server = make_server()
    assert send(server, HIT, "POST", SEC_GPC="1").status == 204
    assert clicks_of(server) == []
    server = make_server(make_targets(respect_gpc=False))
    send(server, HIT, "POST", SEC_GPC="1")
    assert len(clicks_of(server)) == 1


@pytest.mark.parametrize(
    ("user_agent", "bot"), [("curl/8.14.1", "curl"), ("", "no user agent"), (CHROME, "")]
)
def test_a_bot_is_kept_and_counted_apart(server, user_agent, bot):
    send(server, PRINTED, USER_AGENT=user_agent)
    assert the_click(server).bot == bot
    assert (server.counters.bots, server.counters.clicks) == ((1, 0) if bot else (0, 1))


@pytest.mark.parametrize("target", [PRINTED, HIT])
def test_one_too_many_of_an_address_is_answered_and_not_written(monkeypatch, target):
    monkeypatch.setattr("linkmgr.web.visitors.SHARED_A_DAY", 2)
    server = make_server()
    method = "GET" if target == PRINTED else "POST"
    judged = []
    monkeypatch.setattr("linkmgr.web.endpoints.read_agent", noting(judged))
    for number in range(NEW_AT_ONCE + 5):
        reply = send(server, target, method, USER_AGENT=f"{CHROME} New/{number}")
        assert reply.status in {302, 204}
    counters = server.counters
    assert (counters.clicks, counters.crowded_out) == (NEW_AT_ONCE + 2, 3)
    assert counters.last_crowded_out > 0
    assert len(judged) == NEW_AT_ONCE + 2
    assert len({click.visitor for click in clicks_of(server)}) == NEW_AT_ONCE + 1
    send(server, target, method, USER_AGENT=f"{CHROME} New/0")  # who is known
    assert counters.clicks == NEW_AT_ONCE + 3


def noting(judged):
    def note(user_agent, mobile):
        judged.append(user_agent)
        return read_agent(user_agent, mobile)

    return note


@pytest.mark.parametrize("target", [PRINTED, HIT])
def test_a_click_that_the_spool_refuses_is_lost_and_answered(server, target):
    server.spool.full = True
    reply = send(server, target, "GET" if target == PRINTED else "POST")
    assert reply.status in (302, 204)
    assert (server.counters.lost, server.counters.clicks, server.counters.bots) == (1, 0, 0)


@pytest.mark.parametrize("method", ["POST", "OPTIONS"])
@pytest.mark.parametrize(
    "origin", ["https://evil.example", "null", "http://tea.example", f"{SITE}.evil.example", ""]
)
def test_a_hit_from_a_site_that_is_not_named_is_refused(server, method, origin):
    reply = send(server, HIT, method, ORIGIN=origin)
    assert reply.status == 403
    assert "Access-Control-Allow-Origin" not in reply.headers
    assert server.spool.lines == []


@pytest.mark.parametrize("method", ["POST", "OPTIONS"])
def test_a_hit_from_the_site_is_allowed(server, method):
    reply = send(server, HIT, method, ORIGIN=SITE)
    assert reply.headers["Access-Control-Allow-Origin"] == SITE
    assert reply.headers["Vary"] == "Origin"
    assert len(server.spool.lines) == (method == "POST")


def test_a_preflight_says_how_hits_are_sent(server):
    headers = send(server, HIT, "OPTIONS", ORIGIN=SITE).headers
    assert headers["Access-Control-Allow-Methods"] == "POST"


def test_a_trusted_proxys_header_alone_names_the_reader():
    server = make_server(proxies=[ip_network("127.0.0.1")])
    send(server, PRINTED, REMOTE_ADDR="127.0.0.1", X_FORWARDED_FOR=READER)
    send(server, PRINTED, REMOTE_ADDR="198.51.100.9", X_FORWARDED_FOR=READER)
    trusted, stranger = clicks_of(server)
    assert trusted.visitor == server.visitors.find(READER, CHROME, SITE)
    assert stranger.visitor == server.visitors.find("198.51.100.9", CHROME, SITE)


def some_ids(queue, now):
    queue.put([uuid7(nanoseconds=now).hex for _ in range(20_000)])


@pytest.mark.server
def test_ids_of_two_processes_are_never_same_at_same_time():
    context = get_context("fork")
    queue, now = context.Queue(), time_ns()
    processes = [context.Process(target=some_ids, args=(queue, now)) for _ in range(2)]
    for process in processes:
        process.start()
    ids = [made for _ in processes for made in queue.get(timeout=60)]
    for process in processes:
        process.join()
    assert len(set(ids)) == len(ids) == 40_000


def test_a_clock_that_jumps_gives_ids_of_the_new_time(server, monkeypatch):
    now = time_ns()
    for seconds in (0, -3600, 7200, -1, 0):
        moved = now + seconds * 1_000_000_000
        monkeypatch.setattr("linkmgr.web.endpoints.time_ns", lambda moved=moved: moved)
        send(server, PRINTED)
        click = clicks_of(server)[-1]
        assert int(click.id[:12], 16) == click.time == moved // 1_000_000
    assert len({click.id for click in clicks_of(server)}) == 5


@pytest.mark.parametrize(
    ("tag", "location"),
    [("tea-22", "tea-22"), ("food-22", "food-22"), ("evil-22", "tea-22"), ("", "tea-22")],
)
def test_a_link_leads_on_with_a_tag_of_the_catalogs_alone(tag, location):
    law = Target(LAW, tagged={"": ("amazon", LAW.replace("tea-22", TAG_SLOT))})
    tags = {"amazon": frozenset(["tea-22", "food-22"])}
    server = make_server(make_targets(items={"law": law}, tags=tags))
    reply = send(server, f"{PRINTED}&t={tag}")
    assert reply.headers["Location"] == LAW.replace("tea-22", location)
    assert (the_click(server).block, the_click(server).rank) == ("books", 3)
