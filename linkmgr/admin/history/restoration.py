"""What the page before a restoration says of it, and what it deletes."""

from flask_babel import gettext

from linkmgr.catalog.model import Catalog
from linkmgr.store.history.revisions import Entry


def restoration_title(number: int, entry: Entry | None, *, is_before: bool) -> str:
    """Return what is restored, as it was before or after the change of this number."""
    what = f"{entry.section}.{entry.name}" if entry else gettext("the whole catalog")
    if is_before:
        return str(
            gettext("Restore %(what)s as before change %(number)s", what=what, number=number)
        )
    return str(gettext("Restore %(what)s as after change %(number)s", what=what, number=number))


def deleted_by(before: Catalog, after: Catalog) -> tuple[str, ...]:
    """Return the ids of the entries that are in the catalog before and not after."""
    return tuple(sorted(_ids(before) - _ids(after)))


def _ids(catalog: Catalog) -> set[str]:
    blocks = {block.name for block in catalog.blocks}
    return {*catalog.items, *catalog.mappings, *catalog.programmes, *blocks}
