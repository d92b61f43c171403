"""Keys of clicks: a UUIDv7 begins with its time, so that a time's clicks are a range of keys."""

from datetime import date, datetime, time
from zoneinfo import ZoneInfo


def key_at(milliseconds: int) -> str:
    """Return the least key of a moment (since 1970)."""
    return f"{max(milliseconds, 0):012x}{'0' * 20}"


def key_of_day(day: date, timezone: str) -> str:
    """Return the least key of a day in a time zone."""
    return key_at(int(datetime.combine(day, time(), ZoneInfo(timezone)).timestamp()) * 1000)
