"""What a user agent says about a click: whether a bot made it, and on which device."""

from functools import lru_cache
from typing import NamedTuple

from linkmgr.clicks.bots import LONGEST, find_bot
from linkmgr.clicks.model import Device

# What browsers send as Sec-CH-UA-Mobile.
_MOBILE = {"?1": True, "?0": False}

_DESKTOPS = ("Windows", "Macintosh", "X11", "CrOS", "Linux")


class Agent(NamedTuple):
    """`bot` is why this is no reader, in `[A-Za-z0-9 ._/-]{1,40}`, empty where it is one."""

    bot: str
    device: Device


def read_agent(user_agent: str, mobile: str) -> Agent:
    """Judge a request by its `User-Agent` and its `Sec-CH-UA-Mobile`.

    A new user agent takes 50 to 300 µs: `linkmgr.web.visitors` bounds how many come.
    """
    return _read(user_agent[:LONGEST], _MOBILE.get(mobile))


def forget_agents() -> None:
    """Keep no user agent in memory past the day."""
    _read.cache_clear()


@lru_cache(maxsize=4096)  # 4,096 user agents take about 4 MB at most
def _read(user_agent: str, mobile: bool | None) -> Agent:  # noqa: FBT001 - the hint is a Boolean
    return Agent(find_bot(user_agent), _device(user_agent, mobile))


def _device(user_agent: str, mobile: bool | None) -> Device:  # noqa: FBT001 - as above
    if _is_tablet(user_agent):
        return Device.TABLET
    if mobile or "Mobi" in user_agent:
        return Device.PHONE
    if mobile is False or any(system in user_agent for system in _DESKTOPS):
        return Device.DESKTOP
    return Device.UNKNOWN


def _is_tablet(user_agent: str) -> bool:
    """Whether it is a tablet, by MDN's rule ("Browser detection using the user agent string").

    iPads say both "Mobile" and their name, Android says "Mobile" on phones alone, and old Windows
    says "Tablet PC" of any computer.
    """
    if "iPad" in user_agent or "Tablet" in user_agent.replace("Tablet PC", ""):
        return True
    return user_agent.rfind("Android") > user_agent.rfind("Mobi")
