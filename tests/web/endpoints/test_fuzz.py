"""Whatever is sent: no error, no address but the targets', no line but a click's or a report's."""

import re
from urllib.parse import quote_from_bytes

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from linkmgr.clicks.line import click_line, read_line
from linkmgr.clicks.reports import REPORT, read_report_line, report_line
from tests.support.clicks import ITEMS, POST, SITE, make_targets
from tests.support.properties import examples
from tests.support.wsgi import make_server, send

HEADERS = (
    *("USER_AGENT", "REFERER", "ORIGIN", "PING_FROM", "X_FORWARDED_FOR", "COOKIE", "SEC_PURPOSE"),
    *("PURPOSE", "X_PURPOSE", "X_MOZ", "SEC_GPC", "DNT", "SEC_CH_UA_MOBILE", "HOST"),
    *("SEC_FETCH_MODE", "SEC_FETCH_DEST"),
)
STATUSES = {200, 204, 302, 400, 403, 404, 405}
SERVER = make_server(make_targets(views=True))
KNOWN = {target.url for target in ITEMS.values()} | {
    *(url for target in ITEMS.values() for url in target.shops.values()),
    SITE,
}

latin = st.binary(max_size=80).map(lambda data: data.decode("latin-1"))
anything = latin | st.text(max_size=40)
encoded = st.binary(max_size=30).map(quote_from_bytes)
queries = st.one_of(
    latin,
    encoded,
    st.lists(
        st.tuples(
            st.sampled_from(
                ["p", "b", "s", "c", "k", "t", "v", "utm_source", "utm_content", "url"]
            ),
            encoded
            | st.sampled_from(
                [POST, "cta.2", "books.1", "rakuten", "x", "books.1~law", "cta.2~leaf~~~"]
            ),
        ).map("=".join),
        max_size=5,
    ).map("&".join),
)
paths = st.one_of(
    st.tuples(st.sampled_from(["/go/", "/hit/"]), st.sampled_from(sorted(ITEMS))).map("".join),
    st.tuples(st.sampled_from(["/go/", "/hit/", "/"]), anything).map("".join),
    st.just("/seen/"),
)


def led_to_a_target(location):
    """Whether an address is a target's, but for UTM parameters that were added."""
    bare = re.sub(
        r"[?&]utm_(source|medium|content|term|campaign)=[A-Za-z0-9._~-]{1,100}", "", location
    )
    return any(bare == re.sub(r"[?&]utm_[a-z]+=[a-z]+", "", url) for url in KNOWN)


@settings(max_examples=examples(400))
@given(
    path=paths,
    query=queries,
    method=st.sampled_from(["GET", "GET", "HEAD", "POST", "OPTIONS", "PUT", "\xff"]),
    headers=st.dictionaries(st.sampled_from(HEADERS), anything, max_size=6),
)
@example("/go/leaf", "utm_term=x&b=cta.2", "GET", {"USER_AGENT": "a\tb\nc", "REFERER": "\ud800"})
@example("/go/law", "", "GET", {"USER_AGENT": "\ud800", "X_FORWARDED_FOR": "\ud800"})
@example("/go/law", "url=https://evil.example", "GET", {"HOST": "evil.example"})
@example("/hit/law", "", "POST", {"ORIGIN": SITE, "PING_FROM": "http://\ud800", "COOKIE": "\0"})
@example("/go/\ud800", "\ud800", "GET", {})
@example("/seen/", f"p={POST}&s=books.1~law&c=cta.2~leaf~\ud800", "POST", {})
@example("/seen/", f"p={POST}&s=books.1~law~0a1b2c3d.x~%0A&k=books.2~law", "POST", {})
def test_no_request_is_an_error_or_leads_astray(path, query, method, headers):
    SERVER.spool.lines.clear()
    reply = send(SERVER, f"{path.replace('?', '')}?{query}", method, **headers)
    assert reply.status in STATUSES
    for name, value in reply.headers.items():
        assert re.fullmatch(r"[ -~]*", name + value)
    if reply.status == 302:
        assert led_to_a_target(reply.headers["Location"])
    for line in SERVER.spool.lines:
        assert re.fullmatch(rb"[ -~\t]*\n", line)
        is_report = line.startswith(REPORT)
        read, write = (read_report_line, report_line) if is_report else (read_line, click_line)
        assert write(read(line.removesuffix(b"\n"))) == line


@settings(max_examples=examples(100))
@given(
    st.ip_addresses().map(str),
    st.from_regex(r"[A-Za-z]{6,20}/[0-9]{3}\.[0-9]{4} \([A-Z ;a-z]{12,40}\)", fullmatch=True),
)
def test_neither_address_nor_user_agent_is_written_down(address, user_agent):
    SERVER.spool.lines.clear()
    send(
        SERVER, "/go/law", REMOTE_ADDR=address, USER_AGENT=user_agent, REFERER=f"http://{address}/"
    )
    (line,) = SERVER.spool.lines
    assert address.encode() not in line.split(b"\t")
    assert user_agent.encode() not in line


@pytest.mark.parametrize("value", ["a\tb", "a\nb", "a\r\nLocation: b", "\0"])
@pytest.mark.parametrize("header", HEADERS)
def test_no_header_splits_a_line_or_an_answer(header, value):
    SERVER.spool.lines.clear()
    reply = send(SERVER, "/go/law", **{header: value})
    assert reply.headers["Location"] == ITEMS["law"].url
    assert all(line.count(b"\n") == 1 and read_line(line[:-1]) for line in SERVER.spool.lines)
