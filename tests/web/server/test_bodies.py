"""Bodies on an event loop: whole, by a deadline, of a size, few at once for each client."""

import asyncio
from contextlib import AsyncExitStack
from http import HTTPStatus
from ipaddress import ip_network

import pytest

from linkmgr.clicks.request import Proxies
from linkmgr.web.server import bodies
from linkmgr.web.server.bodies import BODIES_PER_CLIENT, Bodies, BodyRefusedError

MOST = 100
READER, PROXY = "203.0.113.7", "10.0.0.1"


def make_bodies(**over):
    return Bodies(Proxies([ip_network(PROXY)]), **{"most_bytes": MOST, "seconds": 30} | over)


def make_environ(**over):
    return {"REMOTE_ADDR": READER, "HTTP_TRANSFER_ENCODING": "chunked"} | over


def sends(*parts, ends=True):
    """Return the `receive` of a client that sends these parts, and perhaps nothing more, ever."""
    left = [
        {"type": "http.request", "body": part, "more_body": not ends or number < len(parts)}
        for number, part in enumerate(parts, 1)
    ]

    async def receive():
        return left.pop(0) if left else await asyncio.Event().wait()

    return receive


async def never():
    raise AssertionError("nothing was to be read")


def read(limits, receive, **environ):
    async def inner():
        async with limits.whole(make_environ(**environ), receive) as body:
            return bytes(body)

    return asyncio.run(inner())


async def begin(stack, limits, **environ):
    """Await a body that never ends, beside others."""

    async def inner():
        async with limits.whole(make_environ(**environ), sends(b"a", ends=False)):
            raise AssertionError("the body ended")

    task = asyncio.create_task(inner())
    stack.callback(task.cancel)
    await asyncio.sleep(0)
    return task


async def is_accepted(limits, **environ):
    try:
        async with limits.whole(make_environ(**environ), sends(b"whole")) as body:
            return bytes(body) == b"whole"
    except BodyRefusedError as refused:
        return refused.status != HTTPStatus.TOO_MANY_REQUESTS


def test_a_body_is_given_once_it_is_whole():
    assert read(make_bodies(), sends(b"na", b"", b"me=a")) == b"name=a"


def test_a_body_that_is_not_whole_in_time_is_refused():
    with pytest.raises(BodyRefusedError) as refused:
        read(make_bodies(seconds=0.01), sends(b"name=", ends=False))
    assert refused.value.status == HTTPStatus.REQUEST_TIMEOUT


def test_a_body_whose_client_goes_is_not_given():
    async def receive():
        return {"type": "http.disconnect"}

    with pytest.raises(BodyRefusedError) as refused:
        read(make_bodies(), receive)
    assert refused.value.status == HTTPStatus.BAD_REQUEST


@pytest.mark.parametrize("length", [None, "0", str(MOST + 1), "9" * 30])
def test_what_has_no_body_or_one_that_is_too_long_is_not_waited_for(length):
    environ = {"REMOTE_ADDR": READER} | ({"CONTENT_LENGTH": length} if length else {})

    async def inner():
        async with make_bodies().whole(environ, never) as body:
            return bytes(body)

    assert asyncio.run(inner()) == b""


@pytest.mark.parametrize("length", [str(MOST), "100, 100"])
def test_a_body_as_long_as_allowed_is_read(length):
    assert read(make_bodies(), sends(b"a" * MOST), CONTENT_LENGTH=length) == b"a" * MOST


def test_a_body_of_unknown_length_is_read_until_it_is_too_long():
    receive = sends(*[b"a" * 60] * 9, ends=False)
    assert MOST < len(read(make_bodies(), receive)) <= MOST + 60


def test_a_client_has_so_many_bodies_awaited_at_once_and_others_as_many():
    async def inner():
        limits = make_bodies()
        async with AsyncExitStack() as stack:
            tasks = [await begin(stack, limits) for _ in range(BODIES_PER_CLIENT)]
            assert not await is_accepted(limits)
            assert await is_accepted(limits, REMOTE_ADDR="203.0.113.8")
            tasks[0].cancel()
            await asyncio.wait(tasks[:1])
            assert await is_accepted(limits)

    asyncio.run(inner())


def test_clients_behind_a_trusted_proxy_are_limited_each_and_the_proxy_is_not():
    async def inner():
        limits = make_bodies()
        async with AsyncExitStack() as stack:
            for _ in range(BODIES_PER_CLIENT):
                await begin(stack, limits, REMOTE_ADDR=PROXY)
                await begin(stack, limits, REMOTE_ADDR=PROXY, HTTP_X_FORWARDED_FOR=READER)
            assert await is_accepted(limits, REMOTE_ADDR=PROXY)
            assert not await is_accepted(limits, REMOTE_ADDR=PROXY, HTTP_X_FORWARDED_FOR=READER)
            assert not await is_accepted(limits, REMOTE_ADDR=READER, HTTP_X_FORWARDED_FOR="::1")

    asyncio.run(inner())


def test_addresses_of_one_ipv6_network_are_one_client():
    async def inner():
        limits = make_bodies()
        async with AsyncExitStack() as stack:
            for number in range(BODIES_PER_CLIENT):
                await begin(stack, limits, REMOTE_ADDR=f"2001:db8::{number}:1")
            assert not await is_accepted(limits, REMOTE_ADDR="2001:db8::ffff")
            assert await is_accepted(limits, REMOTE_ADDR="2001:db8:0:1::1")

    asyncio.run(inner())


def test_large_bodies_are_refused_while_many_bytes_are_held_and_small_ones_are_not(monkeypatch):
    monkeypatch.setattr(bodies, "BUFFERED_BYTES", 150)
    monkeypatch.setattr(bodies, "SMALL_BYTES", 60)
    limits = make_bodies()

    async def inner():
        async with limits.whole(make_environ(), sends(b"a" * MOST)):
            async with limits.whole(make_environ(), sends(b"b" * 60)) as small:
                assert len(small) == 60
            with pytest.raises(BodyRefusedError) as refused:
                async with limits.whole(make_environ(), sends(b"b" * 61)):
                    pass
            assert refused.value.status == HTTPStatus.SERVICE_UNAVAILABLE
        async with limits.whole(make_environ(), sends(b"a" * MOST)) as afterwards:
            assert len(afterwards) == MOST

    asyncio.run(inner())
