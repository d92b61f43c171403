"""Building again whenever something that a build reads has changed."""

from collections.abc import Callable
from pathlib import Path

from watchfiles import Change, DefaultFilter, watch

from linkmgr.blocks.templating import OVERRIDES
from linkmgr.builder.processes import Stop
from linkmgr.builder.site import CATALOG
from linkmgr.catalog.reading.files import FilesToRead, read_catalog
from linkmgr.messages.errors import LinkmgrError
from linkmgr.posts.pages import page_files
from linkmgr.posts.site import CONFIG_FILES, PostFile, read_config


class InputFilter(DefaultFilter):
    """Lets through what a build reads: posts, drafts, the catalog, the settings, the templates.

    Pages are excluded: what is one depends on the catalog and the settings.
    """

    def __init__(self, catalog_file: Path) -> None:
        super().__init__()
        self._catalog_file = str(catalog_file.resolve())

    def __call__(self, change: Change, path: str) -> bool:
        """Whether a changed path is one that a build reads."""
        if not super().__call__(change, path):
            return False
        parts = Path(path).parts
        if path == self._catalog_file or parts[-1] in CONFIG_FILES:
            return True
        return not {"_posts", "_drafts", OVERRIDES}.isdisjoint(parts)


def watch_and_build(
    root: Path, catalog_file: Path | None, build: Callable[[], object], stop: Stop
) -> None:
    """Build now and after every change, until `stop`; a failed build waits for the next change."""
    catalog_file = catalog_file or root / CATALOG
    is_input = InputFilter(catalog_file)
    folders = {root.resolve(), catalog_file.resolve().parent}
    pages: list[PostFile] = []
    stop.interruptible(build)
    # What changed during the first build, when nobody watched yet, is built once one does.
    due = True
    # Filtered here: `watch` would wait while others write beside what is built from, as a server
    # does whose instance is in the folder.
    for changes in watch(
        *folders, watch_filter=None, stop_event=stop, rust_timeout=1_000, yield_on_timeout=True
    ):
        before = pages
        if due or changes:
            pages = _pages(root, catalog_file)
        if due or pages != before or any(is_input(*change) for change in changes):
            stop.interruptible(build)
        due = False


def _pages(root: Path, catalog_file: Path) -> list[PostFile]:
    """Return the files of pages that a build would read now, none where it would fail."""
    try:
        named = FilesToRead.named_in(read_catalog(catalog_file))
        if not named.pages:
            return []
        config = read_config(root, named.jekyll, named.collections)
        return page_files(root, config, named.pages)
    except LinkmgrError:
        return []
