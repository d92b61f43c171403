"""Bodies of requests, awaited on an event loop: no thread waits for slow senders."""

import asyncio
from collections import Counter
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator, Mapping
from contextlib import asynccontextmanager, contextmanager
from http import HTTPStatus
from typing import Any

from linkmgr.clicks.request import Proxies, network_of

BODIES_PER_CLIENT = 8
"""Awaited at once; a browser opens six connections to a server."""

BUFFERED_BYTES = 64 * 2**20
"""Of all bodies that are awaited or being answered, beyond which only small ones are accepted."""

SMALL_BYTES = 64 * 1024
"""Signing in must be possible however much others send."""

Receive = Callable[[], Awaitable[Mapping[str, Any]]]


class BodyRefusedError(Exception):
    """The request is not answered by the app, but with `status`."""

    def __init__(self, status: HTTPStatus) -> None:
        super().__init__(status.phrase)
        self.status = status


class Bodies:
    """Reads bodies of at most `most_bytes`, by a deadline, and few at once for each client.

    `seconds` is how long one may take. Used on one event loop only, hence without locks.
    """

    def __init__(self, proxies: Proxies, most_bytes: int, seconds: float) -> None:
        self._proxies = proxies
        self._most_bytes = most_bytes
        self._seconds = seconds
        self._awaited: Counter[str] = Counter()
        self._buffered = 0

    @asynccontextmanager
    async def whole(self, environ: Mapping[str, Any], receive: Receive) -> AsyncIterator[bytearray]:
        """Give the body of an HTTP/1 request, which counts as buffered until the block ends.

        One that is longer than allowed is not read on: at least one byte too many is given where
        its length was not declared, and nothing where it was. Whoever reads it refuses it by that.
        Raise BodyRefusedError.
        """
        body = bytearray()
        try:
            if self._is_read(environ):
                with self._place(environ):
                    await self._read(body, receive)
            yield body
        finally:
            self._buffered -= len(body)

    def _is_read(self, environ: Mapping[str, Any]) -> bool:
        length = environ.get("CONTENT_LENGTH", "0")
        # Without either header there is no body (RFC 9112, section 6.3).
        return (
            "HTTP_TRANSFER_ENCODING" in environ
            or not length.isdecimal()  # such as `5, 5`, which is to be read as 5
            or 0 < int(length) <= self._most_bytes
        )

    async def _read(self, body: bytearray, receive: Receive) -> None:
        try:
            async with asyncio.timeout(self._seconds):
                more = True
                while more and len(body) <= self._most_bytes:
                    message = await receive()
                    if message["type"] == "http.disconnect":
                        # Or its chunks are malformed, which granian says in the same way.
                        raise BodyRefusedError(HTTPStatus.BAD_REQUEST)
                    body += message["body"]
                    self._buffered += len(message["body"])
                    if self._buffered > BUFFERED_BYTES and len(body) > SMALL_BYTES:
                        raise BodyRefusedError(HTTPStatus.SERVICE_UNAVAILABLE)
                    more = message["more_body"]
        except TimeoutError:
            raise BodyRefusedError(HTTPStatus.REQUEST_TIMEOUT) from None

    @contextmanager
    def _place(self, environ: Mapping[str, Any]) -> Iterator[None]:
        """Take one of the client's places. Raise BodyRefusedError if it has none left."""
        client = self._client(environ)
        if client is None:
            yield
            return
        if self._awaited[client] >= BODIES_PER_CLIENT:
            raise BodyRefusedError(HTTPStatus.TOO_MANY_REQUESTS)
        self._awaited[client] += 1
        try:
            yield
        finally:
            self._awaited[client] -= 1
            if not self._awaited[client]:
                del self._awaited[client]
            if not self._awaited:
                self._proxies.forget()

    def _client(self, environ: Mapping[str, Any]) -> str | None:
        """Return whom a body is counted for; `None` for a trusted proxy that names nobody."""
        peer, forwarded = environ["REMOTE_ADDR"], environ.get("HTTP_X_FORWARDED_FOR", "")
        client = self._proxies.client(peer, forwarded)
        if self._proxies.trusts(client):
            return None
        return network_of(client)
