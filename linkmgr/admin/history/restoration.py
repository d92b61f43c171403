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
    """Return the ids of the items and mappings that are in the catalog before and not after."""
    items = before.items.keys() - after.items.keys()
    return tuple(sorted([*items, *(before.mappings.keys() - after.mappings.keys())]))
