"""The forms of items, made from the keys of their kinds, and the entries that they describe."""

import re
from collections.abc import Mapping, Sequence
from contextlib import suppress
from string import ascii_lowercase
from typing import Any, ClassVar, Final, TypeAlias

from flask_babel import gettext, lazy_gettext
from wtforms import (
    Field,
    FieldList,
    Form,
    FormField,
    HiddenField,
    SelectField,
    StringField,
    TextAreaField,
)
from wtforms.fields import SelectChoice  # type: ignore[attr-defined]  # newer than the stubs

from linkmgr.admin.common.forms import TermsField, tags_text
from linkmgr.admin.common.preferences import language
from linkmgr.admin.editing.forms import (
    EntryForm,
    entry_of,
    fields_of,
    key_field,
    label_of,
    number_of,
    typed,
)
from linkmgr.blocks.links import item_url
from linkmgr.catalog.declaration import Entries, Inner, Key, Keys, ListOf
from linkmgr.catalog.editing.lookup import shop_entries, shop_entry
from linkmgr.catalog.editing.rewrite import slice_around
from linkmgr.catalog.item_keys import SHOP, VARY_BY
from linkmgr.catalog.items import GOODS, ORIGINAL, Book, Cta, Good, Item, ItemKind, Product
from linkmgr.catalog.model import Catalog
from linkmgr.catalog.reading.ids import References, entries
from linkmgr.catalog.reading.items import ItemReader, Shopping, TagReader
from linkmgr.catalog.reading.parse import tree_of
from linkmgr.catalog.reading.variants import VariantReader
from linkmgr.catalog.reading.yaml.emit import lines_of
from linkmgr.catalog.reading.yaml.nodes import MappingNode, ProblemCollector
from linkmgr.catalog.reading.yaml.section import open_section
from linkmgr.catalog.reading.yaml.texts import joined, raw_entry, raw_values
from linkmgr.links.isbn import to_isbn13
from linkmgr.links.model import AMAZON, OWN_SITE, Programme
from linkmgr.links.programmes.shops import PRESETS
from linkmgr.links.recognition.affiliate import affiliate_link
from linkmgr.messages.errors import LinkmgrError, Problem, Problems

# Rows: the shops of an item and its variants, which have keys of their own.


class RowForm(Form):
    """One of several mappings within an entry: a shop of an item, or a variant."""

    declared: ClassVar[Keys]

    name = HiddenField()
    """The id of a variant, empty for a new one until its entry is made."""

    def value(self) -> dict[str, Any]:
        """Return its entry; empty fields are left out."""
        return entry_of(self, self.declared)

    def field_of(self, key: str) -> Field:
        """Return the field of a key, the first one for an unknown key or one without a field."""
        labelled = [declared for declared in self.declared if declared.label]
        named = {declared.name: declared.field for declared in labelled}
        field: Field = self[named.get(key, labelled[0].field)]
        return field

    def rare_fields(self) -> list[Field]:
        """Return the fields of a shop without its preset, and its code or else its address."""
        shown = {"preset", "code" if self["code"].data else "url"}
        labelled = [key.field for key in self.declared if key.label]
        return [self[name] for name in labelled if name not in shown]

    def fields_in(self, part: str) -> list[Field]:
        """Return the fields in a part of the row."""
        return [self[key.field] for key in self.declared if key.label and key.part == part]


Rows: TypeAlias = "FieldList[FormField[RowForm]]"


def _row_list(keys: Keys) -> Rows:
    """Return the field of a list of mappings with these keys."""
    attributes: dict[str, Any] = {"declared": keys}
    for key in keys:
        if key.label:
            attributes[key.field] = _field_of(key)
    return FieldList(FormField(type("Row", (RowForm,), attributes)))


def _field_of(key: Key, **settings: Any) -> Field:
    """Return the field of a key: a programme is chosen among those that the catalog has."""
    if key.name == "programme":
        return SelectField(label_of(key), validate_choice=False, **settings)
    return key_field(key, **settings)


# The form of an item.

_OF_SHOP = tuple(key.field for key in SHOP)
"""The fields of a shop, which an item has for its first one."""

_SHOP = re.compile(r"shops\[(?P<number>\d+)\](?:\.(?P<key>[\w-]+))?")
_VARIANT = re.compile(r"variants\.(?P<name>[^.]+)(?:\.(?P<key>\w+))?")


class ItemForm(EntryForm):
    """The form of an item of a `kind`."""

    kind: ClassVar[ItemKind]
    declared: ClassVar[Keys]

    name = StringField(lazy_gettext("Id"))
    original_weight = StringField(lazy_gettext("Weight of the item as it is"))
    vary_by = SelectField(
        label_of(VARY_BY),
        choices=[
            SelectChoice("", lazy_gettext("each page view")),
            SelectChoice("post", lazy_gettext("each post")),
        ],
        validate_choice=False,
    )
    shown_on = TermsField(lazy_gettext("Show it on posts with"))
    more_shops = TextAreaField(lazy_gettext("Add shops: their addresses, one a line"))

    def __init_subclass__(cls) -> None:
        """Make the lists of shops and of variants, too."""
        super().__init_subclass__()
        for key in cls.declared:
            match key.type:
                case ListOf(Inner(rows)) | Entries(rows):
                    setattr(cls, key.field, _row_list(rows))

    @classmethod
    def field_for(cls, key: Key, **settings: Any) -> Field:
        """Return the field of a key."""
        return _field_of(key, **settings)

    def __init__(self, *args: Any, catalog: Catalog, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        # After a conflict: label, own value and the file's of each field that differs.
        self.theirs: list[tuple[str, str, str]] | None = None
        # Another item of the catalog that is the same good.
        self.same: Good | None = None
        if not self.is_submitted():
            self.variants.append_entry()  # an empty one to fill in
        self._catalog = catalog
        self._set_choices()
        self._take_shops(catalog)

    @property
    def is_good(self) -> bool:
        """Whether it is of what shops sell."""
        return self.kind in GOODS

    @property
    def title_field(self) -> Field:
        """The field of what it is called."""
        field: Field = self[self.kind.type.title_key]
        return field

    def title_text(self) -> str:
        """Return the title as typed."""
        return str(typed(self.title_field) or "")

    def _set_choices(self) -> None:
        """Offer the catalog's programmes, and for each shop the presets.

        A call to action without a programme leads to the site itself. A shop without a preset has
        the name of its programme.
        """
        names = {programme.id: programme.name for programme in self._catalog.programmes.values()}
        if not self.is_good:
            own_site = names.pop(OWN_SITE)
            self.programme.choices = [("", own_site), *names.items()]
        for shop in self.shop_forms():
            programme = self.programme_of(shop)
            usual = programme.name if programme else gettext("Another shop")
            presets = [("", usual)]
            for preset in PRESETS.values():
                name = preset.names[language()]
                if name != usual or preset.id == shop.preset.data:
                    presets.append((preset.id, name))
            shop.preset.choices = presets
            shop.programme.choices = [("", "–"), *names.items()]

    def shop_forms(self) -> list[Any]:
        """Return the forms with the fields of each shop: for the first one it is this form."""
        if not self.is_good:
            return []
        forms: list[Any] = [self]
        forms += [row.form for row in self.shops]
        return forms

    def _take_shops(self, catalog: Catalog) -> None:
        """Make rows of the addresses, or the code, of further shops."""
        if self.is_good and self.more_shops.data:
            rows = self._shop_rows()
            rows += shop_entries(self.more_shops.data, catalog)
            self._set_shops(rows)
            self.more_shops.data = ""

    def arrange_shops(self, button: str) -> None:
        """Do what a button of a shop says: `up:1` or `remove:0`, where 0 is the first shop.

        An ASIN or ISBN that leads nowhere stays where it is, and its problems are shown.
        """
        action, _, number = button.partition(":")
        shop = int(number) if number.isdecimal() else -1
        rows = self._shop_rows()  # of the shops from 1 on
        if not 0 <= shop <= len(rows):
            return
        if action == "remove" and shop == 0:
            self._set_first_shop(rows.pop(0) if rows else {})
        elif action == "remove":
            del rows[shop - 1]
        elif shop > 1:
            rows.insert(shop - 2, rows.pop(shop - 1))
        elif shop == 1:
            first = self._first_shop()
            if first is not None:
                self._set_first_shop(rows[0])
                rows[0] = first
        self._set_shops(rows)

    def _first_shop(self) -> dict[str, Any] | None:
        """Return the first shop as a row, `None` if that would lose its number.

        The ASIN is kept among the further ones: reports name the good by that. An ISBN stays.
        """
        row = {name: typed(self[name]) for name in _OF_SHOP}
        asin = typed(self.asin)
        isbn = typed(self.isbn) if "isbn" in self else ""
        is_elsewhere = bool(row["url"] or row["code"])
        if not asin and (is_elsewhere or not isbn):
            return row
        # Otherwise it is Amazon's page of the ASIN or ISBN.
        name = typed(self.name) or "item"
        item, problems = read_item(self._catalog, self.kind, name, self.value())
        if is_elsewhere or not (isinstance(item, Good) and item.asin):
            self.show_problems(problems)
            return None
        page = shop_entry(item_url(self._catalog, item), self._catalog)
        if asin and asin not in self.also.data:
            self.also.data = [*self.also.data, asin]
        row["url"], row["preset"] = page["url"], row["preset"] or AMAZON
        return row

    def _set_first_shop(self, row: Mapping[str, Any]) -> None:
        """Make a row the first shop; of a product's page at Amazon the ASIN is taken."""
        for name in _OF_SHOP:
            self[name].data = row.get(name) or ""
        self.asin.data = ""
        if not row and "isbn" in self:
            self.isbn.data = ""
        amazon = self._catalog.programmes[AMAZON]
        link = affiliate_link(typed(self.url))
        if link is None or link.asin is None or link.marketplace != amazon.marketplace:
            return
        if self._programme_at(self.preset.data, self.programme.data) not in (amazon, None):
            return
        isbn = to_isbn13(typed(self.isbn)) if "isbn" in self else None
        if isbn is None or isbn != to_isbn13(link.asin):
            self.asin.data = link.asin
        self.url.data = self.programme.data = ""
        if self.preset.data == AMAZON:
            self.preset.data = ""
        self.also.data = [asin for asin in self.also.data if asin != link.asin]

    def _shop_rows(self) -> list[dict[str, Any]]:
        return [row.data for row in self.shops]

    def _set_shops(self, rows: Sequence[Mapping[str, Any]]) -> None:
        self.shops.process(None, rows)
        self._set_choices()

    def programme_of(self, shop: Form) -> Programme | None:
        """Return the programme of a shop's link, `None` for one that earns nothing."""
        if shop is self and not (typed(self.url) or typed(self.code)):
            return self._catalog.programmes[AMAZON]
        programme = self._programme_at(shop["preset"].data, shop["programme"].data)
        return programme if programme and programme.id != OWN_SITE else None

    def _programme_at(self, preset: str, programme: str) -> Programme | None:
        """Return the programme that was chosen, or else that of a shop's preset."""
        if not programme and preset in PRESETS:
            programme = PRESETS[preset].programme
        return self._catalog.programmes.get(programme)

    def value(self) -> dict[str, Any]:
        """Return the entry that the form describes; empty fields are left out."""
        value = entry_of(self, self.declared)
        variants = self._variants()
        if variants:
            value["variants"] = variants
        else:
            value.pop("share", None)
            value.pop("vary-by", None)
        return value

    def _variants(self) -> dict[str, Any]:
        """Return the entries of the variants; a new one is named by the next free letter.

        A row with nothing but a weight is left out.
        """
        filled = [row.form for row in self.variants if row.form.value().keys() - {"weight"}]
        taken = {form.name.data for form in filled}
        letters = (letter for letter in ascii_lowercase[1:] if letter not in taken)
        entries: dict[str, Any] = {}
        weight = number_of(typed(self.original_weight))
        if filled and weight:
            entries[ORIGINAL] = {"weight": weight}
        for form in filled:
            form.name.data = form.name.data or next(letters)
            entries[str(form.name.data)] = form.value()
        return entries

    def field_of(self, key: str) -> Field | None:
        """Return the field of a key; of a variant or shop without that key it is its first one.

        Shops are counted from 1, without the empty ones. The field of all UTM parameters is the
        first required one that is missing.
        """
        variant = _VARIANT.fullmatch(key)
        if variant:
            return self._field_of_variant(variant["name"], variant["key"] or "")
        shop = _SHOP.fullmatch(key)
        if shop:
            filled = [row.form for row in self.shops if row.form.value()]
            of_shop: Field = filled[int(shop["number"]) - 1].field_of(shop["key"] or "url")
            return of_shop
        declared = self.declared.by_name.get(key)
        if declared and isinstance(declared.type, Inner):
            required = [inner.name for inner in declared.type.keys if inner.required]
            fields: list[Field] = [self[self.keys[f"{key}.{name}"]] for name in required]
            missing = [field for field in fields if not typed(field)]
            return missing[0] if missing else fields[0]
        name = self.keys.get(key) or self.keys.get(key.partition(".")[0])
        field: Field | None = self[name] if name else None
        return field

    def _field_of_variant(self, name: str, key: str) -> Field | None:
        if name == ORIGINAL:
            weight: Field = self.original_weight
            return weight
        for row in self.variants:
            if row.form.name.data == name:
                of_variant: Field = row.form.field_of(key)
                return of_variant
        return None

    def fields_of_test(self) -> list[Field]:
        """Return the fields of the variants that people see."""
        return self._fields_of_rows(self.variants)

    def visible_fields(self) -> list[Field]:
        """Return the fields that people see, those of variants and shops after the others."""
        fields = [field for field in super().visible_fields() if not isinstance(field, FieldList)]
        for field in self:
            if isinstance(field, FieldList):
                fields += self._fields_of_rows(field)
        return fields

    def _fields_of_rows(self, rows: Rows) -> list[Field]:
        fields: list[Field] = []
        for row in rows:
            fields += [field for field in row.form if field.type != "HiddenField"]
        return fields


def _form_of(kind: ItemKind) -> type[ItemForm]:
    """Return the form of items of a kind."""
    fixed = {"kind": kind, "section": kind.section, "declared": kind.type.keys}
    return type(f"{kind.type.__name__}Form", (ItemForm,), fixed)


ITEM_FORMS: Final = {kind: _form_of(kind) for kind in ItemKind}
"""The form of each kind."""


def entry_form(
    kind: ItemKind, catalog: Catalog, revision: str, entry: Mapping[str, Any], *, item: str = ""
) -> ItemForm:
    """Make the form of an entry."""
    values = fields_of(kind.type.keys, entry)
    values |= {"revision": revision, "name": item, "original_weight": "", "variants": []}
    variants: Mapping[str, Mapping[str, Any]] = entry.get("variants") or {}
    for name, variant in variants.items():
        if name == ORIGINAL:
            values["original_weight"] = variant.get("weight", "")
        else:
            row = fields_of(kind.type.variant_keys, variant)
            values["variants"].append(row | {"name": name})
    return ITEM_FORMS[kind](None, catalog=catalog, data=values)


def sent_form(kind: ItemKind, catalog: Catalog, item: str | None = None) -> ItemForm:
    """Return the submitted form; the id of an existing `item` stays."""
    form = ITEM_FORMS[kind](catalog=catalog)
    if item is not None:
        form.name.data = item
    return form


def differences(mine: ItemForm, theirs: ItemForm) -> list[tuple[str, str, str]]:
    """Return label and both values of each field in which two forms of a kind differ."""
    my_fields = {field.name: field for field in mine.visible_fields()}
    their_fields = {field.name: field for field in theirs.visible_fields()}
    rows = []
    for name, field in (their_fields | my_fields).items():
        my_value, their_value = _shown(my_fields.get(name)), _shown(their_fields.get(name))
        if name != "name" and my_value != their_value:
            rows.append((field.label.text, my_value, their_value))
    return rows


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
    window = slice_around(text, section, item)
    if window:
        with suppress(LinkmgrError):  # the lines are not the entry's
            entry = (raw_values(window.text).get(section) or {}).get(item)
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
    sections: dict[str, dict[str, Any]] = {}
    for other in ItemKind:
        sections[other.section] = {name: {} for name in catalog.section(other) if name in named}
    sections["programmes"] = {name: {} for name in catalog.programmes}
    sections[kind.section][item] = value
    problems = ProblemCollector("catalog.yaml")
    try:
        tree = tree_of("\n".join(lines_of(sections)), problems)
        return _read_tree(catalog, kind, item, tree, problems=problems)
    except Problems as broken:  # odd characters, which YAML does not take
        return _NOTHING[kind], broken.problems


def _named_items(value: Mapping[str, Any]) -> list[Any]:
    """Return the other items that an entry names: its fallback, and those that are variants."""
    named = [value.get("fallback")]
    variants = value.get("variants")
    if isinstance(variants, dict):
        mappings = [variant for variant in variants.values() if isinstance(variant, dict)]
        named += [variant.get("item") for variant in mappings]
    return named


def _read_tree(
    catalog: Catalog, kind: ItemKind, item: str, tree: MappingNode, *, problems: ProblemCollector
) -> tuple[Item, tuple[Problem, ...]]:
    parts = {name.text: node for name, node in tree.pairs}
    items = {other: parts[other.section] for other in ItemKind}
    names = References(problems, items, parts["programmes"], None)
    tags = TagReader(catalog.programmes, names)
    variants = VariantReader(problems, catalog.site, names)
    shopping = Shopping(catalog.site, catalog.programmes)
    reader = ItemReader(shopping, names, tags, variants)
    section = kind.section
    described = _NOTHING[kind]
    for name, line, node in entries(problems, section, parts[section]):
        if name != item:
            continue
        entry = open_section(problems, joined(section, name), line, node, keys=kind.type.keys)
        if entry:
            described = reader.reader_of(kind)(name, entry)
    variants.report_items(catalog.items)
    try:
        problems.finish()
    except Problems as broken:
        return described, broken.problems
    return described, ()


# A good that the catalog has already: finding it, and merging a form into its entry.

_NUMBERS = ("asin", "isbn")


def same_good(catalog: Catalog, form: ItemForm, item: str = "") -> Good | None:
    """Return another good with the ASIN that a form gives a new item, or newly gives `item`.

    A form with problems has none: they must be fixed first.
    """
    described, problems = read_item(catalog, form.kind, item or "item", form.value())
    if problems or not isinstance(described, Good) or not described.asin:
        return None
    present = catalog.items.get(item)
    if isinstance(present, Good) and present.asin == described.asin:
        return None
    for other in catalog.items.values():
        if isinstance(other, Good) and other.asin == described.asin and other.id != item:
            return other
    return None


def merged(entry: Mapping[str, Any], values: Mapping[str, Any]) -> dict[str, Any]:
    """Return an entry with the values that were typed for the same good; its own number stays."""
    taken = dict(values)
    if any(key in entry for key in _NUMBERS):
        for key in _NUMBERS:
            taken.pop(key, None)
    return {**entry, **taken}
