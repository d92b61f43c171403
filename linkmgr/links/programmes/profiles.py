"""Profiles read from their entries: those that come with linkmgr, and those of a catalog."""

import re
from collections.abc import Callable, Sequence
from datetime import date
from functools import cache
from importlib.resources import files
from typing import Any, Protocol, Self, TypeVar, get_args

from linkmgr.links.model import OWN_SITE, Tracking
from linkmgr.links.programmes.profile import (
    AddressShape,
    AttributeRule,
    CodeShape,
    DeepLinkRule,
    DisclosureRule,
    ElementShape,
    ImageRule,
    IssuedCodeRule,
    LabelRule,
    Pictured,
    PixelRule,
    PriceRule,
    Profile,
    Profiles,
    ReferrerRule,
    RelRule,
    Rules,
    Seen,
    Source,
    SubIdRule,
    TrackingRule,
    Typed,
)
from linkmgr.links.urls import template_problem
from linkmgr.messages.message import LANGUAGES, Message, excerpt, message

_Choice = TypeVar("_Choice", bound=str)


class EntrySection(Protocol):
    """A mapping with known keys, of a catalog or of a file that comes with linkmgr.

    Its problems are reported with their place.
    """

    def has(self, name: str) -> bool:
        """Whether the key is there."""

    def problem(self, name: str, message: Message) -> None:
        """Report something about a key."""

    def required(self, name: str) -> str:
        """Return a text that must be there."""

    def text(self, name: str, check: Callable[[str], Message | None] | None = None) -> str | None:
        """Return a text."""

    def texts(
        self, name: str, check: Callable[[str], Message | None] | None = None
    ) -> tuple[str, ...]:
        """Return a list of texts."""

    def choice(self, name: str, options: Sequence[_Choice]) -> _Choice | None:
        """Return one of the options."""

    def flag(self, name: str, *, default: bool = False) -> bool:
        """Return true or false."""

    def day(self, name: str) -> date | None:
        """Return a day."""

    def section(self, name: str) -> Self | None:
        """Return the mapping under a key."""


POLICIES = (
    *("no-referrer-when-downgrade", "origin", "origin-when-cross-origin", "same-origin"),
    *("strict-origin", "strict-origin-when-cross-origin", "unsafe-url", "no-referrer"),
)
_SEEN: tuple[Seen, ...] = get_args(Seen)
_PICTURED: tuple[Pictured, ...] = get_args(Pictured)
_TYPED: tuple[Typed, ...] = get_args(Typed)
_WORD = re.compile(r"[a-z][a-z0-9_-]*")
_Rule = TypeVar("_Rule")


def read_profile(programme: str, section: EntrySection, default: Profile | None = None) -> Profile:
    """Return the profile of an entry; what was wrong in it is reported and left out.

    What the entry omits comes from the profile `default`.
    """
    base = default or Profile(programme, "")
    rules = section.section("rules")
    code = section.section("code")
    links = _shapes(section, "links", base.links)
    pixels = _shapes(section, "pixels", base.pixels)
    return Profile(
        id=programme,
        name=base.name if base.name and not section.has("name") else section.required("name"),
        links=links,
        short_links=_shapes(section, "short-links", base.short_links),
        pixels=pixels,
        scripts=section.texts("scripts") or base.scripts,
        code=_code(code, links, pixels) if code else base.code,
        tracking=section.choice("tracking", tuple(Tracking)) or base.tracking,
        rules=_RulesReader(rules, base.rules).rules() if rules else base.rules,
        verified=_verified(section) or base.verified,
    )


def _shapes(
    section: EntrySection, name: str, before: tuple[AddressShape, ...] = ()
) -> tuple[AddressShape, ...]:
    if not section.has(name):
        return before
    return tuple(map(AddressShape.of, section.texts(name, _shape_problem)))


def _code(
    section: EntrySection, links: tuple[AddressShape, ...], pixels: tuple[AddressShape, ...]
) -> CodeShape:
    link = _element(section, "link", links)
    if link is None:
        section.problem("link", message("links.code-without-link"))
    return CodeShape(
        link or ElementShape(),
        _element(section, "picture"),
        _element(section, "pixel", pixels),
    )


def _element(
    section: EntrySection, name: str, addresses: tuple[AddressShape, ...] = ()
) -> ElementShape | None:
    own = section.section(name)
    if own is None:
        return None
    return ElementShape(
        frozenset(own.texts("attributes", _word_problem)),
        frozenset(own.texts("styles")),
        addresses or _shapes(own, "addresses"),
    )


class _RulesReader:
    """Reads the rules of an entry; those it lacks stay as in `before`."""

    def __init__(self, section: EntrySection, before: Rules) -> None:
        self._section = section
        self._before = before

    def rules(self) -> Rules:
        before = self._before
        return Rules(
            tracking=self._rule("tracking", _tracking, before.tracking),
            attributes=self._rule("attributes", _attributes, before.attributes),
            rel=self._rule("rel", _rel, before.rel),
            referrer=self._rule("referrer", _referrer, before.referrer),
            pixel=self._rule("pixel", _pixel, before.pixel),
            issued_code=self._rule("issued-code", _issued_code, before.issued_code),
            deep_link=self._rule("deep-link", _deep_link, before.deep_link),
            sub_id=self._rule("sub-id", _sub_id, before.sub_id),
            label=self._rule("label", _label, before.label),
            images=self._rule("images", _images, before.images),
            prices=self._rule("prices", _prices, before.prices),
            disclosure=self._rule("disclosure", _disclosure, before.disclosure),
        )

    def _rule(
        self,
        name: str,
        read: Callable[[EntrySection, Source], _Rule | None],
        before: _Rule | None,
    ) -> _Rule | None:
        rule = self._section.section(name)
        if rule is None:
            return before
        return read(rule, Source(rule.required("source"), _verified(rule)))


def _tracking(section: EntrySection, source: Source) -> TrackingRule:
    allowed = section.texts("allowed", _tracking_problem)
    return TrackingRule(frozenset(map(Tracking, allowed)), source)


def _attributes(section: EntrySection, source: Source) -> AttributeRule:
    allowed = frozenset(section.texts("allowed", _word_problem))
    return AttributeRule(
        allowed if section.has("allowed") else None,
        frozenset(section.texts("forbidden", _word_problem)),
        frozenset(section.texts("needed", _word_problem)),
        source,
    )


def _rel(section: EntrySection, source: Source) -> RelRule:
    return RelRule(
        section.text("value", _words_problem),
        frozenset(section.texts("needed", _word_problem)),
        frozenset(section.texts("forbidden", _word_problem)),
        source,
    )


def _referrer(section: EntrySection, source: Source) -> ReferrerRule:
    shows = section.choice("shows", _SEEN) or "site"
    return ReferrerRule(shows, section.choice("policy", POLICIES), source)


def _pixel(section: EntrySection, source: Source) -> PixelRule:
    return PixelRule(section.flag("needed"), section.texts("shared"), source)


def _issued_code(section: EntrySection, source: Source) -> IssuedCodeRule:
    return IssuedCodeRule(
        section.flag("needed"),
        _shapes(section, "links"),
        frozenset(section.texts("attributes", _word_problem)),
        source,
    )


def _deep_link(section: EntrySection, source: Source) -> DeepLinkRule:
    template = section.text("template", template_problem)
    return DeepLinkRule(section.flag("allowed", default=template is not None), template, source)


def _sub_id(section: EntrySection, source: Source) -> SubIdRule:
    parameter = section.text("parameter")
    return SubIdRule(section.flag("allowed", default=parameter is not None), parameter, source)


def _label(section: EntrySection, source: Source) -> LabelRule:
    if not section.has("names"):
        section.problem("names", message("catalog.missing"))
    return LabelRule(section.texts("names"), source)


def _images(section: EntrySection, source: Source) -> ImageRule:
    for name in ("addresses", "allowed"):
        if not section.has(name):
            section.problem(name, message("catalog.missing"))
    allowed = section.choice("allowed", _PICTURED) or "code"
    return ImageRule(_shapes(section, "addresses"), allowed, source)


def _prices(section: EntrySection, source: Source) -> PriceRule:
    if not section.has("allowed"):
        section.problem("allowed", message("catalog.missing"))
    return PriceRule(section.choice("allowed", _TYPED) or "unknown", source)


def _disclosure(section: EntrySection, source: Source) -> DisclosureRule:
    sentences = {each: section.text(each) for each in LANGUAGES}
    return DisclosureRule({each: text for each, text in sentences.items() if text}, source)


def _verified(section: EntrySection) -> date | None:
    """Return the day on which something was verified; `no` is written where it could not be."""
    if not section.has("verified") or section.text("verified") == "no":
        return None
    return section.day("verified")


def _shape_problem(text: str) -> Message | None:
    try:
        AddressShape.of(text)
    except ValueError:
        return message("links.address-shape", found=excerpt(text))
    return None


def _tracking_problem(text: str) -> Message | None:
    if text in tuple(Tracking):
        return None
    return message("links.tracking-word", found=excerpt(text), options=tuple(Tracking))


def _word_problem(text: str) -> Message | None:
    return None if _WORD.fullmatch(text) else message("links.attribute-word", found=excerpt(text))


def _words_problem(text: str) -> Message | None:
    return next(filter(None, map(_word_problem, text.split())), None)


# The profiles that come with linkmgr: the files in `profiles/`, one a programme.


@cache
def packaged_profiles() -> Profiles:
    """Return the profiles that come with linkmgr; they are read when they are first needed."""
    import yaml  # noqa: PLC0415 - what only redirects needs neither the profiles nor YAML

    found = []
    for file in files("linkmgr.links").joinpath("profiles").iterdir():
        if file.name.endswith(".yaml"):
            # As in a catalog all scalars are texts. This loader makes nothing but those, lists
            # and dictionaries, and is libyaml's, four times as fast as PyYAML's own.
            loader = yaml.CBaseLoader(file.read_text(encoding="utf-8"))
            section = PlainSection(file.name, loader.get_data())
            found.append(read_profile(file.name.removesuffix(".yaml"), section))
    return Profiles(sorted(found, key=lambda profile: profile.id))


def profile(programme: str) -> Profile | None:
    """Return what is known of a programme by its id."""
    return packaged_profiles().get(programme)


def profile_of(url: str) -> Profile | None:
    """Return what is known of the programme that a link earns for, by its address alone.

    Of nested links, the outer one's programme counts.
    """
    return packaged_profiles().of(url)


def programme_name(programme: str) -> str:
    """Return the name of a programme, its id if it is not known."""
    known = profile(programme)
    return known.name if known else programme


def default_tracking(programme: str) -> Tracking:
    """Return how a programme's links are counted where the catalog does not say so.

    A programme whose rules are unknown is never redirected by default. With a change here or in
    `profiles/` raise `blocks.links.LINK_RULES`.
    """
    if programme == OWN_SITE:
        return Tracking.REDIRECT
    known = profile(programme)
    return known.tracking if known else Tracking.DIRECT


_FLAGS = {"yes": True, "no": False}


class PlainSection:
    """A mapping of texts. Errors in it are the package's own bugs: a ValueError."""

    def __init__(self, key: str, values: Any) -> None:
        if not isinstance(values, dict):
            raise ValueError(f"{key}: not a mapping")  # noqa: TRY004 - a value from a file
        self._key = key
        self._values = values

    def has(self, name: str) -> bool:
        return name in self._values

    def problem(self, name: str, message: Message) -> None:
        raise ValueError(f"{self._key}.{name}: {message}")

    def required(self, name: str) -> str:
        if not self.has(name):
            self.problem(name, message("catalog.missing"))
        return self.text(name) or ""

    def text(self, name: str, check: Callable[[str], Message | None] | None = None) -> str | None:
        if not self.has(name):
            return None
        return self._checked(name, self._values[name], check)

    def texts(
        self, name: str, check: Callable[[str], Message | None] | None = None
    ) -> tuple[str, ...]:
        values = self._values.get(name, [])
        if not isinstance(values, list):
            raise ValueError(f"{self._key}.{name}: not a list")  # noqa: TRY004 - as above
        return tuple(self._checked(name, value, check) for value in values)

    def choice(self, name: str, options: Sequence[_Choice]) -> _Choice | None:
        text = self.text(name)
        if text is None:
            return None
        return options[options.index(text)]  # ValueError for any other

    def flag(self, name: str, *, default: bool = False) -> bool:
        text = self.text(name)
        return default if text is None else _FLAGS[text]

    def day(self, name: str) -> date | None:
        text = self.text(name)
        return None if text is None else date.fromisoformat(text)

    def section(self, name: str) -> Self | None:
        if not self.has(name):
            return None
        return type(self)(f"{self._key}.{name}", self._values[name])

    def _checked(self, name: str, value: Any, check: Callable[[str], Message | None] | None) -> str:
        if not isinstance(value, str) or not value:
            raise ValueError(f"{self._key}.{name}: {value!r} is no text")
        if check and (problem := check(value)):
            self.problem(name, problem)
        return value
