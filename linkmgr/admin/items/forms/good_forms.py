"""The forms of what shops sell: books and products."""

import re
from typing import Any, ClassVar

from flask_babel import lazy_gettext
from wtforms import Field, FieldList, Form, FormField, SelectField, StringField, TextAreaField

from linkmgr.admin.common.i18n import language
from linkmgr.admin.items.forms.item_form import COMMON_KEYS, ItemForm, typed
from linkmgr.catalog.items import ItemKind
from linkmgr.catalog.model import Catalog
from linkmgr.links.model import AMAZON
from linkmgr.links.programmes.shops import PRESETS

_SPARE_SHOPS = 1
_SHOP = re.compile(r"shops\[(?P<number>\d+)\](?:\.(?P<key>\w+))?")


class ShopForm(Form):
    """Another shop that sells a book or product."""

    preset = SelectField(lazy_gettext("Shop"), choices=[], validate_choice=False)
    programme = SelectField(lazy_gettext("Programme"), choices=[], validate_choice=False)
    url = StringField(lazy_gettext("Address"))
    code = TextAreaField(lazy_gettext("Code that a programme issued"))
    label = StringField(lazy_gettext("Text of the link"))


class GoodForm(ItemForm):
    """What books and products have in common."""

    title_field = "title"

    title = StringField(lazy_gettext("Title"))
    blurb = TextAreaField(lazy_gettext("Why it is worth reading"))
    asin = StringField(lazy_gettext("ASIN"))
    url = StringField(lazy_gettext("Address at another shop"))
    code = TextAreaField(lazy_gettext("Code that a programme issued"))
    programme = SelectField(lazy_gettext("Programme"), choices=[], validate_choice=False)
    shops = FieldList(FormField(ShopForm))

    def set_choices(self, catalog: Catalog) -> None:
        """Offer the programmes, and room for one more shop."""
        if not self.is_submitted():
            for _ in range(_SPARE_SHOPS):
                self.shops.append_entry()
        others = [(own.id, own.name) for own in catalog.programmes.values() if own.id != AMAZON]
        amazon = (AMAZON, catalog.programmes[AMAZON].name)
        self.programme.choices = [("", "–"), *others]
        presets = [(preset.id, preset.names[language()]) for preset in PRESETS.values()]
        for shop in self.shops:
            shop.form.preset.choices = [("", "–"), *presets]
            shop.form.programme.choices = [("", "–"), amazon, *others]

    def value(self) -> dict[str, Any]:
        """Return the entry with its other shops."""
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

    def visible_fields(self) -> list[Field]:
        """Return the fields, those of shops in place of their list."""
        own = [field for field in super().visible_fields() if field.type != "FieldList"]
        return own + [field for shop in self.shops for field in shop.form]


_OF_GOODS = {key: key for key in ("title", "asin", "url", "code", "programme", "blurb")}


class BookForm(GoodForm):
    """A book."""

    kind = ItemKind.BOOKS
    section = ItemKind.BOOKS.section
    keys: ClassVar = {
        **_OF_GOODS,
        **{key: key for key in ("author", "isbn", "cover")},
        **COMMON_KEYS,
    }

    author = StringField(lazy_gettext("Author"))
    isbn = StringField(lazy_gettext("ISBN"))
    cover = StringField(lazy_gettext("Address of the cover"))


class ProductForm(GoodForm):
    """Any other good."""

    kind = ItemKind.PRODUCTS
    section = ItemKind.PRODUCTS.section
    keys: ClassVar = {**_OF_GOODS, "maker": "maker", "image": "image", **COMMON_KEYS}

    blurb = TextAreaField(lazy_gettext("Why it is worth buying"))
    maker = StringField(lazy_gettext("Maker"))
    image = StringField(lazy_gettext("Address of the picture"))
