"""The keys of the site and of waivers, and the sections of the catalog."""

from typing import get_args

from linkmgr.catalog.declaration import (
    ANY_SCALAR,
    HEADING_LEVEL,
    MAX_LONG_TEXT,
    TEXT,
    TEXTS,
    Choice,
    Day,
    Entries,
    Flag,
    Inner,
    Key,
    Keys,
    ListOf,
    Text,
    Whole,
    matching,
)
from linkmgr.catalog.items import ITEM_TYPES
from linkmgr.catalog.keys.placing import BLOCK, COMPARISON, MAPPING
from linkmgr.catalog.keys.programmes import AMAZON_KEYS, OWN_SITE_KEYS, PROGRAMME
from linkmgr.catalog.model import Feeds, JekyllPackage
from linkmgr.links.model import AMAZON, OWN_SITE
from linkmgr.links.urls import LONGEST_CAMPAIGN, MAX_LENGTH, origin_problem, web_problem
from linkmgr.messages.message import LANGUAGES, Message, message


def _base_problem(url: str) -> Message | None:
    if "?" in url or "#" in url:
        return message("catalog.url-with-query")
    return web_problem(url)


_BASE = Text(
    kind="web", pattern=r"[Hh][Tt][Tt][Pp][Ss]?://[^\s\\]+", check=_base_problem, most=MAX_LENGTH
)
_ORIGIN = Text(
    pattern=r"[Hh][Tt][Tt][Pp][Ss]?://[^\s\\/?#]+/?", check=origin_problem, most=MAX_LENGTH
)

NEED_SERVER = ("views", "events")
"""The flags of the site that mean nothing without a `server`."""

SITE = Keys(
    "site",
    "The blog.",
    (
        Key(
            "name",
            TEXT,
            "The blog's name.",
            required=True,
            label="Name",
            part="main",
        ),
        Key(
            "url",
            _BASE,
            "Where readers find the blog, without a trailing slash.",
            required=True,
            label="Address",
            part="main",
        ),
        Key(
            "server",
            _BASE,
            "The address of a linkmgr server, which counts clicks. Without it every link is direct and nothing is counted. A public blog needs one that readers reach: none of this computer or a private network.",
            label="Click-counting server",
            part="main",
        ),
        Key(
            "views",
            Flag(),
            "Count how often items were seen, too, so that figures show which share of those who saw an item clicked it. Needs `server`.",
            default=False,
            label="Count views, too",
            part="main",
        ),
        Key(
            "language",
            Choice(LANGUAGES, {"en": "English", "ja": "日本語"}),
            "The language of your own texts in the catalog, and of headings and labels in posts that are neither Japanese nor English.",
            default="ja",
            label="Language",
            part="main",
        ),
        Key(
            "timezone",
            Text(),
            "The time zone whose days the figures count; by default `Asia/Tokyo`, or `UTC` where `language` is `en`.",
            plain=False,
            label="Time zone",
            part="main",
        ),
        Key(
            "ad-label",
            TEXT,
            "The label before the first affiliate link of a block; by default 広告 or Ad.",
            label="Ad label",
            part="main",
        ),
        Key(
            "disclosure",
            Text(most=MAX_LONG_TEXT, scalars=ANY_SCALAR),
            "A sentence that replaces the usual one about affiliate links.",
            label="Disclosure of advertising",
            part="main",
        ),
        Key(
            "respect-gpc",
            Flag(),
            "Count nobody whose browser sends Global Privacy Control or Do Not Track.",
            default=True,
            label="Don't count readers who opt out of tracking",
        ),
        Key(
            "origins",
            ListOf(_ORIGIN),
            "Further addresses of the blog, without a path, whose pages may count clicks.",
            label="Other addresses of the blog",
        ),
        Key(
            "campaigns",
            ListOf(Text(most=LONGEST_CAMPAIGN, scalars=ANY_SCALAR)),
            "Campaigns (`utm_campaign`) of links that you wrote outside of the catalog, such as into a newsletter. They are counted by name however many other names come in a day.",
            label="Newsletter campaigns",
        ),
        Key(
            "view-percent",
            Whole(100),
            "Which part of an item must be visible for a view, in per cent.",
            default=50,
            label="Views: visible part (%)",
        ),
        Key(
            "view-percent-large",
            Whole(100),
            "The same for items of 242,500 square pixels (970 × 250) or more.",
            default=30,
            label="Views: visible part of large items (%)",
        ),
        Key(
            "view-seconds",
            Whole(60),
            "For how many seconds without a break that part must be visible.",
            default=1,
            label="Views: seconds in a row",
        ),
        Key(
            "events",
            Flag(),
            "Tell scripts of your pages of clicks and views by the events `linkmgr:click` and `linkmgr:view`, for your own analytics. Needs `server`.",
            default=False,
            label="Events for my own analytics",
        ),
        Key(
            "feeds",
            Choice(
                get_args(Feeds),
                {
                    "label": "shown with a label",
                    "omit": "left out",
                },
            ),
            "What feeds have of the blocks and links that tags put into an article: with `label` all, with its ad label; with `omit` nothing.",
            default="label",
            label="Items within articles, in feeds",
        ),
        Key(
            "heading-level",
            HEADING_LEVEL,
            "The level of the headings of blocks that have none of their own; by default 3 for all of a post, or 2 if its article has no heading of that level before them.",
            label="Level of headings",
        ),
        Key(
            "pages",
            TEXTS,
            "Paths of pages and documents of collections that show blocks as posts do, such as `about.md` or `_recipes/*`.",
            label="Pages that show blocks, too",
        ),
        Key(
            "collections",
            TEXTS,
            "Collections whose documents are articles, and posts for everything. Those with `output: true` whose documents all have a date are found without being named.",
            label="Collections of articles",
        ),
        Key(
            "jekyll",
            Choice(
                get_args(JekyllPackage),
                {
                    "": "detected automatically",
                    "gem": "the released gem",
                    "debian": "Debian's and Ubuntu's package",
                },
            ),
            "Which Jekyll builds the site: the released gem, or the package of Debian and Ubuntu, which reads front matter a little differently. Without it linkmgr finds out.",
            label="Jekyll that builds the site",
        ),
        Key(
            "price-days",
            Whole(365),
            "For how many days after its `price-at` a price is shown. Builds then leave it out.",
            default=30,
            label="Days for which a price is shown",
            part="main",
        ),
        Key(
            "fill-bare-posts",
            Flag(),
            "Whether rules, fallbacks and related posts fill the posts that had none when `linkmgr adopt` took the blog over, as `_linkmgr/bare-posts.txt` lists them. `adopt` writes `false`; delete the line to let the rules fill them.",
            default=True,
        ),
    ),
    conditions={
        "if": {
            "anyOf": [
                {"required": [key], "properties": {key: {"const": True}}} for key in NEED_SERVER
            ]
        },
        "then": {"required": ["server"]},
    },
)

_CHECK_CODE = "[a-z]+(-[a-z]+)*"  # only the check knows which codes exist; it reports a waiver of an unknown one
WAIVER = Keys(
    "waiver",
    "Findings of one code that you accept.",
    (
        Key(
            "code",
            Text(pattern=_CHECK_CODE, check=matching(_CHECK_CODE, message("catalog.check-code"))),
            "The code of the findings, such as `dead-link`.",
            required=True,
        ),
        Key(
            "page",
            TEXT,
            "Only on these pages, by their path or by that of their source, such as `_posts/2024-*`; `*` is any text.",
        ),
        Key(
            "link",
            TEXT,
            "Only about these links, items or blocks; `*` is any text.",
        ),
        Key("reason", TEXT, "Why.", required=True),
        Key(
            "until",
            Day(),
            "The last day on which it applies; after it they are reported again.",
            required=True,
            plain=False,
        ),
    ),
)

CATALOG = Keys(
    "",
    "The books, products and calls to action of a blog, and the posts that show them.",
    (
        Key("site", Inner(SITE), "The blog.", required=True),
        Key(
            "programmes",
            Entries(PROGRAMME, {AMAZON: AMAZON_KEYS, OWN_SITE: OWN_SITE_KEYS}),
            "Where items are sold, and how their links are counted, by the programme's id. `amazon` and `site`, your own pages, are always there.",
        ),
        *(Key(own.section, Entries(own.keys), own.section_purpose) for own in ITEM_TYPES.values()),
        Key(
            "mappings",
            Entries(MAPPING),
            "Rules by id: which posts show which items.",
        ),
        Key(
            "comparisons",
            Entries(COMPARISON),
            "Comparisons and rankings by id.",
        ),
        Key(
            "blocks",
            Entries(BLOCK, may_be_nothing=True),
            "The blocks of a post, in this order; by default `related`, `cta`, `books` and, if there are any products or comparisons, `products` and `compare`, under the post.",
        ),
        Key(
            "waivers",
            ListOf(Inner(WAIVER)),
            "Findings that you accept: `linkmgr check` leaves them out.",
        ),
    ),
)


def entries_of(section: str) -> Entries:
    """Return the declaration of a section's entries."""
    entries = CATALOG[section].type
    if isinstance(entries, Entries):
        return entries
    raise TypeError(f"{section} has no entries")
