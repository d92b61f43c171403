"""The registry of check codes.

A new code is an entry here, a rule that reports it (`linkmgr/check/rules/`), and its wording in the
files of messages: `check.finding.<code>` and `check.remedy.<code>`. The command's outputs, the
Health page, the API's description and docs/reference/check-codes.md read the registry.
"""

from linkmgr.check.findings.model import CheckCode, Severity

CODES: dict[str, CheckCode] = {}
"""Every check code by its name."""


def register(name: str, severity: Severity) -> CheckCode:
    """Add a code to the registry."""
    if name in CODES:
        raise ValueError(f"there are two check codes called {name}")
    code = CODES[name] = CheckCode(name, severity)
    return code


# Links.
DEAD_LINK = register("dead-link", Severity.ERROR)
NO_TAG = register("no-tag", Severity.WARNING)
OTHER_MARKETPLACE = register("other-marketplace", Severity.WARNING)
NO_LABEL = register("no-label", Severity.ERROR)
NO_REL = register("no-rel", Severity.ERROR)
HIDES_REFERRER = register("hides-referrer", Severity.ERROR)
FORBIDDEN_TRACKING = register("forbidden-tracking", Severity.ERROR)
FORBIDDEN_ATTRIBUTE = register("forbidden-attribute", Severity.ERROR)
MISSING_ATTRIBUTE = register("missing-attribute", Severity.ERROR)
MISSING_PIXEL = register("missing-pixel", Severity.ERROR)
WITHOUT_CODE = register("without-code", Severity.ERROR)
UNNAMED_SHOP = register("unnamed-shop", Severity.NOTE)
OTHER_TAG = register("other-tag", Severity.WARNING)
DEAD_ANCHOR = register("dead-anchor", Severity.ERROR)
DEAD_PICTURE = register("dead-picture", Severity.ERROR)
DEAD_REDIRECT = register("dead-redirect", Severity.ERROR)
INTERNAL_UTM = register("internal-utm", Severity.WARNING)
BROKEN_UTM = register("broken-utm", Severity.WARNING)
UNKNOWN_MEDIUM = register("unknown-medium", Severity.NOTE)
HAND_WRITTEN_PRICE = register("hand-written-price", Severity.WARNING)

# Links and pictures in feeds.
RELATIVE_IN_FEED = register("relative-in-feed", Severity.ERROR)

# Pages and their blocks.
NO_PAGE = register("no-page", Severity.ERROR)
STALE = register("stale", Severity.WARNING)
NO_BLOCKS = register("no-blocks", Severity.ERROR)
BLOCK_TWICE = register("block-twice", Severity.ERROR)
BLOCK_BEFORE_LABEL = register("block-before-label", Severity.ERROR)
UNREADABLE = register("unreadable", Severity.ERROR)

# Waivers.
EXPIRED_WAIVER = register("expired-waiver", Severity.WARNING)
UNUSED_WAIVER = register("unused-waiver", Severity.WARNING)

# Shops' pages, which `check --online` looks at.
DEAD_SHOP_PAGE = register("dead-shop-page", Severity.ERROR)
UNREACHABLE_SHOP_PAGE = register("unreachable-shop-page", Severity.WARNING)
ONLINE_CODES = (DEAD_SHOP_PAGE, UNREACHABLE_SHOP_PAGE)

# The catalog, and what front matter says about it.
UNKNOWN_ITEM = register("unknown-item", Severity.ERROR)
SAME_ITEM = register("same-item", Severity.WARNING)
UNREACHED_ITEM = register("unreached-item", Severity.NOTE)
UNMATCHED_MAPPING = register("unmatched-mapping", Severity.NOTE)
EXPIRES_SOON = register("expires-soon", Severity.NOTE)
TAG_SPELLING = register("tag-spelling", Severity.NOTE)
