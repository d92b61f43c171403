"""The URL that Jekyll gives a post (`url.rb`, `drops/url_drop.rb`, `Utils.slugify`)."""

import re
import unicodedata
from collections.abc import Callable
from datetime import datetime
from functools import lru_cache
from typing import Any, NamedTuple

from linkmgr.messages.message import Message, message

STYLES = {
    "none": "/:categories/:title:output_ext",
    "date": "/:categories/:year/:month/:day/:title:output_ext",
    "ordinal": "/:categories/:year/:y_day/:title:output_ext",
    "pretty": "/:categories/:year/:month/:day/:title/",
    "weekdate": "/:categories/:year/W:week/:short_day/:title:output_ext",
}
PLACEHOLDER = re.compile(r":([a-z_]+)")
PLAIN_PATH = re.compile(r"[a-zA-Z0-9./-]+")
SLASHES = re.compile(r"/{2,}")
HYPHENS = re.compile(r"-{2,}")
PRETTY_CHARACTERS = "._~!$&'()+,;=@"
MONTHS = (
    *("January", "February", "March", "April", "May", "June"),
    *("July", "August", "September", "October", "November", "December"),
)
DAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
# RFC 3986's characters of a path, a query and a fragment, as Addressable encodes them.
PATH_CHARACTERS = "-._~!$&'()*+,;=:@/"
URI = re.compile(r"(?:([^:/?#]+):)?(?://([^/?#]*))?([^?#]*)(?:\?([^#]*))?(?:#(.*))?", re.DOTALL)
SCHEME = re.compile(r"[a-zA-Z][a-zA-Z0-9.+-]*")


class PermalinkError(ValueError):
    """A template that Jekyll cannot fill, and why; `key` is the front matter's key to change."""

    def __init__(self, key: str, problem: Message) -> None:
        super().__init__(key, problem)
        self.key = key
        self.problem = problem


class UrlParts(NamedTuple):
    """What a URL is made of. `date` `None`: the post has none before its site is built."""

    date: datetime | None
    slug: Any
    basename: str
    categories: tuple[str, ...]
    path: str
    output_ext: str
    collection: str = "posts"


class _Slugged(dict[int, int]):
    """A table for `str.translate`: what a slug does not keep becomes a hyphen."""

    def __init__(self, allowed: str) -> None:
        super().__init__({ord(character): ord(character) for character in allowed})

    def __missing__(self, code: int) -> int:
        category = unicodedata.category(chr(code))
        is_allowed = category[0] in "LM" or category == "Nd"
        self[code] = code if is_allowed else ord("-")
        return self[code]


class _Encoded(dict[int, str]):
    """A table for `str.translate`: percent-encodes what is not in `safe` nor alphanumeric."""

    def __init__(self, safe: str) -> None:
        super().__init__({ord(character): character for character in safe})

    def __missing__(self, code: int) -> str:
        character = chr(code)
        plain = character.isascii() and character.isalnum()
        encoded = "".join(f"%{byte:02X}" for byte in character.encode())
        self[code] = character if plain else encoded
        return self[code]


DEFAULT_SLUG, PRETTY_SLUG = _Slugged(""), _Slugged(PRETTY_CHARACTERS)
ENCODED_PATH, ENCODED_QUERY = _Encoded(PATH_CHARACTERS), _Encoded(PATH_CHARACTERS + "?")
ENCODED_AUTHORITY = _Encoded(PATH_CHARACTERS.replace("/", "") + "[]")


def downcase(text: str) -> str:
    """Return `text` in lower case as Ruby does it, which knows no final sigma."""
    return text.replace("Σ", "σ").lower()


def slugify(text: str) -> str:
    """Return Jekyll's default slug: letters, marks and digits in lower case, else hyphens."""
    return downcase(_hyphenated(text, DEFAULT_SLUG))


def pretty_slug(text: str) -> str:
    """Return the slug of `:title`, which keeps its case and some punctuation."""
    return _hyphenated(text, PRETTY_SLUG)


def titleize(slug: str) -> str:
    """Return the title of a post that has none: its slug's words, capitalised."""
    words = slug.rstrip("-").split("-") if slug else []
    return " ".join(word[:1].title() + downcase(word[1:]) for word in words)


def url_of(template: str, parts: UrlParts) -> str:
    """Return the post's URL. Raise PermalinkError where Jekyll's build would fail."""
    pieces = _pieces(template)
    url = "/" + "".join([piece if isinstance(piece, str) else piece(parts) for piece in pieces])
    if ".." in url or "./" in url:
        url = url.replace("..", "/").replace("./", "")
    return SLASHES.sub("/", url) if "//" in url else url


def collection_template(style: str) -> str:
    """Return the template of a collection that has none, by the site's style of permalinks."""
    if style == "pretty" or style.endswith("/"):
        return "/:collection/:path/"
    if style in ("date", "ordinal", "none") or style.endswith(":output_ext"):
        return "/:collection/:path:output_ext"
    return "/:collection/:path"


def check_template(template: str) -> None:
    """Raise PermalinkError where a template has a placeholder that Jekyll does not know."""
    _pieces(template)


def escaped(text: str) -> str:
    """Return `text` percent-encoded as Jekyll's `URL.escape_path` does it.

    Raise PermalinkError where Jekyll takes the text before a colon for a broken URL scheme.
    """
    if not text or PLAIN_PATH.fullmatch(text):
        return text
    return URI.sub(_encoded_uri, text, count=1)


def _encoded_uri(match: re.Match[str]) -> str:
    scheme, authority, path, query, fragment = match.groups()
    if path.startswith(":") or not SCHEME.fullmatch(scheme or "none"):
        raise PermalinkError("permalink", message("jekyll.url-colon", text=match[0]))
    encoded = f"{scheme}:" if scheme is not None else ""
    encoded += f"//{authority.translate(ENCODED_AUTHORITY)}" if authority is not None else ""
    encoded += path.translate(ENCODED_PATH)
    encoded += f"?{query.translate(ENCODED_QUERY)}" if query is not None else ""
    encoded += f"%23{fragment.translate(ENCODED_QUERY)}" if fragment is not None else ""
    return encoded


def _hyphenated(text: str, table: _Slugged) -> str:
    slug = text.translate(table)
    if "--" in slug:
        slug = HYPHENS.sub("-", slug)
    return slug.removeprefix("-").removesuffix("-")


Piece = Callable[[UrlParts], str]


@lru_cache(maxsize=1024)
def _pieces(template: str) -> tuple[str | Piece, ...]:
    """Return the template as literal texts and functions; unknown placeholders are an error."""
    pieces: list[str | Piece] = []
    end = 0
    for match in PLACEHOLDER.finditer(template):
        name = match[1].removesuffix("_")
        if name not in PLACEHOLDERS:
            raise PermalinkError("permalink", message("jekyll.placeholder", name=name))
        pieces += [template[end : match.start()], PLACEHOLDERS[name]]
        end = match.start() + 1 + len(name)
    return (*pieces, template[end:])


def _slug(parts: UrlParts) -> str:
    if parts.slug is not None and type(parts.slug) is not str:
        raise PermalinkError("slug", message("jekyll.slug", value=str(parts.slug)))
    return parts.basename if parts.slug is None else parts.slug


def _categories(parts: UrlParts, form: Callable[[str], str]) -> str:
    return escaped("/".join(dict.fromkeys(map(form, parts.categories))))


def _by_date(text: Callable[[datetime], str]) -> Piece:
    def piece(parts: UrlParts) -> str:
        return text(parts.date) if parts.date else ""

    return piece


BY_DATE: dict[str, Piece] = {
    "year": _by_date(lambda date: f"{date.year:04}"),
    "month": _by_date(lambda date: f"{date.month:02}"),
    "day": _by_date(lambda date: f"{date.day:02}"),
    "hour": _by_date(lambda date: f"{date.hour:02}"),
    "minute": _by_date(lambda date: f"{date.minute:02}"),
    "second": _by_date(lambda date: f"{date.second:02}"),
    "i_day": _by_date(lambda date: str(date.day)),
    "i_month": _by_date(lambda date: str(date.month)),
    "short_month": _by_date(lambda date: MONTHS[date.month - 1][:3]),
    "long_month": _by_date(lambda date: MONTHS[date.month - 1]),
    "short_year": _by_date(lambda date: f"{date.year % 100:02}"),
    "w_year": _by_date(lambda date: f"{date.isocalendar().year:04}"),
    "week": _by_date(lambda date: f"{date.isocalendar().week:02}"),
    "w_day": _by_date(lambda date: str(date.isoweekday())),
    "short_day": _by_date(lambda date: DAYS[date.weekday()][:3]),
    "long_day": _by_date(lambda date: DAYS[date.weekday()]),
    "y_day": _by_date(lambda date: f"{date.timetuple().tm_yday:03}"),
}
PLACEHOLDERS: dict[str, Piece] = {
    **BY_DATE,
    "title": lambda parts: escaped(pretty_slug(_slug(parts))),
    "slug": lambda parts: escaped(slugify(_slug(parts))),
    "name": lambda parts: escaped(slugify(parts.basename)),
    "categories": lambda parts: _categories(parts, downcase),
    "slugified_categories": lambda parts: _categories(parts, slugify),
    "collection": lambda parts: parts.collection,
    "path": lambda parts: escaped(parts.path),
    "output_ext": lambda parts: escaped(parts.output_ext),
}
