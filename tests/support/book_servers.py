"""A server that plays the services that know books, well or badly, and a search that asks it."""

import json
import threading
import time
from contextlib import contextmanager
from urllib.parse import parse_qs, urlsplit

from linkmgr.book_data import AnswerCache, BookSearch, BookService
from linkmgr.network.request import Client, Limits
from tests.support.quiet_http import QuietHandler, QuietServer

ISBN = "9784048930659"
LOCAL = "127.0.0.1"
# As short as a busy machine allows, for tests of those who answer; and as long as others wait.
_LIMITS = Limits(connect=5.0, read=5.0, total=5.0, body=20_000)
IMPATIENT = Limits(connect=5.0, read=0.3, total=5.0, body=20_000)

_PATHS = {
    "/v1/get": BookService.OPENBD,
    "/api/books": BookService.OPEN_LIBRARY,
}


def openbd(**summary):
    """Answer as openBD does."""
    known = {
        "isbn": ISBN,
        "title": "Clean Architecture",
        "volume": "",
        "series": "",
        "publisher": "ドワンゴ",
        "pubdate": "201807",
        "author": "Robert C.Martin／著 角征典／翻訳 高木正弘／翻訳",
        "cover": f"https://cover.openbd.jp/{ISBN}.jpg",
    }
    return json.dumps([{"onix": {}, "hanmoto": {}, "summary": known | summary}])


def open_library(**book):
    """Answer as Open Library does."""
    known = {
        "title": "Clean Architecture",
        "authors": [{"url": "https://openlibrary.org/authors/OL1A", "name": "Robert C. Martin"}],
        "publishers": [{"name": "Dwango"}],
        "cover": {"medium": "https://covers.openlibrary.org/b/id/1-M.jpg"},
    }
    return json.dumps({f"ISBN:{ISBN}": known | book})


class BookServer(QuietServer):
    """The services; `answers` are what they say: a body, or status, headers and body.

    Instead of a body, `silence` never comes, and `flood` never ends. `requests` are those it got.
    """

    daemon_threads = True

    def __init__(self):
        super().__init__((LOCAL, 0), _Service)
        self.answers = {}
        self.requests = []

    def play(self, **answers):
        """Set the answers by the names of `BookService`; the others know no book."""
        nothing = {
            BookService.OPENBD: "[null]",
            BookService.OPEN_LIBRARY: "{}",
        }
        self.answers = nothing | {BookService[name.upper()]: body for name, body in answers.items()}
        self.requests.clear()

    def asked(self):
        """Return which services were asked."""
        return {source for source, _ in self.requests}


class _Service(QuietHandler):
    def do_GET(self):  # noqa: N802 - as the library calls it
        self.close_connection = True
        address = urlsplit(self.path)
        source = _PATHS.get(address.path)
        if source is None:  # where a redirect leads
            self._send(200, {}, self.server.answers.get(address.path, ""))
            return
        self.server.requests.append((source, parse_qs(address.query)))
        answer = self.server.answers[source]
        if callable(answer):
            answer(self)
        else:
            self._send(*((200, {}, answer) if isinstance(answer, str) else answer))

    def _send(self, status, headers, body):
        data = body.encode()
        self.send_response(status)
        for name, value in headers.items():
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(data)))
        self.end_headers()
        self.wfile.write(data)


def silence(_service):
    """Answer when nobody waits any more."""
    time.sleep(2 * IMPATIENT.read)


def flood(service):
    """Answer without an end."""
    service.wfile.write(b"HTTP/1.1 200 OK\r\n\r\n[")
    while True:
        service.wfile.write(b"null," * 1000)


@contextmanager
def book_services():
    """Open the services, which know no book yet."""
    server = BookServer()
    server.play()
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    try:
        yield server
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


def book_search(server, folder, *, with_covers=False, limits=_LIMITS, is_allowed=None, **clock):
    """Make a search that asks the services of a server, and keeps its answers in a folder."""
    address = f"http://{LOCAL}:{server.server_port}"
    client = Client("linkmgr/test", limits, is_allowed=is_allowed or (lambda ip: ip == LOCAL))
    cache = AnswerCache(folder / "book-data.json", **clock)
    return BookSearch(client, cache, with_covers, dict.fromkeys(BookService, address))
