"""The hot path: `/go/` redirects, `/hit/` only counts, `/seen/` takes reports of views.

Nothing here uses Flask or the database.
"""

from collections.abc import Iterable, Mapping
from datetime import date
from enum import Enum
from html import escape
from time import time_ns
from types import MappingProxyType
from typing import NamedTuple, Protocol
from wsgiref.types import StartResponse, WSGIApplication, WSGIEnvironment

from uuid_utils import uuid7

from linkmgr.clicks.counters import Counters
from linkmgr.clicks.line import click_line
from linkmgr.clicks.model import Click, Route
from linkmgr.clicks.reports import Seen, ViewReport, read_report, report_line
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
from linkmgr.clicks.user_agents import LONGEST, Agent, read_agent
from linkmgr.links.urls import campaign_in
from linkmgr.messages.message import Language, Message, message, translate
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


class RefusalStatus(Enum):
    """Why a request is refused: its status."""

    MALFORMED = "400 Bad Request"
    FORBIDDEN = "403 Forbidden"
    UNKNOWN = "404 Not Found"
    METHOD = "405 Method Not Allowed"


_MESSAGES: Mapping[RefusalStatus, Message] = MappingProxyType(
    {
        RefusalStatus.MALFORMED: message("server.malformed-link"),
        RefusalStatus.FORBIDDEN: message("server.other-origin"),
        RefusalStatus.UNKNOWN: message("server.unknown-link"),
        RefusalStatus.METHOD: message("server.wrong-method"),
    }
)


def redirect(url: str) -> Answer:
    """Redirect to an address, without any cache remembering it."""
    return "302 Found", [("Location", url), *_REDIRECT], b""


def _no_content(*headers: tuple[str, str]) -> Answer:
    """Answer that a hit has arrived, or may be sent."""
    return "204 No Content", [*_COMMON, *headers], b""


def refuse(
    refusal: RefusalStatus, language: Language, site: str, *headers: tuple[str, str]
) -> Answer:
    """Say why a request is refused, in a page that leads to the site."""
    text, url = escape(translate(_MESSAGES[refusal], language)), escape(site)
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

# How long a browser may remember that it may send hits: 2 hours are the most Chromium keeps it.
_PREFLIGHT_SECONDS = "7200"


class Spool(Protocol):
    """What records clicks."""

    def append(self, line: bytes) -> bool:
        """Write a line; `False` if it could not be written. Never raise."""


class Current:
    """What the endpoints serve at present. One other thread may replace either value at any time.

    `served` holds both, so that a request reads them at once.
    """

    __slots__ = ("served",)

    def __init__(self, targets: Targets, today: date) -> None:
        self.served = TargetsOfDay.compute(targets, today)

    @property
    def targets(self) -> Targets:
        """The targets."""
        return self.served.targets

    @targets.setter
    def targets(self, targets: Targets) -> None:
        self.served = TargetsOfDay.compute(targets, self.served.day)

    @property
    def today(self) -> date:
        """The day in the site's time zone."""
        return self.served.day

    @today.setter
    def today(self, today: date) -> None:
        self.served = TargetsOfDay.compute(self.served.targets, today)


class _Refused(Exception):  # noqa: N818 - nothing went wrong here
    def __init__(self, refusal: RefusalStatus, *headers: tuple[str, str]) -> None:
        super().__init__(refusal)
        self.refusal = refusal
        self.headers = headers


class _Visitor(NamedTuple):
    hash: str
    agent: Agent


class _ClickedLink(NamedTuple):
    """The link of a click: the query of its address, and where it led."""

    route: Route
    item: str
    query: LinkQuery
    target: Target
    """Of another item where its own is over."""
    url: str


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
        """Redirect to where a link leads, and count the click."""
        if environ["REQUEST_METHOD"] not in _GO_METHODS:
            raise _wrong_method(_GO_METHODS)
        query = _read_link_query(environ, served, item)
        target = served.leads_to[item]
        url = destination(target, query, served.targets.tags)

        link = _ClickedLink(Route.GO, item, query, target, url)
        if visitor := self._counted_visitor(environ, served.targets, Route.GO):
            self._record_click(environ, served.targets, link, visitor)

        self._counters.redirects += 1
        return redirect(url)

    def _hit(self, environ: WSGIEnvironment, served: TargetsOfDay, item: str) -> Answer:
        """Count a click on a link that led to the shop by itself."""
        allowed = _beacon_headers(environ, served.targets)
        if environ["REQUEST_METHOD"] == "OPTIONS":
            return _preflight(allowed)
        query = _read_link_query(environ, served, item)
        target = served.targets.items[item]  # to which the page's own link leads, ended or not
        url = target.shops.get(query.shop, target.url)

        link = _ClickedLink(Route.HIT, item, query, target, url)
        if visitor := self._counted_visitor(environ, served.targets, Route.HIT):
            self._record_click(environ, served.targets, link, visitor)

        self._counters.hits += 1
        return _no_content(*allowed)

    def _seen(self, environ: WSGIEnvironment, served: TargetsOfDay) -> Answer:
        """Count what a reader saw of a post; bots have no views."""
        allowed = _beacon_headers(environ, served.targets)
        if environ["REQUEST_METHOD"] == "OPTIONS":
            return _preflight(allowed)
        read = read_report(_query_of(environ), served)
        if read is None:
            raise _Refused(RefusalStatus.MALFORMED)
        post, seen = read

        # Sent by a page that stays, as a hit is.
        visitor = self._counted_visitor(environ, served.targets, Route.HIT)
        if visitor and visitor.agent.bot:
            self._counters.not_counted[NotCounted.BOT] += 1
        elif visitor and seen:
            self._record_report(post, seen, visitor)

        self._counters.reports += 1
        return _no_content(*allowed)

    def _counted_visitor(
        self, environ: WSGIEnvironment, targets: Targets, route: Route
    ) -> _Visitor | None:
        """Return the visitor who sent a request, `None` if the request doesn't count.

        A new user agent is judged unless its address has long brought too many.
        """
        visitors = self._visitors
        if reason := not_counted(environ, route, respect_gpc=targets.respect_gpc):
            self._counters.not_counted[reason] += 1
            return None
        address = self._address(environ)
        user_agent = environ.get("HTTP_USER_AGENT", "")[:LONGEST]
        visitor = visitors.find(address, user_agent, targets.site)
        if visitor is None and visitors.is_crowded(address):
            self._note_crowded_out()
            return None
        agent = read_agent(user_agent, environ.get("HTTP_SEC_CH_UA_MOBILE", ""))
        if visitor is None:
            is_bot = agent.bot != ""
            visitor = visitors.admit(address, user_agent, targets.site, is_bot=is_bot)
        if visitor is None:
            self._note_crowded_out()
            return None
        return _Visitor(visitor, agent)

    def _note_crowded_out(self) -> None:
        self._counters.crowded_out += 1
        self._counters.last_crowded_out = time_ns() // 1_000_000_000

    def _address(self, environ: WSGIEnvironment) -> str:
        """Return the client's address, by what a trusted proxy says if there is one."""
        address: str = environ.get("REMOTE_ADDR", "")
        forwarded = environ.get("HTTP_X_FORWARDED_FOR")
        return self._proxies.client(address, forwarded) if forwarded else address

    def _record_click(
        self,
        environ: WSGIEnvironment,
        targets: Targets,
        link: _ClickedLink,
        visitor: _Visitor,
    ) -> None:
        now, query = time_ns(), link.query
        own = targets.items[link.item]
        click = Click(
            id=uuid7(nanoseconds=now).hex,
            time=now // 1_000_000,
            item=link.item,
            post=query.post,
            block=query.block,
            rank=query.rank,
            shop=query.shop if query.shop in own.shops else "",
            route=link.route,
            referrer=referrer_host(environ, link.route),
            device=visitor.agent.device,
            bot=visitor.agent.bot,
            visitor=visitor.hash,
            campaign=campaign_in(link.url),
            variant=variant_of(own, query) if query.variant else "",
            tracking=tracking_of(link.target, query, targets.tags),
        )
        counters = self._counters
        if not self._spool.append(click_line(click)):
            counters.lost += 1
            counters.last_lost = click.time // 1000
        elif click.bot:
            counters.bots += 1
        else:
            counters.clicks += 1

    def _record_report(self, post: str, seen: tuple[Seen, ...], visitor: _Visitor) -> None:
        now = time_ns()
        report = ViewReport(uuid7(nanoseconds=now).hex, now // 1_000_000, post, visitor.hash, seen)
        if self._spool.append(report_line(report)):
            self._counters.spooled_reports += 1
        else:
            self._counters.lost_reports += 1
            self._counters.last_lost = report.time // 1000


def _wrong_method(allowed: tuple[str, ...]) -> _Refused:
    return _Refused(RefusalStatus.METHOD, ("Allow", ", ".join(allowed)))


def _beacon_headers(environ: WSGIEnvironment, targets: Targets) -> Headers:
    """Return the headers of an answer to a beacon of the site's pages.

    Raise _Refused for another method, or another site's page.
    """
    if environ["REQUEST_METHOD"] not in _BEACON_METHODS:
        raise _wrong_method(_BEACON_METHODS)
    origin = environ.get("HTTP_ORIGIN")
    if origin is not None and origin not in targets.origins:
        raise _Refused(RefusalStatus.FORBIDDEN)
    return [("Access-Control-Allow-Origin", origin), ("Vary", "Origin")] if origin else []


def _preflight(allowed: Headers) -> Answer:
    return _no_content(
        ("Allow", ", ".join(_BEACON_METHODS)),
        ("Access-Control-Allow-Methods", "POST"),
        ("Access-Control-Max-Age", _PREFLIGHT_SECONDS),
        *allowed,
    )


def _query_of(environ: WSGIEnvironment) -> str:
    """Return the query. Raise _Refused if the request is too long."""
    text: str = environ.get("QUERY_STRING", "")
    if len(environ["PATH_INFO"]) + len(text) > _LONGEST_REQUEST:
        raise _Refused(RefusalStatus.MALFORMED)
    return text


def _read_link_query(environ: WSGIEnvironment, served: TargetsOfDay, item: str) -> LinkQuery:
    """Read the query of a link to an item. Raise _Refused if the link is not one of ours."""
    text = _query_of(environ)
    if item not in served.leads_to:
        raise _Refused(
            RefusalStatus.MALFORMED if wsgi_text(item) is None else RefusalStatus.UNKNOWN
        )
    query = read_query(text, served.places)
    if query is None:
        raise _Refused(RefusalStatus.MALFORMED)
    return query
