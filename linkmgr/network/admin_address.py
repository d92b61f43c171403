"""The address of another machine's admin, given in place of a catalog's file."""

from contextlib import suppress
from urllib.parse import urlsplit

from linkmgr.messages.errors import LinkmgrError
from linkmgr.messages.message import excerpt, message


def is_web_address(text: str) -> bool:
    """Whether a text is to be read as an address rather than a file's path."""
    return text.casefold().startswith(("http://", "https://"))


def admin_origin(text: str) -> str:
    """Return an admin's address without a path. Raise LinkmgrError unless it is one."""
    with suppress(ValueError):
        parts = urlsplit(text)
        has_more = "@" in parts.netloc or parts.path.strip("/") or parts.query or parts.fragment
        if text.isascii() and parts.hostname and parts.port != 0 and not has_more:
            return f"{parts.scheme}://{parts.netloc}"
    raise LinkmgrError(message("network.admin-address", found=excerpt(text)))
