"""Measuring a site by its catalog, and by another one before it."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from linkmgr.builder.processes.progress import Track, silently
from linkmgr.builder.reading.cache import open_cache
from linkmgr.builder.reading.inputs import SiteInputs, load_inputs
from linkmgr.builder.site.paths import CATALOG
from linkmgr.catalog.model import Catalog
from linkmgr.catalog.reading.files import load_catalog
from linkmgr.resolver.prepared import PreparedPosts
from linkmgr.resolver.rules import keywords_of
from linkmgr.site_index.coverage.catalogs import read_other_catalog
from linkmgr.site_index.coverage.measure import Coverage, measure, related_posts
from linkmgr.site_index.index.recount import recount_keywords


@dataclass(frozen=True, slots=True)
class Comparison:
    """The coverage of a site now and, by the catalog that is named `against`, before."""

    now: Coverage
    before: Coverage | None = None
    against: str = ""

    @property
    def measured(self) -> Sequence[Coverage]:
        """What was measured, the earlier one first."""
        return (self.before, self.now) if self.before else (self.now,)


def compare(
    root: Path,
    *,
    catalog_file: Path | None = None,
    against: str | None = None,
    track: Track = silently,
) -> Comparison:
    """Measure the site at `root`, and if wanted by another catalog, too. Raise LinkmgrError."""
    catalog_file = catalog_file or root / CATALOG
    catalog = load_catalog(catalog_file)
    other = read_other_catalog(catalog_file, against) if against is not None else None
    with open_cache(root, read_only=True) as cache:
        site = load_inputs(root, catalog, cache=cache, track=track)
    prepared, today = PreparedPosts(site.posts, site.texts), site.now.date()
    related = related_posts([each for each in (catalog, other) if each], prepared, track)
    now = measure(catalog, prepared, today, related)
    if other is None:
        return Comparison(now)
    recounted = _recounted(site, prepared, other, track)
    return Comparison(now, measure(other, recounted, today, related), against or "")


def _recounted(
    site: SiteInputs, prepared: PreparedPosts, other: Catalog, track: Track
) -> PreparedPosts:
    """Return the posts with the keywords of another catalog counted in them."""
    keywords = [keywords_of(catalog.mappings.values()) for catalog in (site.catalog, other)]
    if keywords[0] == keywords[1]:
        return prepared
    texts = recount_keywords(site.root, site.config, prepared, (keywords[0], keywords[1]), track)
    return prepared.with_texts(texts)
