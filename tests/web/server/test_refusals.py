"""A request names one host, and in a form that every program reads the same way."""

import json
import socket
import sqlite3
from contextlib import closing
from operator import itemgetter

import pytest

from linkmgr.web.server.refusals import refuse_wrong_hosts
from tests.support.servers import served, write_catalog

GOOD = [
    *("blog.example", "blog.example:8080", "127.0.0.1:80", "[::1]:80", "[2001:db8::1]", "a_b"),
    *("a.", "a:0", "a:65535", "a" * 63, "xn--0", "[::ffff:1.2.3.4]"),
]
# Which Werkzeug could not make addresses under; nginx passes the last on.
UNKNOWN_TO_DNS = ["a..b", ".a", "a..", "...", "a" * 64]
BAD = [
    *UNKNOWN_TO_DNS,
    *("a:65536", "[....]", "[:::]", "[1.2.3.4]", "[]", ".".join(["a" * 63] * 4)),
    *("", " ", "a b", "a,b", "a, b", "a/b", "a@b", "a?b", "a#b", "http://a", "a:b", "a:123456"),
    *("<script>", "a\\b", "[::1", "::1", "é.example", "a" * 256, "%61"),
]


def status_of(host, protocol="HTTP/1.1"):
    """Return what an app that answers 204 says to a request for a host."""

    def app(_, start_response):
        start_response("204 No Content", [])
        return []

    environ = {"REQUEST_METHOD": "GET", "SERVER_PROTOCOL": protocol}
    environ |= {} if host is None else {"HTTP_HOST": host}
    statuses = []
    refuse_wrong_hosts(app)(environ, lambda status, _: statuses.append(status))
    return statuses[0][:3]


@pytest.mark.parametrize("host", GOOD)
def test_a_host_is_taken(host):
    assert status_of(host) == "204"


@pytest.mark.parametrize("host", [*BAD, None])
def test_what_is_no_host_is_refused(host):
    assert status_of(host) == "400"


def test_http_1_0_knows_no_host_but_no_wrong_one_either():
    assert status_of(None, "HTTP/1.0") == status_of("", "HTTP/1.0") == "204"
    assert status_of("a,b", "HTTP/1.0") == "400"


@pytest.fixture(scope="module")
def server(tmp_path_factory):
    blog = tmp_path_factory.mktemp("blog")
    write_catalog(blog, ("letter", "/letter/"))
    with served(blog) as server:
        assert server.greeting  # the last line of a start, beside which tests look for none
        yield server


@pytest.mark.server
@pytest.mark.parametrize("port", ["PORT", "ADMIN_PORT"])
@pytest.mark.parametrize(
    ("headers", "status"),
    [
        pytest.param("Host: a.example\r\n", b"200", id="one"),
        pytest.param("", b"400", id="none"),
        pytest.param("Host:\r\n", b"400", id="an empty one"),
        pytest.param("Host: a.example\r\nHost: b.example\r\n", b"400", id="two"),
        pytest.param("Host: a.example\r\nhost: a.example\r\n", b"400", id="one twice"),
        pytest.param("Host: a.example/b\r\n", b"400", id="one with a path"),
    ],
)
def test_a_server_refuses_a_request_without_one_valid_host(server, port, headers, status):
    assert answer(server, port, f"GET /healthz HTTP/1.1\r\n{headers}") == status


@pytest.mark.server
@pytest.mark.parametrize("port", ["PORT", "ADMIN_PORT"])
def test_a_target_in_absolute_form_is_no_way_around(server, port):
    target = "GET http://other.example/healthz HTTP/1.1\r\n"
    assert answer(server, port, f"{target}Host: a.example\r\n") == b"200"
    assert answer(server, port, f"{target}Host: a.example\r\nHost: b.example\r\n") == b"400"


@pytest.mark.server
@pytest.mark.parametrize("port", ["PORT", "ADMIN_PORT"])
@pytest.mark.parametrize("host", UNKNOWN_TO_DNS)
def test_name_that_dns_cant_have_is_refused_without_line_in_log(server, port, host):
    before = server.log
    for path in ("/", "/healthz", "/go/letter", "/admin/", "/admin/static/", "/api/items"):
        assert answer(server, port, f"GET {path} HTTP/1.1\r\nHost: {host}\r\n") == b"400"
    assert server.log == before


@pytest.mark.server
def test_a_flood_of_requests_that_fail_is_a_few_lines_in_the_log(server):
    before = len(server.log)
    asked = "GET /api/items HTTP/1.1\r\nHost: a\r\nAuthorization: Bearer linkmgr_x\r\n"
    with closing(sqlite3.connect(server.instance / "linkmgr.db")) as database:
        database.execute("ALTER TABLE api_tokens RENAME TO away")
        assert {answer(server, "ADMIN_PORT", asked) for _ in range(30)} == {b"503"}
        database.execute("ALTER TABLE away RENAME TO api_tokens")
    lines = [json.loads(line) for line in server.log[before:].splitlines() if line.startswith("{")]
    failed = [line for line in map(itemgetter("event"), lines) if line.startswith("the API cannot")]
    assert len(failed) == 5


@pytest.mark.server
@pytest.mark.parametrize("port", ["PORT", "ADMIN_PORT"])
def test_a_check_by_http_1_0_needs_no_host(server, port):
    assert answer(server, port, "GET /healthz HTTP/1.0\r\n") == b"200"


def answer(server, port, head):
    """Return the status that a server answers a request's head with."""
    with socket.create_connection(("127.0.0.1", server.settings[port]), 10) as sent:
        sent.sendall(f"{head}Connection: close\r\n\r\n".encode())
        return sent.makefile("rb").readline().split()[1]
