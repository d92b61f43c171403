"""The API's answers: JSON, and for each refusal a problem (RFC 9457) that says what to do."""

import json
import logging
from typing import Any, NoReturn

from flask import Flask, Response, request
from sqlalchemy.exc import SQLAlchemyError
from werkzeug.exceptions import HTTPException

from linkmgr.admin.common.context import get_admin
from linkmgr.messages.errors import MOST_SHOWN, Conflict, LinkmgrError, Problem, Problems
from linkmgr.messages.message import ENGLISH, Message, message, translate
from linkmgr.site_index.catalog_reader import SeenCatalog
from linkmgr.site_index.site import Unavailable
from linkmgr.store.db.engine import reason_of

MOST_BODY_BYTES = 256 * 1024
"""The most bytes of a body: an entry's longest texts take some 20 kB, its lists are short."""

MOST_VALUES = 2_000
"""The most values in a body; the longest list of keywords that anybody writes has some 200."""

_log = logging.getLogger(__name__)


class Refusal(LinkmgrError):  # noqa: N818 - an answer, not a fault of the program
    """A request that is refused with a status of its own; headers are named with `_` for `-`."""

    def __init__(self, status: int, message: Message, **headers: str) -> None:
        self.status = status
        self.headers = {name.replace("_", "-"): value for name, value in headers.items()}
        super().__init__(message)


def answer(value: Any, status: int = 200, **headers: str) -> Response:
    """Return a value as JSON; a header is named with `_` for `-`."""
    sent = {name.replace("_", "-"): text for name, text in headers.items()}
    return Response(_text(value), status, sent, mimetype="application/json")


def register_error_handlers(app: Flask) -> None:
    """Have an app answer every error with a problem."""
    app.register_error_handler(Refusal, lambda e: _problem(e.status, e, headers=e.headers))
    app.register_error_handler(Conflict, lambda _: _problem(412, LinkmgrError(CHANGED)))
    app.register_error_handler(Problems, lambda e: _problem(422, _INVALID, e.problems))
    app.register_error_handler(Unavailable, lambda e: _problem(503, e))
    app.register_error_handler(LinkmgrError, lambda e: _problem(422, e))
    app.register_error_handler(RecursionError, lambda _: _problem(400, _NESTED))
    app.register_error_handler(SQLAlchemyError, _answer_database_error)
    app.register_error_handler(HTTPException, _answer_http_error)


def body() -> Any:
    """Return the request's JSON. Raise Refusal."""
    if not request.is_json:
        raise Refusal(415, message("api.not-json-type"))
    try:
        sent = json.loads(request.get_data(), parse_constant=_refuse_constant)
    except (ValueError, RecursionError):
        raise Refusal(400, message("api.not-json")) from None
    if _has_too_many_values(sent):
        raise Refusal(413, message("api.too-many-values", most=MOST_VALUES))
    return sent


def whole_number(name: str, default: int, most: int) -> int:
    """Return a positive whole number from the query. Raise Refusal."""
    text = request.args.get(name, str(default))
    if text.isascii() and text.isdigit() and len(text) <= len(str(most)) and 1 <= int(text) <= most:
        return int(text)
    raise Refusal(400, message("api.whole-number", name=name, most=most))


def good_catalog() -> SeenCatalog:
    """Return the catalog in its file. Raise Refusal while the file is invalid."""
    seen = get_admin().catalog()
    if seen.problems:
        raise Refusal(503, message("api.broken-catalog", problems="\n".join(seen.problems)))
    return seen


def _has_too_many_values(sent: Any) -> bool:
    """Whether a value holds more than an entry needs; of a mapping only the values count."""
    waiting, count = [sent], 0
    while waiting and count <= MOST_VALUES:
        value = waiting.pop()
        if isinstance(value, dict):
            value = list(value.values())
        if isinstance(value, list):
            count += len(value)
            waiting += value
    return count > MOST_VALUES


CHANGED = message("api.catalog-changed")
_NESTED = LinkmgrError(message("api.too-nested"))
_INVALID = LinkmgrError(message("api.invalid-catalog"))


def _refuse_constant(_: str) -> NoReturn:
    """Refuse NaN and Infinity, which Python reads and JSON lacks."""
    raise ValueError


def _problem(
    status: int,
    error: LinkmgrError,
    problems: tuple[Problem, ...] = (),
    headers: dict[str, str] | None = None,
) -> Response:
    """Return an error as a problem, in English like the API's other answers."""
    answered = {
        "type": "about:blank",
        "title": _TITLES[status],
        "status": status,
        "detail": str(error),
        **error.to_json()[0],
    }
    if problems:
        listed = []
        for problem in problems[:MOST_SHOWN]:
            text = translate(problem.message, ENGLISH)
            facts = {"key": problem.location.key, "message": text}
            listed.append(facts | problem.message.to_json())
        answered["problems"] = listed
        answered["problem_count"] = len(problems)
    return Response(_text(answered), status, headers, mimetype="application/problem+json")


_TITLES = {
    400: "Bad Request",
    401: "Unauthorized",
    403: "Forbidden",
    404: "Not Found",
    405: "Method Not Allowed",
    412: "Precondition Failed",
    413: "Content Too Large",
    415: "Unsupported Media Type",
    422: "Unprocessable Content",
    428: "Precondition Required",
    429: "Too Many Requests",
    500: "Internal Server Error",
    503: "Service Unavailable",
}


def _answer_http_error(error: HTTPException) -> Response:
    code = error.code if error.code in _TITLES else 500
    headers = {name: value for name, value in error.get_headers() if name == "Allow"}
    reason = message("api.http", reason=error.description or error.name)
    return _problem(code, LinkmgrError(reason), headers=headers)


def _answer_database_error(error: SQLAlchemyError) -> Response:
    _log.error("the API cannot use the database: %s", reason_of(error))
    return _problem(503, LinkmgrError(message("api.no-database")))


def _text(value: Any) -> bytes:
    text = json.dumps(value, ensure_ascii=False, separators=(",", ":"))
    # JSON can bring lone surrogates, which UTF-8 lacks.
    return f"{text}\n".encode(errors="replace")
