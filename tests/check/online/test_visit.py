"""A look at a page says what is known of it, whatever the server does, and harms nobody."""

import time

import pytest

from linkmgr.check.online import Answer
from linkmgr.check.visit import Pace
from linkmgr.network.request import Limits
from tests.support.shop_server import (
    IMPATIENT,
    LIMITS,
    LOCAL,
    PRIVATE,
    own_certificate,
    shop_open,
    visitor,
)


@pytest.fixture(scope="module")
def shop():
    with shop_open() as server:
        yield server


@pytest.fixture(autouse=True)
def _no_requests_yet(shop):
    shop.requests.clear()


@pytest.mark.parametrize(
    ("path", "answer", "status"),
    [
        ("/kettle", Answer.FOUND, 200),
        ("/picture.png", Answer.FOUND, 200),
        ("/newsletter", Answer.FOUND, 200),
        ("/challenge/robot-checkers", Answer.FOUND, 200),
        ("/", Answer.FOUND, 200),
        ("/moved", Answer.FOUND, 200),
        ("/no-head", Answer.FOUND, 200),
        ("/wrong-head", Answer.FOUND, 200),
        ("/silent-head", Answer.FOUND, 200),
        ("/endless", Answer.FOUND, 200),
        ("/gone", Answer.GONE, 404),
        ("/gone-for-good", Answer.GONE, 410),
        ("/to-gone", Answer.GONE, 404),
        ("/drip-body", Answer.GONE, 404),
        ("/to-home", Answer.HOME, 200),
        ("/forbidden", Answer.BLOCKED, 403),
        ("/busy", Answer.BLOCKED, 429),
        ("/closed", Answer.BLOCKED, 503),
        ("/captcha", Answer.CAPTCHA, 200),
        ("/short-captcha", Answer.CAPTCHA, 200),
        ("/challenge-header", Answer.CAPTCHA, 200),
        ("/to-captcha", Answer.CAPTCHA, 200),
        ("/broken", Answer.ERROR, 500),
        ("/loop", Answer.LOOP, 302),
        ("/hops/0", Answer.LOOP, 302),
        ("/to-private", Answer.NOT_PUBLIC, None),
        ("/to-private-name", Answer.NOT_PUBLIC, None),
        ("/to-ipv6", Answer.NOT_PUBLIC, None),
        ("/to-number", Answer.NOT_PUBLIC, None),
        ("/to-file", Answer.NOT_PUBLIC, 302),
        ("/to-no-address", Answer.NOT_PUBLIC, 302),
        ("/to-programme", Answer.HIDDEN, 302),
        ("/to-short", Answer.HIDDEN, 302),
        ("/huge-headers", Answer.NO_ANSWER, None),
        ("/hang-up", Answer.NO_ANSWER, None),
        ("/no-http", Answer.NO_ANSWER, None),
    ],
)
def test_each_behaviour_has_its_answer(shop, path, answer, status):
    look = visitor().look(shop.url(path))
    assert (look.answer, look.status) == (answer, status)


@pytest.mark.parametrize("path", ["/slow", "/drip-headers"])
def test_a_page_that_takes_too_long_is_given_up(shop, path):
    look = visitor(limits=IMPATIENT).look(shop.url(path))
    assert (look.answer, look.status) == (Answer.TIMEOUT, None)


@pytest.mark.parametrize(
    ("host", "answer"),
    [
        pytest.param("unknown.test", Answer.UNRESOLVED, id="no such name"),
        pytest.param("inside.test", Answer.NOT_PUBLIC, id="a private name"),
        pytest.param("both.test", Answer.NOT_PUBLIC, id="a name with a private address, too"),
        pytest.param(PRIVATE, Answer.NOT_PUBLIC, id="a private address"),
    ],
)
def test_a_host_that_is_not_on_the_web_gets_no_request(shop, host, answer):
    assert visitor().look(shop.url("/kettle", host)).answer is answer
    assert shop.requests == []


def test_a_certificate_that_nobody_trusts_is_a_failure(tmp_path):
    with shop_open(own_certificate(tmp_path / "shop.pem")) as server:
        url = f"https://shop.test:{server.server_port}/kettle"
        assert visitor().look(url).answer is Answer.BAD_TLS
        assert server.requests == []


def test_a_port_where_nobody_listens_is_a_failure():
    with shop_open() as server:
        url = server.url("/kettle")
    assert visitor().look(url).answer is Answer.NO_ANSWER


def test_the_connection_goes_to_the_address_that_was_checked(shop):
    answers = iter([[LOCAL], [LOCAL], [PRIVATE]])
    look = visitor(resolve=lambda *_: next(answers)).look(shop.url("/kettle"))
    assert look.answer is Answer.FOUND
    assert next(answers) == [PRIVATE]  # HEAD and GET each asked once


@pytest.mark.parametrize(
    ("path", "requests"),
    [
        pytest.param("/picture.png", ["HEAD /picture.png"], id="a head that says all"),
        pytest.param("/busy", ["HEAD /busy"], id="a server that is busy"),
        pytest.param("/kettle", ["HEAD /kettle", "GET /kettle"], id="a page is read"),
        pytest.param("/loop", ["HEAD /loop", "HEAD /pool"], id="a loop is seen at once"),
        pytest.param(
            "/moved", ["HEAD /moved", "HEAD /kettle", "GET /kettle"], id="a redirect by its head"
        ),
        pytest.param(
            "/to-tagged",
            ["HEAD /to-tagged", "HEAD /kettle?color=red", "GET /kettle?color=red"],
            id="a redirect's tag is left out",
        ),
        pytest.param("/to-programme", ["HEAD /to-programme"], id="no programme is asked"),
    ],
)
def test_no_more_is_asked_than_needed(shop, path, requests):
    visitor().look(shop.url(path))
    assert shop.requests == requests


@pytest.mark.parametrize("url", ["https://px.a8.net/svt/ejp?a8mat=1+2+3+4", "https://amzn.to/3a"])
def test_page_that_turns_out_to_be_programmes_is_not_asked_for(url):
    assert visitor(resolve=pytest.fail).look(url).answer is Answer.HIDDEN


def test_a_host_that_refuses_head_once_is_not_asked_for_it_again(shop):
    ours = visitor()
    ours.look(shop.url("/no-head"))
    ours.look(shop.url("/no-head-2"))
    assert shop.requests == ["HEAD /no-head", "GET /no-head", "GET /no-head-2"]


def test_servers_learn_who_asks(shop):
    shop.agents.clear()
    visitor().look(shop.url("/kettle"))
    assert shop.agents == {"linkmgr/test"}


def test_a_server_says_for_how_long_it_wants_to_be_left_alone(shop):
    assert visitor().look(shop.url("/busy")).retry_after == 120
    assert visitor().look(shop.url("/closed")).retry_after > 10 * 365 * 86400


def test_no_more_of_an_endless_page_is_read_than_allowed(shop):
    limits = Limits(read=LIMITS.read, total=LIMITS.total, body=10)
    assert visitor(limits).look(shop.url("/endless")).answer is Answer.FOUND


def test_each_request_waits_for_its_host(shop):
    class Noted(Pace):
        def wait(self, host):
            shop.requests.append(f"wait for {host.partition('.')[0]}")

    visitor(pace=Noted(0.0)).look(shop.url("/moved"))
    assert shop.requests[::2] == ["wait for shop"] * 3
    assert shop.requests[1::2] == ["HEAD /moved", "HEAD /kettle", "GET /kettle"]


def test_a_host_that_was_asked_is_left_alone_for_the_pause():
    pace = Pace(1000.0)
    pace.asked("shop.test")
    pace.rest("slow.test", 3000.0)
    now = time.monotonic()
    assert pace.ready("shop.test") > now + 900
    assert pace.ready("slow.test") > now + 2900
    assert pace.ready("other.test") < now
