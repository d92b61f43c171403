"""What the forms of all items have in common."""

from collections.abc import Mapping
from datetime import date
from typing import Any, ClassVar

from flask_babel import lazy_gettext
from wtforms import BooleanField, Field, StringField
from wtforms.widgets import DateInput

from linkmgr.admin.editing.forms import EntryForm
from linkmgr.admin.editing.tags_field import TagsField
from linkmgr.catalog.items import Good, ItemKind
from linkmgr.catalog.model import Catalog


class ItemForm(EntryForm):
    """What all items have in common.

    `theirs` is there after a conflict: label, own and the file's value of each field in which the
    two differ. `same` is another item of the catalog that is the same good.
    """

    kind: ClassVar[ItemKind]
    title_field: ClassVar[str]
    keys: ClassVar[Mapping[str, str]]

    name = StringField(lazy_gettext("Id"))
    valid_from = StringField(lazy_gettext("Shown from"), widget=DateInput())
    valid_until = StringField(lazy_gettext("Shown until"), widget=DateInput())
    retired = BooleanField(lazy_gettext("Retired: no longer shown, but its link keeps working"))
    fallback = StringField(lazy_gettext("Shown instead once it has expired or been retired"))
    tag = TagsField(lazy_gettext("Tracking ID"))

    def __init__(self, *args: Any, catalog: Catalog, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.theirs: list[tuple[str, str, str]] | None = None
        self.same: Good | None = None
        self.set_choices(catalog)

    def title_text(self) -> str:
        """Return the title as typed."""
        return str(typed(self[self.title_field]) or "")

    def set_choices(self, catalog: Catalog) -> None:
        """Offer the catalog's programmes."""
        raise NotImplementedError

    def value(self) -> dict[str, Any]:
        """Return the entry that the form describes; empty fields are left out."""
        value = {key: typed(self[field]) for key, field in self.keys.items()}
        for key in ("valid-from", "valid-until"):
            value[key] = _day(value[key])
        return {key: own for key, own in value.items() if own}

    def field_of(self, key: str) -> Field | None:
        """Return the field of a key."""
        name = self.keys.get(key) or self.keys.get(key.partition(".")[0])
        field: Field | None = self[name] if name else None
        return field


COMMON_KEYS = {
    "tag": "tag",
    "valid-from": "valid_from",
    "valid-until": "valid_until",
    "retired": "retired",
    "fallback": "fallback",
}
"""The fields of the keys that all items have."""


def typed(field: Field) -> Any:
    """Return what is in a field, without the spaces around it and a browser's line ends."""
    data = "" if field.data is None else field.data
    return data.replace("\r\n", "\n").strip() if isinstance(data, str) else data


def _day(text: str) -> date | str:
    try:
        return date.fromisoformat(text)
    except ValueError:
        return text
