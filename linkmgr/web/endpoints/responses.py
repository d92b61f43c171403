"""What the endpoints answer with, beside a place to go to."""

from collections.abc import Mapping
from enum import Enum
from html import escape
from types import MappingProxyType
from typing import NamedTuple

from linkmgr.messages.language import Language

Headers = list[tuple[str, str]]

_COMMON = (
    # A cached redirect is a lost click, and a shared cache would hold what a reader sent.
    ("Cache-Control", "private, no-store"),
    ("X-Robots-Tag", "noindex"),
    # The shop must see which site a reader comes from (RULES "Amazon Associates"): a redirect's
    # own policy holds for the request that follows it.
    ("Referrer-Policy", "no-referrer-when-downgrade"),
    ("X-Content-Type-Options", "nosniff"),
)
_PAGE = (
    ("Content-Type", "text/html; charset=utf-8"),
    ("Content-Security-Policy", "default-src 'none'"),
)


class Answer(NamedTuple):
    """Status, headers and body as WSGI takes them."""

    status: str
    headers: Headers
    body: bytes = b""


class Refusal(Enum):
    """Why a request is refused: its status."""

    MALFORMED = "400 Bad Request"
    FORBIDDEN = "403 Forbidden"
    UNKNOWN = "404 Not Found"
    METHOD = "405 Method Not Allowed"


_WORDING: Mapping[Language, Mapping[Refusal, str]] = MappingProxyType(
    {
        "ja": {
            Refusal.MALFORMED: "このリンクの形式は正しくありません。",
            Refusal.FORBIDDEN: "このサイトからの送信は受け付けていません。",
            Refusal.UNKNOWN: "このリンクは見つかりませんでした。",
            Refusal.METHOD: "この方法では開けません。",
        },
        "en": {
            Refusal.MALFORMED: "This link is malformed.",
            Refusal.FORBIDDEN: "Nothing is accepted from this site.",
            Refusal.UNKNOWN: "There is no such link.",
            Refusal.METHOD: "A link cannot be opened in this way.",
        },
    }
)


def redirect(url: str) -> Answer:
    """Lead on to an address, this once."""
    return Answer("302 Found", [("Location", url), ("Content-Length", "0"), *_COMMON])


def no_content(*headers: tuple[str, str]) -> Answer:
    """Say that a hit has arrived, or may be sent."""
    return Answer("204 No Content", [*_COMMON, *headers])


def refuse(refusal: Refusal, language: Language, site: str, *headers: tuple[str, str]) -> Answer:
    """Say why a request is refused, in a page that leads to the site."""
    text, url = escape(_WORDING[language][refusal]), escape(site)
    body = (
        f'<!doctype html>\n<html lang="{language}">\n<meta charset="utf-8">\n'
        '<meta name="viewport" content="width=device-width">\n'
        f'<title>{text}</title>\n<p>{text}</p>\n<p><a href="{url}">{url}</a></p>\n'
    ).encode()
    length = ("Content-Length", str(len(body)))
    return Answer(refusal.value, [*_PAGE, length, *_COMMON, *headers], body)
