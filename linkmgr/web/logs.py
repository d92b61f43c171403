"""Logs: one JSON object a line on stderr, without addresses, user agents or queries of requests.

No request is ever logged: granian's access log stays off, and an error in a request is logged as
ours, without what the reader sent. Lines of one cause are limited to a few a minute, whatever
clients do.
"""

import json
import logging.config
import re
import threading
import time
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from types import TracebackType
from typing import TYPE_CHECKING, Any, TextIO

if TYPE_CHECKING:
    from flask import Flask

LINES_A_MINUTE = 5
"""That a process writes for one cause."""

# What is wrong in the site's own files has a line each, and no client causes it. The supervisor
# starts no process more than a dozen times a minute.
_UNLIMITED = (
    *("linkmgr.posts", "linkmgr.web.background.publisher", "linkmgr.web.server.supervisor"),
    __name__,
)

# In seconds.
_MINUTE = 60.0

_log = logging.getLogger(__name__)

# What every record has; anything else was named by `extra`.
_ORDINARY = {*vars(logging.makeLogRecord({})), "message", "asctime", "taskName"}


def log_config() -> dict[str, Any]:
    """Return the configuration of `logging`, as `dictConfig` and granian's processes take it."""
    return {
        "version": 1,
        "disable_existing_loggers": False,
        "formatters": {"json": {"()": "linkmgr.web.logs.JsonFormatter"}},
        "handlers": {
            "stderr": {
                "class": "linkmgr.web.logs.LimitedHandler",
                "formatter": "json",
                "stream": "ext://sys.stderr",
            }
        },
        # What granian, Alembic and watchfiles say of their ordinary work is no news to the owner of
        # a blog, nor what Flask-WTF says of each form that it refuses, and waitress of each request
        # that waits for a thread: anybody can send them.
        "loggers": {
            "_granian": {"level": "WARNING"},
            "alembic": {"level": "WARNING"},
            "watchfiles": {"level": "WARNING"},
            "flask_wtf": {"level": "ERROR"},
            "waitress": {"level": "WARNING"},
            "waitress.queue": {"level": "ERROR"},
        },
        "root": {"handlers": ["stderr"], "level": "INFO"},
    }


def start_logging() -> None:
    """Configure the logging of this process."""
    logging.config.dictConfig(log_config())


def log_no_request(app: "Flask") -> None:
    """Have an app log its errors without the request's path, which Flask would name."""

    def log(
        info: tuple[type, BaseException, TracebackType] | tuple[None, None, None],
    ) -> None:
        app.logger.error("a page failed", exc_info=info)

    app.log_exception = log  # type: ignore[method-assign, assignment]


@dataclass(slots=True)
class _Minute:
    """The lines of one cause in the minute that begins with the first of them."""

    ends: float
    lines: int = 0


class LimitedHandler(logging.StreamHandler[TextIO]):
    """Writes `LINES_A_MINUTE` of one cause, and after the minute how many more there were.

    Whoever can have one line logged could otherwise fill the disk with it. A cause is the place in
    the program that logs, with the place where its exception was raised, so they are few.
    """

    def __init__(self, stream: TextIO) -> None:
        super().__init__(stream)
        self._minutes: dict[object, _Minute] = {}

    def emit(self, record: logging.LogRecord) -> None:
        """Write a record, unless its cause has had its lines."""
        if record.name.startswith(_UNLIMITED):
            super().emit(record)
            return
        cause, now = _cause(record), time.monotonic()
        minute = self._minutes.get(cause)
        if minute is None or now >= minute.ends:
            minute = self._minutes[cause] = _Minute(now + _MINUTE)
        minute.lines += 1
        if minute.lines <= LINES_A_MINUTE:
            super().emit(record)
        elif minute.lines == LINES_A_MINUTE + 1:
            event = re.sub("%[sd]", "...", str(record.msg).partition("\n")[0])
            report = threading.Timer(minute.ends - now, _report, (minute, event))
            report.daemon = True
            with suppress(RuntimeError):  # there are too many threads: they are left out unsaid
                report.start()


def _event(record: logging.LogRecord) -> str:
    if record.name == "waitress" and record.levelno >= logging.ERROR:
        return "a page failed"  # waitress says at which path, or for which address
    return record.getMessage()


def _cause(record: logging.LogRecord) -> object:
    raised = record.exc_info[2] if record.exc_info else None
    while raised and raised.tb_next:
        raised = raised.tb_next
    place = raised and (raised.tb_frame.f_code.co_filename, raised.tb_lineno)
    return record.pathname, record.lineno, place


def _report(minute: _Minute, event: str) -> None:
    _log.warning("%d more lines were left out: %s", minute.lines - LINES_A_MINUTE, event)


class JsonFormatter(logging.Formatter):
    """One JSON object a record; what a call names in `extra` becomes keys of it."""

    def format(self, record: logging.LogRecord) -> str:
        values = {
            "event": _event(record),
            "level": record.levelname.lower(),
            "logger": record.name,
            **{name: value for name, value in vars(record).items() if name not in _ORDINARY},
            "timestamp": datetime.fromtimestamp(record.created, UTC).isoformat()[:-6] + "Z",
        }
        if record.exc_info:
            values["exception"] = self.formatException(record.exc_info)
        return json.dumps(values, default=repr)
