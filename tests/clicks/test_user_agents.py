"""Bots are told from readers, phones from tablets, and no user agent gets through."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from linkmgr.clicks.model import Device
from linkmgr.clicks.user_agents import _device, read_agent

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
def test_a_tablet_is_an_ipad_or_an_android_without_mobile(words):
    user_agent = "".join(words)
    by_expression = re.search(r"iPad|Tablet(?! PC)|Android(?!.*Mobi)", user_agent)
    assert (_device(user_agent, None) is Device.TABLET) == (by_expression is not None)
