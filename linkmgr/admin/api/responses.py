"""What the API answers: JSON, and for each refusal a problem (RFC 9457) that says what to do."""

import json
import logging
from typing import Any, NoReturn

from flask import Flask, Response, request
from sqlalchemy.exc import SQLAlchemyError
from werkzeug.exceptions import HTTPException

from linkmgr.admin.common.catalog_reader import SeenCatalog
from linkmgr.admin.common.context import get_admin
from linkmgr.messages.errors import Conflict, LinkmgrError, Problem, Problems
from linkmgr.messages.wording import word
from linkmgr.site_index.service.client import Unavailable

_log = logging.getLogger(__name__)


class Refusal(Exception):  # noqa: N818 - what it is called where it is told
    """A request that is answered with a status of its own; `more` are headers."""

    def __init__(self, status: int, detail: str, **more: str) -> None:
        self.status = status
        self.headers = {name.replace("_", "-"): value for name, value in more.items()}
        super().__init__(detail)


def answer(value: Any, status: int = 200, **headers: str) -> Response:
    """Return a value as JSON; a header is named with `_` for `-`."""
    sent = {name.replace("_", "-"): text for name, text in headers.items()}
    return Response(_text(value), status, sent, mimetype="application/json")


def tell_problems(app: Flask) -> None:
    """Have an app tell every error as a problem."""
    app.register_error_handler(Refusal, lambda e: _problem(e.status, str(e), headers=e.headers))
    app.register_error_handler(Conflict, lambda _: _problem(412, CHANGED))
    app.register_error_handler(Problems, lambda e: _problem(422, _REFUSED, e.problems))
    app.register_error_handler(Unavailable, lambda e: _problem(503, str(e)))
    app.register_error_handler(LinkmgrError, lambda e: _problem(422, str(e)))
    app.register_error_handler(RecursionError, lambda _: _problem(400, _NESTED))
    app.register_error_handler(SQLAlchemyError, _database)
    app.register_error_handler(HTTPException, _http)


def body() -> Any:
    """Return the JSON that the request brings. Raise Refusal."""
    if not request.is_json:
        raise Refusal(415, "Send JSON, with Content-Type: application/json.")
    try:
        return json.loads(request.get_data(), parse_constant=_no_number)
    except (ValueError, RecursionError):
        raise Refusal(400, "The body is no JSON.") from None


def body_object(**kinds: type | tuple[type, ...]) -> dict[str, Any]:
    """Return the request's JSON object with these keys, all needed, of these kinds.

    Raise Refusal, which names the key.
    """
    sent = body()
    if not isinstance(sent, dict):
        raise Refusal(400, f"The body must be an object with {', '.join(kinds)}.")
    for name, kind in kinds.items():
        if name not in sent or not isinstance(sent[name], kind):
            raise Refusal(400, f"{name}: is missing or of the wrong type.")
    if unknown := sorted(sent.keys() - kinds.keys()):
        raise Refusal(400, f"{unknown[0]}: is unknown; there are {', '.join(kinds)}.")
    return sent


def whole(name: str, default: int, most: int) -> int:
    """Return a whole number of the query, from 1 on. Raise Refusal."""
    text = request.args.get(name, str(default))
    if text.isascii() and text.isdigit() and len(text) <= len(str(most)) and 1 <= int(text) <= most:
        return int(text)
    raise Refusal(400, f"{name}: must be a whole number from 1 to {most:,}.")


def good_catalog() -> SeenCatalog:
    """Return the catalog as its file has it. Raise Refusal while the file is none."""
    seen = get_admin().catalog()
    if seen.problems:
        raise Refusal(
            503, "\n".join(("The catalog's file has to be mended first.", *seen.problems))
        )
    return seen


CHANGED = "The catalog was changed since you read it: read it again, and send the change again."
_NESTED = "The body has lists or objects within each other that no entry has."
_REFUSED = "The catalog would not be one with this: see problems."


def _no_number(_: str) -> NoReturn:
    raise ValueError


def _problem(
    status: int,
    detail: str,
    problems: tuple[Problem, ...] = (),
    headers: dict[str, str] | None = None,
) -> Response:
    told = {"type": "about:blank", "title": _TITLES[status], "status": status, "detail": detail}
    if problems:
        told |= {
            "problems": [
                {"key": each.location.key, "message": word(each.message), **each.message.to_json()}
                for each in problems
            ]
        }
    return Response(_text(told), status, headers, mimetype="application/problem+json")


_TITLES = {
    400: "Bad Request",
    401: "Unauthorized",
    404: "Not Found",
    405: "Method Not Allowed",
    409: "Conflict",
    412: "Precondition Failed",
    413: "Content Too Large",
    415: "Unsupported Media Type",
    422: "Unprocessable Content",
    428: "Precondition Required",
    429: "Too Many Requests",
    500: "Internal Server Error",
    503: "Service Unavailable",
}


def _http(error: HTTPException) -> Response:
    code = error.code if error.code in _TITLES else 500
    kept = {name: value for name, value in error.get_headers() if name == "Allow"}
    return _problem(code, error.description or error.name, headers=kept)


def _database(error: SQLAlchemyError) -> Response:
    _log.error("the API cannot use the database: %s", error.__class__.__name__)
    return _problem(503, "The database isn't responding: try again in a minute.")


def _text(value: Any) -> bytes:
    text = json.dumps(value, ensure_ascii=False, separators=(",", ":"))
    # JSON can bring lone surrogates, which UTF-8 has not.
    return f"{text}\n".encode(errors="replace")
