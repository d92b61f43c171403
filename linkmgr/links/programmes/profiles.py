"""The profiles of programmes, read from the files that come with linkmgr."""

import re
from collections.abc import Callable, Sequence
from datetime import date
from functools import cache
from importlib.resources import files
from typing import Any, NoReturn, Self, TypeVar, get_args

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
    RuleSource,
    Seen,
    SubIdRule,
    TrackingRule,
    Typed,
)
from linkmgr.messages.message import LANGUAGES

_Choice = TypeVar("_Choice", bound=str)


_POLICIES = (
    *("no-referrer-when-downgrade", "origin", "origin-when-cross-origin", "same-origin"),
    *("strict-origin", "strict-origin-when-cross-origin", "unsafe-url", "no-referrer"),
)
_SEEN: tuple[Seen, ...] = get_args(Seen)
_PICTURED: tuple[Pictured, ...] = get_args(Pictured)
_TYPED: tuple[Typed, ...] = get_args(Typed)
_WORD = re.compile(r"[a-z][a-z0-9_-]*")
_Rule = TypeVar("_Rule")


def read_profile(programme: str, section: "ProfileSection") -> Profile:
    """Return the profile in a file. Raise ValueError for a mistake."""
    rules = section.section("rules")
    code = section.section("code")
    links = _shapes(section, "links")
    pixels = _shapes(section, "pixels")
    return Profile(
        id=programme,
        name=section.required("name"),
        links=links,
        short_links=_shapes(section, "short-links"),
        pixels=pixels,
        scripts=section.texts("scripts"),
        code=_code(code, links, pixels) if code else None,
        tracking=section.choice("tracking", tuple(Tracking)) or Tracking.DIRECT,
        rules=_rules(rules) if rules else Rules(),
        verified=_verified(section),
    )


def _shapes(section: "ProfileSection", name: str) -> tuple[AddressShape, ...]:
    return tuple(map(AddressShape.parse, section.texts(name)))


def _code(
    section: "ProfileSection", links: tuple[AddressShape, ...], pixels: tuple[AddressShape, ...]
) -> CodeShape:
    return CodeShape(
        _element(section, "link", links) or ElementShape(addresses=links),
        _element(section, "picture"),
        _element(section, "pixel", pixels),
    )


def _element(
    section: "ProfileSection", name: str, addresses: tuple[AddressShape, ...] = ()
) -> ElementShape | None:
    own = section.section(name)
    if own is None:
        return None
    return ElementShape(
        frozenset(_words(own, "attributes")),
        frozenset(own.texts("styles")),
        addresses or _shapes(own, "addresses"),
    )


def _rules(section: "ProfileSection") -> Rules:
    return Rules(
        tracking=_rule(section, "tracking", _tracking),
        attributes=_rule(section, "attributes", _attributes),
        rel=_rule(section, "rel", _rel),
        referrer=_rule(section, "referrer", _referrer),
        pixel=_rule(section, "pixel", _pixel),
        issued_code=_rule(section, "issued-code", _issued_code),
        deep_link=_rule(section, "deep-link", _deep_link),
        sub_id=_rule(section, "sub-id", _sub_id),
        label=_rule(section, "label", _label),
        images=_rule(section, "images", _images),
        prices=_rule(section, "prices", _prices),
        disclosure=_rule(section, "disclosure", _disclosure),
    )


def _rule(
    section: "ProfileSection", name: str, read: Callable[["ProfileSection", RuleSource], _Rule]
) -> _Rule | None:
    rule = section.section(name)
    if rule is None:
        return None
    return read(rule, RuleSource(rule.required("source"), _verified(rule)))


def _tracking(section: "ProfileSection", source: RuleSource) -> TrackingRule:
    return TrackingRule(frozenset(map(Tracking, section.texts("allowed"))), source)


def _attributes(section: "ProfileSection", source: RuleSource) -> AttributeRule:
    return AttributeRule(
        frozenset(_words(section, "allowed")) if section.has("allowed") else None,
        frozenset(_words(section, "forbidden")),
        frozenset(_words(section, "needed")),
        source,
    )


def _rel(section: "ProfileSection", source: RuleSource) -> RelRule:
    value = section.text("value")
    if value is not None:
        _check_words(section, "value", value.split())
    return RelRule(
        value,
        frozenset(_words(section, "needed")),
        frozenset(_words(section, "forbidden")),
        source,
    )


def _referrer(section: "ProfileSection", source: RuleSource) -> ReferrerRule:
    shows = section.choice("shows", _SEEN) or "site"
    return ReferrerRule(shows, section.choice("policy", _POLICIES), source)


def _pixel(section: "ProfileSection", source: RuleSource) -> PixelRule:
    return PixelRule(section.flag("needed"), section.texts("shared"), source)


def _issued_code(section: "ProfileSection", source: RuleSource) -> IssuedCodeRule:
    return IssuedCodeRule(
        section.flag("needed"),
        _shapes(section, "links"),
        frozenset(_words(section, "attributes")),
        source,
    )


def _deep_link(section: "ProfileSection", source: RuleSource) -> DeepLinkRule:
    template = section.text("template")
    return DeepLinkRule(section.flag("allowed", default=template is not None), template, source)


def _sub_id(section: "ProfileSection", source: RuleSource) -> SubIdRule:
    parameter = section.text("parameter")
    return SubIdRule(section.flag("allowed", default=parameter is not None), parameter, source)


def _label(section: "ProfileSection", source: RuleSource) -> LabelRule:
    return LabelRule(section.texts("names"), source)


def _images(section: "ProfileSection", source: RuleSource) -> ImageRule:
    allowed = section.choice("allowed", _PICTURED) or "code"
    return ImageRule(_shapes(section, "addresses"), allowed, source)


def _prices(section: "ProfileSection", source: RuleSource) -> PriceRule:
    return PriceRule(section.choice("allowed", _TYPED) or "unknown", source)


def _disclosure(section: "ProfileSection", source: RuleSource) -> DisclosureRule:
    sentences = {}
    for language in LANGUAGES:
        text = section.text(language)
        if text:
            sentences[language] = text
    return DisclosureRule(sentences, source)


def _verified(section: "ProfileSection") -> date | None:
    """Return the day on which something was verified; `no` is written where it could not be."""
    day = section.text("verified")
    return None if day in (None, "no") else date.fromisoformat(str(day))


def _words(section: "ProfileSection", name: str) -> tuple[str, ...]:
    """Return a list of names of attributes or words of `rel`."""
    words = section.texts(name)
    _check_words(section, name, words)
    return words


def _check_words(section: "ProfileSection", name: str, words: Sequence[str]) -> None:
    for word in words:
        if not _WORD.fullmatch(word):
            section.refuse(name, f"{word!r} is no word")


# The profiles that come with linkmgr: the files in `profiles/`, one a programme.


@cache
def packaged_profiles() -> Profiles:
    """Return the profiles that come with linkmgr; they are read when they are first needed."""
    import yaml  # noqa: PLC0415 - what only redirects needs neither the profiles nor YAML

    profiles = []
    for file in files("linkmgr.links").joinpath("profiles").iterdir():
        if file.name.endswith(".yaml"):
            # As in a catalog all scalars are texts. This loader makes nothing but those, lists
            # and dictionaries, and is libyaml's, four times as fast as PyYAML's own.
            loader = yaml.CBaseLoader(file.read_text(encoding="utf-8"))
            section = ProfileSection(file.name, loader.get_data())
            profiles.append(read_profile(file.name.removesuffix(".yaml"), section))
    return Profiles(sorted(profiles, key=lambda profile: profile.id))


def profile(programme: str) -> Profile | None:
    """Return the profile of a programme by its id, `None` if it is unknown."""
    return packaged_profiles().get(programme)


def profile_of(url: str) -> Profile | None:
    """Return the profile of the programme that a link earns for, by its address alone.

    Of nested links, the outer one's programme counts.
    """
    return packaged_profiles().of_url(url)


def programme_name(programme: str) -> str:
    """Return the name of a programme, its id if it is not known."""
    known = profile(programme)
    return known.name if known else programme


def default_tracking(programme: str) -> Tracking:
    """Return the tracking of a programme's links where the catalog does not say it.

    A programme whose rules are unknown is never redirected by default. With a change here or in
    `profiles/` raise `blocks.links.LINK_RULES`.
    """
    if programme == OWN_SITE:
        return Tracking.REDIRECT
    known = profile(programme)
    return known.tracking if known else Tracking.DIRECT


_FLAGS = {"yes": True, "no": False}


class ProfileSection:
    """A mapping of texts in a profile. A mistake in it is a bug of the package: a ValueError."""

    def __init__(self, key: str, values: Any) -> None:
        if not isinstance(values, dict):
            raise ValueError(f"{key}: not a mapping")  # noqa: TRY004 - a value from a file
        self._key = key
        self._values = values

    def refuse(self, name: str, reason: str) -> NoReturn:
        """Raise the error for a key."""
        raise ValueError(f"{self._key}.{name}: {reason}")

    def has(self, name: str) -> bool:
        """Whether the key is there."""
        return name in self._values

    def required(self, name: str) -> str:
        """Return a text that must be there."""
        return self.text(name) or self.refuse(name, "is missing")

    def text(self, name: str) -> str | None:
        """Return a text."""
        return self._checked(name, self._values[name]) if name in self._values else None

    def texts(self, name: str) -> tuple[str, ...]:
        """Return a list of texts."""
        values = self._values.get(name, [])
        if not isinstance(values, list):
            self.refuse(name, "not a list")
        return tuple(self._checked(name, value) for value in values)

    def choice(self, name: str, options: Sequence[_Choice]) -> _Choice | None:
        """Return one of the options."""
        text = self.text(name)
        if text is None:
            return None
        return options[options.index(text)]  # ValueError for any other

    def flag(self, name: str, *, default: bool = False) -> bool:
        """Return true or false."""
        text = self.text(name)
        return default if text is None else _FLAGS[text]

    def section(self, name: str) -> Self | None:
        """Return the mapping under a key."""
        if not self.has(name):
            return None
        return type(self)(f"{self._key}.{name}", self._values[name])

    def _checked(self, name: str, value: Any) -> str:
        if not isinstance(value, str) or not value:
            self.refuse(name, f"{value!r} is no text")
        return value
