"""Static files are compressed for who takes it, pages never."""

import gzip
from contextlib import closing

import pytest
from werkzeug.test import create_environ
from werkzeug.wsgi import FileWrapper

FILE = "/admin/static/htmx.min.js"


@pytest.fixture
def fetch(admin_client):
    """Give what gets the file, all of it."""

    def get(**headers):
        with closing(admin_client.get(FILE, **headers)) as answer:
            answer.get_data()
        return answer

    return get


def test_a_static_file_is_compressed_and_the_same_inside(fetch):
    plain = fetch()
    small = fetch(Accept_Encoding="gzip, br")
    assert small.headers["Content-Encoding"] == "gzip"
    assert gzip.decompress(small.data) == plain.data
    assert int(small.headers["Content-Length"]) == len(small.data) < len(plain.data) / 2
    assert all("Accept-Encoding" in each.headers["Vary"] for each in (plain, small))


@pytest.mark.parametrize("taken", ["", "br", "gzip;q=0"])
def test_who_does_not_take_it_gets_the_file_as_it_is(fetch, taken):
    answer = fetch(Accept_Encoding=taken)
    assert "Content-Encoding" not in answer.headers
    assert answer.data.startswith(b"var htmx=")


@pytest.mark.parametrize("asked", [{}, {"HTTP_RANGE": "bytes=0-7"}, {"REQUEST_METHOD": "HEAD"}])
def test_a_server_gets_no_open_file_to_send(admin_app, asked):
    environ = create_environ(FILE) | {"wsgi.file_wrapper": FileWrapper} | asked
    with closing(admin_app(environ, lambda *_: None)) as answer:
        assert not isinstance(answer, FileWrapper)


def test_a_file_that_a_browser_has_is_not_sent_again(fetch):
    etag = fetch(Accept_Encoding="gzip").headers["ETag"]
    again = fetch(Accept_Encoding="gzip", If_None_Match=etag)
    assert (again.status_code, again.data) == (304, b"")


def test_a_part_of_a_file_is_of_the_file_as_it_is(fetch):
    part = fetch(Accept_Encoding="gzip", Range="bytes=0-7")
    assert (part.status_code, part.data) == (206, b"var htmx")


def test_a_page_with_a_token_is_not_compressed(admin_client):
    answer = admin_client.get("/admin/items", Accept_Encoding="gzip")
    assert "Content-Encoding" not in answer.headers
