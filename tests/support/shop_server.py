"""A shop on a socket that behaves as shops, their guards and broken servers do."""

import ssl
import subprocess
import threading
import time
from collections import Counter
from contextlib import contextmanager
from dataclasses import replace

from linkmgr.check.visit import Pace, Visitor
from linkmgr.links.programmes.profiles import packaged_profiles
from linkmgr.network.public import UnresolvedError
from linkmgr.network.request import Client, Limits
from tests.support.quiet_http import QuietHandler, QuietServer

LOCAL = "127.0.0.1"
PRIVATE = "10.1.2.3"
# As short as a busy machine allows, for the tests wait for what never comes.
LIMITS = Limits(connect=5.0, read=0.5, total=1.0, body=20_000)
IMPATIENT = replace(LIMITS, read=0.1, total=0.2)  # of pages that no machine answers in time
_DRIP = 0.02  # seconds between two bytes
_PAUSE, _REDIRECTS = 0.0, 5
PRODUCT = "<title>Kettle</title><p>A good kettle."
CAPTCHA = "<title>Robot Check</title><form action=/errors/validateCaptcha>"

# Path: status, headers, body.
_PLAIN = {
    "/": (200, {}, "<title>Shop"),
    "/kettle": (200, {}, PRODUCT),
    "/challenge/robot-checkers": (200, {}, PRODUCT + "Robot Checkers, a game"),
    "/picture.png": (200, {"Content-Type": "image/png"}, "png"),
    "/newsletter": (200, {}, PRODUCT + "<script src=recaptcha.js></script>" + "x" * 30_000),
    "/gone": (404, {}, "gone"),
    "/gone-for-good": (410, {}, "gone"),
    "/forbidden": (403, {}, "no"),
    "/busy": (429, {"Retry-After": "120"}, "later"),
    "/closed": (503, {"Retry-After": "Wed, 21 Oct 2099 07:28:00 GMT"}, "later"),
    "/broken": (500, {}, "oops"),
    "/captcha": (200, {}, CAPTCHA),
    "/short-captcha": (200, {}, "<p>Please solve this CAPTCHA"),
    "/challenge-header": (200, {"cf-mitigated": "challenge"}, "wait"),
    "/to-captcha": (302, {"Location": "/errors/validateCaptcha?a=1"}, ""),
    "/errors/validateCaptcha": (200, {}, "type the letters"),
    "/moved": (301, {"Location": "/kettle"}, ""),
    "/to-home": (302, {"Location": "/"}, ""),
    "/to-gone": (302, {"Location": "/gone"}, ""),
    "/loop": (302, {"Location": "/pool"}, ""),
    "/pool": (302, {"Location": "/loop"}, ""),
    "/to-private": (302, {"Location": f"http://{PRIVATE}/admin"}, ""),
    "/to-private-name": (302, {"Location": "http://inside.test/admin"}, ""),
    "/to-ipv6": (302, {"Location": "http://[::1]/"}, ""),
    "/to-number": (302, {"Location": "http://2130706433/"}, ""),
    "/to-tagged": (302, {"Location": "/kettle?tag=ours-22&color=red&utm_source=tea#top"}, ""),
    "/to-no-address": (302, {"Location": "http://["}, ""),
    "/to-file": (302, {"Location": "file:///etc/passwd"}, ""),
    "/to-programme": (302, {"Location": "https://px.a8.net/svt/ejp?a8mat=1+2+3+4"}, ""),
    "/to-short": (302, {"Location": "https://amzn.to/3abc"}, ""),
}


class ShopServer(QuietServer):
    """The shop; `requests` are those that it got, as "METHOD path".

    A test sets `statuses`, by path, of pages that change.
    """

    daemon_threads = True

    def __init__(self):
        super().__init__((LOCAL, 0), _Shop)
        self.requests = []
        self.statuses = None
        self.agents = set()
        self.now_open = Counter()
        self.most_open = 0

    def url(self, path, host="shop.test"):
        return f"http://{host}:{self.server_port}{path}"


class _Shop(QuietHandler):
    def do_HEAD(self):  # noqa: N802 - as the library calls it
        self._answer()

    def do_GET(self):  # noqa: N802 - as the library calls it
        self._answer()

    def _answer(self):
        self.server.requests.append(f"{self.command} {self.path}")
        self.server.agents.add(self.headers["User-Agent"])
        self.close_connection = True
        name = "_" + self.path.strip("/").partition("?")[0].replace("-", "_")
        if self.server.statuses is not None:
            self._send(self.server.statuses.get(self.path, 200), {}, PRODUCT)
        elif special := getattr(self, name, None):
            special()
        elif self.path.startswith("/hops/"):
            self._send(302, {"Location": f"/hops/{int(self.path[6:]) + 1}"}, "")
        else:
            self._send(*_PLAIN.get(self.path.partition("?")[0], (404, {}, "none")))

    def _send(self, status, headers, body):
        self.send_response(status)
        for name, value in {"Content-Type": "text/html", **headers}.items():
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        if self.command == "GET":
            self.wfile.write(body.encode())

    def _no_head(self):
        """Refuse HEAD."""
        self._send(*((405, {}, "") if self.command == "HEAD" else _PLAIN["/kettle"]))

    _no_head_2 = _no_head

    def _wrong_head(self):
        """Say of a page to HEAD that it is gone."""
        self._send(*((404, {}, "") if self.command == "HEAD" else _PLAIN["/kettle"]))

    def _silent_head(self):
        """Hang up on HEAD."""
        if self.command == "GET":
            self._send(*_PLAIN["/kettle"])

    def _slow(self):
        time.sleep(3 * IMPATIENT.read)

    def _drip_headers(self):
        self.wfile.write(b"HTTP/1.1 200 OK\r\n")
        for number in range(100):
            self.wfile.write(b"x-%d: 1\r\n" % number)
            time.sleep(_DRIP)

    def _drip_body(self):
        self.wfile.write(b"HTTP/1.1 404 Not Found\r\nContent-Length: 1000\r\n\r\n")
        for _ in range(100 if self.command == "GET" else 0):
            self.wfile.write(b"x")
            time.sleep(_DRIP)

    def _endless(self):
        self.wfile.write(b"HTTP/1.1 200 OK\r\nContent-Type: text/html\r\n\r\n")
        while self.command == "GET":
            self.wfile.write(PRODUCT.encode() * 100)

    def _huge_headers(self):
        self.wfile.write(b"HTTP/1.1 200 OK\r\n")
        for number in range(3000):
            self.wfile.write(b"x-%d: %s\r\n" % (number, b"y" * 100))
        self.wfile.write(b"\r\n")

    def _hang_up(self):
        self.connection.close()

    def _no_http(self):
        self.wfile.write(b"220 mail.test ESMTP\r\n")


@contextmanager
def shop_open(certificate=None):
    """Open a shop, over TLS with a certificate."""
    server = ShopServer()
    if certificate:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(certificate)
        server.socket = context.wrap_socket(server.socket, server_side=True)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    try:
        yield server
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


def own_certificate(file):
    """Make a certificate that nobody signed but itself."""
    make = ["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1"]
    names = ["-nodes", "-subj", "/CN=shop.test", "-addext", "subjectAltName=DNS:shop.test"]
    files = ["-keyout", str(file), "-out", str(file.with_suffix(".crt"))]
    subprocess.run([*make, *names, *files], check=True, capture_output=True)
    file.write_bytes(file.read_bytes() + file.with_suffix(".crt").read_bytes())
    return file


def names_here(host, _port):
    """Resolve the names of the tests: shops are here, `inside.test` is in a private network."""
    known = {"inside.test": [PRIVATE], "both.test": [LOCAL, PRIVATE], "::1": ["::1"]}
    if host.endswith("shop.test"):
        return [LOCAL]
    if host == "unknown.test":
        raise UnresolvedError(host)
    return known.get(host, [host])


def visitor(limits=LIMITS, resolve=names_here, pace=None):
    """Make a visitor who may come to this machine, and to no other private address."""
    client = Client("linkmgr/test", limits, resolve, lambda address: address == LOCAL)
    return Visitor(client, pace or Pace(_PAUSE), _REDIRECTS, packaged_profiles())
