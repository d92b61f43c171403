"""Examines the server as it is reached: on this machine, and by its public name."""

import json
from collections.abc import Iterator
from contextlib import suppress
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from http.client import HTTPConnection, HTTPException, HTTPSConnection
from ipaddress import ip_address
from typing import Any, NamedTuple
from urllib.parse import urlsplit

from linkmgr.catalog.reading.files import load_catalog
from linkmgr.clicks.published import Published
from linkmgr.messages.message import message
from linkmgr.network.admin import Admin
from linkmgr.settings import Role, Settings
from linkmgr.store.instance.targets import read_targets
from linkmgr.web.background.follower import take_links
from linkmgr.web.doctor.diagnosis import Diagnosis, fault, fine, warning

_PATIENCE = 10.0
_MOST_BYTES = 2**16

# A click's day, and so its visitor, is by the machine's clock.
_MOST_SECONDS_APART = 5.0


class _Answer(NamedTuple):
    """The status, what `/healthz` says (empty if it is another server's), and when it says so."""

    status: int
    health: dict[str, Any]
    date: datetime | None


def examine_server(settings: Settings) -> Iterator[Diagnosis]:
    """See whether both ports answer on this machine."""
    readers, admin = message("doctor.for-readers"), message("doctor.for-admin")
    for is_there, host, port, what in (
        (settings.role is not Role.ADMIN, settings.host, settings.port, readers),
        (settings.role is not Role.REDIRECT, settings.admin_host, settings.admin_port, admin),
    ):
        if not is_there:
            continue
        address = f"http://{_connectable(host)}:{port}"
        try:
            answer = _ask(address)
        except (OSError, HTTPException) as error:
            yield fault(
                message("doctor.not-answering", what=what, address=address, reason=_reason(error))
            )
        else:
            if answer.health:
                yield fine(message("doctor.answering", what=what, address=address))
            else:
                yield fault(message("doctor.another-server", address=address, status=answer.status))


def examine_admin(settings: Settings) -> Iterator[Diagnosis]:
    """See whether another machine's admin hands out its links, where it is to. Raise AdminError."""
    if settings.catalog_url:
        admin = Admin(settings.catalog_url, settings.catalog_token or "")
        links = Published.from_json(take_links(admin) or b"")
        items = len(links.targets.items)
        yield fine(message("doctor.admin", url=admin.url, items=items, posts=len(links.posts)))


def examine_public_name(settings: Settings) -> Iterator[Diagnosis]:
    """Examine what a request by the name in `site: server` meets on its way."""
    if settings.catalog_url or settings.role is Role.ADMIN:
        return  # by the name of several machines, any of them may answer
    server = load_catalog(settings.catalog).site.server
    if server is None:
        return
    try:
        answer = _ask(server)
    except (OSError, HTTPException) as error:
        yield fault(message("doctor.name-not-answering", address=server, reason=_reason(error)))
        return
    if not answer.health:
        yield fault(message("doctor.another-server", address=server, status=answer.status))
        return
    request = answer.health.get("request", {})
    if request.get("forwarded") == "ignored":
        yield fault(message("doctor.proxy-not-trusted", address=server))
    elif server.startswith("https:") and not request.get("https"):
        yield warning(message("doctor.no-forwarded-proto", address=server))
    else:
        yield fine(message("doctor.name", address=server))
    if not (server.startswith("https:") or _is_this_machine(server)):
        yield warning(message("doctor.no-https", address=server))


def examine_clock(settings: Settings) -> Iterator[Diagnosis]:
    """Compare the clock with that of the blog's own server."""
    site = _site(settings)
    if site is None:
        return
    try:
        asked = datetime.now(UTC)
        found = _ask(site, "/").date
    except (OSError, HTTPException) as error:
        yield warning(message("doctor.clock-unknown", address=site, reason=_reason(error)))
        return
    if found is None:
        yield warning(message("doctor.clock-unknown", address=site, reason="Date"))
        return
    # The answer's time has whole seconds, and lies between the question and now.
    apart = max((asked - found).total_seconds() - 1, (found - datetime.now(UTC)).total_seconds(), 0)
    if apart > _MOST_SECONDS_APART:
        yield warning(message("doctor.clock-apart", address=site, seconds=round(apart)))
    else:
        yield fine(message("doctor.clock", address=site))


def _is_this_machine(origin: str) -> bool:
    """Whether only this machine has such an address: a trial, in which no reader needs https."""
    host = urlsplit(origin).hostname or ""
    with suppress(ValueError):
        return ip_address(host).is_loopback
    return host == "localhost"


def _site(settings: Settings) -> str | None:
    """Return the blog's address, `None` where nothing says it. Raise LinkmgrError."""
    if not settings.catalog_url:
        return load_catalog(settings.catalog).site.url
    targets = read_targets(settings.targets)
    return targets.site if targets else None


def _ask(origin: str, path: str = "/healthz") -> _Answer:
    """Ask a server once, without following where it may lead. Raise OSError or HTTPException."""
    parts = urlsplit(origin)
    kind = HTTPSConnection if parts.scheme == "https" else HTTPConnection
    connection = kind(parts.hostname or "", parts.port, timeout=_PATIENCE)
    try:
        connection.request("GET", path, headers={"User-Agent": "linkmgr doctor"})
        response = connection.getresponse()
        body = response.read(_MOST_BYTES)
        return _Answer(response.status, _health(body), _date(response.getheader("Date", "")))
    finally:
        connection.close()


def _health(body: bytes) -> dict[str, Any]:
    try:
        values = json.loads(body)
    except (ValueError, RecursionError):
        return {}
    is_ours = isinstance(values, dict) and "load_lag" in values
    return values if is_ours and isinstance(values.get("request", {}), dict) else {}


def _date(sent: str) -> datetime | None:
    """Return when an answer was sent, `None` where that makes no sense."""
    with suppress(ValueError):
        found = parsedate_to_datetime(sent)
        return found if found.tzinfo else found.replace(tzinfo=UTC)  # `-0000` is UTC, too
    return None


def _connectable(host: str) -> str:
    """Return where to reach a server that listens at an address, which may be any of its own."""
    host = {"0.0.0.0": "127.0.0.1", "::": "::1"}.get(host, host)  # noqa: S104 - as it is compared
    return f"[{host}]" if ":" in host else host


def _reason(error: OSError | HTTPException) -> str:
    return getattr(error, "strerror", None) or str(error) or type(error).__name__
