"""What every template may use: navigation, toasts, numbers, days and static files' addresses."""

import re
from datetime import UTC, date, datetime, timedelta
from functools import cache
from hashlib import blake2b
from importlib.resources import files
from typing import Any, cast
from urllib.parse import quote, urlencode

from babel.dates import format_interval, get_datetime_format
from flask import Flask, g, get_flashed_messages, request, url_for
from flask_babel import (
    format_date,
    format_decimal,
    format_percent,
    format_time,
    format_timedelta,
    get_locale,
    get_timezone,
    ngettext,
)
from markupsafe import Markup, escape

from linkmgr.admin.common.chips import kind_name, name_of_mapping, terms_of_mapping
from linkmgr.admin.common.context import asks_for_part, current_user, get_admin
from linkmgr.admin.common.preferences import LANGUAGES, language, theme
from linkmgr.clicks.periods import Period
from linkmgr.messages.errors import first_lines
from linkmgr.messages.message import Message, join_texts, readable, translate

# Toasts: what the next page says was done, with a button that undoes it.

UNDO = "undo"
"""The category of a message that is the number of a change, which a button can undo."""


TAKE_BACK = "take-back"
"""The category of a message that is the number of a report, which can be taken back."""


def toasts() -> tuple[list[tuple[str, str]], str, str]:
    """Return this page's messages with their categories, and the numbers of what can be undone.

    These are of a change and of a report, empty for none. An answer of which a script takes a part
    alone has no messages: they would be lost.
    """
    if asks_for_part():
        return [], "", ""
    said = cast("list[tuple[str, str]]", get_flashed_messages(with_categories=True))
    undo = take_back = ""
    texts: list[tuple[str, str]] = []
    for category, text in said:
        if category == UNDO:
            undo = text
        elif category == TAKE_BACK:
            take_back = text
        else:
            texts.append((category, text))
    return texts, undo, take_back


# Filters, functions and variables.


def init_templates(app: Flask) -> None:
    """Give an app's templates what they use."""
    app.jinja_env.filters.update(
        number=number,
        percent=percent,
        rate=rate,
        day=day,
        span=span,
        moment=moment,
        time_of_day=time_of_day,
        breakable=breakable,
        readable=readable,
        sentence=sentence,
        with_code=with_code,
        join_texts=join_texts,
        mapping_name=name_of_mapping,
        mapping_terms=terms_of_mapping,
        first_lines=first_lines,
    )
    app.jinja_env.globals.update(
        asset=asset,
        with_query=with_query,
        toasts=toasts,
        blog_lang=blog_lang,
        translate=translate,
        kind_name=kind_name,
    )
    app.context_processor(_context)


def number(value: float) -> str:
    """Write a number with the language's separators."""
    return str(format_decimal(value))


def posts_in_words(count: int) -> str:
    """Write how many posts there are."""
    return str(ngettext("%(count)s post", "%(count)s posts", count, count=number(count)))


def month_clicks_in_words(count: int) -> str:
    """Write how many clicks there were in 30 days."""
    return str(
        ngettext(
            "%(count)s click in 30 days", "%(count)s clicks in 30 days", count, count=number(count)
        )
    )


def percent(share: float) -> str:
    """Write a share: 0.5 is 50%."""
    return str(format_percent(share))


def rate(share: float) -> str:
    """Write a click rate: 0.049 is 4.9%."""
    return str(format_percent(share, "#,##0.0%"))


def day(value: date) -> str:
    """Write a day as the language does."""
    return str(format_date(value, "medium"))


def span(period: Period) -> str:
    """Write a period as the language does."""
    if len(period) == 1:
        return day(period.since)
    return str(format_interval(period.since, period.until, "yMMMd", locale=get_locale()))


def moment(milliseconds: int) -> str:
    """Write a time since 1970 in the site's zone, to the minute."""
    # Babel's own shapes of a day with a time have its seconds, or the month in figures.
    shape = str(get_datetime_format("medium", locale=get_locale()))
    when = datetime.fromtimestamp(milliseconds / 1000, get_timezone())
    return shape.format(format_time(when, "short"), day(when.date()))


def time_of_day(milliseconds: int) -> str:
    """Write the time of day of a moment in the site's zone."""
    return str(format_time(datetime.fromtimestamp(milliseconds / 1000, UTC), "short"))


def age(seconds: float) -> str:
    """Write how long ago something was, or how long it has lasted."""
    text = str(format_timedelta(timedelta(seconds=seconds), granularity="second"))
    return text.replace(" ", "") if language() == "ja" else text  # no space before a unit


_ADDRESS = ("/", "http://", "https://")

# An address or a path breaks after these rather than within a word.
_SEPARATORS = re.compile(r"(?<=[/?&=._:@+%~-])(?=\w)")


def breakable(text: object) -> Markup:
    """Write a path, or an address as people read it, so that lines break at its separators."""
    shown = str(text)
    if shown.startswith(_ADDRESS):  # a file's name is shown as it is
        shown = readable(shown)
    return Markup("<wbr>").join(_SEPARATORS.split(shown))


_CODE = re.compile(r"`([^`]+)`")


def with_code(text: str) -> Markup:
    """Write what stands between backticks, such as a key or a command, as code."""
    return Markup(_CODE.sub(r"<code>\1</code>", str(escape(text))))  # noqa: S704 - is escaped


def sentence(message: Message) -> Markup:
    """Write a message as a sentence, with its commands as code."""
    text = translate(message)
    if language() == "ja":
        return with_code(f"{text}。")
    return with_code(f"{text[:1].upper()}{text[1:]}.")


def asset(name: str) -> str:
    """Return the address of a static file, which changes with its content."""
    return url_for("static", filename=name, v=_digest(name))


def blog_lang() -> Markup:
    """Return the `lang` attribute of the blog's own words, empty on a page in their language."""
    if "blog_lang" not in g:
        own = get_admin().catalog().catalog.site.language
        g.blog_lang = Markup() if own == language() else Markup(' lang="{}"').format(own)
    markup: Markup = g.blog_lang
    return markup


def with_query(**changes: Any) -> str:
    """Return this page's address with another query: every state of a list is in its address."""
    query = request.args.to_dict(flat=False) | changes
    present = {name: value for name, value in query.items() if value not in (None, "", [""])}
    path = f"{request.script_root}{quote(request.path)}"
    return f"{path}?{urlencode(present, doseq=True)}" if present else path


def _context() -> dict[str, Any]:
    user = current_user()
    chosen = language()
    return {
        "user": user,
        "pages": get_admin().pages if user else (),
        "site_name": get_admin().catalog().catalog.site.name if user else "",
        "theme": theme(),
        "language": chosen,
        "other_languages": {code: name for code, name in LANGUAGES.items() if code != chosen},
        "catalog_problems": get_admin().catalog().problem_count if user else 0,
    }


@cache
def _digest(name: str) -> str:
    data = (files("linkmgr.admin") / "static" / name).read_bytes()
    return blake2b(data, digest_size=6).hexdigest()
