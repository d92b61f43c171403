"""An owner who uploads reports to a real server, and what is kept of them there."""

import re
import socket
import time
from contextlib import closing, contextmanager

import httpx

from linkmgr.store.db.engine import open_engine
from tests.support.accounts import add_user
from tests.support.servers import CERTIFICATES, PATIENCE

UPLOAD_PATH = "/admin/earnings/import"
NAME = "owner"
PASSWORD = "four plain words here"  # noqa: S105 - of these tests alone
_HEADINGS = (
    "Category,Name,ASIN,Seller,Tracking ID,Date Shipped,Price($),Items Shipped,Returns,"
    "Revenue($),Ad Fees($),Device Type Group,Direct Sale\n"
)
_ROW = "Books,{name},4999999005,Amazon,blog-22,2026-11-{day:02},10,1,0,10,0.25,PHONE,Direct\n"
_BOUNDARY = "a-boundary"


def make_report_file(rows, width):
    """Yield a report by Amazon, whose products have long names."""
    yield _HEADINGS.encode()
    for n in range(rows):
        yield _ROW.format(name="x" * width, day=n % 28 + 1).encode()


def _form(token, file, name="Fee-Earnings_20261201.csv"):
    """Yield the form of the page with a file."""
    for field, value in {"csrf_token": token, "currency": "USD", "edges": "whole"}.items():
        yield (
            f'--{_BOUNDARY}\r\nContent-Disposition: form-data; name="{field}"\r\n\r\n{value}\r\n'
        ).encode()
    yield (
        f'--{_BOUNDARY}\r\nContent-Disposition: form-data; name="report"; filename="{name}"\r\n'
        "Content-Type: text/csv\r\n\r\n"
    ).encode()
    yield from file
    yield f"\r\n--{_BOUNDARY}--\r\n".encode()


_MULTIPART = {"Content-Type": f"multipart/form-data; boundary={_BOUNDARY}"}


class Owner:
    """Somebody who is signed in."""

    def __init__(self, server, address=""):
        self.server = server
        self.address = address or server.admin_url
        self.client = httpx.Client(base_url=self.address, timeout=PATIENCE, verify=CERTIFICATES)
        sent = {"csrf_token": self.token("/admin/login"), "name": NAME, "password": PASSWORD}
        assert self.client.post("/admin/login", data=sent).status_code == 303

    def token(self, path=UPLOAD_PATH):
        return re.search(r'name="csrf-token" content="([^"]+)"', self.client.get(path).text)[1]

    def upload(self, file, token=None):
        content = b"".join(_form(self.token() if token is None else token, file))
        return self.client.post(UPLOAD_PATH, content=content, headers=_MULTIPART)

    def outcome(self, answer):
        """Follow an answer until what came of it is there."""
        while answer.status_code == 303 and f"{UPLOAD_PATH}/" in answer.headers["location"]:
            time.sleep(0.5)
            answer = self.client.get(answer.headers["location"])
            while "data-hx-trigger" in answer.text and "/progress" in answer.text:
                time.sleep(0.5)
                answer = self.client.get(str(answer.url))
        return answer

    @contextmanager
    def half_sent(self):
        """Send the beginning of a large upload."""
        body = b"".join(_form(self.token(), [b"x" * 1_000_000]))
        cookie = "; ".join(f"{name}={value}" for name, value in self.client.cookies.items())
        with closing(open_at(self.server)) as client:
            client.sendall(head(f"Cookie: {cookie}") + body[:-20])
            yield client


def open_at(server):
    return socket.create_connection(("127.0.0.1", server.settings["ADMIN_PORT"]), PATIENCE)


def head(*more):
    lines = (
        f"POST {UPLOAD_PATH} HTTP/1.1",
        "Host: localhost",
        "Content-Length: 7500000",
        f"Content-Type: {_MULTIPART['Content-Type']}",
        *more,
    )
    return "".join(f"{line}\r\n" for line in (*lines, "")).encode()


def kept(server):
    """Return the files of uploads."""
    return [*(server.instance / "uploads").glob("*")]


def add_owner(server):
    """Add the account of the owner to a server that runs on SQLite."""
    engine = open_engine(f"sqlite:///{server.instance / 'linkmgr.db'}")
    add_user(engine, NAME, PASSWORD)
    engine.dispose()
