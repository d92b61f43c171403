"""The keys of programmes: Amazon, the site itself, and any other."""

import re
from datetime import date, time
from typing import get_args

from linkmgr.catalog.declaration import (
    TAG,
    TEXT,
    USUAL,
    Choice,
    Flag,
    Inner,
    Key,
    Keys,
    ListOf,
    MapOf,
    Text,
)
from linkmgr.links.amazon import TAG_SUFFIXES
from linkmgr.links.model import AssociateStatus, Moment, Tracking
from linkmgr.links.urls import MAX_LENGTH, target_problem, template_problem
from linkmgr.messages.message import Message, excerpt, message

TEMPLATE = Text(
    pattern=r"[Hh][Tt][Tt][Pp][Ss]?://[^/?#{}]+[/?#][^\s\\]*\{url\}[^\s\\]*",
    check=template_problem,
    most=MAX_LENGTH,
)

TAGS = Keys(
    "tags",
    "",
    (
        Key(
            "categories",
            MapOf(TAG),
            "The tags of links in posts of these categories.",
        ),
        Key(
            "posts",
            ListOf(TAG),
            "Tags that posts may choose in their front matter.",
        ),
    ),
)

_TAGS_BESIDE_TAG = Key(
    "tags",
    Inner(TAGS),
    "Further tags: those of categories, and those that posts may choose. They need a `tag`.",
    plain=False,
)
_LINK_TEXT = "Text of the link"
_LABEL = Key("label", TEXT, "The text of its links.", label=_LINK_TEXT)

_TRACKING = Choice(
    tuple(Tracking),
    {
        **USUAL,
        Tracking.DIRECT: "direct, not counted",
        Tracking.BEACON: "direct, counted on the page",
        Tracking.REDIRECT: "via /go/",
    },
)
_COUNTING = "Click counting"
_TAG_LABEL = "Tracking ID"

_MOMENT_FORM = r"[0-9]{4}-[0-9]{2}-[0-9]{2}( +[0-9]{2}:[0-9]{2})?"


def moment_of(text: str) -> Moment:
    """Return the day, and the time if there is one, that a text names. Raise ValueError."""
    day, _, clock = text.partition(" ")
    clock = clock.strip()
    if clock:
        time.fromisoformat(clock)
    return Moment(date.fromisoformat(day), clock)


def _moment_problem(text: str) -> Message | None:
    """Return the problem of a day that may have a time."""
    try:
        if re.fullmatch(_MOMENT_FORM, text):
            moment_of(text)
            return None
    except ValueError:
        pass
    return message("catalog.moment", found=excerpt(text))


_MOMENT = Text(kind="moment", pattern=_MOMENT_FORM, check=_moment_problem)

SALE = Keys(
    "sale",
    "A sale.",
    (
        Key("name", TEXT, "What it is called.", required=True),
        Key(
            "from",
            _MOMENT,
            "When it begins, such as `2026-12-04` or `2026-12-04 20:00`. It is named from that day on.",
            required=True,
            plain=False,
        ),
        Key(
            "until",
            _MOMENT,
            "When it ends. It is named to the end of that day.",
            required=True,
            plain=False,
        ),
        Key(
            "url",
            Text(
                kind="target",
                pattern=r"([Hh][Tt][Tt][Pp][Ss]?://|/(?!/))[^\s\\]*",
                check=target_problem,
                most=MAX_LENGTH,
            ),
            "The page of the sale, for the link of a line of its own.",
        ),
        Key(
            "in-line",
            Flag(),
            "With `true` a block names it once, in a line of its own, and not on each card.",
            default=False,
        ),
    ),
)

SALES = Key(
    "sales",
    ListOf(Inner(SALE)),
    "Sales, named with their beginning and end on all cards with a link to it.",
    plain=False,
    label="Sales",
)

AMAZON_KEYS = Keys(
    "amazon",
    "Amazon Associates.",
    (
        Key(
            "marketplace",
            Choice(tuple(TAG_SUFFIXES), USUAL),
            "The Amazon whose associate you are; by default `amazon.co.jp`, or `amazon.com` where the blog's language is `en`.",
            plain=False,
            label="Marketplace",
            part="main",
        ),
        Key(
            "tag",
            Text(pattern="[A-Za-z0-9][A-Za-z0-9_-]*-[0-9]{2}"),
            "Your usual tracking ID. Its ending must be the marketplace's: `-22` for amazon.co.jp, `-20` for amazon.com.",
            plain=False,
            label=_TAG_LABEL,
            part="main",
        ),
        _TAGS_BESIDE_TAG,
        Key(
            "status",
            Choice(
                get_args(AssociateStatus),
                {
                    "none": "not applied for",
                    "applied": "applied for",
                    "approved": "approved",
                },
            ),
            "How far your application is; `applied` and `approved` need a `tag`. The Associates sentence is shown once you are approved.",
            default="none",
            label="Approval as an associate",
            part="main",
        ),
        Key(
            "tracking",
            _TRACKING,
            "How clicks are counted: `direct` (not at all), `beacon` (a direct link, counted beside it) or `redirect` (through the server), which Amazon's policies restrict.",
            default="beacon",
            plain=False,
            label=_COUNTING,
        ),
        _LABEL,
        SALES,
    ),
    conditions={
        "if": {"properties": {"status": {"enum": ["applied", "approved"]}}, "required": ["status"]},
        "then": {"required": ["tag"]},
    },
)

OWN_SITE_KEYS = Keys(
    "own-site",
    "The blog's own pages.",
    (
        Key(
            "tracking",
            _TRACKING,
            "How clicks are counted: `direct` (not at all), `beacon` (a direct link, counted beside it) or `redirect` (through the server).",
            default="redirect",
            plain=False,
            label=_COUNTING,
        ),
        Key(
            "label",
            TEXT,
            "The text of links to your own shop.",
            label=_LINK_TEXT,
        ),
        SALES,
    ),
)

PROGRAMME = Keys(
    "programme",
    "Any other affiliate programme.",
    (
        Key(
            "name",
            TEXT,
            "The programme's visible name. A preset's programme and one that linkmgr knows need none.",
            plain=False,
            label="Name",
            part="main",
        ),
        Key(
            "url",
            TEMPLATE,
            "Its affiliate link, with `{url}` where the percent-encoded address of the item goes and, if you like, `{tag}` where the tag and `{place}` where a sub ID goes, which names the post and the place. Leave it out if you paste ready-made links as the items' `url`.",
            label="Link template",
            part="main",
        ),
        Key(
            "sub-ids",
            Flag(),
            "Add the post and the place to its links as a sub ID, in the parameter of the programme. Its rules must be known to allow it. Needs `url`.",
            default=False,
            plain=False,
        ),
        Key(
            "tag",
            TAG,
            "The usual tag of its links, for `{tag}` in `url`.",
            plain=False,
            label=_TAG_LABEL,
            part="main",
        ),
        _TAGS_BESIDE_TAG,
        Key(
            "tracking",
            _TRACKING,
            "How clicks are counted: `direct` (not at all), `beacon` (a direct link, counted beside it) or `redirect` (through the server), which many programmes forbid.",
            default="direct",
            plain=False,
            label=_COUNTING,
        ),
        _LABEL,
        SALES,
    ),
    retired={
        name: message("catalog.retired-profile-key")
        for name in ("links", "short-links", "pixels", "scripts", "code", "rules", "verified")
    },
)
