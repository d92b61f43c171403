"""What other machines take: the links that they redirect to, and the catalog that they build."""

from contextlib import suppress
from hashlib import sha256

from flask import Blueprint, Response, request

from linkmgr.admin.api.responses import Refusal
from linkmgr.admin.common.context import get_admin
from linkmgr.messages.message import message

part = Blueprint("nodes", __name__)


@part.get("/targets")
def targets() -> Response:
    """Return where all links lead, and the keys of the site's posts."""
    admin = get_admin()
    return _unless_known(admin.shared_targets.read(admin.settings), "application/json")


@part.get("/catalog")
def catalog() -> Response:
    """Return the last good text of the catalog."""
    text = None
    with suppress(FileNotFoundError):
        text = get_admin().settings.good_catalog.read_bytes()
    return _unless_known(text, "application/yaml")


def _unless_known(data: bytes | None, kind: str) -> Response:
    """Return 304 if the client has it already. Raise Refusal where there is nothing yet."""
    if data is None:
        raise Refusal(503, message("api.not-published"))
    response = Response(data, mimetype=kind)
    response.headers["Cache-Control"] = "no-cache"
    response.set_etag(sha256(data).hexdigest())
    response.make_conditional(request)
    return response
