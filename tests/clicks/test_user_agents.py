"""Bots are told from readers, phones from tablets, and no user agent gets through."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from linkmgr.clicks.model import NOT_JUDGED, Device
from linkmgr.clicks.user_agents import (
    Agent,
    Budget,
    TooManyError,
    _device,
    forget_agents,
    read_agent,
)

CHROME = "AppleWebKit/537.36 (KHTML, like Gecko) Chrome/142.0.0.0"
WINDOWS = f"Mozilla/5.0 (Windows NT 10.0; Win64; x64) {CHROME} Safari/537.36"
ANDROID_PHONE = f"Mozilla/5.0 (Linux; Android 10; K) {CHROME} Mobile Safari/537.36"
ANDROID_TABLET = f"Mozilla/5.0 (Linux; Android 10; K) {CHROME} Safari/537.36"
IPHONE = (
    "Mozilla/5.0 (iPhone; CPU iPhone OS 18_6 like Mac OS X) AppleWebKit/605.1.15 "
    "(KHTML, like Gecko) Version/26.0 Mobile/15E148 Safari/604.1"
)
IPAD = IPHONE.replace("iPhone; CPU iPhone", "iPad; CPU")
MAC = (
    "Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/605.1.15 "
    "(KHTML, like Gecko) Version/26.0 Safari/605.1.15"
)
FIREFOX_TABLET = "Mozilla/5.0 (Android 16; Tablet; rv:145.0) Gecko/145.0 Firefox/145.0"
OLD_WINDOWS = "Mozilla/4.0 (compatible; MSIE 8.0; Windows NT 6.1; Tablet PC 2.0)"
GOOGLE = "Mozilla/5.0 (compatible; Googlebot/2.1; +http://www.google.com/bot.html)"


@pytest.mark.parametrize(
    ("user_agent", "mobile", "device"),
    [
        pytest.param(WINDOWS, "?0", Device.DESKTOP, id="Windows"),
        pytest.param(MAC, "", Device.DESKTOP, id="Mac"),
        pytest.param(ANDROID_PHONE, "?1", Device.PHONE, id="Android phone"),
        pytest.param(ANDROID_TABLET, "?0", Device.TABLET, id="Android tablet"),
        pytest.param(FIREFOX_TABLET, "", Device.TABLET, id="Firefox on a tablet"),
        pytest.param(IPHONE, "", Device.PHONE, id="iPhone"),
        pytest.param(IPAD, "", Device.TABLET, id="iPad"),
        pytest.param(OLD_WINDOWS, "", Device.DESKTOP, id="Windows that names a tablet PC"),
        pytest.param("Opera/9.80 (J2ME/MIDP; Opera Mini)", "?1", Device.PHONE, id="hint of phone"),
        pytest.param("Something new", "?0", Device.DESKTOP, id="hint of no phone"),
        pytest.param("Something new", "perhaps", Device.UNKNOWN, id="no such hint"),
        pytest.param("", "", Device.UNKNOWN, id="nothing"),
    ],
)
def test_the_device_is_read(user_agent, mobile, device):
    assert read_agent(user_agent, mobile).device is device


@given(st.lists(st.sampled_from(["Android", "Mobi", "iPad", "Tablet", " PC", "X11", " "])))
def test_a_tablet_is_an_ipad_a_tablet_that_is_no_pc_or_an_android_that_says_no_mobile(words):
    user_agent = "".join(words)
    by_expression = re.search(r"iPad|Tablet(?! PC)|Android(?!.*Mobi)", user_agent)
    assert (_device(user_agent, None) is Device.TABLET) == (by_expression is not None)


def test_past_so_many_new_user_agents_a_second_they_are_not_judged(monkeypatch):
    monkeypatch.setattr("linkmgr.clicks.user_agents._budget", of_one_second(2))
    forget_agents()
    agents = [f"{WINDOWS} First/{number}" for number in range(4)]
    assert [read_agent(agent, "").bot for agent in agents] == ["", "", NOT_JUDGED, NOT_JUDGED]


def test_a_user_agent_that_was_judged_before_is_known_past_the_limit(monkeypatch):
    monkeypatch.setattr("linkmgr.clicks.user_agents._budget", of_one_second(1))
    forget_agents()
    assert read_agent(GOOGLE, "").bot == "Googlebot"
    assert read_agent("curl/8.14.1", "").bot == NOT_JUDGED
    assert read_agent(GOOGLE, "").bot == "Googlebot"


def test_the_device_of_a_user_agent_that_is_not_judged_is_known(monkeypatch):
    monkeypatch.setattr("linkmgr.clicks.user_agents._budget", of_one_second(0))
    forget_agents()
    assert read_agent(IPAD, "") == Agent(NOT_JUDGED, Device.TABLET)


def test_user_agents_are_judged_again_in_the_next_second():
    seconds = iter([1.0, 1.9, 2.1])
    budget = Budget(1, lambda: next(seconds))
    budget.take()
    with pytest.raises(TooManyError):
        budget.take()
    budget.take()


def of_one_second(most):
    """Make a budget whose second never ends."""
    return Budget(most, lambda: 1.0)
