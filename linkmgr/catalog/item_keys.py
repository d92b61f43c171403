"""What the keys of items hold, and those that several kinds of items have."""

from typing import Literal, get_args
from unicodedata import east_asian_width

from linkmgr.catalog.declaration import (
    ANY_SCALAR,
    ID,
    MAX_CODE,
    MAX_LONG_TEXT,
    PLACE_TAG,
    TEXT,
    Choice,
    Day,
    Entries,
    Flag,
    Inner,
    Key,
    Keys,
    ListOf,
    MapOf,
    Number,
    Text,
    matching,
)
from linkmgr.links.isbn import asin_problem, isbn_problem
from linkmgr.links.programmes.shops import PRESETS
from linkmgr.links.urls import MAX_LENGTH, picture_problem, target_problem
from linkmgr.messages.message import Message, message

_NUMBER = ("string", "integer")
_BADGE_WIDTH = 28
"""Columns of a badge, two for a Japanese letter: one line beside a cover on a phone."""
TARGET = Text(
    kind="target",
    pattern=r"([Hh][Tt][Tt][Pp][Ss]?://|/(?!/))[^\s\\]*",
    check=target_problem,
    most=MAX_LENGTH,
)
PICTURE = Text(
    pattern=r"([Hh][Tt][Tt][Pp][Ss]://|/(?!/))[^\s\\]*", check=picture_problem, most=MAX_LENGTH
)
ISSUED_CODE = Text(kind="code", most=MAX_CODE)
ASIN = Text(pattern="([0-9]{9}[0-9X]|B0[0-9A-Z]{8})", check=asin_problem, scalars=_NUMBER)
ISBN = Text(pattern="[0-9 -]+[0-9Xx]", check=isbn_problem, scalars=_NUMBER)
_UTM_FORM = "[a-z0-9_-]+"
_UTM_VALUE = Text(
    kind="utm-value",
    pattern=_UTM_FORM,
    check=matching(_UTM_FORM, message("catalog.utm-value")),
    scalars=_NUMBER,
)
_CLASSES_FORM = "[A-Za-z_-][A-Za-z0-9_-]*( +[A-Za-z_-][A-Za-z0-9_-]*)*"
CSS_CLASSES = Text(
    pattern=_CLASSES_FORM, check=matching(_CLASSES_FORM, message("catalog.css-class"))
)


def _badge_problem(text: str) -> Message | None:
    """Return the problem of a badge that does not fit on its line."""
    width = sum(2 if east_asian_width(letter) in "WF" else 1 for letter in text)
    if width <= _BADGE_WIDTH:
        return None
    return message("catalog.badge-length", most=_BADGE_WIDTH, wide=_BADGE_WIDTH // 2)


LONGEST_SPEC = 60
"""Characters of the name of a spec, and of its value: cells of a table."""
_SPEC = Text(most=LONGEST_SPEC, scalars=ANY_SCALAR)
_POINT = Text(most=100, scalars=ANY_SCALAR)

_PRICE_FORM = r"[^<>{}\n]*[0-9][^<>{}\n]*"
_PRICE = Text(
    pattern=_PRICE_FORM,
    check=matching(_PRICE_FORM, message("catalog.price-form")),
    most=30,
    scalars=_NUMBER,
)


def _days(prefix: str, what: str, label: str) -> tuple[Key, Key]:
    """Return the keys of the days on which something is shown."""
    return (
        Key(
            f"{prefix}-valid-from",
            Day(),
            f"The first day on which {what} is shown.",
            plain=False,
            label=f"{label} shown from",
        ),
        Key(
            f"{prefix}-valid-until",
            Day(),
            f"The last day on which {what} is shown.",
            plain=False,
            label=f"{label} shown until",
        ),
    )


def _prices(where: str) -> tuple[Key, ...]:
    """Return the keys of a price and its days at a shop, which is described by `where`."""
    return (
        Key(
            "price",
            _PRICE,
            f"The price {where}, with its currency, as you saw it on the day in `price-at`. Only where the programme's rules allow it, or at a shop of your own.",
            plain=False,
            label="Price",
            part="extras",
        ),
        Key(
            "price-at",
            Day(),
            "The day on which you saw the price. It is always shown, and the price is left out some days after it: `price-days` of the site.",
            plain=False,
            label="Price seen on",
            part="extras",
        ),
        *_days("price", "the price", "Price"),
    )


PRICE_HAS_ITS_DAY = {
    "dependentRequired": {
        "price": ["price-at"],
        "price-at": ["price"],
        "price-valid-from": ["price"],
        "price-valid-until": ["price"],
    }
}

COMMON = (
    PLACE_TAG,
    Key(
        "valid-from",
        Day(),
        "The first day on which it is shown: the site has to be built that day.",
        plain=False,
        label="Shown from",
        part="when",
    ),
    Key(
        "valid-until",
        Day(),
        "The last day on which it is shown: the site has to be built the day after.",
        plain=False,
        label="Shown until",
        part="when",
    ),
    Key(
        "retired",
        Flag(),
        "With `true` it is no longer shown, while links published before go on working.",
        default=False,
        label="Retired: no longer shown, but its link keeps working",
        part="when",
    ),
    Key(
        "fallback",
        ID,
        "The one item of the same kind that takes its place once it is retired or out of its dates.",
        plain=False,
        label="Shown instead once it has expired or been retired",
        part="when",
    ),
    Key(
        "was",
        ListOf(ID),
        "Ids that it had before, the first one first: their links lead to it, and what was counted of them is its own. `linkmgr rename` writes them.",
        plain=False,
        label="Earlier ids, one a line",
    ),
)
"""The keys of every item."""

VaryBy = Literal["view", "post"]
"""What one variant is chosen for: each view of a page, or each post once and for all."""

VARY_BY = Key(
    "vary-by",
    Choice(get_args(VaryBy)),
    "With `view` each view of a page has a variant of its own; with `post` each post has always the same, which gives rates but names no winner.",
    default="view",
    label="Choose a variant for",
    part="test",
)

_SHARE_RANGE = (10, 100)
_VARIANT_WEIGHT_RANGE = (0.01, 100)


def variant_test_keys(keys: Keys) -> tuple[Key, ...]:
    """Return the keys of a test, whose variants have `keys`."""
    return (
        Key(
            "variants",
            Entries(keys),
            "Other texts, or another item, that are tried against it, by ids of your own. The item as it is is the first of them, `original`, which has an entry for its `weight` alone. Needs `views: true` under `site`.",
            plain=False,
        ),
        Key(
            "share",
            Number(*_SHARE_RANGE),
            "On how many per cent of the page views the variants are tried. The others show the item as it is, and are not compared.",
            default=100.0,
            label="Share of page views (%)",
            part="test",
        ),
        VARY_BY,
    )


def _variant_keys(name: str, *texts: Key) -> Keys:
    """Return the keys of a variant that may have these texts."""
    return Keys(
        name,
        "Other texts for an item, or another item in its place.",
        (
            *texts,
            Key(
                "item",
                ID,
                "Another item of the same kind, shown in its place as it is.",
                label="Another item",
            ),
            Key(
                "weight",
                Number(*_VARIANT_WEIGHT_RANGE),
                "How often it is shown in comparison to the others: one of 2 twice as often as one of 1, which is what it is by default.",
                label="Weight",
            ),
        ),
    )


SHOP = Keys(
    "shop",
    "A further shop that sells the same, with `preset`, `programme` or both.",
    (
        Key(
            "preset",
            Choice(tuple(PRESETS)),
            "A shop that linkmgr knows: it gives the link its text in the language of the post, and its programme unless you name one.",
            plain=False,
            label="Shop",
        ),
        Key(
            "programme",
            ID,
            "The programme through which the link earns; `site` for one that earns nothing.",
            plain=False,
            label="Programme",
        ),
        Key(
            "url",
            TARGET,
            "The page there.",
            plain=False,
            label="Address",
        ),
        Key(
            "code",
            ISSUED_CODE,
            "Instead of `url` and `label`, the code that a programme issued, unchanged.",
            plain=False,
            label="Code that a programme issued",
        ),
        Key(
            "label",
            TEXT,
            "The text of the link, instead of the preset's or the programme's.",
            plain=False,
            label="Text of the link",
        ),
        *_prices("there"),
    ),
    conditions={
        "anyOf": [
            {"required": ["url", "preset"], "properties": {"code": False}},
            {"required": ["url", "programme"], "properties": {"code": False}},
            {"required": ["code"], "properties": {"url": False, "label": False}},
        ],
        **PRICE_HAS_ITS_DAY,
    },
)

CODE_OF_GOOD = Key(
    "code",
    ISSUED_CODE,
    "Instead of `url`, the code that a programme issued, unchanged: its link with its pictures. Its programme is known by it.",
    plain=False,
    label="Code that a programme issued",
    part="sold",
)
PROGRAMME_OF_GOOD = Key(
    "programme",
    ID,
    "The programme of the shop at `url`, unless it is that of its `preset`.",
    plain=False,
    label="Programme",
    part="sold",
)
PRESET_OF_GOOD = Key(
    "preset",
    Choice(tuple(PRESETS)),
    "The first shop, if linkmgr knows it: the rest as in `shops`.",
    plain=False,
    label="Shop",
    part="sold",
)
LABEL_OF_GOOD = Key(
    "label",
    TEXT,
    "The text of the first shop's link, instead of the preset's or the programme's.",
    plain=False,
    label="Text of the link",
    part="sold",
)
BY_ISBN = {
    "required": ["isbn"],
    "properties": {"asin": False, "url": False, "code": False, "programme": False},
}
FIRST_SHOPS = (
    {"required": ["asin"], "properties": {"url": False, "code": False, "programme": False}},
    {
        "required": ["url"],
        "anyOf": [{"required": ["programme"]}, {"required": ["preset"]}],
        "properties": {"asin": False, "code": False},
    },
    {"required": ["code"], "properties": {"asin": False, "url": False, "label": False}},
)
"""The ways to say where a good is sold first; a book's ISBN is one, and may stand beside others."""

_ALSO = Key(
    "also",
    ListOf(ASIN),
    "ASINs of other editions or variations: what they earn counts for this item.",
    label="Further ASINs, one a line",
)
_WORDS_OF_GOOD = (
    Key(
        "badge",
        Text(most=_BADGE_WIDTH, check=_badge_problem, scalars=ANY_SCALAR),
        "A few words of yours above its title, such as `My daily kettle`: at most 28 letters.",
        label="Badge",
        part="extras",
    ),
    *_days("badge", "the badge", "Badge"),
    Key(
        "rating",
        Number(0.5, 5),
        "Your own rating, out of 5. Never a shop's.",
        label="My rating, out of 5",
        part="extras",
    ),
    Key(
        "review",
        TARGET,
        "The address of what you wrote about it: `/…` for a page of the blog, or `https://…`.",
        plain=False,
        label="Address of my review",
        part="extras",
    ),
    *_prices("at its first shop"),
    Key(
        "specs",
        MapOf(_SPEC, names=_SPEC),
        "What it has, by names of yours, such as `capacity: 0.8 L`: rows of comparisons.",
        plain=False,
        label="Specifications, one a line: name: value",
    ),
    Key(
        "pros",
        ListOf(_POINT),
        "What speaks for it, in a few words each: a row of comparisons.",
        label="Pros, one a line",
    ),
    Key(
        "cons",
        ListOf(_POINT),
        "What speaks against it, in a few words each: a row of comparisons.",
        label="Cons, one a line",
    ),
)
_SHOPS = Key(
    "shops",
    ListOf(Inner(SHOP)),
    "Further shops that sell the same.",
    plain=False,
)

_OTHER_SENTENCE = Text(kind="sentence", most=MAX_LONG_TEXT, scalars=ANY_SCALAR)

_BLURB = Key(
    "blurb",
    _OTHER_SENTENCE,
    "A sentence in place of the item's.",
    label="Why it is worth it",
    part="sentences",
)
VARIANT_OF_GOOD = _variant_keys("variant", _BLURB)

COMMON_OF_GOODS = (*_WORDS_OF_GOOD, _SHOPS, _ALSO, *COMMON, *variant_test_keys(VARIANT_OF_GOOD))
"""The keys of every book and product, after those of its own."""

UTM = Keys(
    "",
    "Marks its visits for web analytics; never on a link to Amazon.",
    (
        Key(
            "source",
            _UTM_VALUE,
            "`utm_source`: where the visitor comes from.",
            required=True,
            plain=False,
            label="Source (utm_source)",
            part="utm",
        ),
        Key(
            "medium",
            _UTM_VALUE,
            "`utm_medium`, such as referral.",
            required=True,
            plain=False,
            label="Medium (utm_medium)",
            part="utm",
        ),
        Key(
            "campaign",
            _UTM_VALUE,
            "`utm_campaign`.",
            required=True,
            plain=False,
            label="Campaign (utm_campaign)",
            part="utm",
        ),
        Key(
            "content",
            _UTM_VALUE,
            "`utm_content`; by default the place of the link.",
            plain=False,
            label="Content (utm_content)",
            part="utm",
        ),
        Key(
            "term",
            _UTM_VALUE,
            "`utm_term`.",
            plain=False,
            label="Term (utm_term)",
            part="utm",
        ),
    ),
)

CTA_CLASS = Key(
    "class",
    CSS_CLASSES,
    "The CSS classes of the link.",
    label="CSS class of the button",
    part="link",
    own_field="css_class",
)
VARIANT_OF_CTA = _variant_keys(
    "cta-variant",
    Key(
        "heading",
        TEXT,
        "Another heading.",
        label="Heading",
        part="words",
    ),
    Key(
        "text",
        _OTHER_SENTENCE,
        "Another sentence under the heading.",
        label="Sentence",
        part="sentences",
    ),
    Key(
        "label",
        TEXT,
        "Another text of the link.",
        label="Text of the button",
        part="words",
    ),
    CTA_CLASS,
)
