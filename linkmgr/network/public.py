"""Connections to allowed addresses alone, mostly public ones, each within a time limit.

The name is resolved here and the connection made to the very address that was checked, so that no
second answer of a name server's can lead elsewhere. Proxies of the environment are not asked: they
would resolve the name again.
"""

import socket
import ssl
import time
from collections.abc import Callable, Iterable, Sequence
from ipaddress import IPv4Address, IPv6Address, IPv6Network, ip_address

import httpcore

Resolve = Callable[[str, int], Sequence[str]]
"""Returns the IP addresses of a host."""

IsAllowed = Callable[[str], bool]

# By these an IPv6 address leads to an IPv4 address: NAT64 (RFC 6052).
_NAT64 = IPv6Network("64:ff9b::/96")


class AddressRefusedError(Exception):
    """A host has an address that must not be asked, mostly one of a private network."""


class UnresolvedError(Exception):
    """A host has no address."""


def resolve(host: str, port: int) -> Sequence[str]:
    """Return the addresses of a host. Raise UnresolvedError."""
    try:
        addresses = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    except (OSError, UnicodeError) as error:
        raise UnresolvedError(host) from error
    return [str(address[0]) for *_, address in addresses]


def is_public(address: str) -> bool:
    """Whether an IP address is one of the public internet's."""
    ip = ip_address(address.partition("%")[0])
    if isinstance(ip, IPv6Address):
        if ip in _NAT64:
            return is_public(str(IPv4Address(int(ip) & 0xFFFFFFFF)))
        if ip.ipv4_mapped or ip.sixtofour or ip.teredo or ip.is_site_local:
            return False
    return ip.is_global and not ip.is_multicast and not ip.is_reserved


def is_internal(address: str) -> bool:
    """Whether an IP address is this machine's or a private network's, however it is written."""
    ip = ip_address(address.partition("%")[0])
    if isinstance(ip, IPv6Address):
        if ip.ipv4_mapped:
            return is_internal(str(ip.ipv4_mapped))
        if ip.sixtofour or ip.teredo:  # which lead through the internet
            return False
    return not is_public(address)


class PublicNetwork(httpcore.NetworkBackend):
    """Makes the connections of one request, which may last until `deadline` (monotonic seconds)."""

    def __init__(self, deadline: float, resolve: Resolve, is_allowed: IsAllowed) -> None:
        self._deadline = deadline
        self._resolve = resolve
        self._is_allowed = is_allowed
        self._sockets = httpcore.SyncBackend()

    def connect_tcp(  # noqa: PLR0917 - as httpcore calls it
        self,
        host: str,
        port: int,
        timeout: float | None = None,
        local_address: str | None = None,
        socket_options: Iterable[httpcore.SOCKET_OPTION] | None = None,
    ) -> httpcore.NetworkStream:
        """Connect to the first address that answers.

        Raise AddressRefusedError if one of them is not allowed, UnresolvedError, or httpcore's
        errors.
        """
        addresses = tuple(dict.fromkeys(self._resolve(host, port)))
        if not addresses:
            raise UnresolvedError(host)
        if not all(map(self._is_allowed, addresses)):
            raise AddressRefusedError(host)
        failed: Exception = httpcore.ConnectTimeout()
        for address in addresses:
            try:
                stream = self._sockets.connect_tcp(
                    address,
                    port,
                    _time_left(self._deadline, timeout),
                    local_address,
                    socket_options,
                )
            except (httpcore.ConnectError, httpcore.ConnectTimeout) as error:
                failed = error
            else:
                return _TimedStream(stream, self._deadline)
        raise failed


class _TimedStream(httpcore.NetworkStream):
    """Ends with the deadline however slowly the bytes come."""

    def __init__(self, stream: httpcore.NetworkStream, deadline: float) -> None:
        self._stream = stream
        self._deadline = deadline

    def read(self, max_bytes: int, timeout: float | None = None) -> bytes:
        return self._stream.read(max_bytes, _time_left(self._deadline, timeout))

    def write(self, buffer: bytes, timeout: float | None = None) -> None:
        self._stream.write(buffer, _time_left(self._deadline, timeout))

    def close(self) -> None:
        self._stream.close()

    def start_tls(
        self,
        ssl_context: ssl.SSLContext,
        server_hostname: str | None = None,
        timeout: float | None = None,
    ) -> httpcore.NetworkStream:
        left = _time_left(self._deadline, timeout)
        return _TimedStream(
            self._stream.start_tls(ssl_context, server_hostname, left), self._deadline
        )

    def get_extra_info(self, info: str) -> object:
        return self._stream.get_extra_info(info)


def _time_left(deadline: float, timeout: float | None) -> float:
    left = deadline - time.monotonic()
    if left <= 0:
        raise httpcore.ReadTimeout
    return left if timeout is None else min(left, timeout)
