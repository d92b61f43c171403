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
    # By section: a mapping may have the id of its book.
    pairs = zip(_ids(before), _ids(after), strict=True)
    return tuple(sorted(name for earlier, later in pairs for name in earlier - later))


def _ids(catalog: Catalog) -> tuple[frozenset[str], ...]:
    blocks = (block.name for block in catalog.blocks)
    sections = (catalog.items, catalog.mappings, catalog.programmes, blocks)
    return tuple(map(frozenset, sections))
