"""Logs: one JSON object a line on stderr. No address, user agent or query of a request is in them.

That is kept by never logging a request at all: granian's access log stays off, and what goes wrong
in one is logged as an error of ours, without what the reader sent.
"""

import json
import logging.config
from datetime import UTC, datetime
from types import TracebackType
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from flask import Flask

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
                "class": "logging.StreamHandler",
                "formatter": "json",
                "stream": "ext://sys.stderr",
            }
        },
        # What granian, Alembic and watchfiles say of their ordinary work is no news to the owner of
        # a blog, nor what Flask-WTF says of each form that it refuses: anybody can send them.
        "loggers": {
            "_granian": {"level": "WARNING"},
            "alembic": {"level": "WARNING"},
            "watchfiles": {"level": "WARNING"},
            "flask_wtf": {"level": "ERROR"},
        },
        "root": {"handlers": ["stderr"], "level": "INFO"},
    }


def start_logging() -> None:
    """Have this process log so."""
    logging.config.dictConfig(log_config())


def log_no_request(app: "Flask") -> None:
    """Have an app log its errors without the request's path, which Flask would name."""

    def log(
        info: tuple[type, BaseException, TracebackType] | tuple[None, None, None],
    ) -> None:
        app.logger.error("a page failed", exc_info=info)

    app.log_exception = log  # type: ignore[method-assign, assignment]


class JsonFormatter(logging.Formatter):
    """One JSON object a record; what a call names in `extra` becomes keys of it."""

    def format(self, record: logging.LogRecord) -> str:
        """Return the record as one line."""
        values = {
            "event": record.getMessage(),
            "level": record.levelname.lower(),
            "logger": record.name,
            **{name: value for name, value in vars(record).items() if name not in _ORDINARY},
            "timestamp": datetime.fromtimestamp(record.created, UTC).isoformat()[:-6] + "Z",
        }
        if record.exc_info:
            values["exception"] = self.formatException(record.exc_info)
        return json.dumps(values, default=repr)
