"""The profiles that come with linkmgr: the files in `profiles/`, one a programme."""

from collections.abc import Callable, Sequence
from datetime import date
from functools import cache
from importlib.resources import files
from typing import Any, Self, TypeVar

from linkmgr.links.model import OWN_SITE, Tracking
from linkmgr.links.programmes.profile import Profile, Profiles
from linkmgr.links.programmes.profile_reader import PROFILE_KEYS, read_profile
from linkmgr.messages.message import Message, message

_KEYS = ("name", "tracking", *PROFILE_KEYS)
_FLAGS = {"yes": True, "no": False}

_Choice = TypeVar("_Choice", bound=str)


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
            section = PlainSection(file.name, loader.get_data(), _KEYS)
            found.append(read_profile(file.name.removesuffix(".yaml"), section))
    return Profiles(sorted(found, key=lambda profile: profile.id))


def profile(programme: str) -> Profile | None:
    """Return what is known of a programme by its id."""
    return packaged_profiles().get(programme)


def profile_of(url: str) -> Profile | None:
    """Return what is known of the programme that a link earns for, by its address alone.

    A link of one programme around another's is of the outer one.
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


class PlainSection:
    """A mapping of texts. What is wrong in it is a mistake of the package: a ValueError."""

    def __init__(self, key: str, values: Any, known: tuple[str, ...]) -> None:
        if not isinstance(values, dict):
            raise ValueError(f"{key}: not a mapping")  # noqa: TRY004 - a value out of a file
        if unknown := values.keys() - set(known):
            raise ValueError(f"{key}: unknown keys {sorted(unknown)}")
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

    def section(self, name: str, known: tuple[str, ...]) -> Self | None:
        if not self.has(name):
            return None
        return type(self)(f"{self._key}.{name}", self._values[name], known)

    def _checked(self, name: str, value: Any, check: Callable[[str], Message | None] | None) -> str:
        if not isinstance(value, str) or not value:
            raise ValueError(f"{self._key}.{name}: {value!r} is no text")
        if check and (problem := check(value)):
            self.problem(name, problem)
        return value
