"""The form of a part of the settings: some keys of an entry, whose others stay as they are."""

from collections.abc import Mapping
from typing import Any, ClassVar, Self

from flask_babel import lazy_gettext
from flask_babel.speaklater import LazyString
from wtforms import BooleanField, Field, SelectField, StringField
from wtforms.fields import SelectChoice  # type: ignore[attr-defined]  # newer than the stubs

from linkmgr.admin.editing.forms import EntryForm
from linkmgr.catalog.reading.yaml.raw import FLAGS, typed


class SettingForm(EntryForm):
    """The form of an entry; `keys` are the fields by the entry's keys.

    A value of `usual` is what the catalog takes for a key that is not there.
    """

    keys: ClassVar[Mapping[str, str]]
    usual: ClassVar[Mapping[str, Any]] = {}

    name = StringField(lazy_gettext("Id"))

    @classmethod
    def of(cls, entry: Mapping[str, Any], revision: str, name: str = "") -> Self:
        """Make the form of an entry; a submitted one has what was typed."""
        values = {field: entry[key] for key, field in cls.keys.items() if key in entry}
        for key, usual in cls.usual.items():
            found = values.setdefault(cls.keys[key], usual)
            if isinstance(usual, bool):
                values[cls.keys[key]] = FLAGS.get(str(found).lower(), usual)
        form = cls(**{**values, "revision": revision, "name": name})
        if name:
            form.name.data = name
        return form

    def entry(self, present: Mapping[str, Any]) -> dict[str, Any]:
        """Return the entry with what was typed; what is empty or usual is not written into it."""
        entry = dict(present)
        for key, value in self.given().items():
            if value in ("", [], {}) or (key not in present and value == self.usual.get(key)):
                entry.pop(key, None)
            else:
                entry[key] = value
        return entry

    def given(self) -> dict[str, Any]:
        """Return what was typed by key, with numbers and flags as such."""
        fields = {key: self[name] for key, name in self.keys.items() if name in self}
        return {key: typed(_typed(field), key) for key, field in fields.items()}

    def field_of(self, key: str) -> Field | None:
        """Return the field of a key."""
        name = self.keys.get(key.partition(".")[0].partition("[")[0])
        field: Field | None = self[name] if name and name in self else None
        return field


def choice_field(label: LazyString, options: Mapping[str, str | LazyString]) -> SelectField:
    """Return a field with a choice of values, each with its text; the parser refuses others."""
    choices = [SelectChoice(*option) for option in options.items()]
    return SelectField(label, choices=choices, validate_choice=False)


def _typed(field: Field) -> Any:
    if isinstance(field, BooleanField):
        return bool(field.data)
    data = "" if field.data is None else field.data
    return data.strip() if isinstance(data, str) else data
