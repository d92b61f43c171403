"""All findings of the catalog."""

from collections.abc import Iterator

from linkmgr.builder.reading.overrides import unknown_items
from linkmgr.check.catalog.items import expiring_items, same_items, unreached_items
from linkmgr.check.catalog.model import CheckedCatalog
from linkmgr.check.catalog.terms import tag_spellings, unmatched_mappings
from linkmgr.check.findings.codes import UNKNOWN_ITEM
from linkmgr.check.findings.model import Finding

_RULES = (unreached_items, expiring_items, same_items, unmatched_mappings, tag_spellings)


def catalog_findings(checked: CheckedCatalog) -> Iterator[Finding]:
    """Yield what is wrong with the catalog, and with what front matter says about it."""
    for rule in _RULES:
        yield from rule(checked)
    site = checked.site
    unknown = unknown_items(site.root, site.config, site.posts_and_pages, site.catalog)
    for post, item, problem in unknown:
        place = problem.within(str(site.root / site.config.source)).location
        page = checked.page_of(post)
        yield Finding(UNKNOWN_ITEM, item, page, place, detail=problem.message)
