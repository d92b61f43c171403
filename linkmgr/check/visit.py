"""`linkmgr check --online`: visits the shops' pages that a site links to, and reports dead ones.

Hosts take turns, with a pause between two requests to each; no server of a programme is asked.
"""

import re
import ssl
import time
from collections import Counter, defaultdict, deque
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from email.utils import parsedate_to_datetime
from typing import NamedTuple, Protocol, Self
from urllib.parse import urljoin, urlsplit

import httpcore

from linkmgr import __version__
from linkmgr.builder.processes import Track
from linkmgr.catalog.model import Catalog
from linkmgr.check.findings import DEAD_SHOP_PAGE, UNREACHABLE_SHOP_PAGE, Finding
from linkmgr.check.online import Answer, Look, PageState, ShopPage
from linkmgr.check.shop_links import PageShopLink, programmes_of
from linkmgr.links.programmes.profile import Profiles
from linkmgr.links.recognition.shop_pages import earns_by_visit, without_earning
from linkmgr.links.urls import MAX_LENGTH, encode_url, web_problem
from linkmgr.messages.errors import LinkmgrError
from linkmgr.messages.message import message
from linkmgr.network.public import AddressRefusedError, UnresolvedError
from linkmgr.network.request import FAILURES, Client, Limits, Method, Response


class Pace:
    """Leaves a `pause` (seconds) between two requests to a host."""

    def __init__(self, pause: float) -> None:
        self._pause = pause
        self._ready: dict[str, float] = defaultdict(float)

    def ready(self, host: str) -> float:
        """Return when the host may be asked, in monotonic seconds."""
        return self._ready[host]

    def wait(self, host: str) -> None:
        """Wait until the host may be asked."""
        time.sleep(max(0.0, self._ready[host] - time.monotonic()))

    def asked(self, host: str) -> None:
        """Note that the host has just answered, or failed to."""
        self._ready[host] = time.monotonic() + self._pause

    def rest(self, host: str, seconds: float) -> None:
        """Leave the host alone for some seconds."""
        self._ready[host] = max(self._ready[host], time.monotonic() + seconds)


# Pages that a server shows instead of the one that was asked for, to keep programs out.

# In the address to which the visitor is sent: Amazon's /errors/validateCaptcha, Google's /sorry/.
_ADDRESS = re.compile(r"captcha|/challenge(?:[/?]|$)|/sorry/|/cdn-cgi/", re.IGNORECASE)
# Headers by which Cloudflare and AWS WAF mark a challenge.
_HEADERS = ("cf-mitigated", "x-amzn-waf-action")
# Phrases of such pages: Amazon's, Cloudflare's, DataDome's, PerimeterX', Imperva's, AWS WAF's.
_CERTAIN = re.compile(
    r"api-services-support@amazon|/errors/validateCaptcha|画像に表示されている文字"
    r"|<title[^>]*>\s*Robot Check"
    r"|_cf_chl_|cf-challenge|captcha-delivery\.com|px-captcha|_Incapsula_Resource|awsWafCookie"
    r"|AwsWafIntegration|ロボットではありません|are you a (?:human|robot)",
    re.IGNORECASE,
)
# A short page with this word is nothing else; a product's page may have it in a form.
_WORD = re.compile(r"captcha", re.IGNORECASE)
_SHORT = 16_384


def _is_captcha(response: Response, target: str) -> bool:
    """Whether a response asks for a human. `target`: where redirects led, empty without any."""
    if _ADDRESS.search(target):
        return True
    if any(name in response.headers for name in _HEADERS):
        return True
    if _CERTAIN.search(response.body):
        return True
    is_short = response.is_whole and len(response.body) < _SHORT
    return is_short and bool(_WORD.search(response.body))


# One look at a shop's page: HEAD, then GET, with redirects followed by hand.

_REDIRECTS = frozenset((301, 302, 303, 307, 308))
_GONE = frozenset((404, 410))
_BLOCKED = frozenset((401, 403, 429, 503))
_NO_HEAD = frozenset((405, 501))
# How servers that do not know HEAD leave it unanswered.
_NO_RESPONSE = (httpcore.ReadError, httpcore.ReadTimeout, httpcore.RemoteProtocolError)
# For these a GET would say the same, and only be one more request.
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
    """Return the verdict on the page at `url`, redirected to `address`, by the last response."""
    status, target = response.status, "" if address == url else address
    if status in _GONE:
        return Look(Answer.GONE, status, target)
    if status in _BLOCKED:
        return Look(Answer.BLOCKED, status, target, _retry_after(response))
    if _is_captcha(response, target):
        return Look(Answer.CAPTCHA, status, target)
    if not 200 <= status < 300:  # noqa: PLR2004
        return Look(Answer.ERROR, status, target)
    if target and _is_home(target) and not _is_home(url):
        return Look(Answer.HOME, status, target)
    return Look(Answer.FOUND, status, target)


def _redirected(address: str, location: str) -> str:
    """Return the address to which a page redirects; empty if it is no address."""
    try:
        return encode_url(urljoin(address, location.strip()))
    except ValueError:  # such as "http://["
        return ""


def _is_home(url: str) -> bool:
    return _HOME.fullmatch(urlsplit(url).path) is not None


def _retry_after(response: Response) -> float:
    """Return the seconds that the server wants to be left alone (RFC 9110, Retry-After)."""
    value = response.headers.get("retry-after", "").strip()
    if value.isascii() and value.isdigit():
        return float(value[:9])
    with suppress(ValueError, TypeError):
        return max(0.0, parsedate_to_datetime(value).timestamp() - time.time())
    return 0.0


# Looks at many pages, host by host in turn.

# A host that keeps programs out this many times in a row is left alone until the next run.
_MOST_REFUSALS = 3
# A host that asks to be left alone for longer (seconds) is not waited for.
_PATIENCE = 60.0


def visit(urls: Iterable[str], visitor: Visitor) -> Iterator[tuple[str, Look]]:
    """Yield each look as soon as it is taken, one at a time.

    Pages of a host that refuses, or asks for time, are left for another run, and not yielded.
    """
    waiting: dict[str, deque[str]] = defaultdict(deque)
    for url in urls:
        waiting[urlsplit(url).netloc].append(url)
    refusals, pace = Counter[str](), visitor.pace
    while waiting:
        host = min(waiting, key=pace.ready)
        url = waiting[host].popleft()
        look = visitor.look(url)
        yield url, look
        is_refused = look.answer in (Answer.BLOCKED, Answer.CAPTCHA)
        refusals[host] = refusals[host] + 1 if is_refused else 0
        if look.retry_after > _PATIENCE or refusals[host] == _MOST_REFUSALS or not waiting[host]:
            del waiting[host]
        elif look.retry_after:
            pace.rest(host, look.retry_after)


# The shops' pages of a site: which ones are due, what was found, and what that says of links.

MakeOnlineCheck = Callable[[Catalog], "OnlineCheck"]

# Seconds between two requests to a host.
_PAUSE = 3.0
_MOST_REDIRECTS = 8

_CODES = {PageState.DEAD: DEAD_SHOP_PAGE, PageState.UNREACHABLE: UNREACHABLE_SHOP_PAGE}


class Records(Protocol):
    """Where what is known of the pages is kept, look by look."""

    def note_links(self, pages: Iterable[ShopPage], now: int) -> None: ...

    def record_look(self, url: str, look: Look, now: int) -> None: ...

    def postpone(self, urls: Iterable[str], due: int) -> None: ...

    def linked(self) -> Sequence[ShopPage]: ...


@dataclass(frozen=True, slots=True)
class OnlineCheck:
    """Looks at the pages that are due, for the blog at `site`. `clock`: seconds since 1970."""

    records: Records
    visitor: Visitor
    site: str
    clock: Callable[[], float] = time.time

    @classmethod
    def for_catalog(cls, records: Records, catalog: Catalog) -> Self:
        """Make one that asks as linkmgr, for the catalog's site."""
        client = Client(f"linkmgr/{__version__} (link check of {catalog.site.url})", Limits())
        programmes = programmes_of(catalog)
        visitor = Visitor(client, Pace(_PAUSE), _MOST_REDIRECTS, programmes)
        return cls(records, visitor, catalog.site.url)

    def findings(self, links: Iterable[PageShopLink], track: Track) -> Iterator[Finding]:
        """Look at the pages behind links, then yield the links whose page is gone.

        Raise LinkmgrError if this machine seems to have no connection.
        """
        links_of: dict[str, list[PageShopLink]] = defaultdict(list)
        for link in links:
            if len(address := link.shop_page or link.url) <= MAX_LENGTH:
                links_of[address].append(link)
        self.records.note_links(map(_linked, links_of.values()), self._now())
        self._look(track)
        for page in self.records.linked():
            if page.is_reported and page.answer:
                for link in links_of[page.url]:
                    code, detail = _CODES[page.state], page.answer.meaning
                    yield Finding(code, link.url, link.page, link.source, detail=detail)

    def states(self) -> Mapping[str, int]:
        """Count the pages that the site links to by their state."""
        counts = Counter(page.state.value for page in self.records.linked())
        return {state.value: counts[state.value] for state in PageState}

    def _look(self, track: Track) -> None:
        now = self._now()
        due = [
            page.url
            for page in self.records.linked()
            if page.due <= now and not (page.answer is Answer.HIDDEN and page.looked is None)
        ]
        heard = False
        looks = visit(due, self.visitor)
        for url, look in track(looks, message("online.looking"), len(due)):
            if look.answer.is_silence and not heard:
                self._refuse_offline()
            heard = not look.answer.is_silence
            self.records.record_look(url, look, self._now())
            if look.retry_after:
                host = urlsplit(url).netloc
                others = [other for other in due if urlsplit(other).netloc == host]
                self.records.postpone(others, look.until(self._now()))

    def _refuse_offline(self) -> None:
        """Raise LinkmgrError if the blog cannot be reached either: then no page is to blame."""
        if self.visitor.look(self.site).answer.is_silence:
            raise LinkmgrError(message("online.offline", site=self.site))

    def _now(self) -> int:
        return int(self.clock() * 1000)


def _linked(links: Sequence[PageShopLink]) -> ShopPage:
    first = links[0]
    return ShopPage(
        first.shop_page or first.url,
        place=first.page,
        places=len({link.page for link in links}),
        answer=None if first.shop_page else Answer.HIDDEN,
    )
