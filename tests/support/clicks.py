"""Targets, links and clicks for tests, each with every value that a test does not name."""

from datetime import date

from linkmgr.clicks.model import Click, Device, Route
from linkmgr.clicks.targets import LinkQuery, Target, Targets

SITE = "https://tea.example"
TODAY = date(2026, 11, 25)
POST = "0123456789abcdef"

PARTNER = "https://partner.example/tea?utm_source=tea&utm_medium=cta&utm_campaign=leaf"
ITEMS = {
    "law": Target("https://www.amazon.co.jp/dp/4000000000?tag=tea-22", tracking={"": "tea-22"}),
    "pot": Target("https://pots.example/1", shops={"rakuten": "https://hb.example/?pc=pot"}),
    "leaf": Target(f"{PARTNER}#top", placed=(f"{PARTNER}&utm_content=", "#top"), utm=True),
    "page": Target(f"{SITE}/page/", utm=True),
}


def make_targets(**over):
    values = {
        "site": SITE,
        "language": "en",
        "origins": frozenset([SITE]),
        "respect_gpc": True,
        "timezone": "Asia/Tokyo",
        "blocks": frozenset(["books", "cta", "text"]),
        "items": ITEMS,
    }
    return Targets(**values | over)


def make_query(**over):
    return LinkQuery(**{"post": "", "block": "", "rank": 0, "shop": "", "utm": {}} | over)


def make_click(**over):
    values = {
        "id": "01a210984edb75a0a8b025cf4f733df7",
        "time": 1_795_574_400_000,
        "item": "law",
        "post": POST,
        "block": "books",
        "rank": 1,
        "shop": "",
        "route": Route.GO,
        "referrer": "tea.example",
        "device": Device.PHONE,
        "bot": "",
        "visitor": "fedcba9876543210",
        "campaign": "",
        "variant": "",
        "tracking": "",
    }
    return Click(**values | over)
