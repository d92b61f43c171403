"""The keys of mappings, comparisons and blocks: what matches a post, and where it is shown."""

from typing import get_args

from linkmgr.catalog.blocks import KINDS, Place, Show
from linkmgr.catalog.declaration import (
    HEADING_LEVEL,
    IDS,
    PLACE_TAG,
    TEXT_OR_NONE,
    TEXTS,
    Choice,
    Flag,
    Inner,
    Key,
    Keys,
    ListOf,
    Number,
    Whole,
)

# Far beyond any use: the bounds turn typos (`limit: 33333`) into problems.
_WEIGHT_RANGE = (0.001, 1000.0)
MAX_LIMIT = 100
_MINIMUM_RANGE = (0.0, 1000.0)
_MAX_HEADING = 100

TERMS = Keys(
    "terms",
    "",
    (
        Key("tags", TEXTS, "Tags of the post.", label="Tags", part="posts"),
        Key(
            "categories",
            TEXTS,
            "Categories of the post.",
            label="Categories",
            part="posts",
        ),
        Key(
            "keywords",
            TEXTS,
            "Words in its title, headings, excerpt or text. Case and width do not matter; an English one matches whole words only.",
            label="Keywords in the text",
            part="posts",
        ),
        Key(
            "paths",
            TEXTS,
            "Patterns of file names, such as `_posts/2026-*`.",
            label="Paths of posts",
            part="posts",
        ),
    ),
    conditions={"minProperties": 1},
)

MAPPING = Keys(
    "mapping",
    "A rule; it needs `any` or `all`.",
    (
        Key(
            "any",
            Inner(TERMS),
            "At least one of these terms fits the post.",
            plain=False,
        ),
        Key(
            "all",
            Inner(TERMS),
            "Every one of these terms fits the post.",
            plain=False,
        ),
        Key(
            "items",
            IDS,
            "The books, products and CTAs that these posts show. Needed without `comparisons`.",
            plain=False,
            label="Items",
            part="items",
        ),
        Key(
            "comparisons",
            IDS,
            "The comparisons that these posts show, of which a block of kind `compare` takes the one for which the most speaks.",
            plain=False,
            label="Comparisons",
            part="items",
        ),
        Key(
            "weight",
            Number(*_WEIGHT_RANGE),
            "Multiplies the evidence; 4 doubles the score.",
            default=1.0,
            label="Weight",
            part="weight",
        ),
        Key(
            "pin",
            Flag(),
            "With `true` its items come first, whatever the score.",
            default=False,
        ),
        Key(
            "exclude",
            Flag(),
            "With `true` its items are never on these posts.",
            default=False,
        ),
        PLACE_TAG,
    ),
    conditions={
        "allOf": [
            {"anyOf": [{"required": ["any"]}, {"required": ["all"]}]},
            {"anyOf": [{"required": ["items"]}, {"required": ["comparisons"]}]},
        ],
        "not": {
            "required": ["pin", "exclude"],
            "properties": {"pin": {"const": True}, "exclude": {"const": True}},
        },
    },
)

MOST_COLUMNS = 4
"""The most items of a comparison with rows: narrower columns break words on a tablet."""

MOST_ROWS = 20
"""The most rows: the stylesheet has that many lines of a table's grid beside its head and shops."""

COMPARISON = Keys(
    "comparison",
    'Books and products beside each other, for the block `compare` and for `{% include linkmgr.html compare="…" %}`.',
    (
        Key(
            "items",
            IDS,
            "The books and products, in the order in which they are shown: two at least, and with `rows` four at most.",
            required=True,
            plain=False,
            label="Items, in their order",
        ),
        Key(
            "rows",
            TEXTS,
            "What a table says of each: `price`, `rating`, `pros`, `cons` and names of its items' `specs`. Without rows it is a list of cards.",
            plain=False,
            label="Rows, one a line",
        ),
        Key(
            "ranked",
            Flag(),
            "With `true` readers see the ranks: No. 1, No. 2 and so on.",
            default=False,
            label="Show the ranks",
        ),
        Key(
            "heading",
            TEXT_OR_NONE,
            "Its heading, instead of the block's; empty for none. Where an article's own tag shows it, it has no other.",
            label="Heading",
        ),
    ),
)

BLOCK = Keys(
    "block",
    "A place in a post.",
    (
        Key(
            "kind",
            Choice(KINDS.keys(), {kind.name: kind.title for kind in KINDS.values()}),
            "What it holds. A block of your own name needs it.",
            plain=False,
            label="Kind",
            part="main",
        ),
        Key(
            "at",
            Choice(
                tuple(Place),
                {
                    Place.END: "at the end",
                    Place.MIDDLE: "in the middle",
                    Place.BEFORE_CONTENT: "before the text",
                    Place.MANUAL: "where the layout or post asks for it",
                },
            ),
            "Where it is shown: at the end, in the middle of the article, before it, or only where a tag says so.",
            default=Place.END,
            label="Place in the article",
            part="main",
        ),
        Key(
            "limit",
            Whole(MAX_LIMIT),
            "How many at most; by default 3 for related posts, books and products, 1 for a CTA.",
            plain=False,
            label="Cards at most",
            part="main",
        ),
        Key(
            "heading",
            TEXT_OR_NONE,
            "Replaces the heading of the language; empty for none.",
            label="Heading",
            part="main",
        ),
        Key(
            "before-heading",
            Whole(_MAX_HEADING),
            "With `at: middle`, before the article's heading of this number, instead of the one nearest to the middle.",
            label="In the middle: before heading number",
        ),
        Key(
            "heading-level",
            HEADING_LEVEL,
            "The level of its heading, instead of the site's.",
            label="Level of headings",
        ),
        Key(
            "minimum",
            Number(*_MINIMUM_RANGE),
            "The least score at which something is shown; by default 1 for items, 0.05 for related posts, without what nearness in time adds. Items of rules by tag, category or path need none.",
            label="Minimum score",
        ),
        Key(
            "show",
            ListOf(Choice(get_args(Show))),
            "Of related posts: what they have beside their titles, their `picture` (the `image` of a post's front matter; on all of a block's or on none), `date` and `excerpt`, the first sentence; by default the date.",
            plain=False,
            label="Beside the titles of related posts",
        ),
        Key(
            "items",
            IDS,
            "The only items that this block may show; by default all of its kind.",
            plain=False,
            label="Choose among these items only",
        ),
        Key(
            "fallback",
            IDS,
            "Shown when nothing else reaches the minimum.",
            plain=False,
            label="Shown when nothing else fits",
        ),
        PLACE_TAG,
    ),
    conditions={
        "if": {"required": ["before-heading"]},
        "then": {"required": ["at"], "properties": {"at": {"const": "middle"}}},
    },
)
