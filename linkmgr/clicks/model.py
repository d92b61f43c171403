"""A click as one immutable value."""

import re
from dataclasses import dataclass
from enum import StrEnum
from typing import NamedTuple

OTHER = "(other)"
"""Replaces posts, referrers and campaigns beyond a day's limit of distinct ones; is neither."""


VARIANT = re.compile(r"[0-9a-f]{8}\.[a-z0-9-]{1,64}")
"""How a link names its variant: the key of the test, and the variant's id in the catalog."""


class Route(StrEnum):
    """The endpoint of a click."""

    GO = "go"
    HIT = "hit"


class Device(StrEnum):
    """The kind of device that a reader uses."""

    PHONE = "phone"
    TABLET = "tablet"
    DESKTOP = "desktop"
    UNKNOWN = "unknown"


class Click(NamedTuple):
    """One click."""

    id: str
    """A UUIDv7 in 32 hex digits."""
    time: int
    """In milliseconds since 1970 (UTC)."""
    item: str
    """Its id in the catalog."""
    post: str
    """Its key; as block and shop empty, and the rank 0, where the link names none."""
    block: str
    rank: int
    shop: str
    """A programme."""
    route: Route
    referrer: str
    """A host in lower case, empty if unknown."""
    device: Device
    bot: str
    """Why it is not a reader's, empty if it is."""
    visitor: str
    """16 hex digits of a hash under a key that is forgotten with the day."""
    campaign: str
    """The `utm_campaign` of the address that the link led to, empty if that had none."""
    variant: str
    """`<key of a test>.<variant>`, empty for a link in no test."""
    tracking: str
    """The tag (tracking ID) with which the link earns, empty where its programme has none."""


@dataclass(frozen=True, slots=True)
class OwnNames:
    """The site's own names, which are kept however many others readers bring."""

    posts: frozenset[str] = frozenset()
    campaigns: frozenset[str] = frozenset()
