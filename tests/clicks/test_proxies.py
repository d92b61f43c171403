"""The client's address is taken from nobody but the proxies that are trusted."""

from ipaddress import ip_network

import pytest
from hypothesis import given
from hypothesis import strategies as st

from linkmgr.clicks.request import Proxies

PROXIES = Proxies(map(ip_network, ["127.0.0.1", "10.0.0.0/8", "fd00::/8"]))
READER, LIAR = "203.0.113.7", "198.51.100.9"


@pytest.mark.parametrize(
    ("peer", "forwarded", "client"),
    [
        pytest.param(READER, "", READER, id="no proxy"),
        pytest.param(READER, LIAR, READER, id="header of somebody who is no proxy"),
        pytest.param("127.0.0.1", READER, READER, id="one proxy"),
        pytest.param("127.0.0.1", f"{READER}, 10.1.2.3", READER, id="two proxies"),
        pytest.param("127.0.0.1", f"{LIAR},{READER}", READER, id="header begun by the reader"),
        pytest.param("127.0.0.1", f"10.9.9.9, {READER}", READER, id="a proxy named by the reader"),
        pytest.param("127.0.0.1", "10.1.1.1, 10.2.2.2", "10.1.1.1", id="only proxies"),
        pytest.param("127.0.0.1", f"{READER}, unknown", "127.0.0.1", id="no address"),
        pytest.param("127.0.0.1", "unknown, 10.1.1.1", "10.1.1.1", id="no address further off"),
        pytest.param("127.0.0.1", f"{READER}:4711", READER, id="with a port"),
        pytest.param("127.0.0.1", "[2001:db8::7]:4711", "2001:db8::7", id="IPv6 with a port"),
        pytest.param("127.0.0.1", "2001:DB8:0::7", "2001:db8::7", id="IPv6 written differently"),
        pytest.param("::ffff:127.0.0.1", READER, READER, id="proxy of IPv4 written as IPv6"),
        pytest.param("fd00::1", f"::ffff:{READER}", READER, id="reader of IPv4 written as IPv6"),
        pytest.param("", READER, "", id="no peer"),
    ],
)
def test_the_rightmost_address_that_is_no_proxy_is_the_client(peer, forwarded, client):
    assert PROXIES.client(peer, forwarded) == client


def test_without_trusted_proxies_the_peer_is_the_client():
    assert Proxies([]).client("127.0.0.1", READER) == "127.0.0.1"


@given(st.text() | st.text(st.sampled_from("0123456789.:[], abc%")))
def test_no_header_is_an_error_or_makes_a_stranger_a_proxy(forwarded):
    assert PROXIES.client(READER, forwarded) == READER
    assert isinstance(PROXIES.client("127.0.0.1", forwarded), str)
