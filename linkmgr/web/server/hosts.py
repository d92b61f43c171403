"""Requests that do not name one host (RFC 9112, section 3.2).

A proxy, a cache and this server could each take them for another host's.
"""

import re
from collections.abc import Iterable
from functools import lru_cache
from wsgiref.types import StartResponse, WSGIApplication, WSGIEnvironment

from linkmgr.messages.message import message
from linkmgr.web.server.refusals import refusal

# A name, an IPv4 or an IPv6 address, with or without a port. Several headers arrive joined by
# commas, which no name has.
_HOST = re.compile(r"(?:[A-Za-z0-9._-]{1,255}|\[[0-9A-Fa-f:.]{2,45}\])(?::[0-9]{1,5})?")


def refuse_wrong_hosts(app: WSGIApplication) -> WSGIApplication:
    """Return an app that answers 400 unless a request has one `Host`, of a valid form.

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
    return _HOST.fullmatch(host) is not None
