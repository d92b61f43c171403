"""The shapes by which a programme's addresses and its issued code are known."""

import re
from dataclasses import dataclass
from typing import Self

from linkmgr.links.wrappers import Address

_SHAPE = re.compile(
    r"(?P<host>[a-z0-9-]+(?:\.[a-z0-9-]+)+)(?P<path>/[^?#\s]*)?"
    r"(?:\?(?P<parameter>[\w.-]+)(?:=(?P<value>[\w.-]+))?)?"
)


@dataclass(frozen=True, slots=True)
class AddressShape:
    """Addresses at a server or at one below it.

    `path` is what their path begins with, `parameter` one that they must have, with any `value` if
    that is `None`.
    """

    host: str
    path: str = ""
    parameter: str | None = None
    value: str | None = None

    @classmethod
    def of(cls, text: str) -> Self:
        """Read one written as `host/path?parameter=value`. Raise ValueError for anything else."""
        found = _SHAPE.fullmatch(text)
        if found is None:
            raise ValueError(f"{text!r} is not host/path?parameter=value")
        return cls(found["host"], found["path"] or "", found["parameter"], found["value"])

    def fits(self, address: Address) -> bool:
        """Whether an address has this shape."""
        at_host = address.host == self.host or address.host.endswith(f".{self.host}")
        return at_host and address.path.startswith(self.path) and self._has_parameter(address)

    def _has_parameter(self, address: Address) -> bool:
        if self.parameter is None:
            return True
        found = address.parameter(self.parameter)
        return found is not None and self.value in (None, found)


@dataclass(frozen=True, slots=True)
class ElementShape:
    """An element of issued code: its attributes, the styles that it may have, where it leads to."""

    attributes: frozenset[str] = frozenset()
    styles: frozenset[str] = frozenset()
    addresses: tuple[AddressShape, ...] = ()


@dataclass(frozen=True, slots=True)
class CodeShape:
    """What a programme's issued code is made of; `None`: it has no such element.

    The code is one link with a text or a picture in it, and the counting picture in it or after it.
    """

    link: ElementShape
    picture: ElementShape | None = None
    pixel: ElementShape | None = None
