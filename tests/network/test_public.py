"""Only addresses of the public internet are asked."""

import pytest

from linkmgr.network.public import is_internal, is_public, resolve


@pytest.mark.parametrize(
    "address",
    [
        *("127.0.0.1", "10.0.0.1", "172.16.0.1", "192.168.1.1", "169.254.169.254", "100.64.0.1"),
        *("0.0.0.0", "224.0.0.1", "240.0.0.1", "255.255.255.255", "192.0.2.1", "198.18.0.1"),  # noqa: S104
        *("::1", "::", "fe80::1%eth0", "fc00::1", "ff02::1", "::ffff:127.0.0.1", "::ffff:8.8.8.8"),
        *("64:ff9b::7f00:1", "64:ff9b::a00:1", "2002:7f00:1::", "2001:0:1::1", "2001:db8::1"),
        *("fec0::1", "::7f00:1"),
    ],
)
def test_an_address_that_is_not_the_public_internet_s_is_refused(address):
    assert not is_public(address)


@pytest.mark.parametrize("address", ["8.8.8.8", "52.119.161.5", "2606:4700::1", "64:ff9b::808:808"])
def test_an_address_of_the_public_internet_is_allowed(address):
    assert is_public(address)


@pytest.mark.parametrize("host", ["localhost", "127.1", "0x7f000001", "2130706433", "017700000001"])
def test_this_machine_is_refused_by_every_name(host):
    assert not any(map(is_public, resolve(host, 80)))


@pytest.mark.parametrize(
    "address",
    [
        *("127.0.0.1", "10.0.0.1", "192.168.1.1", "100.64.0.1", "::1", "fe80::1%eth0", "fd00::1"),
        *("::ffff:10.0.0.1", "64:ff9b::a00:1"),
    ],
)
def test_addresses_of_this_machine_or_network_are_internal(address):
    assert is_internal(address)


@pytest.mark.parametrize(
    "address",
    [
        *("8.8.8.8", "2606:4700::1", "64:ff9b::808:808"),
        *("::ffff:8.8.8.8", "2002:808:808::1", "2001:0:1::1"),
    ],
)
def test_no_address_that_leads_into_the_internet_is_internal(address):
    assert not is_internal(address)
