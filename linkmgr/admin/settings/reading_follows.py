"""What follows where the site is read otherwise: other pages, or as another Jekyll does."""

from collections.abc import Iterator, Sequence
from fnmatch import fnmatchcase
from pathlib import Path

from flask_babel import gettext, ngettext

from linkmgr.admin.common.context import get_admin
from linkmgr.admin.editing.forms import error_text
from linkmgr.admin.selection.selected import some_of
from linkmgr.admin.settings.site_form import JEKYLLS
from linkmgr.builder.setup.page_layouts import page_advice
from linkmgr.catalog.model import Site
from linkmgr.messages.errors import LinkmgrError
from linkmgr.messages.os_reason import os_reason
from linkmgr.messages.wording import word
from linkmgr.posts.config import JekyllConfig
from linkmgr.posts.installed import find_jekyll
from linkmgr.posts.pages import page_files, parse_page
from linkmgr.posts.site import read_config


def reading_follows(old: Site, new: Site) -> Iterator[str]:
    """Yield what follows from other pages and another Jekyll, one sentence each."""
    admin = get_admin()
    root = admin.settings.site_folder if admin.site() else None
    if old.jekyll != new.jekyll:
        yield from _of_jekyll(old, new, root)
    if old.pages != new.pages:
        yield from _of_named_pages(new.pages) if root is None else _of_pages(old, new, root)


def _of_jekyll(old: Site, new: Site, root: Path | None) -> Iterator[str]:
    if root is None:
        yield (
            gettext("Posts are read as %(jekyll)s reads them.", jekyll=JEKYLLS[new.jekyll])
            if new.jekyll
            else gettext("linkmgr finds out which Jekyll builds the site.")
        )
        return
    before, after = (find_jekyll(root, site.jekyll).package for site in (old, new))
    if before == after:
        yield gettext("Posts are read as before, as %(jekyll)s reads them.", jekyll=JEKYLLS[after])
    else:
        yield gettext("Posts are read as %(jekyll)s reads them.", jekyll=JEKYLLS[after])
        yield gettext(
            "That happens once this is saved: what other dates, numbers and tags in front matter "
            "change is not counted here."
        )


def _of_named_pages(globs: Sequence[str]) -> Iterator[str]:
    yield (
        gettext("Posts show blocks, and so do: %(pages)s.", pages=some_of(globs))
        if globs
        else gettext("Only posts show blocks.")
    )


def _of_pages(old: Site, new: Site, root: Path) -> Iterator[str]:
    """Yield which pages gain or lose their blocks, and what is missing for them to be seen."""
    try:
        config = read_config(root, new.jekyll)
        before, after = (_shown(root, config, site.pages) for site in (old, new))
        missing = list(page_advice(root, config, sorted(after - before), frozenset()))
    except LinkmgrError as error:
        yield error_text(error)
        return
    except OSError as error:
        reason = os_reason(error)
        yield f"{error.filename}: {reason if isinstance(reason, str) else word(reason)}"
        return
    if gained := sorted(after - before):
        yield ngettext(
            "%(num)s page gets blocks, too: %(names)s.",
            "%(num)s pages get blocks, too: %(names)s.",
            len(gained),
            names=some_of(gained),
        )
    if lost := sorted(before - after):
        yield ngettext(
            "%(num)s page no longer shows blocks: %(names)s.",
            "%(num)s pages no longer show blocks: %(names)s.",
            len(lost),
            names=some_of(lost),
        )
    for glob in new.pages:
        if not any(fnmatchcase(path, glob) for path in after):
            yield gettext("No page has this path: %(path)s.", path=glob)
    yield from map(word, missing)


def _shown(root: Path, config: JekyllConfig, globs: Sequence[str]) -> set[str]:
    """Return the paths of the pages that Jekyll publishes and one of the globs matches."""
    parsed = {
        file.path: parse_page(file.path, file.read(), config)
        for file in page_files(root, config, globs)
    }
    return {path for path, page in parsed.items() if page and page.document}
