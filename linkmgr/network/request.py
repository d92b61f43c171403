"""One request and as much of its response as is needed."""

import ssl
import time
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from types import MappingProxyType
from typing import Literal

import httpcore

from linkmgr.network.public import IsAllowed, PublicNetwork, Resolve, is_public, resolve

Method = Literal["HEAD", "GET"]

FAILURES = (httpcore.NetworkError, httpcore.ProtocolError, httpcore.TimeoutException)
"""What `Client.ask` raises beside AddressRefusedError and UnresolvedError."""


@dataclass(frozen=True, slots=True)
class Limits:
    """Seconds to connect, between two reads and for a response; bytes of a body that are read."""

    connect: float = 10.0
    read: float = 15.0
    total: float = 40.0
    body: int = 65_536


@dataclass(frozen=True, slots=True)
class Response:
    """A response; `content` is its beginning, and the whole of it if `is_whole`."""

    status: int
    headers: Mapping[str, str]
    content: bytes = b""
    is_whole: bool = True

    @property
    def body(self) -> str:
        """Its content as text."""
        return self.content.decode("utf-8", "replace")

    @property
    def is_html(self) -> bool:
        """Whether it is a page, as one without a type usually is."""
        return "html" in self.headers.get("content-type", "html").lower()


@cache
def _tls() -> ssl.SSLContext:
    """Read the machine's certificates, once a process: this takes 20 ms."""
    return httpcore.default_ssl_context()


class Client:
    """Asks the web as `user_agent`, and only hosts whose every address `is_allowed`."""

    def __init__(
        self,
        user_agent: str,
        limits: Limits,
        resolve: Resolve = resolve,
        is_allowed: IsAllowed = is_public,
    ) -> None:
        self._limits = limits
        self._resolve = resolve
        self._is_allowed = is_allowed
        self._headers: dict[bytes | str, bytes | str] = {
            "User-Agent": user_agent,
            "Accept": "text/html,*/*;q=0.8",
            "Accept-Language": "*",
            "Accept-Encoding": "identity",  # the bytes that are read are the bytes that count
            "Connection": "close",
        }

    def ask(
        self, method: Method, url: str, headers: Mapping[str, str] = MappingProxyType({})
    ) -> Response:
        """Send a request, with additional headers, or others than the usual ones.

        Raise AddressRefusedError, UnresolvedError or one of FAILURES.
        """
        limits = self._limits
        deadline = time.monotonic() + limits.total
        timeouts = {"connect": limits.connect, "read": limits.read, "write": limits.read}
        sent: dict[bytes | str, bytes | str] = {"Host": _authority(url), **self._headers}
        sent.update(headers.items())
        request = httpcore.Request(
            method,
            url,
            headers=sent,
            extensions={"timeout": timeouts},
        )
        with httpcore.HTTPConnection(
            request.url.origin,
            ssl_context=_tls(),
            network_backend=PublicNetwork(deadline, self._resolve, self._is_allowed),
        ) as connection:
            response = connection.handle_request(request)
            answered = {
                name.decode("latin-1").lower(): value.decode("latin-1")
                for name, value in response.headers
            }
            content, is_whole = self._read(response) if method == "GET" else (b"", True)
            return Response(response.status, answered, content, is_whole)

    def _read(self, response: httpcore.Response) -> tuple[bytes, bool]:
        """Return the beginning of the body, as far as it came: the status says the rest."""
        body = bytearray()
        try:
            for part in response.iter_stream():
                body += part
                if len(body) > self._limits.body:
                    return bytes(body[: self._limits.body]), False
        except FAILURES:
            return bytes(body), False
        return bytes(body), True


def _authority(url: str) -> str:
    return url.partition("//")[2].partition("/")[0].partition("?")[0]
