"""Static files, compressed for browsers that take it.

Pages are not: they hold a form's token beside what an address says, and the length of the two
compressed together tells of the token (the attack is called BREACH).
"""

import gzip
from functools import lru_cache
from http import HTTPStatus

from flask import Flask, Response, request

_LEVEL = 9  # of each file, once
_FILES = 32  # more than there are


def init_compression(app: Flask) -> None:
    """Have an app compress its static files."""
    app.after_request(_compress)


def _compress(response: Response) -> Response:
    if request.endpoint != "static":
        return response
    response.vary.add("Accept-Encoding")
    if response.status_code == HTTPStatus.OK and request.accept_encodings["gzip"]:
        etag, _ = response.get_etag()
        response.direct_passthrough = False
        response.set_data(_compressed(response.get_data()))
        response.content_encoding = "gzip"
        if etag:  # the same file in other bytes (RFC 9110, 8.8.1)
            response.set_etag(etag, weak=True)
    return response


@lru_cache(maxsize=_FILES)
def _compressed(data: bytes) -> bytes:
    return gzip.compress(data, _LEVEL, mtime=0)
