"""Books and CTAs as forms: what is typed, the entry it stands for, and what is wrong with it."""

import re
from collections.abc import Iterable, Mapping
from datetime import date
from typing import Any, ClassVar

from flask_babel import lazy_gettext
from wtforms import (
    BooleanField,
    Field,
    FieldList,
    Form,
    FormField,
    SelectField,
    StringField,
    TextAreaField,
)
from wtforms.widgets import DateInput

from linkmgr.admin.common.forms import EntryForm
from linkmgr.admin.items.entry_values import SECTIONS
from linkmgr.admin.items.messages import told
from linkmgr.catalog.model import Catalog, Kind
from linkmgr.links.model import AMAZON, OWN_SITE
from linkmgr.messages.errors import Problem
from linkmgr.messages.wording import word

UTM = ("source", "medium", "campaign", "content", "term")

_SPARE_SHOPS = 1
_SHOP = re.compile(r"shops\[(?P<number>\d+)\](?:\.(?P<key>\w+))?")


class ShopForm(Form):
    """A further shop."""

    programme = SelectField(lazy_gettext("Programme"), choices=[], validate_choice=False)
    url = StringField(lazy_gettext("Address"))
    label = StringField(lazy_gettext("Text of the link"))


class ItemForm(EntryForm):
    """What books and CTAs have in common.

    `general` is what is wrong and belongs to no field. `theirs` is there after a conflict: label,
    own and the file's value of each field in which the two differ.
    """

    kind: ClassVar[Kind]
    title_field: ClassVar[str]
    keys: ClassVar[Mapping[str, str]]

    name = StringField(lazy_gettext("Id"))
    valid_from = StringField(lazy_gettext("Shown from"), widget=DateInput())
    valid_until = StringField(lazy_gettext("Shown until"), widget=DateInput())
    retired = BooleanField(lazy_gettext("Retired: no longer shown, its link still works"))
    fallback = StringField(lazy_gettext("Shown in its place once it is over or retired"))

    def __init__(self, *args: Any, catalog: Catalog, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.general: list[str] = []
        self.theirs: list[tuple[str, str, str]] | None = None
        self.offer(catalog)

    def called(self) -> str:
        """Return what the item is called."""
        return str(typed(self[self.title_field]) or "")

    def offer(self, catalog: Catalog) -> None:
        """Have the choices that a catalog gives."""
        raise NotImplementedError

    def value(self) -> dict[str, Any]:
        """Return the entry that the form stands for; what is empty is left out."""
        value = {key: typed(self[field]) for key, field in self.keys.items()}
        for key in ("valid-from", "valid-until"):
            value[key] = _day(value[key])
        return {key: own for key, own in value.items() if own}

    def refuse(self, problems: Iterable[Problem]) -> None:
        """Put each problem of the entry beside its field, every other one above all."""
        section, item = SECTIONS[self.kind], (self.name.data or "").strip()
        for problem in problems:
            key = problem.location.key.removeprefix(f"{section}.{item}")
            message = told(word(problem.message, "en"))
            if problem.location.key == f"{section}.{item}":
                _wrong(self.name, message)
            elif key != problem.location.key and (field := self.field_of(key.removeprefix("."))):
                _wrong(field, message)
            else:
                self.general.append(
                    f"{problem.location.key}: {message}" if problem.location.key else message
                )

    def field_of(self, key: str) -> Field | None:
        """Return the field of an entry's key, such as `utm.source`."""
        field: Field | None = self[self.keys[key]] if key in self.keys else None
        return field

    def all_fields(self) -> list[Field]:
        """Return the fields that people see, those of shops too."""
        return [field for field in self if field.type not in {"HiddenField", "CSRFTokenField"}]

    def wrong_fields(self) -> list[Field]:
        """Return the fields with errors, in their order."""
        return [field for field in self.all_fields() if field.errors]


_LIFE = {
    "valid-from": "valid_from",
    "valid-until": "valid_until",
    "retired": "retired",
    "fallback": "fallback",
}


class BookForm(ItemForm):
    """A book."""

    kind = Kind.BOOKS
    title_field = "title"
    keys: ClassVar = {
        **{key: key for key in ("title", "author", "asin", "isbn", "url", "programme")},
        **{key: key for key in ("blurb", "cover")},
        **_LIFE,
    }

    title = StringField(lazy_gettext("Title"))
    author = StringField(lazy_gettext("Author"))
    blurb = TextAreaField(lazy_gettext("Why it is worth reading"))
    asin = StringField(lazy_gettext("ASIN"))
    isbn = StringField(lazy_gettext("ISBN"))
    url = StringField(lazy_gettext("Address at another shop"))
    programme = SelectField(lazy_gettext("Programme"), choices=[], validate_choice=False)
    cover = StringField(lazy_gettext("Address of the cover"))
    shops = FieldList(FormField(ShopForm))

    def offer(self, catalog: Catalog) -> None:
        """Have the programmes to choose from, and room for one more shop."""
        if not self.is_submitted():
            for _ in range(_SPARE_SHOPS):
                self.shops.append_entry()
        others = [(own.id, own.name) for own in catalog.programmes.values() if own.id != AMAZON]
        amazon = (AMAZON, catalog.programmes[AMAZON].name)
        self.programme.choices = [("", "–"), *others]
        for shop in self.shops:
            shop.form.programme.choices = [("", "–"), amazon, *others]

    def value(self) -> dict[str, Any]:
        """Return the entry, its further shops last but for its life."""
        value = super().value()
        rows = ({field.short_name: typed(field) for field in row.form} for row in self.shops)
        shops = [{key: own for key, own in row.items() if own} for row in rows]
        if shops := list(filter(None, shops)):
            value["shops"] = shops
        return value

    def field_of(self, key: str) -> Field | None:
        """Return the field of a key; shops are counted from 1, without the empty ones."""
        if found := _SHOP.fullmatch(key):
            filled = [row for row in self.shops if any(map(typed, row.form))]
            row = filled[int(found["number"]) - 1].form
            own: Field = row[found["key"] if found["key"] in row else "url"]
            return own
        return super().field_of(key)

    def all_fields(self) -> list[Field]:
        """Return the fields, those of shops in place of their list."""
        own = [field for field in super().all_fields() if field.type != "FieldList"]
        return own + [field for shop in self.shops for field in shop.form]


class CtaForm(ItemForm):
    """A call to action."""

    kind = Kind.CTA
    title_field = "heading"
    keys: ClassVar = {
        **{key: key for key in ("heading", "text", "label", "url")},
        **{f"utm.{key}": f"utm_{key}" for key in UTM},
        "class": "css_class",
        "programme": "programme",
        **_LIFE,
    }

    heading = StringField(lazy_gettext("Heading"))
    text = TextAreaField(lazy_gettext("Sentence"))
    label = StringField(lazy_gettext("Text of the button"))
    url = StringField(lazy_gettext("Address"))
    utm_source = StringField(lazy_gettext("Source (utm_source)"))
    utm_medium = StringField(lazy_gettext("Medium (utm_medium)"))
    utm_campaign = StringField(lazy_gettext("Campaign (utm_campaign)"))
    utm_content = StringField(lazy_gettext("Content (utm_content)"))
    utm_term = StringField(lazy_gettext("Term (utm_term)"))
    css_class = StringField(lazy_gettext("CSS class of the button"))
    programme = SelectField(lazy_gettext("Programme"), choices=[], validate_choice=False)

    def offer(self, catalog: Catalog) -> None:
        """Have the programmes to choose from."""
        others = [(own.id, own.name) for own in catalog.programmes.values() if own.id != OWN_SITE]
        self.programme.choices = [("", catalog.programmes[OWN_SITE].name), *others]

    def value(self) -> dict[str, Any]:
        """Return the entry, its UTM parameters below a key of their own."""
        value: dict[str, Any] = {}
        for key, own in super().value().items():
            if key.startswith("utm."):
                value.setdefault("utm", {})[key.removeprefix("utm.")] = own
            else:
                value[key] = own
        return value

    def field_of(self, key: str) -> Field | None:
        """Return the field of a key; of all UTM parameters it is the first that is missing."""
        if key == "utm":
            named = [self[f"utm_{name}"] for name in UTM[:3]]
            missing: Field = next((field for field in named if not typed(field)), named[0])
            return missing
        return super().field_of(key)


def typed(field: Field) -> Any:
    """Return what is in a field, without the spaces around it and a browser's line ends."""
    data = "" if field.data is None else field.data
    return data.replace("\r\n", "\n").strip() if isinstance(data, str) else data


def _day(text: str) -> date | str:
    try:
        return date.fromisoformat(text)
    except ValueError:
        return text


def _wrong(field: Field, message: str) -> None:
    field.errors = [*field.errors, message]
