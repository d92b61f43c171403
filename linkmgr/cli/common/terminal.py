"""Printing for people and for programs."""

import json
import logging
import re
import sys
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, TypeVar

import click

from linkmgr.messages.errors import LinkmgrError, Part, translated
from linkmgr.messages.message import Message, message, translate

if TYPE_CHECKING:
    from linkmgr.builder.processes import Track

T = TypeVar("T")

# Control characters, which a title, a URL or a file's name may contain too, and those that change
# the direction of writing (Unicode's Bidi_Control) or end a line.
_STEERING = re.compile(r"[\0-\x08\x0b-\x1f\x7f-\x9f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069]")


def print_text(text: str, *, err: bool = False) -> None:
    """Print lines for people; what would steer their terminal is shown, not sent."""
    click.echo(_STEERING.sub(lambda match: ascii(match[0])[1:-1], text), err=err)


def print_json(values: Any) -> None:
    """Print a value for programs, which a terminal may show."""
    text = json.dumps(values, ensure_ascii=False, indent=1)
    click.echo(_STEERING.sub(lambda match: f"\\u{ord(match[0]):04x}", text))


def warn(warnings: Iterable[Part]) -> None:
    """Print warnings on standard error, a line each."""
    for warning in warnings:
        print_text(translate(message("cli.warning", text=translated(warning))), err=True)


def usage_error(code: str, **params: str) -> click.UsageError:
    """Return the error of options that do not fit together, to be raised."""
    return click.UsageError(translate(message(code, **params)))


def error_text(error: LinkmgrError | OSError) -> str:
    """Return an error as the lines that a user reads."""
    if isinstance(error, LinkmgrError):
        return error.translated()
    file = f"{error.filename}: " if error.filename else ""
    return f"{file}{error.strerror or error}"


class LogLines(logging.Handler):
    """Prints what the core logs: what Jekyll, too, would only warn of."""

    def emit(self, record: logging.LogRecord) -> None:
        """Print a record as a line on standard error."""
        print_text(record.getMessage(), err=True)


@contextmanager
def progress(follower: "Track | None" = None) -> Iterator["Track"]:
    """Show a progress bar while standard error is a terminal, unless a program follows."""
    if follower:
        yield follower
        return
    if not sys.stderr.isatty():
        from linkmgr.builder.processes import silently

        yield silently
        return
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn

    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn())
    with Progress(*columns, console=Console(stderr=True), transient=True) as bars:

        def track(items: Iterable[T], what: Message, total: int) -> Iterable[T]:
            if not total:  # posts that are all known from the last build: no “0/0” to look at
                return items
            return bars.track(items, total=total, description=translate(what))

        yield track
