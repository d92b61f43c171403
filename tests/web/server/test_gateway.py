"""A WSGI app behind the gateway: what it is asked, and what becomes of its answer."""

import asyncio

import pytest

from linkmgr.clicks.request import Proxies
from linkmgr.web.server.admin_worker import Gateway, environ_of, run
from linkmgr.web.server.bodies import Bodies


def make_scope(*headers, **over):
    return {
        "type": "http",
        "http_version": "1.1",
        "method": "GET",
        "scheme": "http",
        "server": ("127.0.0.1", "8911"),
        "client": ("203.0.113.7", "50000"),
        "raw_path": b"/admin/",
        "query_string": b"",
        "headers": [(b"host", b"links.example"), *headers],
    } | over


def ask(app, scope, body=None):
    """Return what is sent for a request, whose client goes where it has no body."""
    sent = []

    async def receive():
        if body is None:
            return {"type": "http.disconnect"}
        return {"type": "http.request", "body": body, "more_body": False}

    async def send(message):
        sent.append(message)

    asyncio.run(Gateway(app, Bodies(Proxies(()), 100, 30), 1, lambda _: True)(scope, receive, send))
    return sent


def test_a_request_is_in_the_environment_as_wsgi_has_it():
    environ = environ_of(
        make_scope(
            (b"content-type", b"text/plain"),
            (b"content-length", b"3"),
            raw_path=b"/admin/%E6%9C%A8/%ff",
            query_string=b"q=%E6%9C%A8",
            method="POST",
        )
    )
    wanted = {
        "REQUEST_METHOD": "POST",
        "PATH_INFO": "/admin/木/".encode().decode("latin-1") + "\xff",
        "QUERY_STRING": "q=%E6%9C%A8",
        "CONTENT_TYPE": "text/plain",
        "CONTENT_LENGTH": "3",
        "HTTP_HOST": "links.example",
        "REMOTE_ADDR": "203.0.113.7",
        "SERVER_NAME": "127.0.0.1",
        "SERVER_PORT": "8911",
        "SERVER_PROTOCOL": "HTTP/1.1",
        "wsgi.url_scheme": "http",
    }
    assert {name: environ[name] for name in wanted} == wanted
    assert "HTTP_CONTENT_TYPE" not in environ


def test_repeated_headers_become_one():
    environ = environ_of(
        make_scope(
            *((b"x-forwarded-for", each) for each in (b"192.0.2.1", b"192.0.2.2")),
            *((b"cookie", each) for each in (b"a=1", b"b=2")),
        )
    )
    assert environ["HTTP_X_FORWARDED_FOR"] == "192.0.2.1,192.0.2.2"
    assert environ["HTTP_COOKIE"] == "a=1;b=2"


def test_a_header_cannot_pass_for_another_one():
    forged = (b"x_forwarded_proto", b"https"), (b"x_forwarded_for", b"192.0.2.1")
    environ = environ_of(make_scope(*forged))
    assert not {name for name in environ if name.startswith("HTTP_X_")}


def test_a_header_that_is_not_ascii_is_empty():
    assert environ_of(make_scope((b"x-note", "木".encode())))["HTTP_X_NOTE"] == ""


def test_the_app_reads_the_body_and_its_answer_is_sent():
    def app(environ, start_response):
        start_response("201 Created", [("X-Length", environ["CONTENT_LENGTH"])])
        return [environ["wsgi.input"].read(), b"!"]

    scope = make_scope((b"content-length", b"4"), method="POST")
    assert ask(app, scope, b"form") == [
        {"type": "http.response.start", "status": 201, "headers": [(b"X-Length", b"4")]},
        {"type": "http.response.body", "body": b"form!", "more_body": False},
    ]


def test_a_body_in_chunks_has_a_length_for_the_app():
    def app(environ, start_response):
        start_response("200 OK", [])
        return [f"{environ['CONTENT_LENGTH']} {'HTTP_TRANSFER_ENCODING' in environ}".encode()]

    _, body = ask(app, make_scope((b"transfer-encoding", b"chunked"), method="POST"), b"form")
    assert body["body"] == b"4 False"


def test_the_app_is_not_asked_where_the_client_goes_within_the_body():
    def app(_environ, _start_response):
        raise AssertionError("it was asked")

    start, _ = ask(app, make_scope((b"content-length", b"4"), method="POST"))
    assert start["status"] == 400
    assert (b"Connection", b"close") in start["headers"]


class Chunks:
    """An answer that tells whether it was closed."""

    def __init__(self, *chunks, fails=False):
        self.closed = False
        self._chunks = chunks
        self._fails = fails

    def __iter__(self):
        yield from self._chunks
        if self._fails:
            raise ValueError("no more")

    def close(self):
        self.closed = True


def test_what_was_written_comes_first_and_the_answer_is_closed():
    chunks = Chunks(b"b", b"c")

    def app(_environ, start_response):
        start_response("200 OK", [])(b"a")
        return chunks

    assert run(app, {}).body == b"abc"
    assert chunks.closed


def test_an_answer_that_fails_is_closed():
    chunks = Chunks(fails=True)

    def app(_environ, start_response):
        start_response("200 OK", [])
        return chunks

    with pytest.raises(ValueError, match="no more"):
        run(app, {})
    assert chunks.closed
