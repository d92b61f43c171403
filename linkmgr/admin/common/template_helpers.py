"""What every template may use: navigation, toasts, numbers, days and static files' addresses."""

import re
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from functools import cache
from hashlib import blake2b
from importlib.resources import files
from typing import Any, cast
from urllib.parse import quote, urlencode

from flask import Flask, flash, get_flashed_messages, request, url_for
from flask_babel import (
    format_date,
    format_datetime,
    format_decimal,
    format_percent,
    format_timedelta,
)
from markupsafe import Markup, escape

from linkmgr.admin.common.appearance import theme
from linkmgr.admin.common.context import current_user, get_admin
from linkmgr.admin.common.i18n import LANGUAGES, language
from linkmgr.messages.errors import first_lines
from linkmgr.messages.message import Message, readable, word, word_list
from linkmgr.store.revisions import number_of

# Toasts: what the next page says was done, with a button that undoes it.

_UNDO = "undo"


@dataclass(frozen=True, slots=True)
class Undo:
    """The change to be undone: its number in the history, and the catalog's revision after it."""

    number: str
    revision: str


def flash_saved(text: str, category: str) -> None:
    """Say on the next page that the present catalog was saved, with what undoes that."""
    admin = get_admin()
    revision = admin.catalog().revision.id
    with admin.engine.connect() as fresh:  # the request's own connection sees the state before
        number = number_of(fresh, revision)
    flash(text, category)
    if number is not None:
        flash(f"{number} {revision}", _UNDO)


def toasts() -> tuple[list[tuple[str, str]], Undo | None]:
    """Return what to say on this page, with its categories, and the change that can be undone."""
    said = cast("list[tuple[str, str]]", get_flashed_messages(with_categories=True))
    undos = [Undo(*text.split(" ", 1)) for category, text in said if category == _UNDO]
    texts = [(category, text) for category, text in said if category != _UNDO]
    return texts, undos[-1] if undos else None


# Filters, functions and variables.


def init_templates(app: Flask) -> None:
    """Give an app's templates what they use."""
    app.jinja_env.filters.update(
        number=number,
        percent=percent,
        day=day,
        moment=moment,
        breakable=breakable,
        readable=readable,
        sentence=sentence,
        word_list=word_list,
        first_lines=first_lines,
    )
    app.jinja_env.globals.update(asset=asset, with_query=with_query, toasts=toasts)
    app.context_processor(_context)


def number(value: float) -> str:
    """Write a number with the language's separators."""
    return str(format_decimal(value))


def percent(share: float) -> str:
    """Write a share: 0.5 is 50%."""
    return str(format_percent(share))


def day(value: date) -> str:
    """Write a day as the language does."""
    return str(format_date(value, "medium"))


def moment(milliseconds: int) -> str:
    """Write a time since 1970 in the site's zone."""
    return str(format_datetime(datetime.fromtimestamp(milliseconds / 1000, UTC), "medium"))


def age(seconds: float) -> str:
    """Write how long ago something was, or has lasted."""
    return str(format_timedelta(timedelta(seconds=seconds), granularity="second"))


# An address or a path breaks after these rather than within a word.
_SEPARATORS = re.compile(r"(?<=[/?&=._:@+%~-])(?=\w)")


def breakable(text: object) -> Markup:
    """Write an address or a path so that lines break at its separators."""
    return Markup("<wbr>").join(_SEPARATORS.split(str(text)))


_COMMAND = re.compile(r"`([^`]+)`")


def sentence(message: Message) -> Markup:
    """Write a message as a sentence, with its commands as code."""
    text = word(message)
    stop = "。" if language() == "ja" else "."
    whole = str(escape(f"{text[:1].upper()}{text[1:]}{stop}"))
    return Markup(_COMMAND.sub(r"<code>\1</code>", whole))  # noqa: S704 - is escaped


def asset(name: str) -> str:
    """Return the address of a static file, which changes with its content."""
    return url_for("static", filename=name, v=_digest(name))


def with_query(**changes: Any) -> str:
    """Return this page's address with another query: every state of a list is in its address."""
    query = {**request.args.to_dict(flat=False), **changes}
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
        "has_site": bool(user) and get_admin().site() is not None,
        "theme": theme(),
        "language": chosen,
        "other_languages": {code: name for code, name in LANGUAGES.items() if code != chosen},
        "catalog_problems": get_admin().catalog().problem_count if user else 0,
    }


@cache
def _digest(name: str) -> str:
    data = (files("linkmgr.admin") / "static" / name).read_bytes()
    return blake2b(data, digest_size=6).hexdigest()
