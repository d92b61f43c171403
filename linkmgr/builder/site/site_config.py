"""The settings of a site, read as the Jekyll that its catalog names, or that is found, reads."""

from pathlib import Path

from linkmgr.builder.site.paths import CATALOG
from linkmgr.catalog.reading.ahead import named_jekyll
from linkmgr.catalog.reading.files import read_catalog
from linkmgr.messages.errors import LinkmgrError
from linkmgr.posts.config import JekyllConfig
from linkmgr.posts.site import read_config


def read_site_config(root: Path, catalog_file: Path | None = None) -> JekyllConfig:
    """Return the settings of the site at `root`. Raise LinkmgrError.

    `catalog_file` is another catalog than the site's own. What is wrong in it is no matter here.
    """
    try:
        package = named_jekyll(read_catalog(catalog_file or root / CATALOG))
    except LinkmgrError:
        package = None
    return read_config(root, package)
