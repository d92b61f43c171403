"""The checks of an instance that need what servers of readers never load.

They are about the tables, the catalog, and what was found on the built pages and at the shops.
"""

from collections.abc import Iterator, Sequence
from itertools import islice
from pathlib import Path

from linkmgr.blocks.links import counts_code
from linkmgr.builder.site import OutputPaths, read_site_config
from linkmgr.catalog.model import Catalog
from linkmgr.check.last_result import LastResult
from linkmgr.check.online import ShopPage
from linkmgr.links.model import Tracking
from linkmgr.messages.errors import LinkmgrError
from linkmgr.messages.message import message
from linkmgr.store.db.schema import Schema, SchemaStatus
from linkmgr.store.instance.checks import CheckState, HealthCheck, InstancePart

OTHER_SCHEMA = "other-schema"


def schema_check(schema: Schema) -> HealthCheck:
    """Check whether the tables are of this version."""
    if schema.is_usable:
        return HealthCheck(OTHER_SCHEMA, InstancePart.CLICKS, CheckState.GOOD)
    versions = {"found": schema.revision or "-", "needed": schema.needed}
    if schema.status is SchemaStatus.OLDER:
        sentence = message("doctor.older-schema", **versions)
        remedy = message("doctor.remedy-older-schema")
    else:
        sentence = message("doctor.newer-schema", **versions)
        remedy = message("doctor.remedy-newer-schema")
    return HealthCheck(OTHER_SCHEMA, InstancePart.CLICKS, CheckState.FAULT, sentence, remedy)


# Whether clicks on the links of the blog's pages are counted, and if not, why.

# The most fragments that are read: one build writes all of them by the same rules.
_SAMPLE = 50

_LINK = "<a "

NO_SERVER = "no-server"
"""The check that finds no address of the server in the catalog."""


def counting_checks(catalog: Catalog, file: Path, site: Path | None) -> Iterator[HealthCheck]:
    """Yield why no link of the pages is counted; nothing where some are or nothing is known.

    Without the folder of the `site` the pages are assumed to be as the catalog wants them.
    """
    server, part = catalog.site.server, InstancePart.COUNTING
    if server is None:
        sentence = message("doctor.no-server", file=str(file))
        remedy = message("doctor.remedy-no-server")
        yield HealthCheck(NO_SERVER, part, CheckState.WARNING, sentence, remedy)
    elif catalog.items and not _counts_any(catalog):
        sentence, remedy = message("doctor.direct-links"), message("doctor.remedy-direct-links")
        yield HealthCheck("direct-links", part, CheckState.WARNING, sentence, remedy)
    elif site is not None:
        linked = [text for text in _some_fragments(site) if _LINK in text]
        if linked and not any(f"{server}/" in text for text in linked):
            sentence = message("doctor.built-without-server")
            remedy = message("doctor.remedy-built-without-server")
            yield HealthCheck("built-without-server", part, CheckState.WARNING, sentence, remedy)


def _counts_any(catalog: Catalog) -> bool:
    return any(
        counts_code(catalog, sold)
        if sold.code
        else catalog.programmes[sold.programme].tracking is not Tracking.DIRECT
        for sold in catalog.sold()
    )


def _some_fragments(site: Path) -> list[str]:
    try:
        folder = site / OutputPaths.of_config(read_site_config(site)).fragments
        files = [*islice(filter(Path.is_file, folder.iterdir()), _SAMPLE)]
        return [file.read_text(encoding="utf-8", errors="replace") for file in files]
    except (LinkmgrError, OSError):
        return []


# What `linkmgr check` found last on the built pages, and `linkmgr check --online` at the shops.


def pages_check(checked: LastResult | None) -> HealthCheck:
    """Check whether the built pages were found right; the number is that of their problems."""
    if checked is None:
        sentence, remedy = message("doctor.never-checked"), message("doctor.remedy-never-checked")
        return HealthCheck("pages", InstancePart.PAGES, CheckState.NEVER, sentence, remedy)
    problems = checked.failures
    if not problems:
        sentence = message("doctor.pages", pages=checked.pages)
        return HealthCheck("pages", InstancePart.PAGES, CheckState.GOOD, sentence)
    sentence = message("doctor.wrong-pages", problems=problems, pages=checked.pages)
    remedy = message("doctor.remedy-wrong-pages")
    return HealthCheck("pages", InstancePart.PAGES, CheckState.WARNING, sentence, remedy, problems)


def shops_check(pages: Sequence[ShopPage], *, was_looked: bool) -> HealthCheck:
    """Check whether some of the shops' `pages` are gone, if any was looked at.

    The number is how many are.
    """
    gone = sum(page.is_reported for page in pages)
    if gone:
        sentence, remedy = (
            message("doctor.gone-pages", pages=gone),
            message("doctor.remedy-gone-pages"),
        )
        return HealthCheck("shops", InstancePart.SHOPS, CheckState.WARNING, sentence, remedy, gone)
    if not was_looked:
        sentence, remedy = message("doctor.never-looked"), message("doctor.remedy-never-looked")
        return HealthCheck("shops", InstancePart.SHOPS, CheckState.NEVER, sentence, remedy)
    return HealthCheck("shops", InstancePart.SHOPS, CheckState.GOOD, message("doctor.shops"))
