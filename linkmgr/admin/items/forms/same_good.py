"""A good that the catalog has already: which one a form describes, and taking the form over."""

from collections.abc import Mapping
from typing import Any

from linkmgr.admin.items.forms.entries import read_item
from linkmgr.admin.items.forms.kinds import AnyForm
from linkmgr.catalog.items import Good
from linkmgr.catalog.model import Catalog

_NUMBERS = ("asin", "isbn")


def same_good(catalog: Catalog, form: AnyForm, item: str = "") -> Good | None:
    """Return another good with the ASIN that a form gives to a new item, or to `item` only now.

    A form with problems is to be put right first.
    """
    described, problems = read_item(catalog, form.kind, item or "item", form.value())
    if problems or not isinstance(described, Good) or not described.asin:
        return None
    present = catalog.items.get(item)
    if isinstance(present, Good) and present.asin == described.asin:
        return None
    return next(
        (
            other
            for other in catalog.items.values()
            if isinstance(other, Good) and other.asin == described.asin and other.id != item
        ),
        None,
    )


def merged(entry: Mapping[str, Any], typed: Mapping[str, Any]) -> dict[str, Any]:
    """Return an entry with the values that were typed for the same good; its own number stays."""
    has_number = any(key in entry for key in _NUMBERS)
    own = {key: value for key, value in typed.items() if not (has_number and key in _NUMBERS)}
    return {**entry, **own}
