"""What other machines take: the links that they redirect to, and the catalog that they build."""

from contextlib import suppress
from hashlib import sha256

from flask import Blueprint, Response, request

from linkmgr.admin.api.responses import Refusal
from linkmgr.admin.common.context import get_admin
from linkmgr.messages.message import message

blueprint = Blueprint("nodes", __name__)


@blueprint.get("/targets")
def targets() -> Response:
    """Return where all links lead, and the keys of the site's posts."""
    admin = get_admin()
    return _conditional(admin.shared_targets.read(admin.settings), "application/json")


@blueprint.get("/catalog")
def catalog() -> Response:
    """Return the last good text of the catalog."""
    text = None
    with suppress(FileNotFoundError):
        text = get_admin().settings.good_catalog.read_bytes()
    return _conditional(text, "application/yaml")


def _conditional(data: bytes | None, kind: str) -> Response:
    """Return data, or 304 to a client that has them. Raise Refusal where there are none yet."""
    if data is None:
        raise Refusal(503, message("api.not-published"))
    response = Response(data, mimetype=kind)
    response.headers["Cache-Control"] = "no-cache"
    response.set_etag(sha256(data).hexdigest())
    response.make_conditional(request)
    return response
