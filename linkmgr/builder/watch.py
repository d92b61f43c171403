"""Building again whenever something that a build reads has changed."""

from collections.abc import Callable
from pathlib import Path

from watchfiles import Change, DefaultFilter, watch

from linkmgr.blocks.templating import OVERRIDES
from linkmgr.builder.paths import CATALOG
from linkmgr.builder.stop import Stop
from linkmgr.posts.site import CONFIG_FILES


class InputFilter(DefaultFilter):
    """Lets through what a build reads: posts, drafts, the catalog, the settings, the templates."""

    def __init__(self, catalog_file: Path) -> None:
        super().__init__()
        self._catalog_file = str(catalog_file.resolve())

    def __call__(self, change: Change, path: str) -> bool:
        """Whether a changed path is one that a build reads."""
        parts = Path(path).parts
        return super().__call__(change, path) and (
            path == self._catalog_file
            or parts[-1] in CONFIG_FILES
            or any(folder in parts for folder in ("_posts", "_drafts", OVERRIDES))
        )


def watch_and_build(
    root: Path, catalog_file: Path | None, build: Callable[[], object], stop: Stop
) -> None:
    """Build now and after every change, until `stop`; a failed build waits for the next change."""
    catalog_file = catalog_file or root / CATALOG
    is_input = InputFilter(catalog_file)
    folders = {root.resolve(), catalog_file.resolve().parent}
    stop.interruptible(build)
    # What changed during the first build, when nobody watched yet, is built once one does.
    due = True
    # Sifted here: `watch` would wait while others write beside what is built from, as a server
    # does whose instance is in the folder.
    for changes in watch(
        *folders, watch_filter=None, stop_event=stop, rust_timeout=1_000, yield_on_timeout=True
    ):
        if due or any(is_input(*change) for change in changes):
            stop.interruptible(build)
        due = False
