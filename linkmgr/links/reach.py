"""Who can open an address, as far as its name says: everybody, a network, or one computer."""

import socket
from contextlib import suppress
from enum import Enum, auto
from ipaddress import IPv4Address, IPv6Address, ip_address
from urllib.parse import urlsplit

_THIS_COMPUTER = ("localhost", "localhost.localdomain")

# RFC 6762, RFC 8375, ICANN's board of 2024-07-29, and what routers and offices have used long
# since.
_NETWORK = (
    *("local", "home.arpa", "internal"),
    *("lan", "home", "corp", "intranet", "private", "localdomain"),
)

# RFC 2606 and RFC 6761: names that nobody can own.
_RESERVED = ("example", "test", "invalid", "example.com", "example.net", "example.org")


class Reach(Enum):
    """Who can open an address."""

    EVERYBODY = auto()
    NOBODY = auto()
    """It has a name for examples, such as go.example.com."""
    NETWORK = auto()
    """Only computers in the same home, office or VPN."""
    THIS_COMPUTER = auto()
    """It leads each computer to itself."""

    @property
    def is_local(self) -> bool:
        """Whether a reader elsewhere would get an error, or somebody else's page."""
        return self in {Reach.NETWORK, Reach.THIS_COMPUTER}


def reach_of(url: str) -> Reach:
    """Return the reach of an http or https address by its name alone; no server is asked."""
    host = (urlsplit(url).hostname or "").rstrip(".")
    address = _ip_address(host)
    if address is not None:
        return _reach_of_ip(address)
    if _is_below(host, _THIS_COMPUTER):
        return Reach.THIS_COMPUTER
    if _is_below(host, _RESERVED):
        return Reach.NOBODY
    if "." not in host or _is_below(host, _NETWORK):
        return Reach.NETWORK
    return Reach.EVERYBODY


def _ip_address(host: str) -> IPv4Address | IPv6Address | None:
    """Return the IP address that browsers take a host for, such as 127.0.0.1 for 127.1 and 0x7f.1.

    `None` if it is a name.
    """
    with suppress(ValueError):
        return ip_address(host)
    last = host.rpartition(".")[2]
    if last.isdecimal() or last.startswith("0x"):
        with suppress(OSError, ValueError):
            return IPv4Address(socket.inet_aton(host))
    return None


def _reach_of_ip(address: IPv4Address | IPv6Address) -> Reach:
    if isinstance(address, IPv6Address) and address.ipv4_mapped:
        address = address.ipv4_mapped
    if address.is_loopback or address.is_unspecified:
        return Reach.THIS_COMPUTER
    return Reach.EVERYBODY if address.is_global else Reach.NETWORK


def _is_below(host: str, names: tuple[str, ...]) -> bool:
    """Whether a host is one of these names, or below one."""
    return any(host == name or host.endswith(f".{name}") for name in names)
