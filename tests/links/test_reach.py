"""Who can open an address, by its name."""

import pytest

from linkmgr.links.reach import Reach, reach_of


@pytest.mark.parametrize(
    "host",
    ["blog.com", "example.co.jp", "my-example.com", "testing.dev", "8.8.8.8", "[2606:4700::1111]"],
)
def test_a_public_name_is_everybodys(host):
    assert reach_of(f"https://{host}/") is Reach.EVERYBODY


@pytest.mark.parametrize(
    "host",
    [
        *("localhost", "LOCALHOST", "go.localhost", "localhost."),
        *("127.0.0.1", "127.8.9.1", "127.1", "2130706433", "0x7f.0.0.1", "0.0.0.0", "[::]"),  # noqa: S104 - read, not bound
        *("[::1]", "[::ffff:127.0.0.1]"),
    ],
)
def test_a_loopback_address_is_this_computers(host):
    assert reach_of(f"http://{host}:8910") is Reach.THIS_COMPUTER


@pytest.mark.parametrize(
    "host",
    [
        *("nas", "nas.local", "go.lan", "server.internal", "fritz.home.arpa"),
        *("10.0.0.2", "172.16.3.4", "192.168.1.2", "169.254.1.1", "100.64.0.1"),
        *("[fd00::1]", "[fe80::1]", "[::ffff:192.168.0.1]"),
    ],
)
def test_a_private_address_is_a_networks(host):
    assert reach_of(f"http://{host}") is Reach.NETWORK


@pytest.mark.parametrize(
    "host",
    ["blog.example", "a.b.test", "x.invalid", "example.com", "go.example.net", "www.example.org"],
)
def test_a_name_for_examples_is_nobodys(host):
    assert reach_of(f"https://{host}") is Reach.NOBODY
