"""The client's address, be there a proxy in front of the server, and its network."""

from collections.abc import Iterable
from functools import lru_cache
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address

# As many characters of X-Forwarded-For as 20 IPv6 addresses take, from its end.
_LONGEST_FORWARDED = 800


class Proxies:
    """The proxies whose `X-Forwarded-For` is believed."""

    def __init__(self, trusted: Iterable[IPv4Network | IPv6Network]) -> None:
        self._trusted = tuple(trusted)
        # Each miss costs some 5 µs an address; 4,096 clients take about 1 MB.
        self._cached = lru_cache(maxsize=4096)(self._client)

    def client(self, peer: str, forwarded: str) -> str:
        """Return the client's address: the rightmost that is no trusted proxy's."""
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
    """Return what limits count a client by: of an IPv6 address the first 64 bits.

    So much a provider gives to one customer.
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
