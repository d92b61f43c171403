"""Bodies of requests, awaited on an event loop: no thread waits for slow senders.

Only uploads are read by a thread as they arrive, which may be larger than all others together.
"""

import asyncio
import io
from asyncio import AbstractEventLoop
from collections import Counter
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator, Mapping
from contextlib import asynccontextmanager, contextmanager, suppress
from http import HTTPStatus
from typing import IO, Any

from werkzeug.exceptions import ClientDisconnected, RequestTimeout

from linkmgr.clicks.request import Proxies, network_of

BODIES_PER_CLIENT = 8
"""Awaited at once; a browser opens six connections to a server."""

BUFFERED_BYTES = 64 * 2**20
"""Of all bodies that are awaited or being answered, beyond which only small ones are accepted."""

SMALL_BYTES = 64 * 1024
"""Signing in must be possible however much others send."""

UPLOADS = 2
"""That arrive at once, each held by a thread of its own."""

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
        self._uploads = 0

    @asynccontextmanager
    async def upload(
        self, environ: Mapping[str, Any], receive: Receive
    ) -> AsyncIterator[IO[bytes]]:
        """Give the body of a request as a file for a thread to read, of which nothing is buffered.

        Each of its parts has the time of a whole body. Raise BodyRefusedError.
        """
        if self._uploads >= UPLOADS:
            raise BodyRefusedError(HTTPStatus.SERVICE_UNAVAILABLE)
        self._uploads += 1
        try:
            with self._place(environ):
                loop = asyncio.get_running_loop()
                arriving = _Arriving(receive, self._seconds, loop)
                yield io.BufferedReader(arriving, SMALL_BYTES)
        finally:
            self._uploads -= 1

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


_LINGERING = 2.0  # seconds


async def discard(receive: Receive) -> None:
    """Take what goes on to arrive of a body for a moment.

    A connection that is closed at once is reset, and who still sends may never see its answer.
    """
    with suppress(TimeoutError):
        async with asyncio.timeout(_LINGERING):
            message: Mapping[str, Any] = {"type": "http.request", "more_body": True}
            while message["type"] == "http.request" and message["more_body"]:
                message = await receive()


class _Arriving(io.RawIOBase):
    """A body as it arrives, for a thread that is not its loop's. Reading raises HTTPException."""

    def __init__(self, receive: Receive, seconds: float, loop: AbstractEventLoop) -> None:
        super().__init__()
        self._receive, self._seconds, self._loop = receive, seconds, loop
        self._part: bytes = b""
        self._has_more = True

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int:
        while self._has_more and not self._part:
            asyncio.run_coroutine_threadsafe(self._next(), self._loop).result()
        data, self._part = self._part[: len(buffer)], self._part[len(buffer) :]
        buffer[: len(data)] = data
        return len(data)

    async def _next(self) -> None:
        try:
            async with asyncio.timeout(self._seconds):
                message = await self._receive()
        except TimeoutError:
            raise RequestTimeout from None
        if message["type"] == "http.disconnect":
            raise ClientDisconnected
        self._part, self._has_more = message["body"], message["more_body"]
