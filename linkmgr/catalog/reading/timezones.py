"""The names of time zones."""

from difflib import get_close_matches
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError, available_timezones

from linkmgr.catalog.reading.problems import MAX_WORD
from linkmgr.catalog.reading.typos import wide_problem
from linkmgr.messages.language import Language
from linkmgr.messages.message import Message, excerpt, message

_CLOSE = 0.8
"""Higher than for keys: city names are short and many, and `Asia` is no typo of Apia."""


def default_timezone(language: Language) -> str:
    """Return the time zone of a catalog that names none."""
    return "Asia/Tokyo" if language == "ja" else "UTC"


def timezone_problem(name: str) -> Message | None:
    """Return what is wrong with the name of a time zone, `None` for one that there is."""
    try:
        ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError):  # OSError: a folder of names, as `Asia`
        if wide := wide_problem(name):
            return wide
        if meant := _meant(name) if len(name) <= MAX_WORD else None:
            return message("catalog.unknown-timezone-meant", name=excerpt(name), meant=meant)
        return message("catalog.unknown-timezone", name=excerpt(name))
    return None


def _meant(name: str) -> str | None:
    """Return the zone that `name` probably means, be it by its city alone."""
    zones = sorted(available_timezones())
    known = {zone.rpartition("/")[2].lower(): zone for zone in zones}
    known |= {zone.lower(): zone for zone in zones}
    close = get_close_matches(name.lower().replace(" ", "_"), known, n=1, cutoff=_CLOSE)
    return known[close[0]] if close else None
