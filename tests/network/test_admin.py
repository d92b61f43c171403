"""What another machine's admin hands out is taken whole, and its token goes nowhere else."""

import pytest

from linkmgr.messages.errors import LinkmgrError
from linkmgr.network.admin import AdminError, RemoteAdmin
from linkmgr.network.admin_address import admin_origin
from linkmgr.network.request import Limits
from tests.support.admin_server import TOKEN, handing_out
from tests.support.servers import free_port

CONTENT = "カタログ".encode()


@pytest.fixture
def server():
    with handing_out(CONTENT) as found:
        yield found


@pytest.fixture
def admin(server):
    return RemoteAdmin(server.url, TOKEN)


def refusal(admin, known=None):
    with pytest.raises(AdminError) as raised:
        admin.fetch("/catalog", known)
    assert TOKEN not in str(raised.value)
    return raised.value


def test_content_is_taken_once_and_again_only_when_it_is_another(admin, server):
    assert admin.fetch("/catalog") == CONTENT
    assert admin.fetch("/catalog", CONTENT) is None
    assert admin.fetch("/catalog", b"older") == CONTENT
    assert server.asked == [200, 304, 200]
    assert server.tokens == {f"Bearer {TOKEN}"}


@pytest.mark.parametrize(
    ("status", "code", "may_pass"),
    [
        (401, "token-refused", False),
        (403, "token-refused", False),
        (404, "no-admin", False),
        (418, "other-status", False),
        (429, "other-status", True),
        (500, "other-status", True),
        (502, "other-status", True),
        (503, "other-status", True),
    ],
)
def test_a_refusal_says_what_to_do_and_whether_to_wait(admin, server, status, code, may_pass):
    server.failure = status, {}, b""
    error = refusal(admin)
    assert (error.reason.code, error.may_pass) == (f"network.{code}", may_pass)


def test_the_token_is_not_sent_on_to_where_an_answer_leads(admin, server):
    with handing_out(CONTENT) as elsewhere:
        server.failure = 302, {"Location": f"{elsewhere.url}/api/catalog?a=b"}, b""
        error = refusal(admin)
        assert elsewhere.asked == []
    assert elsewhere.url in str(error)
    assert "a=b" not in str(error)


@pytest.mark.parametrize(
    ("location", "to"),
    [
        ("https://owner:secret@go.example.com/x", " https://go.example.com "),
        ("//go.example.com/x", " http://go.example.com "),
        ("http://[go.example.com", " http://[go.example.com "),
    ],
)
def test_whatever_a_redirect_names_is_told_without_a_password(admin, server, location, to):
    server.failure = 302, {"Location": location}, b""
    error = refusal(admin)
    assert to in str(error)
    assert "secret" not in str(error)


def test_an_answer_that_breaks_off_is_not_taken(admin, server):
    server.failure = 200, {"Content-Length": "100"}, CONTENT
    error = refusal(admin)
    assert (error.reason.code, error.may_pass) == ("network.cut-short", True)


def test_an_answer_that_is_too_large_is_not_taken(admin, server, monkeypatch):
    monkeypatch.setattr("linkmgr.network.admin._LIMITS", Limits(body=len(CONTENT)))
    assert admin.fetch("/catalog") == CONTENT
    server.content += b"."
    assert refusal(admin).reason.code == "network.cut-short"


def test_an_admin_that_does_not_answer_in_time_is_given_up(admin, monkeypatch):
    monkeypatch.setattr("linkmgr.network.admin._LIMITS", Limits(total=0.0))
    error = refusal(admin)
    assert (error.reason.code, error.may_pass) == ("network.no-answer", True)


def test_an_admin_that_is_down_may_come_back():
    error = refusal(RemoteAdmin(f"http://127.0.0.1:{free_port()}", TOKEN))
    assert (error.reason.code, error.may_pass) == ("network.no-answer", True)


def test_a_name_without_an_address_may_get_one():
    error = refusal(RemoteAdmin("http://nowhere.invalid", TOKEN))
    assert (error.reason.code, error.may_pass) == ("network.no-address", True)


def test_the_token_is_not_sent_unencrypted_over_the_internet():
    error = refusal(RemoteAdmin("http://192.88.99.1", TOKEN))
    assert (error.reason.code, error.may_pass) == ("network.plain-http", False)


def test_the_token_is_in_no_picture_of_the_admin(admin):
    assert TOKEN not in repr(admin)


@pytest.mark.parametrize(
    ("text", "origin"),
    [
        ("https://go.example.com", "https://go.example.com"),
        ("HTTPS://go.example.com/", "https://go.example.com"),
        ("http://[::1]:8911", "http://[::1]:8911"),
    ],
)
def test_an_address_is_taken_without_its_end(text, origin):
    assert admin_origin(text) == origin


@pytest.mark.parametrize(
    "text",
    [
        *("https://", "https://go.example.com/admin/", "https://a@go.example.com", "https://a:b"),
        *(
            "https://go.example.com?a",
            "https://go.example.com#a",
            "https://日本.example",
            "http://[",
        ),
    ],
)
def test_anything_else_is_refused(text):
    with pytest.raises(LinkmgrError, match="without a path"):
        admin_origin(text)
