"""Code that programmes issue for pasting: where a text has some, and whether that is all of it.

It belongs together with its link: A8 and もしも forbid changes to it, and バリューコマース a link
without its picture. The shapes are those of the programmes' profiles.
"""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from html import unescape
from types import MappingProxyType
from typing import NamedTuple

from linkmgr.links.model import IssuedCode
from linkmgr.links.programmes.profile import (
    AddressShape,
    CodeShape,
    ElementShape,
    Profile,
    Profiles,
)
from linkmgr.links.programmes.profiles import packaged_profiles
from linkmgr.links.wrappers import Address, address_of
from linkmgr.messages.message import Message, excerpt, message

# Where a text has such code: pictures that count views, and scripts.


class _Shapes(NamedTuple):
    """How all programmes' code is found; posts without `hints`, most of them, are skipped."""

    pictures: re.Pattern[bytes]
    scripts: re.Pattern[bytes]
    hints: tuple[bytes, ...]


def may_contain_code(raw: bytes) -> bool:
    """Whether a text may contain such code: a quick test."""
    return any(hint in raw for hint in _shapes().hints)


def find_pixels(raw: bytes) -> Iterator[int]:
    """Yield the positions of pictures in a text by which a programme counts views."""
    for match in _shapes().pictures.finditer(raw):
        yield match.start()


def find_code(raw: bytes, start: int, end: int) -> Iterator[tuple[int, str]]:
    """Yield the positions of counting pictures and scripts in a text, with the programme."""
    found_by = _shapes()
    for shapes in (found_by.pictures, found_by.scripts):
        for match in shapes.finditer(raw, start, end):
            yield match.start(), match.lastgroup or ""


@cache
def _shapes() -> _Shapes:
    known = packaged_profiles().values()
    pictures = {
        profile.id: list(map(_picture, profile.pixels)) for profile in known if profile.pixels
    }
    scripts = {
        profile.id: list(map(_script, profile.scripts)) for profile in known if profile.scripts
    }
    hints = {shape.host for profile in known for shape in profile.pixels}
    hints |= {
        max(re.split(r"[ *]", text), key=len) for profile in known for text in profile.scripts
    }
    return _Shapes(_joined(pictures), _joined(scripts), tuple(hint.encode() for hint in hints))


def _picture(shape: AddressShape) -> str:
    return rf"(?<![\w-]){re.escape(shape.host + shape.path)}{_end(shape.path)}"


def _script(text: str) -> str:
    """Return the regex for a text in which `*` is any word and a space any white space."""
    shape = re.escape(text).replace(r"\*", r"\w*").replace(r"\ ", r"\s*")
    return rf"(?<![\w-]){shape}{_end(text)}"


def _end(text: str) -> str:
    return r"\b" if text[-1:].isalnum() else ""


def _joined(shapes: dict[str, list[str]]) -> re.Pattern[bytes]:
    named = (f"(?P<{name}>{'|'.join(several)})" for name, several in shapes.items())
    return re.compile("|".join(named).encode(), re.IGNORECASE)


# Code that an item shows as it is: whether it is nothing but what its programme issues.
#
# It is accepted only in a form that all HTML parsers read alike: `<a>`, `</a>` and
# `<img>` with plain attributes, and text. Anything else is too much.

_ATTRIBUTE = re.compile(
    r"""[ \t\n\f\r]+(?P<name>[A-Za-z][A-Za-z0-9-]*)
        (?:=(?P<value>"[^"<>]*"|'[^'<>]*'|[^ \t\n\f\r"'<>=`]+))?""",
    re.VERBOSE,
)
_PART = re.compile(
    rf"""<(?P<end>/?)(?P<tag>[A-Za-z][A-Za-z0-9]*)
        (?P<attributes>(?:{re.sub("[?]P<[a-z]+>", "?:", _ATTRIBUTE.pattern)})*)[ \t\n\f\r]*/?>
    |(?P<text>[^<]+)
    |(?P<other><[^>]*>?)""",
    re.VERBOSE,
)
# Not without the semicolon: browsers leave the `&copy=` of an address as it is.
_ENTITY = re.compile(r"&(?:#[0-9]{1,7}|#[xX][0-9A-Fa-f]{1,6}|[A-Za-z][A-Za-z0-9]*);")
_SCRIPT = re.compile(r"<\s*/?\s*(?:no)?script|msmaflink", re.IGNORECASE)
# What issued attributes hold; in all others any text is harmless.
_VALUES: Mapping[str, re.Pattern[str]] = MappingProxyType(
    {
        "attributionsrc": re.compile(""),
        "border": re.compile("[0-9]"),
        "height": re.compile("[0-9]{1,4}"),
        "loading": re.compile("lazy|eager"),
        "referrerpolicy": re.compile("no-referrer-when-downgrade"),
        "rel": re.compile("(?:nofollow|noopener|sponsored)(?: +(?:nofollow|noopener|sponsored))*"),
        "target": re.compile("_blank"),
        "width": re.compile("[0-9]{1,4}"),
    }
)
_END_RAW = re.compile(r"\{%-?\s*endraw")
_MOST_NAMED = 5


@dataclass(frozen=True, slots=True)
class _CodePart:
    """A piece of code: `tag` is `a`, `/a`, `img`, "" for a text, and `other` for anything else."""

    tag: str
    source: str
    in_link: bool
    attributes: Mapping[str, str]

    @property
    def url(self) -> str:
        return self.attributes.get("href" if self.tag == "a" else "src", "")

    @property
    def address(self) -> Address | None:
        """Where it leads; `None` if that is no web address.

        Browsers take a backslash for a slash.
        """
        scheme = self.url.partition("//")[0].lower()
        plain = self.url.isprintable() and not set(" \\") & set(self.url)
        return address_of(self.url) if plain and scheme in ("", "http:", "https:") else None

    def is_at(self, shapes: tuple[AddressShape, ...]) -> bool:
        """Whether it leads to an address of one of these shapes."""
        address = self.address
        return address is not None and any(shape.fits(address) for shape in shapes)


def read_code(text: str, profiles: Profiles) -> IssuedCode | tuple[Message, ...]:
    """Return the code in a text, or what in it is superfluous or missing."""
    code = text.strip()
    parts = tuple(_parts(code))
    link = next((part for part in parts if part.tag == "a"), None)
    address = link.address if link else None
    profile = profiles.of_address(address) if address else None
    if link is None or profile is None or profile.code is None:
        return (_unknown(code, address, profile, profiles),)
    problems = dict.fromkeys(_CodeReader(profile, profile.code, parts).problems())
    return tuple(problems)[:_MOST_NAMED] or IssuedCode(code, profile.id, link.url)


def _unknown(
    code: str, address: Address | None, profile: Profile | None, profiles: Profiles
) -> Message:
    """Say why a text is not known code."""
    if _SCRIPT.search(code):
        return message("links.code-script")
    if profile is not None:
        return message("links.code-not-issued", programme=profile.name)
    if address is not None:
        return message("links.code-unknown", host=excerpt(address.host))
    raw = code.encode(errors="replace")
    for _, programme in find_code(raw, 0, len(raw)):
        return message("links.code-without-its-link", programme=profiles[programme].name)
    return message("links.code-no-link")


def _parts(code: str) -> Iterator[_CodePart]:
    in_link = False
    for match in _PART.finditer(code):
        tag = match["end"] + match["tag"].lower() if match["tag"] else ""
        if match["other"] or tag not in ("", "a", "/a", "img"):
            tag = "other"
        in_link = tag == "a" or (in_link and tag != "/a")
        yield _CodePart(tag, match[0], in_link, dict(_attributes(match["attributes"] or "")))


def _attributes(text: str) -> Iterator[tuple[str, str]]:
    """Yield the attributes of a tag; of duplicates browsers take the first."""
    seen = set()
    for match in _ATTRIBUTE.finditer(text):
        name = match["name"].lower()
        if name in seen:
            name += " "  # no programme issues that
        seen.add(name)
        value = match["value"] or ""
        value = value[1:-1] if value[:1] in ("'", '"') else value
        yield name, _ENTITY.sub(lambda entity: unescape(entity[0]), value)


class _CodeReader:
    """Compares code with what its programme issues."""

    def __init__(self, profile: Profile, shape: CodeShape, parts: tuple[_CodePart, ...]) -> None:
        self._profile = profile
        self._shape = shape
        self._parts = parts
        images = [part for part in parts if part.tag == "img"]
        addresses = shape.pixel.addresses if shape.pixel else ()
        self._pixels = [image for image in images if image.is_at(addresses)]
        self._pictures = [image for image in images if not image.is_at(addresses)]

    def problems(self) -> Iterator[Message]:
        """Yield the problems of the code: parts that it must not have, and parts that it lacks."""
        for part in self._parts:
            if raw := _END_RAW.search(part.source):  # it would end where Liquid leaves code alone
                yield self._too_much(raw[0])
            if part.tag == "other":
                is_script = _SCRIPT.match(part.source)
                yield message("links.code-script") if is_script else self._too_much(part.source)
            elif part.tag == "" and not part.in_link and part.source.strip():
                yield self._too_much(part.source)
            elif part.tag == "a":
                yield from self._element(part, self._shape.link)
        shown = any(
            part.in_link and (part.tag == "img" or part.source.strip()) for part in self._parts[1:]
        )
        if not shown or [p.tag for p in self._parts if p.tag in ("a", "/a")] != ["a", "/a"]:
            yield message("links.code-link-open")
        yield from self._images()

    def _images(self) -> Iterator[Message]:
        for number, picture in enumerate(self._pictures):
            if self._shape.picture is None or not picture.in_link or number:
                yield self._too_much(picture.source)
            else:
                yield from self._element(picture, self._shape.picture)
        if self._shape.pixel is None:
            return
        if not self._pixels:
            yield message("links.code-without-pixel", programme=self._profile.name)
        for number, pixel in enumerate(self._pixels):
            if number:
                yield self._too_much(pixel.source)
            yield from self._element(pixel, self._shape.pixel)
            yield from self._other_link(pixel)

    def _other_link(self, pixel: _CodePart) -> Iterator[Message]:
        """Yield the parameters in which a counting picture differs from its link."""
        rule = self._profile.rules.pixel
        link = next(part for part in self._parts if part.tag == "a").address
        of_pixel = pixel.address
        for name in rule.shared if rule else ():
            if link and of_pixel and link.parameter(name) != of_pixel.parameter(name):
                yield message("links.code-other-pixel", parameter=name)

    def _element(self, part: _CodePart, shape: ElementShape) -> Iterator[Message]:
        for name, value in part.attributes.items():
            form = _VALUES.get(name)
            is_script = name.startswith("on")  # which no profile can allow
            if name not in shape.attributes or is_script:
                yield self._too_much(f"<{part.tag} {name.strip()}>")
            elif name == "style" and value not in shape.styles:
                yield self._too_much(f'style="{value}"')
            elif form and not form.fullmatch(value):
                yield self._too_much(f'{name}="{value}"')
        if not part.is_at(shape.addresses):
            yield message(
                "links.code-address", found=excerpt(part.url), programme=self._profile.name
            )

    def _too_much(self, what: str) -> Message:
        excess = excerpt(" ".join(what.split()))
        return message("links.code-too-much", found=excess, programme=self._profile.name)
