"""Clients as limits count them."""

from ipaddress import IPv6Address, ip_address


def network_of(client: str) -> str:
    """Return the network that an address is counted for: of IPv6 the first 64 bits."""
    try:
        address = ip_address(client)
    except ValueError:
        return client
    if isinstance(address, IPv6Address) and not address.ipv4_mapped:
        return address.exploded[:19]  # 64 bits: what a provider gives to one customer
    return client
