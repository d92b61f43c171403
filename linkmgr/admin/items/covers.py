"""A cover that is uploaded: a picture by its content, put among the assets of the site."""

from contextlib import closing
from hashlib import sha256

from flask import request
from flask_babel import gettext

from linkmgr.admin.common.context import get_admin
from linkmgr.admin.items.forms import ItemForm
from linkmgr.builder.site import OutputPaths, read_site_config
from linkmgr.catalog.items import Good
from linkmgr.fs import refuse_planted, replace_file, wrap_write_errors

UPLOAD = "cover_file"
"""The field of the form that has the file."""

MOST_BYTES = 1_000_000
"""The most bytes of a picture: covers are shown some 100 px wide."""

# The extensions of pictures by how they begin.
_SIGNATURES = {b"\xff\xd8\xff": "jpg", b"\x89PNG\r\n\x1a\n": "png"}
_RIFF, _WEBP = b"RIFF", b"WEBP"


def take_upload(form: ItemForm) -> bool:
    """Put an uploaded cover among the site's assets, and its address into the form.

    Return false for a file that is refused: the form says why. Where the form cannot be saved for
    another reason, the picture stays: its address is in the form, and no browser fills in a file
    again. Raise LinkmgrError.
    """
    file = request.files.get(UPLOAD)
    own = form.kind.type
    if file is None or not file.filename or not issubclass(own, Good):
        return True
    field = form[own.picture_key]
    with closing(file):
        data = file.stream.read(MOST_BYTES + 1)
    extension = _extension(data)
    if len(data) > MOST_BYTES:
        field.errors = [
            gettext("The picture has more than 1 MB. Make it smaller: 400 px are enough.")
        ]
    elif extension is None:
        field.errors = [gettext("The file is no JPEG, PNG or WebP.")]
    else:
        field.data = _written(data, extension)
        return True
    return False


def _extension(data: bytes) -> str | None:
    """Return the extension of a picture by its content, `None` for any other file."""
    if data.startswith(_RIFF) and data[8:12] == _WEBP:
        return "webp"
    for signature, extension in _SIGNATURES.items():
        if data.startswith(signature):
            return extension
    return None


def _written(data: bytes, extension: str) -> str:
    """Write a picture under the hash of its content, and return its address in the site."""
    settings = get_admin().settings
    root = settings.site_folder
    paths = OutputPaths.of_config(read_site_config(root, root / "catalog.yaml"))
    path = f"{paths.covers}/{sha256(data).hexdigest()[:16]}.{extension}"
    refuse_planted(root, path)
    target = root / path
    with wrap_write_errors(target):
        target.parent.mkdir(parents=True, exist_ok=True)
        replace_file(target, data)
    return f"/{OutputPaths.COVERS}/{target.name}"
