"""Requests that are refused before any app answers, and so have no language of their own."""

import re
from collections.abc import Iterable
from functools import lru_cache
from ipaddress import IPv6Address
from wsgiref.types import StartResponse, WSGIApplication, WSGIEnvironment

from linkmgr.messages.message import LANGUAGES, Message, message, translate

# A name, an IPv4 or an IPv6 address, with or without a port. Several headers arrive joined by
# commas, which no name has. Werkzeug cannot make addresses under a name with an empty label or one
# of more than 63 characters, which DNS does not know either (RFC 1035, section 2.3.4).
_LABEL = "[A-Za-z0-9_-]{1,63}"
_HOST = re.compile(
    rf"(?:(?P<name>{_LABEL}(?:\.{_LABEL})*)\.?|\[(?P<address>[0-9A-Fa-f:.]+)\])"
    r"(?::(?P<port>[0-9]{1,5}))?"
)
_LONGEST_NAME = 253
_LAST_PORT = 65535


def refusal(reason: Message) -> tuple[list[tuple[str, str]], bytes]:
    """Return headers and body of an answer that says why."""
    body = "".join(f"{translate(reason, language)}\n" for language in reversed(LANGUAGES)).encode()
    headers = [
        ("Content-Type", "text/plain; charset=utf-8"),
        ("Content-Length", str(len(body))),
        ("X-Content-Type-Options", "nosniff"),
        ("Cache-Control", "no-store"),
    ]
    return headers, body


def refuse_wrong_hosts(app: WSGIApplication) -> WSGIApplication:
    """Return an app that answers 400 unless a request has one `Host`, of a valid form.

    A proxy, a cache and this server could each take it for another host's (RFC 9112, section 3.2).
    HTTP/1.0 knows no such header, and load balancers check by it: there it may be missing.
    """

    def answer(environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        host = environ.get("HTTP_HOST", "")
        if _is_valid(host) or (not host and environ.get("SERVER_PROTOCOL") in _WITHOUT_HOST):
            return app(environ, start_response)
        headers, body = refusal(message("server.wrong-host"))
        start_response("400 Bad Request", headers)
        return [b"" if environ["REQUEST_METHOD"] == "HEAD" else body]

    return answer


_WITHOUT_HOST = frozenset(("HTTP/1.0", "HTTP/1"))  # as the standard and as granian writes it


@lru_cache(maxsize=256)
def _is_valid(host: str) -> bool:
    match = _HOST.fullmatch(host)
    if match is None or int(match["port"] or 0) > _LAST_PORT:
        return False
    if name := match["name"]:
        return len(name) <= _LONGEST_NAME
    try:
        IPv6Address(match["address"])
    except ValueError:
        return False
    return True
