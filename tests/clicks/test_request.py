"""What of a request's headers counts, and what is kept of them."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from linkmgr.clicks.model import Route
from linkmgr.clicks.request import NotCounted, not_counted, referrer_host


def reason(method="GET", route=Route.GO, *, respect_gpc=True, **headers):
    environ = {"REQUEST_METHOD": method} | {f"HTTP_{name}": headers[name] for name in headers}
    return not_counted(environ, route, respect_gpc=respect_gpc)


@pytest.mark.parametrize(
    ("headers", "expected"),
    [
        pytest.param({}, None, id="plain"),
        pytest.param({"method": "HEAD"}, NotCounted.HEAD, id="HEAD"),
        pytest.param({"SEC_PURPOSE": "prefetch"}, NotCounted.PREFETCH, id="prefetch"),
        pytest.param({"SEC_PURPOSE": "prefetch;prerender"}, NotCounted.PREFETCH, id="prerender"),
        pytest.param({"PURPOSE": "Prefetch"}, NotCounted.PREFETCH, id="old Chromium"),
        pytest.param({"X_PURPOSE": "preview"}, NotCounted.PREFETCH, id="Safari"),
        pytest.param({"X_MOZ": "prefetch"}, NotCounted.PREFETCH, id="Firefox"),
        pytest.param({"SEC_PURPOSE": "something"}, None, id="another purpose"),
        pytest.param({"COOKIE": "a=b; linkmgr_optout=1"}, NotCounted.OPTED_OUT, id="opt-out"),
        pytest.param({"COOKIE": "linkmgr_optout="}, NotCounted.OPTED_OUT, id="empty opt-out"),
        pytest.param({"COOKIE": "not_linkmgr_optout=1; linkmgr=1"}, None, id="other cookies"),
        pytest.param({"SEC_FETCH_MODE": "no-cors"}, NotCounted.EMBEDDED, id="picture"),
        pytest.param({"SEC_FETCH_MODE": "cors"}, NotCounted.EMBEDDED, id="script"),
        pytest.param({"SEC_FETCH_MODE": "navigate"}, None, id="navigation"),
        pytest.param({"SEC_FETCH_MODE": "no-cors", "route": Route.HIT}, None, id="ping"),
        pytest.param({"SEC_FETCH_DEST": "document"}, None, id="document"),
        *(
            pytest.param({"SEC_FETCH_DEST": into}, NotCounted.EMBEDDED, id=f"into {into or 'none'}")
            for into in ("iframe", "frame", "object", "embed", "image", "script", "empty", "")
        ),
        pytest.param(
            {"SEC_FETCH_MODE": "navigate", "SEC_FETCH_DEST": "iframe"},
            NotCounted.EMBEDDED,
            id="navigation of a frame",
        ),
        pytest.param({"SEC_FETCH_DEST": "empty", "route": Route.HIT}, None, id="beacon"),
        pytest.param({"SEC_GPC": "1"}, NotCounted.PRIVACY, id="GPC"),
        pytest.param({"DNT": "1"}, NotCounted.PRIVACY, id="DNT"),
        pytest.param({"DNT": "0", "SEC_GPC": "?0"}, None, id="neither"),
        pytest.param({"SEC_GPC": "1", "DNT": "1", "respect_gpc": False}, None, id="not respected"),
    ],
)
def test_what_does_not_count_has_a_reason(headers, expected):
    assert reason(**headers) is expected


def host(url):
    return referrer_host({"HTTP_REFERER": url}, Route.GO)


@pytest.mark.parametrize(
    ("url", "expected"),
    [
        ("https://tea.example/a?b#c", "tea.example"),
        ("HTTP://Tea.Example.:8080", "tea.example"),
        ("https://tea.example?q=https://other.example", "tea.example"),
        ("http://localhost/", "localhost"),
        ("https://a_b.tea.example", "a_b.tea.example"),
        ("https://東京.example/".encode().decode("latin-1"), "xn--1lqs71d.example"),
        ("https://xn--1lqs71d.example/", "xn--1lqs71d.example"),
        ("https://user:secret@tea.example/", "tea.example"),
        ("android-app://com.example/", ""),
        ("about:blank", ""),
        ("tea.example", ""),
        ("https:///path", ""),
        ("https://te\ta.example", ""),
        ("https://tea..example", ""),
        ("https://\xff\xfe.example", ""),
        (f"https://{'a' * 64}.example", ""),
        (f"https://{'a.' * 126}ab", ""),
    ],
)
def test_of_a_referrer_only_the_host_is_kept(url, expected):
    assert host(url) == expected


@pytest.mark.parametrize(
    "address",
    ["203.0.113.7", "203.0.113.7.", "[2001:db8::7]", "3405803783", "0xcb007107", "203.0.0x71.0x7"],
)
def test_a_referrer_that_is_an_ip_address_is_not_kept(address):
    assert host(f"http://{address}/") == ""


@pytest.mark.parametrize(
    ("route", "headers", "expected"),
    [
        (Route.GO, ("REFERER", "PING_FROM", "ORIGIN"), "referer"),
        (Route.GO, ("PING_FROM", "ORIGIN"), ""),
        (Route.HIT, ("REFERER", "PING_FROM", "ORIGIN"), "ping_from"),
        (Route.HIT, ("REFERER", "ORIGIN"), "referer"),
        (Route.HIT, ("ORIGIN",), "origin"),
        (Route.HIT, (), ""),
    ],
)
def test_a_hit_has_more_headers_than_a_redirect(route, headers, expected):
    environ = {f"HTTP_{name}": f"https://{name.lower()}.example" for name in headers}
    assert referrer_host(environ, route).removesuffix(".example") == expected


@given(st.text(st.characters(max_codepoint=255)))
def test_no_referrer_is_an_error_or_brings_more_than_a_host(text):
    for url in (text, f"https://{text}", f"https://{text}.example/"):
        assert set(host(url)) <= set("abcdefghijklmnopqrstuvwxyz0123456789.-_")
