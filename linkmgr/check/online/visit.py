"""One look at a shop's page: HEAD, then GET, with redirects followed by hand."""

import re
import ssl
import time
from contextlib import suppress
from email.utils import parsedate_to_datetime
from typing import NamedTuple
from urllib.parse import urljoin, urlsplit

import httpcore

from linkmgr.check.online.captcha import is_captcha
from linkmgr.check.online.model import Answer, Look
from linkmgr.check.online.pace import Pace
from linkmgr.links.programmes.profile import Profiles
from linkmgr.links.recognition.shop_pages import earns_by_visit, without_earning
from linkmgr.links.urls import encode_url, web_problem
from linkmgr.network.public import AddressRefusedError, UnresolvedError
from linkmgr.network.request import FAILURES, Client, Method, Response

_REDIRECTS = frozenset((301, 302, 303, 307, 308))
_GONE = frozenset((404, 410))
_BLOCKED = frozenset((401, 403, 429, 503))
_NO_HEAD = frozenset((405, 501))
# How servers that know nothing of HEAD leave it without a response.
_NO_RESPONSE = (httpcore.ReadError, httpcore.ReadTimeout, httpcore.RemoteProtocolError)
# Of these a GET would say the same, and only be one request more.
_FINAL_FOR_HEAD = frozenset((429, 503))
_HOME = re.compile(r"/(?:index\.\w+|ref=[^/]*)?")


class _Reply(NamedTuple):
    """The last response of an address, and where it sends the visitor."""

    response: Response
    location: str | None


class Visitor:
    """Looks at pages, by the pace of their hosts, but at no server of a programme."""

    def __init__(self, client: Client, pace: Pace, redirects: int, programmes: Profiles) -> None:
        self._client = client
        self.pace = pace
        self._redirects = redirects
        self._programmes = programmes
        self._without_head: set[str] = set()

    def look(self, url: str) -> Look:
        """Look at the page at an address as `shop_page` gives it."""
        try:
            return self._follow(url)
        except AddressRefusedError:
            return Look(Answer.NOT_PUBLIC)
        except UnresolvedError:
            return Look(Answer.UNRESOLVED)
        except httpcore.TimeoutException:
            return Look(Answer.TIMEOUT)
        except FAILURES as error:
            is_tls = isinstance(error.__cause__, ssl.SSLError)
            return Look(Answer.BAD_TLS if is_tls else Answer.NO_ANSWER)

    def _follow(self, url: str) -> Look:
        # A page that was noted before its server was known as a programme's.
        if earns_by_visit(url, self._programmes):
            return Look(Answer.HIDDEN)
        address, seen = url, {url}
        for _ in range(self._redirects + 1):
            response, location = self._ask(address)
            if location is None:
                return _judge(response, url, address)
            address = _redirected(address, location)
            if web_problem(address):
                return Look(Answer.NOT_PUBLIC, response.status)
            if earns_by_visit(address, self._programmes):
                return Look(Answer.HIDDEN, response.status)
            address = without_earning(address)
            if address in seen:
                break
            seen.add(address)
        return Look(Answer.LOOP, response.status, address)

    def _ask(self, url: str) -> _Reply:
        """Ask for the page's head, and for the page where that says too little."""
        host = urlsplit(url).netloc
        if host not in self._without_head:
            try:
                reply = self._send("HEAD", url, host)
            except _NO_RESPONSE:
                self._without_head.add(host)
                return self._send("GET", url, host)
            if _says_enough(reply):
                return reply
            if reply.response.status in _NO_HEAD:
                self._without_head.add(host)
        return self._send("GET", url, host)

    def _send(self, method: Method, url: str, host: str) -> _Reply:
        self.pace.wait(host)
        try:
            response = self._client.ask(method, url)
        finally:
            self.pace.asked(host)
        if response.status not in _REDIRECTS:
            return _Reply(response, None)
        return _Reply(response, response.headers.get("location"))


def _says_enough(head: _Reply) -> bool:
    """Whether the page itself would say no more: HTML is read, as that of a CAPTCHA is "200 OK"."""
    status = head.response.status
    is_good = 200 <= status < 300  # noqa: PLR2004
    is_file = is_good and not head.response.is_html
    return head.location is not None or status in _FINAL_FOR_HEAD or is_file


def _judge(response: Response, url: str, address: str) -> Look:
    """Say what the last response means for the page at `url`, redirected to `address`."""
    status, target = response.status, "" if address == url else address
    if status in _GONE:
        return Look(Answer.GONE, status, target)
    if status in _BLOCKED:
        return Look(Answer.BLOCKED, status, target, _retry_after(response))
    if is_captcha(response, target):
        return Look(Answer.CAPTCHA, status, target)
    if not 200 <= status < 300:  # noqa: PLR2004
        return Look(Answer.ERROR, status, target)
    if target and _is_home(target) and not _is_home(url):
        return Look(Answer.HOME, status, target)
    return Look(Answer.FOUND, status, target)


def _redirected(address: str, location: str) -> str:
    """Return where a page sends visitors on; empty for what is no address."""
    try:
        return encode_url(urljoin(address, location.strip()))
    except ValueError:  # such as "http://["
        return ""


def _is_home(url: str) -> bool:
    return _HOME.fullmatch(urlsplit(url).path) is not None


def _retry_after(response: Response) -> float:
    """Return how many seconds the server wants to be left alone (RFC 9110, Retry-After)."""
    value = response.headers.get("retry-after", "").strip()
    if value.isascii() and value.isdigit():
        return float(value[:9])
    with suppress(ValueError, TypeError):
        return max(0.0, parsedate_to_datetime(value).timestamp() - time.time())
    return 0.0
