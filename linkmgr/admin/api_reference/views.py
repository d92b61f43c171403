"""The reference of the API, which Settings links to."""

from flask import render_template, request
from flask_babel import gettext
from markupsafe import Markup

from linkmgr.admin.api_reference.operations import load_reference


def show() -> str:
    """Show all operations with examples for the address that the browser used."""
    return render_template(
        "api_reference/reference.html",
        reference=load_reference(),
        server=f"{request.url_root}api",
        prose=_prose,
    )


def _prose(text: str) -> Markup:
    """Return a text of the description in the user's language, with `code` marked as such."""
    code, plain = Markup("<code>{}</code>"), Markup("{}")
    parts = enumerate(gettext(text).split("`"))
    return Markup().join((code if at % 2 else plain).format(part) for at, part in parts)
