"""The hot path: `/go/` redirects, `/hit/` only counts, `/seen/` takes reports of views.

Nothing here uses Flask or the database.
"""

from collections.abc import Iterable, Mapping
from datetime import date
from enum import Enum
from html import escape
from math import inf
from time import time_ns
from types import MappingProxyType
from typing import Protocol
from wsgiref.types import StartResponse, WSGIApplication, WSGIEnvironment

from uuid_utils import uuid7

from linkmgr.clicks.bots import LONGEST
from linkmgr.clicks.counters import Counters
from linkmgr.clicks.line import agent_line, click_line
from linkmgr.clicks.model import NOT_JUDGED, Click, Device, Route
from linkmgr.clicks.reports import Report, Seen, read_report, report_line
from linkmgr.clicks.request import NotCounted, Proxies, not_counted, referrer_host
from linkmgr.clicks.targets import (
    LinkQuery,
    Target,
    Targets,
    TargetsOfDay,
    destination,
    read_query,
    tracking_of,
    variant_of,
    wsgi_text,
)
from linkmgr.clicks.user_agents import read_agent
from linkmgr.links.urls import campaign_in
from linkmgr.messages.message import Language, Message, message, word
from linkmgr.web.visitors import Visitors

# Answers: redirects, empty ones and refusals.

Headers = list[tuple[str, str]]

_COMMON = (
    # A cached redirect is a lost click, and a shared cache would store what a reader sent.
    ("Cache-Control", "private, no-store"),
    ("X-Robots-Tag", "noindex"),
    # The shop must see which site a reader comes from: a redirect's
    # own policy holds for the request that follows it.
    ("Referrer-Policy", "no-referrer-when-downgrade"),
    ("X-Content-Type-Options", "nosniff"),
)
_REDIRECT = ("Content-Length", "0"), *_COMMON
_PAGE = (
    ("Content-Type", "text/html; charset=utf-8"),
    ("Content-Security-Policy", "default-src 'none'"),
)

Answer = tuple[str, Headers, bytes]
"""Status, headers and body as WSGI takes them."""


class Refusal(Enum):
    """Why a request is refused: its status."""

    MALFORMED = "400 Bad Request"
    FORBIDDEN = "403 Forbidden"
    UNKNOWN = "404 Not Found"
    METHOD = "405 Method Not Allowed"


_MESSAGES: Mapping[Refusal, Message] = MappingProxyType(
    {
        Refusal.MALFORMED: message("server.malformed-link"),
        Refusal.FORBIDDEN: message("server.other-origin"),
        Refusal.UNKNOWN: message("server.unknown-link"),
        Refusal.METHOD: message("server.wrong-method"),
    }
)


def redirect(url: str) -> Answer:
    """Redirect to an address, without any cache remembering it."""
    return "302 Found", [("Location", url), *_REDIRECT], b""


def _no_content(*headers: tuple[str, str]) -> Answer:
    """Say that a hit has arrived, or may be sent."""
    return "204 No Content", [*_COMMON, *headers], b""


def refuse(refusal: Refusal, language: Language, site: str, *headers: tuple[str, str]) -> Answer:
    """Say why a request is refused, in a page that leads to the site."""
    text, url = escape(word(_MESSAGES[refusal], language)), escape(site)
    body = (
        f'<!doctype html>\n<html lang="{language}">\n<meta charset="utf-8">\n'
        '<meta name="viewport" content="width=device-width">\n'
        f'<title>{text}</title>\n<p>{text}</p>\n<p><a href="{url}">{url}</a></p>\n'
    ).encode()
    length = ("Content-Length", str(len(body)))
    return refusal.value, [*_PAGE, length, *_COMMON, *headers], body


# Requests, and the clicks that they are counted as.

GO = "/go/"
HIT = "/hit/"
SEEN = "/seen/"

_GO_METHODS = ("GET", "HEAD")
# Neither pings nor beacons ask first; a page that posts its hits by `fetch` with headers does.
_BEACON_METHODS = ("POST", "OPTIONS")

# Path and query together, in bytes; the longest link of ours has some 650, and pages split reports.
_LONGEST_REQUEST = 2000

# In how many seconds a spool file ends that has a user agent, or a report, of which sums alone are
# kept: at once would be a file a line, and each that has been leaves a row in the database.
_AGENT_SECONDS = 5.0
_REPORTED_SECONDS = 600.0

# How long a browser may remember that it may send hits: 2 hours are the most Chromium keeps it.
_PREFLIGHT_SECONDS = "7200"


class Spool(Protocol):
    """What records clicks."""

    def append(self, line: bytes, *, ends_in: float = inf) -> bool:
        """Write a line; `False` if it could not be written. Never raise.

        One that must be deleted once it is loaded is in a file that ends in so many seconds.
        """


class Current:
    """What the endpoints serve at present. One other thread may replace either value at any time.

    `served` holds both, so that a request reads them at once.
    """

    __slots__ = ("served",)

    def __init__(self, targets: Targets, today: date) -> None:
        self.served = TargetsOfDay.of(targets, today)

    @property
    def targets(self) -> Targets:
        """The targets."""
        return self.served.targets

    @targets.setter
    def targets(self, targets: Targets) -> None:
        self.served = TargetsOfDay.of(targets, self.served.day)

    @property
    def today(self) -> date:
        """The day in the site's time zone."""
        return self.served.day

    @today.setter
    def today(self, today: date) -> None:
        self.served = TargetsOfDay.of(self.served.targets, today)


class _Refused(Exception):  # noqa: N818 - nothing went wrong here
    def __init__(self, refusal: Refusal, *headers: tuple[str, str]) -> None:
        super().__init__(refusal)
        self.refusal = refusal
        self.headers = headers


class Endpoints:
    """A WSGI callable that answers `/go/`, `/hit/` and `/seen/`; all else it leaves to `rest`."""

    def __init__(  # noqa: PLR0913 - each is of another thread, process or setting
        self,
        rest: WSGIApplication,
        *,
        current: Current,
        spool: Spool,
        visitors: Visitors,
        proxies: Proxies,
        counters: Counters,
    ) -> None:
        self._rest = rest
        self._current = current
        self._spool = spool
        self._visitors = visitors
        self._proxies = proxies
        self._counters = counters

    def __call__(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        path = environ.get("PATH_INFO", "")
        served = self._current.served
        try:
            if path.startswith(GO):
                status, headers, body = self._go(environ, served, path[len(GO) :])
            elif path.startswith(HIT):
                status, headers, body = self._hit(environ, served, path[len(HIT) :])
            elif path == SEEN and served.targets.views:
                status, headers, body = self._seen(environ, served)
            else:
                return self._rest(environ, start_response)
        except _Refused as refused:
            self._counters.refused += 1
            targets = served.targets
            status, headers, body = refuse(
                refused.refusal, targets.language, targets.site, *refused.headers
            )
        start_response(status, headers)
        return [b"" if environ["REQUEST_METHOD"] == "HEAD" else body]

    def _go(self, environ: WSGIEnvironment, served: TargetsOfDay, item: str) -> Answer:
        if environ["REQUEST_METHOD"] not in _GO_METHODS:
            raise _wrong_method(_GO_METHODS)
        query = _read_link(environ, served, item)
        target = served.leads_to[item]
        url = destination(target, query, served.targets.tags)
        self._count(environ, served.targets, Route.GO, item, query, target, url)
        self._counters.redirects += 1
        return redirect(url)

    def _hit(self, environ: WSGIEnvironment, served: TargetsOfDay, item: str) -> Answer:
        allowed = _beacon_headers(environ, served.targets)
        if environ["REQUEST_METHOD"] == "OPTIONS":
            return _preflight(allowed)
        query = _read_link(environ, served, item)
        target = served.targets.items[item]  # to which the page's own link leads, ended or not
        url = target.shops.get(query.shop, target.url)
        self._count(environ, served.targets, Route.HIT, item, query, target, url)
        self._counters.hits += 1
        return _no_content(*allowed)

    def _seen(self, environ: WSGIEnvironment, served: TargetsOfDay) -> Answer:
        allowed = _beacon_headers(environ, served.targets)
        if environ["REQUEST_METHOD"] == "OPTIONS":
            return _preflight(allowed)
        read = read_report(_query_of(environ), served)
        if read is None:
            raise _Refused(Refusal.MALFORMED)
        self._count_seen(environ, served.targets, *read)
        self._counters.reports += 1
        return _no_content(*allowed)

    def _count(  # noqa: PLR0913, PLR0917 - all that a click is made of
        self,
        environ: WSGIEnvironment,
        targets: Targets,
        route: Route,
        item: str,
        query: LinkQuery,
        led_to: Target,
        url: str,
    ) -> None:
        """Count a click on the link to an item, which led to a target at a URL."""
        if reason := not_counted(environ, route, respect_gpc=targets.respect_gpc):
            self._counters.not_counted[reason] += 1
            return
        now = time_ns()
        user_agent, bot, device = _read_agent(environ)
        target = targets.items[item]
        click = Click(
            id=uuid7(nanoseconds=now).hex,
            time=now // 1_000_000,
            item=item,
            post=query.post,
            block=query.block,
            rank=query.rank,
            shop=query.shop if query.shop in target.shops else "",
            route=route,
            referrer=referrer_host(environ, route),
            device=device,
            bot=bot,
            visitor=self._visitors.hash(self._address(environ), user_agent, targets.site),
            campaign=campaign_in(url),
            variant=variant_of(target, query) if query.variant else "",
            tracking=tracking_of(led_to, query, targets.tags),
        )
        self._record(click, user_agent)

    def _count_seen(
        self, environ: WSGIEnvironment, targets: Targets, post: str, seen: tuple[Seen, ...]
    ) -> None:
        """Count what was seen of a post."""
        if reason := not_counted(environ, Route.HIT, respect_gpc=targets.respect_gpc):
            self._counters.not_counted[reason] += 1
            return
        user_agent, bot, _ = _read_agent(environ)
        if bot not in {"", NOT_JUDGED}:
            self._counters.not_counted[NotCounted.BOT] += 1
            return
        if not seen:
            return
        now = time_ns()
        visitor = self._visitors.hash(self._address(environ), user_agent, targets.site)
        report = Report(uuid7(nanoseconds=now).hex, now // 1_000_000, post, bot, visitor, seen)
        if self._append(report_line(report), report, user_agent, _REPORTED_SECONDS):
            self._counters.spooled_reports += 1
        else:
            self._counters.lost_reports += 1

    def _address(self, environ: WSGIEnvironment) -> str:
        """Return the client's address, by what a trusted proxy says if there is one."""
        address: str = environ.get("REMOTE_ADDR", "")
        forwarded = environ.get("HTTP_X_FORWARDED_FOR")
        return self._proxies.client(address, forwarded) if forwarded else address

    def _record(self, click: Click, user_agent: str) -> None:
        """Append a click to the spool, and count it."""
        counters = self._counters
        if not self._append(click_line(click), click, user_agent):
            counters.lost += 1
        elif click.bot == NOT_JUDGED:
            counters.unknown += 1
        elif click.bot:
            counters.bots += 1
        else:
            counters.clicks += 1

    def _append(
        self, line: bytes, of: Click | Report, user_agent: str, ends_in: float = inf
    ) -> bool:
        """Append a line to the spool, with the user agent if the loader is to judge it."""
        if of.bot == NOT_JUDGED:
            line, ends_in = agent_line(of.id, user_agent) + line, _AGENT_SECONDS
        is_there = self._spool.append(line, ends_in=ends_in)
        if not is_there:
            self._counters.last_lost = of.time // 1000
        return is_there


def _wrong_method(allowed: tuple[str, ...]) -> _Refused:
    return _Refused(Refusal.METHOD, ("Allow", ", ".join(allowed)))


def _beacon_headers(environ: WSGIEnvironment, targets: Targets) -> Headers:
    """Return the headers of an answer to a beacon of the site's pages.

    Raise _Refused for another method, or another site's page.
    """
    if environ["REQUEST_METHOD"] not in _BEACON_METHODS:
        raise _wrong_method(_BEACON_METHODS)
    origin = environ.get("HTTP_ORIGIN")
    if origin is not None and origin not in targets.origins:
        raise _Refused(Refusal.FORBIDDEN)
    return [("Access-Control-Allow-Origin", origin), ("Vary", "Origin")] if origin else []


def _preflight(allowed: Headers) -> Answer:
    return _no_content(
        ("Allow", ", ".join(_BEACON_METHODS)),
        ("Access-Control-Allow-Methods", "POST"),
        ("Access-Control-Max-Age", _PREFLIGHT_SECONDS),
        *allowed,
    )


def _read_agent(environ: WSGIEnvironment) -> tuple[str, str, Device]:
    """Return the user agent, why it is not a reader's, and the kind of device."""
    user_agent = environ.get("HTTP_USER_AGENT", "")[:LONGEST]
    return user_agent, *read_agent(user_agent, environ.get("HTTP_SEC_CH_UA_MOBILE", ""))


def _query_of(environ: WSGIEnvironment) -> str:
    """Return the query. Raise _Refused if the request is too long."""
    text: str = environ.get("QUERY_STRING", "")
    if len(environ["PATH_INFO"]) + len(text) > _LONGEST_REQUEST:
        raise _Refused(Refusal.MALFORMED)
    return text


def _read_link(environ: WSGIEnvironment, served: TargetsOfDay, item: str) -> LinkQuery:
    """Read a link to an item. Raise _Refused if it is not one of ours."""
    text = _query_of(environ)
    if item not in served.leads_to:
        raise _Refused(Refusal.MALFORMED if wsgi_text(item) is None else Refusal.UNKNOWN)
    query = read_query(text, served.places)
    if query is None:
        raise _Refused(Refusal.MALFORMED)
    return query
