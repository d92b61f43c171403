"""Times as Ruby's `Time.parse` reads them, in the site's time zone.

`Time.parse` takes nearly anything; here are its forms that name a year, in its own order
(`date_parse.c`, `time.rb`). What names no year would be completed from the day of the build.
"""

import calendar
import re
from datetime import UTC, date, datetime, tzinfo
from functools import lru_cache
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from linkmgr.posts.ruby.psych import moment_of

COMMON = re.compile(
    r"(\d{4})-(\d{1,2})-(\d{1,2})"
    r"(?:[Tt ](\d{1,2}):(\d\d)(?::(\d\d)(?:\.\d*)?)?(?: ?(Z|UTC|[-+]\d\d:?\d\d))?)?",
    re.ASCII,
)
NOISE = re.compile(r"[^-+',./:@a-zA-Z0-9\[\]]+")
WEEKDAY = re.compile(r"\b(?:sun|mon|tue|wed|thu|fri|sat)[^-\d\s]*", re.IGNORECASE)
CLOCK = re.compile(
    r"(?P<time>(?:\d+\s*:\s*\d+(?:\s*:\s*\d+(?:[,.]\d*)?)?|\d+\s*h(?:\s*\d+m?(?:\s*\d+s?)?)?)"
    r"(?:\s*[ap](?:m\b|\.m\.))?|\d+\s*[ap](?:m\b|\.m\.))"
    r"(?:\s*(?P<zone>(?:gmt|utc?)?[-+]\d+(?:[,.:]\d+(?::\d+)?)?"
    r"|[a-z.\s]+(?:standard|daylight)\stime\b|[a-z]+(?:\sdst)?\b))?",
    re.IGNORECASE | re.ASCII,
)
CLOCK_PARTS = re.compile(
    r"(\d+)\s*h?(?:\s*:?\s*(\d+)m?(?:\s*:?\s*(\d+)(?:[,.]\d*)?s?)?)?(?:\s*([ap])(?:m\b|\.m\.))?",
    re.IGNORECASE | re.ASCII,
)
MONTHS = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
MONTH = "|".join(MONTHS)
YEAR = r"'?-?\d+(?:(?:st|nd|rd|th)\b)?"
ERA = r"(?:c(?:e|\.e\.)|a(?:d|\.d\.))?"
# Day, month and year by name, wherever the form has them: `6 May 2021`, `May 6, 2021`,
# `2021-5-6`, `2021/5/6`, `6.5.2021`.
FORMS = tuple(
    re.compile(form, re.IGNORECASE | re.ASCII)
    for form in (
        rf"(?P<d>'?\d+)[^-\d\s]*\s*(?P<m>{MONTH})[^-\d\s']*(?:\s*{ERA}\s*(?P<y>{YEAR}))?",
        rf"\b(?P<m>{MONTH})[^-\d\s']*\s*(?P<d>'?\d+)[^-\d\s']*(?:\s*,?\s*{ERA}\s*(?P<y>'?-?\d+))?",
        r"(?P<y>'?[-+]?\d+)-(?P<m>\d+)-(?P<d>'?-?\d+)",
        r"(?P<y>'?-?\d+)/\s*(?P<m>'?\d+)(?:\D\s*(?P<d>'?-?\d+))?",
        r"(?P<y>'?-?\d+)\.\s*(?P<m>'?\d+)\.\s*(?P<d>'?-?\d+)",
    )
)
DIGITS = re.compile(
    r"(?P<y>\d{4})(?P<m>\d\d)(?P<d>\d\d)(?P<clock>(?:\d\d){0,3})(?!\d)"
    r"(?:\s*t?\s*(?P<time>\d\d(?:\d\d){0,2})?)?(?P<zone>z\b|[-+]\d{1,4}\b)?",
    re.IGNORECASE | re.ASCII,
)
ZONES = {"UTC": 0, "Z": 0, "UT": 0, "GMT": 0, "EST": -5, "EDT": -4, "CST": -6, "CDT": -5}
ZONES |= {"MST": -7, "MDT": -6, "PST": -8, "PDT": -7}
ZONES |= {letter: hours for hours, letter in enumerate("ABCDEFGHIKLM", 1)}
ZONES |= {letter: -hours for hours, letter in enumerate("NOPQRSTUVWXY", 1)}
OFFSET = re.compile(r"([-+])(\d\d)(?:(:?)(\d\d)(?:\3(\d\d))?)?", re.ASCII)
# Ruby: a year of two digits from 69 on is of the 20th century.
PIVOT, CENTURY = 69, 100
DECEMBER = 12
LONGEST = 128  # bytes, `Date._parse`'s own limit


def zone_named(name: str | None) -> tzinfo | None:
    """Return the zone of that name; `None`, the machine's own, for `None`.

    Raise ValueError where there is no such zone.
    """
    if name is None:
        return None
    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError) as error:
        raise ValueError(name) from error


@lru_cache(maxsize=1024)
def parse_time(text: str, zone: tzinfo | None) -> datetime | None:
    """Return the time that `Time.parse(text).localtime` gives in `zone`, `None` where it fails."""
    if len(text.encode()) > LONGEST:
        return None
    try:
        if match := COMMON.fullmatch(text):
            numbers = [int(part or 0) for part in match.groups()[:6]]
            return _placed(numbers, match[7], zone)
        return _parse_any(NOISE.sub(" ", text), zone)
    except (ValueError, OverflowError):  # beyond the years 1 to 9999
        return None


def local(moment: date | datetime, zone: tzinfo | None) -> datetime:
    """Return a YAML date or time in `zone`: a date is midnight there, a naive time is UTC."""
    if not isinstance(moment, datetime):
        return _at_wall(datetime(moment.year, moment.month, moment.day), zone)  # noqa: DTZ001
    aware = moment if moment.tzinfo else moment.replace(tzinfo=UTC)
    return aware.astimezone(zone)


def _at_wall(wall: datetime, zone: tzinfo | None) -> datetime:
    """Return the moment when clocks in `zone` show `wall`.

    For an hour that occurs twice Ruby takes the second; one that never occurs it moves on: both
    mean the smaller of the two offsets.
    """
    first = wall.replace(tzinfo=zone) if zone else wall.astimezone()
    second = wall.replace(tzinfo=zone, fold=1) if zone else wall.replace(fold=1).astimezone()
    before, after = first.utcoffset(), second.utcoffset()
    if before is None or after is None or before == after:
        return first
    return (wall - min(before, after)).replace(tzinfo=UTC).astimezone(zone)


def _placed(numbers: list[int], zone_text: str | None, zone: tzinfo | None) -> datetime | None:
    """Make the time of `[year, month, day, hour, minute, second]`, in its own zone if any."""
    year = numbers[0]
    offset = _offset(zone_text, year, zone) if zone_text else None
    if offset is None:
        wall = moment_of(*numbers)
        return _at_wall(wall, zone) if wall else None
    moved = moment_of(*_without_offset(numbers, offset))
    return moved.replace(tzinfo=UTC).astimezone(zone) if moved else None


def _without_offset(numbers: list[int], offset: int) -> list[int]:
    """Move a time to UTC as `apply_offset` of `time.rb` does.

    It is no plain subtraction: 30 February plus some hours is 1 March there, not 3 March.
    """
    year, month, day, *clock = numbers
    sign, rest = (1 if offset < 0 else -1), abs(offset)
    for place, size in ((2, 60), (1, 60), (0, 24)):
        rest, part = divmod(rest, size)
        if part:
            carried, clock[place] = divmod(clock[place] + sign * part, size)
            rest += sign * carried
    day += sign * rest
    if sign * rest > 0 and month <= DECEMBER and day > _month_days(year, month):
        year, month, day = year + month // DECEMBER, month % DECEMBER + 1, 1
    elif sign * rest < 0 and day < 1:
        year, month = (year - 1, DECEMBER) if month <= 1 else (year, month - 1)
        day = _month_days(year, month)
    return [year, month, day, *clock]


def _month_days(year: int, month: int) -> int:
    """Return a month's length; of month 0, which Ruby only later refuses, December's."""
    return calendar.monthrange(year, month or DECEMBER)[1]


def _offset(text: str, year: int, zone: tzinfo | None) -> int | None:
    """Return the seconds east of UTC that `Time.zone_offset` knows for a zone's name."""
    name = text.upper()
    if match := OFFSET.fullmatch(name):
        hours, minutes, seconds = (int(match[part] or 0) for part in (2, 4, 5))
        return (-1 if match[1] == "-" else 1) * ((hours * 60 + minutes) * 60 + seconds)
    if name in ZONES:
        return ZONES[name] * 3600
    for month in (1, 7):
        start = _at_wall(datetime(year, month, 1), zone)  # noqa: DTZ001 - placed in `zone`
        offset = start.utcoffset()
        if offset is not None and (start.tzname() or "").upper() == name:
            return int(offset.total_seconds())
    return None


def _parse_any(text: str, zone: tzinfo | None) -> datetime | None:
    text = WEEKDAY.sub(" ", text, count=1)
    clock, zone_text = [0, 0, 0], None
    if match := CLOCK.search(text):
        clock, zone_text = _clock(match["time"]), match["zone"]
        text = f"{text[: match.start()]} {text[match.end() :]}"
    for form in FORMS:
        if match := form.search(text):
            day = _year_month_day(match["y"], match["m"], match["d"])
            return _placed([*day, *clock], zone_text, zone) if day else None
    if match := DIGITS.search(text):
        figures = match["clock"] or match["time"] or ""
        written = [int(figures[place : place + 2] or 0) for place in (0, 2, 4)]
        numbers = [int(match[part]) for part in ("y", "m", "d")]
        return _placed(
            [*numbers, *(written if figures else clock)], match["zone"] or zone_text, zone
        )
    return None


def _clock(text: str) -> list[int]:
    match = CLOCK_PARTS.match(text)
    if match is None:
        return [0, 0, 0]
    hour, minute, second = (int(match[part] or 0) for part in (1, 2, 3))
    if match[4]:
        hour = hour % 12 + (12 if match[4].lower() == "p" else 0)
    return [hour, minute, second]


def _year_month_day(year: str | None, month: str, day: str | None) -> list[int] | None:
    """Sort the three numbers as `s3e` of `date_parse.c` does; `None` where no year is left.

    A number of more than two digits, or one after an apostrophe, is the year.
    """
    m: str | None = month
    if month.lower() in MONTHS:
        m = str(MONTHS.index(month.lower()) + 1)
    y, d = year, day
    if y is not None and d is None:
        y, m, d = None, y, m
    if y is None and _is_year(d):
        y, d = d, None
    if y is not None and (ordinal := re.search(r"(\d+)\D", y)):
        y, d = d, ordinal[1]
    if _is_year(m):
        y, m, d = m, d, y
    if _is_year(d):
        y, d = d, y
    figures = re.search(r"([-+]?)(\d+)", y or "")
    if figures is None:
        return None
    number = int(figures[0])
    if not figures[1] and len(figures[2]) <= 2:  # noqa: PLR2004 - digits
        number += CENTURY * (19 if number >= PIVOT else 20)
    return [number, *(int(re.sub(r"\D", "", part or "") or 1) for part in (m, d))]


def _is_year(text: str | None) -> bool:
    return text is not None and (text.startswith("'") or len(text) > 2)  # noqa: PLR2004 - digits
