"""The answers of the endpoints: redirects, empty ones and refusals."""

from collections.abc import Mapping
from enum import Enum
from html import escape
from types import MappingProxyType

from linkmgr.messages.language import Language
from linkmgr.messages.message import Message, message
from linkmgr.messages.wording import word

Headers = list[tuple[str, str]]

_COMMON = (
    # A cached redirect is a lost click, and a shared cache would store what a reader sent.
    ("Cache-Control", "private, no-store"),
    ("X-Robots-Tag", "noindex"),
    # The shop must see which site a reader comes from: a redirect's
    # own policy holds for the request that follows it.
    ("Referrer-Policy", "no-referrer-when-downgrade"),
    ("X-Content-Type-Options", "nosniff"),
)
_REDIRECT = ("Content-Length", "0"), *_COMMON
_PAGE = (
    ("Content-Type", "text/html; charset=utf-8"),
    ("Content-Security-Policy", "default-src 'none'"),
)


Answer = tuple[str, Headers, bytes]
"""Status, headers and body as WSGI takes them."""


class Refusal(Enum):
    """Why a request is refused: its status."""

    MALFORMED = "400 Bad Request"
    FORBIDDEN = "403 Forbidden"
    UNKNOWN = "404 Not Found"
    METHOD = "405 Method Not Allowed"


_MESSAGES: Mapping[Refusal, Message] = MappingProxyType(
    {
        Refusal.MALFORMED: message("server.malformed-link"),
        Refusal.FORBIDDEN: message("server.other-origin"),
        Refusal.UNKNOWN: message("server.unknown-link"),
        Refusal.METHOD: message("server.wrong-method"),
    }
)


def redirect(url: str) -> Answer:
    """Redirect to an address, without any cache remembering it."""
    return "302 Found", [("Location", url), *_REDIRECT], b""


def no_content(*headers: tuple[str, str]) -> Answer:
    """Say that a hit has arrived, or may be sent."""
    return "204 No Content", [*_COMMON, *headers], b""


def refuse(refusal: Refusal, language: Language, site: str, *headers: tuple[str, str]) -> Answer:
    """Say why a request is refused, in a page that leads to the site."""
    text, url = escape(word(_MESSAGES[refusal], language)), escape(site)
    body = (
        f'<!doctype html>\n<html lang="{language}">\n<meta charset="utf-8">\n'
        '<meta name="viewport" content="width=device-width">\n'
        f'<title>{text}</title>\n<p>{text}</p>\n<p><a href="{url}">{url}</a></p>\n'
    ).encode()
    length = ("Content-Length", str(len(body)))
    return refusal.value, [*_PAGE, length, *_COMMON, *headers], body
