"""A click as one immutable value."""

import re
from enum import StrEnum
from typing import NamedTuple

OTHER = "(other)"
"""Replaces posts and referrers beyond a day's limit of distinct ones; is neither."""


NOT_JUDGED = "user agent not judged"
"""Why a click is not a reader's until it has been judged."""


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
    """One click.

    `id` is a UUIDv7 in 32 hex digits, `time` in milliseconds since 1970 (UTC). `item` is an id of
    the catalog, `post` a post's key, `block` a block's name and `shop` a programme; empty and a
    rank of 0 where the link names none. `referrer` is a host in lower case, empty if unknown. `bot`
    is why this is not a reader, empty if it is one, or `NOT_JUDGED`. `visitor` are 16 hex digits of
    a hash under a key that is forgotten with the day. `campaign` is the `utm_campaign` of the
    address that the link led to, empty if that had none. `variant` is `<key of a test>.<variant>`,
    empty for a link in no test, and `tracking` the tag (tracking ID) with which the link earns,
    empty where its programme has none.
    """

    id: str
    time: int
    item: str
    post: str
    block: str
    rank: int
    shop: str
    route: Route
    referrer: str
    device: Device
    bot: str
    visitor: str
    campaign: str
    variant: str
    tracking: str
