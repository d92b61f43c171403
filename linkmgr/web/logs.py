"""Logs: one JSON object a line on stderr. No address, user agent or query of a request is in them.

That is kept by never logging a request at all: granian's access log stays off, and what goes wrong
in one is logged as an error of ours, without what the reader sent.
"""

import logging.config
from types import TracebackType
from typing import Any

import structlog
from flask import Flask


def log_config() -> dict[str, Any]:
    """Return the configuration of `logging`, as `dictConfig` and granian's processes take it."""
    return {
        "version": 1,
        "disable_existing_loggers": False,
        "formatters": {"json": {"()": "linkmgr.web.logs.json_formatter"}},
        "handlers": {
            "stderr": {
                "class": "logging.StreamHandler",
                "formatter": "json",
                "stream": "ext://sys.stderr",
            }
        },
        # What granian and Alembic say of their ordinary work is no news to the owner of a blog, nor
        # what Flask-WTF says of each form that it refuses: anybody can send them.
        "loggers": {
            "_granian": {"level": "WARNING"},
            "alembic": {"level": "WARNING"},
            "flask_wtf": {"level": "ERROR"},
        },
        "root": {"handlers": ["stderr"], "level": "INFO"},
    }


def start_logging() -> None:
    """Have this process log so."""
    logging.config.dictConfig(log_config())


def log_no_request(app: Flask) -> None:
    """Have an app log its errors without the request's path, which Flask would name."""

    def log(
        info: tuple[type, BaseException, TracebackType] | tuple[None, None, None],
    ) -> None:
        app.logger.error("a page failed", exc_info=info)

    app.log_exception = log  # type: ignore[method-assign, assignment]


def json_formatter() -> logging.Formatter:
    """Return the formatter; what a call names in `extra` becomes keys of the object."""
    shared: list[structlog.typing.Processor] = [
        structlog.stdlib.add_log_level,
        structlog.stdlib.add_logger_name,
        structlog.stdlib.ExtraAdder(),
        structlog.processors.TimeStamper(fmt="iso", utc=True),
        structlog.processors.format_exc_info,
    ]
    return structlog.stdlib.ProcessorFormatter(
        foreign_pre_chain=shared,
        processors=[
            structlog.stdlib.ProcessorFormatter.remove_processors_meta,
            structlog.processors.JSONRenderer(),
        ],
    )
