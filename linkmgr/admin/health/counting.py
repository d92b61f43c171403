"""Whether clicks on the links of the blog's pages are counted, and if not, why."""

from enum import StrEnum
from itertools import islice
from pathlib import Path

from linkmgr.blocks.links import counts_code
from linkmgr.builder.site.paths import OutputPaths
from linkmgr.builder.site.site_config import read_site_config
from linkmgr.catalog.model import Catalog
from linkmgr.links.model import Tracking
from linkmgr.messages.errors import LinkmgrError

# So many fragments are read at most: one build writes all of them by the same rules.
_SAMPLE = 50

_LINK = "<a "


class Uncounted(StrEnum):
    """Why no click is counted."""

    NO_SERVER = "no-server"
    DIRECT = "direct"
    UNBUILT = "unbuilt"


def why_uncounted(catalog: Catalog, site: Path | None) -> Uncounted | None:
    """Return why no link of the pages is counted, `None` where some are or nothing is known.

    Without the folder of the `site` the pages are taken to be as the catalog wants them.
    """
    server = catalog.site.server
    if server is None:
        return Uncounted.NO_SERVER
    if catalog.items and not _counts_any(catalog):
        return Uncounted.DIRECT
    if site is None:
        return None
    linked = [text for text in _some_fragments(site) if _LINK in text]
    return (
        Uncounted.UNBUILT if linked and not any(f"{server}/" in text for text in linked) else None
    )


def _counts_any(catalog: Catalog) -> bool:
    return any(
        counts_code(catalog, sold)
        if sold.code
        else catalog.programmes[sold.programme].tracking is not Tracking.DIRECT
        for sold in catalog.sold()
    )


def _some_fragments(site: Path) -> list[str]:
    try:
        folder = site / OutputPaths.of(read_site_config(site)).fragments
        files = [*islice(filter(Path.is_file, folder.iterdir()), _SAMPLE)]
        return [file.read_text(encoding="utf-8", errors="replace") for file in files]
    except (LinkmgrError, OSError):
        return []
