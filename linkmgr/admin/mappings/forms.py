"""The form of a mapping: made of one or of a request, and turned into an entry."""

from collections.abc import Sequence
from typing import Any, ClassVar, cast

from flask_babel import gettext, lazy_gettext
from wtforms import Field, FloatField, RadioField, StringField
from wtforms.fields import SelectChoice  # type: ignore[attr-defined]  # newer than the stubs
from wtforms.validators import NumberRange, StopValidation
from wtforms.widgets import HiddenInput

from linkmgr.admin.common.chips import name_of_mapping
from linkmgr.admin.common.context import get_admin
from linkmgr.admin.common.forms import LinesField, TermsField
from linkmgr.admin.editing.forms import EntryForm, entry_of, label_of
from linkmgr.admin.editing.impact import Subject, entry_value
from linkmgr.admin.editing.terms import KINDS, is_tag
from linkmgr.catalog.declaration import Key, Number
from linkmgr.catalog.keys.placing import MAPPING, TERMS
from linkmgr.catalog.model import Catalog, Mapping
from linkmgr.links.model import Tag
from linkmgr.store.revisions import Entry

MAPPINGS = "mappings"

SUGGEST, PIN, EXCLUDE = "suggest", "pin", "exclude"
"""The effects of a mapping: the last two are flags of its entry."""


class ItemsField(Field):
    """Ids of items in their order, each in a hidden field of its own."""

    widget = HiddenInput()
    data: list[str]

    def process_formdata(self, valuelist: Sequence[Any]) -> None:
        self.data = list(dict.fromkeys(map(str, filter(None, valuelist))))


class WeightField(FloatField):
    """A number, shown without digits that say nothing: 1, not 1.0."""

    def _value(self) -> str:
        return self.raw_data[0] if self.raw_data else f"{self.data:g}"


_WEIGHTS = cast("Number", MAPPING["weight"].type)
_A_NUMBER = lazy_gettext(
    "Enter a number from %(least)s to %(most)s, such as 1.5.",
    least=f"{_WEIGHTS.least:g}",
    most=f"{_WEIGHTS.most:g}",
)


class MappingForm(EntryForm):
    """Which posts match which items, and how strongly."""

    section = MAPPINGS
    declared: ClassVar = MAPPING
    name = StringField(lazy_gettext("Id"))
    items = ItemsField(label_of(MAPPING["items"]))
    effect = RadioField(
        lazy_gettext("How they are shown"),
        choices=[
            SelectChoice(SUGGEST, lazy_gettext("Suggest")),
            SelectChoice(PIN, lazy_gettext("Pin first")),
            SelectChoice(EXCLUDE, lazy_gettext("Never show")),
        ],
        default=SUGGEST,
    )
    weight = WeightField(
        label_of(MAPPING["weight"]),
        [NumberRange(_WEIGHTS.least, _WEIGHTS.most, _A_NUMBER)],
        default=1.0,
        invalid_value_message=_A_NUMBER,  # type: ignore[call-arg]  # newer than the stubs
    )

    @classmethod
    def field_for(cls, key: Key, **settings: Any) -> Field:
        """Return the field of a key: most terms are tokens, paths may have commas."""
        if key.name in KINDS:
            return TermsField(label_of(key), is_term=is_tag, **settings)
        return super().field_for(key, **settings)

    def validate_items(self, field: ItemsField) -> None:
        if not (field.data or self.comparisons.data):
            raise StopValidation(gettext("Add at least one item."))

    def validate_any_tags(self, _: LinesField) -> None:
        if not (self.terms("any") or self.terms("all")):
            raise StopValidation(
                gettext("Choose the posts: enter a tag, a category, a keyword or a path.")
            )

    def terms(self, group: str) -> dict[str, list[str]]:
        """Return the terms of `any` or `all`, without empty lists."""
        typed = {key: self[f"{group}_{key}"].data for key in TERMS.names}
        return {key: texts for key, texts in typed.items() if texts}

    @property
    def entry(self) -> dict[str, Any]:
        """The entry for `catalog.yaml`, defaults left out."""
        entry = entry_of(self, self.declared)
        if entry.get("weight") == MAPPING["weight"].default:
            del entry["weight"]
        if self.effect.data != SUGGEST:
            entry[self.effect.data] = True
        return entry

    def field_of(self, key: str) -> Field | None:
        """Return the field of a key: `any.tags[1]` is `any_tags`."""
        key = key.partition("[")[0]
        if key in ("any", "all"):
            key = f"{key}.tags"
        name = "effect" if key in ("pin", "exclude") else self.keys.get(key, "name")
        field: Field = self[name]
        return field


def form_values(mapping: Mapping) -> dict[str, Any]:
    """Return the values of a mapping's form."""
    values: dict[str, Any] = {}
    for key in MAPPING.plain:
        if key.label:
            values[key.field] = getattr(mapping, key.field)
    for name in TERMS.names:
        values[f"any_{name}"] = list(getattr(mapping.any_of, name))
        values[f"all_{name}"] = list(getattr(mapping.all_of, name))
    effect = SUGGEST
    if mapping.pin:
        effect = PIN
    elif mapping.exclude:
        effect = EXCLUDE
    return values | {
        "name": mapping.id,
        "items": list(mapping.items),
        "comparisons": list(mapping.comparisons),
        "effect": effect,
        "tag": _tag(mapping.tags),
    }


def _tag(tags: Sequence[Tag]) -> str | dict[str, str]:
    match tags:
        case [Tag(programme="amazon", tag=tag)]:
            return tag
        case _:
            return dict(tags)


def rearranged(items: Sequence[str], action: str, catalog: Catalog) -> list[str]:
    """Return items after an action on one of them: `up:<id>`, `down:…`, `remove:…` or `add:…`."""
    verb, _, item = action.partition(":")
    order = list(items)
    if verb == "add":
        if item in catalog.items and item not in order:
            order.append(item)
        return order
    if item not in order:
        return order
    place = order.index(item)
    order.remove(item)
    if verb == "up":
        order.insert(max(0, place - 1), item)
    elif verb == "down":
        order.insert(place + 1, item)
    return order


def subject_of(name: str) -> Subject:
    """Return a mapping as the pages of its change name it."""
    mapping = get_admin().catalog().catalog.mappings.get(name)
    title = name_of_mapping(mapping) if mapping else gettext("New rule")
    return Subject(title, value=entry_value(Entry(MAPPINGS, name)), mapping=name)
