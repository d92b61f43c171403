"""The forms of items, by what an item is, and the entries of the catalog that they make."""

import re
from collections.abc import Mapping
from datetime import date
from string import ascii_lowercase
from typing import Any, ClassVar, Final

from flask_babel import lazy_gettext
from wtforms import (
    Field,
    FieldList,
    Form,
    FormField,
    HiddenField,
    SelectField,
    StringField,
)
from wtforms.fields import SelectChoice  # type: ignore[attr-defined]  # newer than the stubs

from linkmgr.admin.common.forms import TagsField, TermsField, tags_text
from linkmgr.admin.common.preferences import language
from linkmgr.admin.editing.forms import EntryForm, key_field, label_of, typed
from linkmgr.catalog.editing.rewrite import slice_around
from linkmgr.catalog.items import ORIGINAL, Book, Cta, Good, Item, ItemKind, Product
from linkmgr.catalog.keys.declaration import Day
from linkmgr.catalog.keys.items import (
    BOOK,
    CTA,
    ITEM_KEYS,
    PRODUCT,
    SHOP,
    VARIANT_OF_CTA,
    VARIANT_OF_GOOD,
)
from linkmgr.catalog.model import Catalog
from linkmgr.catalog.reading.ids import References, entries
from linkmgr.catalog.reading.items import ItemReader, Shopping, TagReader
from linkmgr.catalog.reading.parse import tree_of
from linkmgr.catalog.reading.variants import VariantReader
from linkmgr.catalog.reading.yaml.emit import lines_of
from linkmgr.catalog.reading.yaml.nodes import MappingNode, ProblemCollector
from linkmgr.catalog.reading.yaml.section import open_section
from linkmgr.catalog.reading.yaml.texts import FLAGS, joined, raw_entry, raw_values
from linkmgr.links.model import AMAZON, OWN_SITE, UTM_KEYS
from linkmgr.links.programmes.shops import PRESETS
from linkmgr.messages.errors import LinkmgrError, Problem, Problems

_DAYS = frozenset(key.name for keys in (BOOK, SHOP) for key in keys if isinstance(key.type, Day))
"""The keys of days, which the catalog has without quotes."""

_VARIANT = re.compile(r"variants\.(?P<name>[^.]+)(?:\.(?P<key>\w+))?")


class VariantForm(Form):
    """A variant of an item; a new one gets its `name` with its entry."""

    keys: ClassVar[Mapping[str, str]]

    name = HiddenField()
    item = key_field(VARIANT_OF_GOOD["item"])
    weight = key_field(VARIANT_OF_GOOD["weight"])

    def value(self) -> dict[str, Any]:
        """Return the variant's entry, empty if nothing or only a weight was typed."""
        value = {key: typed(self[field]) for key, field in self.keys.items()}
        value["weight"] = _number(value["weight"])
        own = {key: text for key, text in value.items() if text}
        return own if own.keys() - {"weight"} else {}


class VariantOfGoodForm(VariantForm):
    """A variant of a book or product."""

    keys: ClassVar = {key: key for key in ("blurb", "item", "weight")}

    blurb = key_field(VARIANT_OF_GOOD["blurb"])


class VariantOfCtaForm(VariantForm):
    """A variant of a call to action."""

    keys: ClassVar = {
        **{key: key for key in ("heading", "text", "label")},
        "class": "css_class",
        "item": "item",
        "weight": "weight",
    }

    heading = key_field(VARIANT_OF_CTA["heading"])
    text = key_field(VARIANT_OF_CTA["text"])
    label = key_field(VARIANT_OF_CTA["label"])
    css_class = key_field(VARIANT_OF_CTA["class"])


class ItemForm(EntryForm):
    """What all items have in common.

    `theirs` is set after a conflict: label, own value and the file's for each field that differs.
    `same` is another item of the catalog that is the same good.
    """

    kind: ClassVar[ItemKind]
    title_field: ClassVar[str]
    variant: ClassVar[type[VariantForm]]

    name = StringField(lazy_gettext("Id"))
    tag = TagsField(label_of(BOOK["tag"]))
    variants: "FieldList[FormField[VariantForm]]"
    original_weight = StringField(lazy_gettext("Weight of the item as it is"))
    vary_by = SelectField(
        lazy_gettext("Choose a variant for"),
        choices=[
            SelectChoice("", lazy_gettext("each page view")),
            SelectChoice("post", lazy_gettext("each post")),
        ],
        validate_choice=False,
    )
    shown_on = TermsField(lazy_gettext("Show it on posts with"))

    def __init__(self, *args: Any, catalog: Catalog, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.theirs: list[tuple[str, str, str]] | None = None
        self.same: Good | None = None
        self.set_choices(catalog)
        if not self.is_submitted():
            self.variants.append_entry()

    def title_text(self) -> str:
        """Return the title as typed."""
        return str(typed(self[self.title_field]) or "")

    def set_choices(self, catalog: Catalog) -> None:
        """Offer the catalog's programmes."""
        raise NotImplementedError

    def value(self) -> dict[str, Any]:
        """Return the entry that the form describes; empty fields are left out."""
        value = {key: typed(self[field]) for key, field in self.keys.items()}
        value |= {key: _day(value[key]) for key in value.keys() & _DAYS}
        if "rating" in value:
            value["rating"] = _number(value["rating"])
        if variants := self._variants():
            value |= {"variants": variants, "share": _number(value["share"])}
        else:
            value |= {"share": "", "vary-by": ""}
        return {key: own for key, own in value.items() if own}

    def _variants(self) -> dict[str, Any]:
        """Return the entries of the variants; a new one is named by the next free letter."""
        filled = [(row.form, value) for row in self.variants if (value := row.form.value())]
        taken = {form.name.data for form, _ in filled}
        letters = (letter for letter in ascii_lowercase[1:] if letter not in taken)
        for form, _ in filled:
            form.name.data = form.name.data or next(letters)
        found = {str(form.name.data): value for form, value in filled}
        weight = _number(typed(self.original_weight))
        return {ORIGINAL: {"weight": weight}, **found} if found and weight else found

    def field_of(self, key: str) -> Field | None:
        """Return the field of a key; of a variant without that key it is its first one."""
        if found := _VARIANT.fullmatch(key):
            return self._field_of_variant(found["name"], found["key"])
        name = self.keys.get(key) or self.keys.get(key.partition(".")[0])
        field: Field | None = self[name] if name else None
        return field

    def _field_of_variant(self, name: str, key: str | None) -> Field | None:
        if name == ORIGINAL:
            weight: Field = self.original_weight
            return weight
        for row in self.variants:
            if row.form.name.data == name:
                keys = row.form.keys
                own: Field = row.form[keys.get(key or "", next(iter(keys.values())))]
                return own
        return None

    def fields_of_test(self) -> list[Field]:
        """Return the fields of the variants that people see."""
        return [field for row in self.variants for field in row.form if field.type != "HiddenField"]

    def visible_fields(self) -> list[Field]:
        """Return the fields, those of variants in place of their list."""
        own = [field for field in super().visible_fields() if field.type != "FieldList"]
        return own + self.fields_of_test()


_COMMON_KEYS = {
    "tag": "tag",
    "valid-from": "valid_from",
    "valid-until": "valid_until",
    "retired": "retired",
    "fallback": "fallback",
    "share": "share",
    "vary-by": "vary_by",
}
"""The fields of the keys that all items have."""


def _number(text: str) -> float | str:
    """Return a number as it was typed, without a point that says nothing."""
    try:
        number = float(text)
    except ValueError:
        return text
    return int(number) if number.is_integer() else number


def _day(text: str) -> date | str:
    try:
        return date.fromisoformat(text)
    except ValueError:
        return text


# The forms of what shops sell: books and products.

_SPARE_SHOPS = 1
_SHOP = re.compile(r"shops\[(?P<number>\d+)\](?:\.(?P<key>[\w-]+))?")


class ShopForm(Form):
    """Another shop that sells a book or product."""

    keys: ClassVar = {
        **{key: key for key in ("preset", "programme", "url", "code", "label", "price")},
        "price-at": "price_at",
        "price-valid-from": "price_valid_from",
        "price-valid-until": "price_valid_until",
    }

    preset = SelectField(lazy_gettext("Shop"), choices=[], validate_choice=False)
    programme = SelectField(lazy_gettext("Programme"), choices=[], validate_choice=False)
    url = key_field(SHOP["url"])
    code = key_field(SHOP["code"])
    label = key_field(SHOP["label"])
    price = key_field(SHOP["price"])
    price_at = key_field(SHOP["price-at"])
    price_valid_from = key_field(SHOP["price-valid-from"])
    price_valid_until = key_field(SHOP["price-valid-until"])

    def value(self) -> dict[str, Any]:
        """Return the entry of the shop; empty fields are left out."""
        value = {key: typed(self[field]) for key, field in self.keys.items()}
        value |= {key: _day(value[key]) for key in value.keys() & _DAYS}
        return {key: own for key, own in value.items() if own}


class GoodForm(ItemForm):
    """What books and products have in common."""

    title_field = "title"
    variant = VariantOfGoodForm

    variants = FieldList(FormField(VariantOfGoodForm))
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
        shops = [shop for row in self.shops if (shop := row.form.value())]
        if shops:
            value["shops"] = shops
        return value

    def field_of(self, key: str) -> Field | None:
        """Return the field of a key; shops are counted from 1, without the empty ones."""
        if named := _SHOP.fullmatch(key):
            filled = [row for row in self.shops if any(map(typed, row.form))]
            row = filled[int(named["number"]) - 1].form
            own: Field = row[row.keys.get(named["key"] or "", "url")]
            return own
        return super().field_of(key)

    def visible_fields(self) -> list[Field]:
        """Return the fields, those of shops in place of their list."""
        return super().visible_fields() + [field for shop in self.shops for field in shop.form]


_OF_GOODS = {key: key for key in ("title", "asin", "url", "code", "programme", "blurb")}


class BookForm(GoodForm):
    """A book."""

    kind = ItemKind.BOOKS
    section = ItemKind.BOOKS.section
    declared = BOOK
    keys: ClassVar = {
        **_OF_GOODS,
        **{key: key for key in ("author", "isbn", "cover")},
        **_COMMON_KEYS,
    }


class ProductForm(GoodForm):
    """Any other good."""

    kind = ItemKind.PRODUCTS
    section = ItemKind.PRODUCTS.section
    declared = PRODUCT
    keys: ClassVar = {**_OF_GOODS, "maker": "maker", "image": "image", **_COMMON_KEYS}


class CtaForm(ItemForm):
    """A call to action."""

    kind = ItemKind.CTA
    section = ItemKind.CTA.section
    declared = CTA
    title_field = "heading"
    variant = VariantOfCtaForm
    keys: ClassVar = {
        **{key: key for key in ("heading", "text", "label", "url", "code")},
        **{f"utm.{key}": f"utm_{key}" for key in UTM_KEYS},
        "class": "css_class",
        "programme": "programme",
        **_COMMON_KEYS,
    }

    variants = FieldList(FormField(VariantOfCtaForm))
    programme = SelectField(lazy_gettext("Programme"), choices=[], validate_choice=False)

    def set_choices(self, catalog: Catalog) -> None:
        """Offer the programmes."""
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
            named = [self[f"utm_{name}"] for name in UTM_KEYS[:3]]
            missing: Field = next((field for field in named if not typed(field)), named[0])
            return missing
        return super().field_of(key)


# Forms of any item: made of an entry or of a request, and compared.

AnyForm = BookForm | ProductForm | CtaForm

_FORMS: dict[ItemKind, type[AnyForm]] = {
    ItemKind.BOOKS: BookForm,
    ItemKind.PRODUCTS: ProductForm,
    ItemKind.CTA: CtaForm,
}


def entry_form(
    kind: ItemKind, catalog: Catalog, revision: str, entry: Mapping[str, Any], item: str = ""
) -> AnyForm:
    """Make the form of an entry."""
    flat = {**entry, **{f"utm.{key}": own for key, own in (entry.get("utm") or {}).items()}}
    form = _FORMS[kind]
    values = {field: flat[key] for key, field in form.keys.items() if key in flat}
    if "retired" in values:
        values["retired"] = FLAGS.get(str(values["retired"]).lower(), False)
    variants: Mapping[str, Mapping[str, Any]] = entry.get("variants") or {}
    values |= {
        "revision": revision,
        "name": item,
        "original_weight": variants.get(ORIGINAL, {}).get("weight", ""),
        "variants": [
            {field: own for key, field in form.variant.keys.items() if (own := each.get(key))}
            | {"name": name}
            for name, each in variants.items()
            if name != ORIGINAL
        ],
    }
    if issubclass(form, GoodForm):
        values["shops"] = [
            {field: own for key, field in ShopForm.keys.items() if (own := shop.get(key))}
            for shop in entry.get("shops") or []
        ]
    return form(None, catalog=catalog, data=values)


def sent_form(kind: ItemKind, catalog: Catalog, item: str | None = None) -> AnyForm:
    """Return the submitted form; the id of an existing `item` stays."""
    form = _FORMS[kind](catalog=catalog)
    if item is not None:
        form.name.data = item
    return form


def differences(mine: AnyForm, theirs: AnyForm) -> list[tuple[str, str, str]]:
    """Return label and both values of each field in which two forms of a kind differ."""
    ours, others = (
        {field.name: field for field in form.visible_fields()} for form in (mine, theirs)
    )
    labels = {name: field.label.text for name, field in {**others, **ours}.items()}
    rows = [
        (label, _shown(ours.get(name)), _shown(others.get(name)))
        for name, label in labels.items()
        if name != "name"
    ]
    return [row for row in rows if row[1] != row[2]]


def _shown(field: Field | None) -> str:
    value = typed(field) if field else ""
    if isinstance(value, dict):
        return tags_text(value)
    if isinstance(value, bool):
        return "✓" if value else ""
    return value or ""


# Entries of items: read from the catalog's text, or made of the values of a form.

_NOTHING: Final[dict[ItemKind, Item]] = {
    ItemKind.BOOKS: Book("item", "", asin=""),
    ItemKind.PRODUCTS: Product("item", "", asin=""),
    ItemKind.CTA: Cta("item", "", "", ""),
}


def raw_item(text: str, kind: ItemKind, item: str) -> dict[str, Any]:
    """Return the entry of an item, all its scalars as text; empty if there is none."""
    section = kind.section
    entry: Any = None
    # Reading the whole would take a second for 2,000 items, the lines around one take 5 ms.
    if window := slice_around(text, section, item):
        try:
            entry = (raw_values(window.text).get(section) or {}).get(item)
        except LinkmgrError:  # the lines were not the entry
            entry = None
    if entry is None:
        entry = raw_entry(text, section, item)
    return entry if isinstance(entry, dict) else {}


def read_item(
    catalog: Catalog, kind: ItemKind, item: str, value: Mapping[str, Any]
) -> tuple[Item, tuple[Problem, ...]]:
    """Return the item that an entry of this value would be, and the entry's problems.

    Invalid values are left out of the item. Of the rest of the catalog only ids and programmes
    count.
    """
    named = _named_items(value)
    parts: dict[str, dict[str, Any]] = {
        **{
            each.section: {name: {} for name in catalog.section(each) if name in named}
            for each in ItemKind
        },
        "programmes": {name: {} for name in catalog.programmes},
    }
    section = kind.section
    parts[section][item] = value
    problems = ProblemCollector("catalog.yaml")
    try:
        return _read_tree(
            catalog, kind, item, tree_of("\n".join(lines_of(parts)), problems), problems
        )
    except Problems as broken:  # odd characters, which YAML does not take
        return _NOTHING[kind], broken.problems


def _named_items(value: Mapping[str, Any]) -> list[Any]:
    """Return what an entry says of other items: its fallback, and those that are variants."""
    variants = value.get("variants")
    shown = variants.values() if isinstance(variants, dict) else ()
    return [value.get("fallback"), *(each.get("item") for each in shown if isinstance(each, dict))]


def _read_tree(
    catalog: Catalog, kind: ItemKind, item: str, tree: MappingNode, problems: ProblemCollector
) -> tuple[Item, tuple[Problem, ...]]:
    parts = {name.text: node for name, node in tree.pairs}
    items = {each: parts[each.section] for each in ItemKind}
    names = References(problems, items, parts["programmes"], None)
    tags = TagReader(catalog.programmes, names)
    variants = VariantReader(problems, catalog.site, names)
    shopping = Shopping(catalog.site, catalog.programmes, catalog.profiles)
    reader = ItemReader(shopping, names, tags, variants)
    section = kind.section
    found = _NOTHING[kind]
    for name, line, node in entries(problems, section, parts[section]):
        own = (
            open_section(problems, joined(section, name), line, node, ITEM_KEYS[kind])
            if name == item
            else None
        )
        if own:
            found = reader.reader_of(kind)(name, own)
    variants.report_items(catalog.items)
    try:
        problems.finish()
    except Problems as broken:
        return found, broken.problems
    return found, ()


# A good that the catalog has already: which one a form describes, and taking the form over.

_NUMBERS = ("asin", "isbn")


def same_good(catalog: Catalog, form: AnyForm, item: str = "") -> Good | None:
    """Return another good with the ASIN that a form gives to a new item, or newly to `item`.

    A form with problems must be fixed first.
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


def merged(entry: Mapping[str, Any], values: Mapping[str, Any]) -> dict[str, Any]:
    """Return an entry with the values that were typed for the same good; its own number stays."""
    has_number = any(key in entry for key in _NUMBERS)
    own = {key: value for key, value in values.items() if not (has_number and key in _NUMBERS)}
    return {**entry, **own}
