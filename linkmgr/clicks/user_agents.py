"""What a user agent says of who clicks: whether a bot does, and what a reader holds."""

import re
from functools import lru_cache
from typing import NamedTuple

from crawlerdetect import CrawlerDetect  # type: ignore[import-untyped]  # it has no types

from linkmgr.clicks.model import Device

NO_AGENT = "no user agent"
"""Why a request that names no user agent is a bot's: every browser names one."""

# Bots name themselves within some 200 characters, and what apps add to a browser's name lies after
# its device. What is hostile costs crawlerdetect 9 µs a character: 2.3 ms of a fresh one at most.
_LONGEST_AGENT = 256
_LONGEST_REASON = 40

# A word costs crawlerdetect the square of its length: 16 ms for one of 512 letters, where any other
# 512 characters cost 4.5. No browser or bot has a longer word in its name.
_LONG_WORD = re.compile(r"([\w-]{40})[\w-]+", re.ASCII)
_UNWANTED = re.compile(r"[^A-Za-z0-9._/-]+")

# What browsers send as Sec-CH-UA-Mobile.
_MOBILE = {"?1": True, "?0": False}

# "Mobi" and "Tablet" are MDN's rule ("Browser detection using the user agent string"). iPads say
# both "Mobile" and their name, Android says "Mobile" on phones alone, and old Windows says "Tablet
# PC" of any computer.
_TABLET = re.compile(r"iPad|Tablet(?! PC)|Android(?!.*Mobi)")
_PHONE = re.compile(r"Mobi")
_DESKTOP = re.compile(r"Windows|Macintosh|X11|CrOS|Linux")


class Agent(NamedTuple):
    """`bot` is why this is no reader, in `[A-Za-z0-9 ._/-]{1,40}`, empty where it is one."""

    bot: str
    device: Device


def read_agent(user_agent: str, mobile: str) -> Agent:
    """Judge a request by its `User-Agent` and its `Sec-CH-UA-Mobile`."""
    return _read(user_agent[:_LONGEST_AGENT], _MOBILE.get(mobile))


def forget_agents() -> None:
    """Keep no user agent in memory past the day."""
    _read.cache_clear()


@lru_cache(maxsize=4096)  # 90 µs and more without it; 4,096 user agents take about 2 MB
def _read(user_agent: str, mobile: bool | None) -> Agent:  # noqa: FBT001 - the hint is a Boolean
    return Agent(_bot(user_agent), _device(user_agent, mobile))


def _bot(user_agent: str) -> str:
    agent = _LONG_WORD.sub(r"\1", user_agent).strip()
    if not agent:
        return NO_AGENT
    detector = CrawlerDetect()  # one for each call, as it remembers the last match
    if not detector.is_crawler(agent):
        return ""
    reason = _UNWANTED.sub(" ", detector.get_matches() or "")
    return reason.strip()[:_LONGEST_REASON].strip() or "bot"


def _device(user_agent: str, mobile: bool | None) -> Device:  # noqa: FBT001 - as above
    if _TABLET.search(user_agent):
        return Device.TABLET
    if mobile or _PHONE.search(user_agent):
        return Device.PHONE
    if mobile is False or _DESKTOP.search(user_agent):
        return Device.DESKTOP
    return Device.UNKNOWN
