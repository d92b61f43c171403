"""The forms of items, which follow from the keys of their kinds, and the entries that they make."""

import re
from collections.abc import Mapping, Sequence
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
    """One of several mappings within an entry; a variant has a `name`, a new one with its entry."""

    declared: ClassVar[Keys]

    name = HiddenField()

    def value(self) -> dict[str, Any]:
        """Return its entry; empty fields are left out."""
        return entry_of(self, self.declared)

    def field_of(self, key: str) -> Field:
        """Return the field of a key, the first one for an unknown key or one without a field."""
        labelled = [own for own in self.declared if own.label]
        own = next((own for own in labelled if own.name == key), labelled[0])
        field: Field = self[own.field]
        return field

    def rare_fields(self) -> list[Field]:
        """Return the fields of a shop but what it is and, or, where it leads."""
        shown = {"preset", "code" if self["code"].data else "url"}
        labelled = [key.field for key in self.declared if key.label]
        return [self[name] for name in labelled if name not in shown]

    def fields_in(self, part: str) -> list[Field]:
        """Return the fields in a part of the row."""
        return [self[key.field] for key in self.declared if key.label and key.part == part]


Rows: TypeAlias = "FieldList[FormField[RowForm]]"


def _row_list(keys: Keys) -> Rows:
    """Return the field of mappings with these keys."""
    fields = {key.field: _field_of(key) for key in keys if key.label}
    return FieldList(FormField(type("Row", (RowForm,), {"declared": keys, **fields})))


def _field_of(key: Key, **settings: Any) -> Field:
    """Return the field of a key: of a programme the list of those that the catalog has."""
    if key.name == "programme":
        return SelectField(label_of(key), validate_choice=False, **settings)
    return key_field(key, **settings)


# The form of an item.

_OF_SHOP = tuple(key.field for key in SHOP)
"""The fields of a shop, which an item has for its first one."""

_SHOP = re.compile(r"shops\[(?P<number>\d+)\](?:\.(?P<key>[\w-]+))?")
_VARIANT = re.compile(r"variants\.(?P<name>[^.]+)(?:\.(?P<key>\w+))?")


class ItemForm(EntryForm):
    """The form of an item of a `kind`.

    `theirs` is set after a conflict: label, own value and the file's for each field that differs.
    `same` is another item of the catalog that is the same good.
    """

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
        self.theirs: list[tuple[str, str, str]] | None = None
        self.same: Good | None = None
        if not self.is_submitted():  # a variant to fill
            self.variants.append_entry()
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

    def _row_lists(self) -> list[Rows]:
        return [field for field in self if isinstance(field, FieldList)]

    def _set_choices(self) -> None:
        """Offer the catalog's programmes, and to each shop the presets.

        No choice is the site itself for a call to action. A shop without a preset is called what
        its programme is.
        """
        names = {own.id: own.name for own in self._catalog.programmes.values()}
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
        """Return what has the fields of each shop: for the first one it is this form."""
        return [self, *(row.form for row in self.shops)] if self.is_good else []

    def _take_shops(self, catalog: Catalog) -> None:
        """Make rows of the addresses, or the code, of further shops."""
        if self.is_good and self.more_shops.data:
            added = shop_entries(self.more_shops.data, catalog)
            self._set_shops([*self._shop_rows(), *added])
            self.more_shops.data = ""

    def arrange_shops(self, button: str) -> None:
        """Do what a button of a shop says: `up:1` or `remove:0`, where 0 is the first shop.

        An ASIN or ISBN that leads nowhere stays where it is, and its problems are said.
        """
        act, _, number = button.partition(":")
        rows, at = self._shop_rows(), int(number) if number.isdecimal() else -1
        if not 0 <= at <= len(rows):
            return
        if (act, at) == ("remove", 0):
            self._set_first_shop(rows.pop(0) if rows else {})
        elif act == "remove":
            del rows[at - 1]
        elif at > 1:
            rows.insert(at - 2, rows.pop(at - 1))
        elif at == 1 and (first := self._first_shop()) is not None:
            self._set_first_shop(rows[0])
            rows[0] = first
        self._set_shops(rows)

    def _first_shop(self) -> dict[str, Any] | None:
        """Return the first shop as a row, `None` if that would lose its number.

        The ASIN is kept among the further ones: reports name the good by that. An ISBN stays.
        """
        row = {name: typed(self[name]) for name in _OF_SHOP}
        asin, isbn = typed(self.asin), typed(self.isbn) if "isbn" in self else ""
        is_elsewhere = bool(row["url"] or row["code"])
        if not asin and (is_elsewhere or not isbn):
            return row
        name = typed(self.name) or "item"
        item, problems = read_item(self._catalog, self.kind, name, self.value())
        if is_elsewhere or not (isinstance(item, Good) and item.asin):
            self.show_problems(problems)
            return None
        page = shop_entry(item_url(self._catalog, item), self._catalog)
        if asin and asin not in self.also.data:
            self.also.data = [*self.also.data, asin]
        return {**row, "url": page["url"], "preset": row["preset"] or AMAZON}

    def _set_first_shop(self, row: Mapping[str, Any]) -> None:
        """Make a row the first shop: the page of a product at Amazon becomes its ASIN."""
        for name in _OF_SHOP:
            self[name].data = row.get(name) or ""
        self.asin.data = ""
        if not row and "isbn" in self:
            self.isbn.data = ""
        amazon = self._catalog.programmes[AMAZON]
        link = affiliate_link(typed(self.url))
        if link is None or link.asin is None or link.marketplace != amazon.marketplace:
            return
        if self._programme_at(self.preset.data, self.programme.data) in (amazon, None):
            isbn = to_isbn13(typed(self.isbn)) if "isbn" in self else None
            self.asin.data = "" if isbn and isbn == to_isbn13(link.asin) else link.asin
            self.url.data = self.programme.data = ""
            self.preset.data = "" if self.preset.data == AMAZON else self.preset.data
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
        known = PRESETS.get(preset)
        return self._catalog.programmes.get(programme or (known.programme if known else ""))

    def value(self) -> dict[str, Any]:
        """Return the entry that the form describes; empty fields are left out."""
        value = entry_of(self, self.declared)
        variants = self._variants()
        for key in () if variants else ("share", "vary-by"):
            value.pop(key, None)
        return value | ({"variants": variants} if variants else {})

    def _variants(self) -> dict[str, Any]:
        """Return the entries of the variants; a new one is named by the next free letter.

        A row with nothing but a weight is left out.
        """
        filled = [(row.form, row.form.value()) for row in self.variants]
        filled = [(form, value) for form, value in filled if value.keys() - {"weight"}]
        taken = {form.name.data for form, _ in filled}
        letters = (letter for letter in ascii_lowercase[1:] if letter not in taken)
        for form, _ in filled:
            form.name.data = form.name.data or next(letters)
        named = {str(form.name.data): value for form, value in filled}
        weight = number_of(typed(self.original_weight))
        return {ORIGINAL: {"weight": weight}, **named} if named and weight else named

    def field_of(self, key: str) -> Field | None:
        """Return the field of a key; of a variant or shop without that key it is its first one.

        Shops are counted from 1, without the empty ones. Of all UTM parameters it is the first
        required one that is missing.
        """
        if variant := _VARIANT.fullmatch(key):
            return self._field_of_variant(variant["name"], variant["key"] or "")
        if shop := _SHOP.fullmatch(key):
            filled = [row.form for row in self.shops if row.form.value()]
            of_shop: Field = filled[int(shop["number"]) - 1].field_of(shop["key"] or "url")
            return of_shop
        declared = self.declared.by_name.get(key)
        if declared and isinstance(declared.type, Inner):
            required = [own.name for own in declared.type.keys if own.required]
            fields: list[Field] = [self[self.keys[f"{key}.{name}"]] for name in required]
            return next((field for field in fields if not typed(field)), fields[0])
        name = self.keys.get(key) or self.keys.get(key.partition(".")[0])
        field: Field | None = self[name] if name else None
        return field

    def _field_of_variant(self, name: str, key: str) -> Field | None:
        if name == ORIGINAL:
            weight: Field = self.original_weight
            return weight
        for row in self.variants:
            if row.form.name.data == name:
                own: Field = row.form.field_of(key)
                return own
        return None

    def fields_of_test(self) -> list[Field]:
        """Return the fields of the variants that people see."""
        return [field for row in self.variants for field in row.form if field.type != "HiddenField"]

    def visible_fields(self) -> list[Field]:
        """Return the fields, those of variants and shops in place of their lists."""
        own = [field for field in super().visible_fields() if not isinstance(field, FieldList)]
        for rows in self._row_lists():
            for row in rows:
                own += [field for field in row.form if field.type != "HiddenField"]
        return own


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
    own = kind.type
    variants: Mapping[str, Mapping[str, Any]] = entry.get("variants") or {}
    values = fields_of(own.keys, entry) | {
        "revision": revision,
        "name": item,
        "original_weight": variants.get(ORIGINAL, {}).get("weight", ""),
        "variants": [
            {**fields_of(own.variant_keys, variant), "name": name}
            for name, variant in variants.items()
            if name != ORIGINAL
        ],
    }
    return ITEM_FORMS[kind](None, catalog=catalog, data=values)


def sent_form(kind: ItemKind, catalog: Catalog, item: str | None = None) -> ItemForm:
    """Return the submitted form; the id of an existing `item` stays."""
    form = ITEM_FORMS[kind](catalog=catalog)
    if item is not None:
        form.name.data = item
    return form


def differences(mine: ItemForm, theirs: ItemForm) -> list[tuple[str, str, str]]:
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
            other.section: {name: {} for name in catalog.section(other) if name in named}
            for other in ItemKind
        },
        "programmes": {name: {} for name in catalog.programmes},
    }
    section = kind.section
    parts[section][item] = value
    problems = ProblemCollector("catalog.yaml")
    try:
        return _read_tree(
            catalog, kind, item, tree_of("\n".join(lines_of(parts)), problems), problems=problems
        )
    except Problems as broken:  # odd characters, which YAML does not take
        return _NOTHING[kind], broken.problems


def _named_items(value: Mapping[str, Any]) -> list[Any]:
    """Return what an entry says of other items: its fallback, and those that are variants."""
    variants = value.get("variants")
    shown = list(variants.values()) if isinstance(variants, dict) else []
    of_variants = [variant.get("item") for variant in shown if isinstance(variant, dict)]
    return [value.get("fallback"), *of_variants]


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
        own = (
            open_section(problems, joined(section, name), line, node, keys=kind.type.keys)
            if name == item
            else None
        )
        if own:
            described = reader.reader_of(kind)(name, own)
    variants.report_items(catalog.items)
    try:
        problems.finish()
    except Problems as broken:
        return described, broken.problems
    return described, ()


# A good that the catalog has already: which one a form describes, and taking the form over.

_NUMBERS = ("asin", "isbn")


def same_good(catalog: Catalog, form: ItemForm, item: str = "") -> Good | None:
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
