"""Reading a click from a request: its client, whether it counts, and the page with the link."""

import re
from collections.abc import Iterable
from enum import StrEnum
from functools import lru_cache
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address
from wsgiref.types import WSGIEnvironment

from linkmgr.clicks.model import Route

# The client's address, with or without a proxy in front of the server, and its network.

# As many characters of X-Forwarded-For as 20 IPv6 addresses take, from its end.
_LONGEST_FORWARDED = 800


class Proxies:
    """The proxies whose `X-Forwarded-For` is believed."""

    def __init__(self, trusted: Iterable[IPv4Network | IPv6Network]) -> None:
        self._trusted = tuple(trusted)
        # Each miss costs some 5 µs an address; 4,096 clients take about 1 MB.
        self._cached = lru_cache(maxsize=4096)(self._client)

    def client(self, peer: str, forwarded: str) -> str:
        """Return the client's address: `peer`, or the last in `forwarded` that is no proxy's.

        The header is read only if `peer` is a trusted proxy, and only as far as each hop is one.
        """
        if not (forwarded and self._trusted):
            return peer
        return self._cached(peer, forwarded[-_LONGEST_FORWARDED:])

    def trusts(self, text: str) -> bool:
        """Whether an address is a trusted proxy's."""
        address = _address(text)
        return address is not None and any(address in network for network in self._trusted)

    def forget(self) -> None:
        """Keep no address in memory past the day."""
        self._cached.cache_clear()

    def _client(self, peer: str, forwarded: str) -> str:
        client = peer
        for hop in reversed(forwarded.split(",")):
            if not self.trusts(client):
                break
            address = _address(hop.strip())
            if address is None:
                break
            client = str(address)
        return client


def network_of(client: str) -> str:
    """Return the network by which limits count a client: the first 64 bits of an IPv6 address.

    Providers give one customer that much.
    """
    address = _address(client)
    return address.exploded[:19] if isinstance(address, IPv6Address) else client


def _address(text: str) -> IPv4Address | IPv6Address | None:
    """Read an address, with or without a port; one of IPv4 may be written as one of IPv6."""
    if text.startswith("["):
        text = text[1:].partition("]")[0]
    elif text.count(":") == 1:
        text = text.partition(":")[0]
    try:
        address = ip_address(text)
    except ValueError:
        return None
    return (address.ipv4_mapped if isinstance(address, IPv6Address) else None) or address


# Whether a request counts.

OPT_OUT_COOKIE = "linkmgr_optout"
"""Set from the admin in the owner's own browser."""

_PURPOSES = ("HTTP_SEC_PURPOSE", "HTTP_PURPOSE", "HTTP_X_PURPOSE", "HTTP_X_MOZ")
# All that can keep a request from counting, but for what browsers send with each navigation.
_SIGNALS = frozenset((*_PURPOSES, "HTTP_COOKIE", "HTTP_SEC_GPC", "HTTP_DNT"))
_PREFETCH = re.compile("prefetch|prerender|preview", re.IGNORECASE)
# What browsers since 2023 send of a page that a reader opens (W3C, Fetch Metadata). The mode is the
# same in a frame, an object or an embed of another page, the destination is not.
_NAVIGATE, _DOCUMENT = "navigate", "document"
_OPTED_OUT = re.compile(rf"(?:^|;\s*){OPT_OUT_COOKIE}=")


class NotCounted(StrEnum):
    """Why a request is served but not counted."""

    HEAD = "head"
    PREFETCH = "ahead"  # prefetched, prerendered or previewed: nobody has clicked yet
    OPTED_OUT = "opted-out"
    EMBEDDED = "embedded"  # a page loads the link into itself: nobody leaves it
    PRIVACY = "privacy"  # Global Privacy Control or Do Not Track
    BOT = "bot"  # a bot's report of views, of which it has none; its clicks are counted apart


def not_counted(environ: WSGIEnvironment, route: Route, *, respect_gpc: bool) -> NotCounted | None:
    """Return why a request does not count, `None` if it does."""
    get = environ.get
    if environ["REQUEST_METHOD"] == "HEAD":
        return NotCounted.HEAD
    # Hits are never navigations.
    embedded = route is Route.GO and (
        get("HTTP_SEC_FETCH_MODE", _NAVIGATE) != _NAVIGATE
        or get("HTTP_SEC_FETCH_DEST", _DOCUMENT) != _DOCUMENT
    )
    if environ.keys().isdisjoint(_SIGNALS):
        return NotCounted.EMBEDDED if embedded else None
    for header in _PURPOSES:
        if (purpose := get(header)) and _PREFETCH.search(purpose):
            return NotCounted.PREFETCH
    if embedded:
        return NotCounted.EMBEDDED
    return _objection(environ, respect_gpc=respect_gpc)


def _objection(environ: WSGIEnvironment, *, respect_gpc: bool) -> NotCounted | None:
    """Return how a reader has asked not to be counted."""
    get = environ.get
    if (cookies := get("HTTP_COOKIE")) and _OPTED_OUT.search(cookies):
        return NotCounted.OPTED_OUT
    if respect_gpc and "1" in (get("HTTP_SEC_GPC"), get("HTTP_DNT")):
        return NotCounted.PRIVACY
    return None


# The page with the link.

_REFERRERS_OF_HITS = ("HTTP_PING_FROM", "HTTP_REFERER", "HTTP_ORIGIN")
_SCHEMES = frozenset(("http:", "https:"))
# A host in percent-encoded UTF-8 takes three times as many characters. Browsers send no user name.
_LONGEST_AUTHORITY = 760
_LONGEST_START = len("https://") + _LONGEST_AUTHORITY + 1  # of an address, to know its host
_AUTHORITY = re.compile(r"(?:[^?#@\\\s]*@)?([^?#@\\\s]+)(?:[?#]|$)")
_LONGEST_HOST = 253  # RFC 1035, without the dot at its end
# Not an IP address, whose last part is a number: an address is personal data, never stored.
_HOST = re.compile(r"(?:[a-z0-9_-]{1,63}\.)*(?=[a-z0-9-]*[a-z])[a-z0-9-]{1,63}")
_HEX_NUMBER = re.compile(r"(?:.*\.)?0x[0-9a-f]*")


def referrer_host(environ: WSGIEnvironment, route: Route) -> str:
    """Return the host of the page with the link, empty if unknown."""
    get = environ.get
    if route is Route.GO:
        url = get("HTTP_REFERER")
    else:
        url = next(filter(None, map(get, _REFERRERS_OF_HITS)), None)
    return _host(url[:_LONGEST_START]) if url else ""


# At most 4 MB; without it 5 µs each. Browsers name the page to its own site alone, to others its
# origin, which repeats itself.
@lru_cache(maxsize=4096)
def _host(url: str) -> str:
    scheme, _, rest = url.partition("//")
    authority = rest.partition("/")[0]
    if len(authority) > _LONGEST_AUTHORITY or scheme.lower() not in _SCHEMES:
        return ""
    match = _AUTHORITY.match(authority)
    if match is None:
        return ""
    host = match[1].partition(":")[0]
    try:
        if not host.isascii():
            host = host.encode("latin-1").decode().encode("idna").decode()
    except UnicodeError:
        return ""
    host = host.lower().removesuffix(".")
    if len(host) > _LONGEST_HOST or not _HOST.fullmatch(host) or _HEX_NUMBER.fullmatch(host):
        return ""
    return host
