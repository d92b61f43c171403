"""The form of a mapping: made of one or of a request, turned into an entry, with tags to pick."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import Any

from flask_babel import gettext, lazy_gettext
from wtforms import Field, FloatField, RadioField, StringField
from wtforms.fields import SelectChoice  # type: ignore[attr-defined]  # newer than the stubs
from wtforms.validators import NumberRange, StopValidation
from wtforms.widgets import HiddenInput

from linkmgr.admin.common.context import site_index
from linkmgr.admin.common.forms import LinesField, TagsField
from linkmgr.admin.editing.forms import EntryForm
from linkmgr.admin.editing.impact import Subject, entry_value
from linkmgr.catalog.keys.placing import TERMS, WEIGHT_RANGE
from linkmgr.catalog.model import Catalog, Mapping, Terms
from linkmgr.links.model import Tag
from linkmgr.resolver.statistics import term
from linkmgr.site_index.index.queries import IndexedTag, TagColumn, TagQuery
from linkmgr.store.revisions import Entry

MAPPINGS = "mappings"

SUGGEST, PIN, EXCLUDE = "suggest", "pin", "exclude"

_A_NUMBER = lazy_gettext("Enter a number from 0.001 to 1000, such as 1.5.")


class ItemsField(Field):
    """Ids of items in their order, each in a hidden field of its own."""

    widget = HiddenInput()
    data: list[str]

    def process_formdata(self, valuelist: Sequence[Any]) -> None:
        self.data = list(dict.fromkeys(map(str, filter(None, valuelist))))


class WeightField(FloatField):
    """A number, shown as short as it is: 1, not 1.0."""

    def _value(self) -> str:
        return self.raw_data[0] if self.raw_data else f"{self.data:g}"


class MappingForm(EntryForm):
    """Which posts match which items, and how strongly."""

    section = MAPPINGS

    name = StringField(lazy_gettext("Name of the mapping"))
    any_tags = LinesField(lazy_gettext("Tags"))
    any_categories = LinesField(lazy_gettext("Categories"))
    any_keywords = LinesField(lazy_gettext("Keywords in the text"))
    any_paths = LinesField(lazy_gettext("Paths of posts"))
    all_tags = LinesField(lazy_gettext("All of these tags"))
    all_categories = LinesField(lazy_gettext("All of these categories"))
    all_keywords = LinesField(lazy_gettext("All of these keywords"))
    all_paths = LinesField(lazy_gettext("All of these paths"))
    items = ItemsField(lazy_gettext("Items"))
    effect = RadioField(
        lazy_gettext("Effect"),
        choices=[
            SelectChoice(SUGGEST, lazy_gettext("Suggest: shown where they match best")),
            SelectChoice(PIN, lazy_gettext("Pin: always shown first")),
            SelectChoice(EXCLUDE, lazy_gettext("Exclude: never shown on these posts")),
        ],
        default=SUGGEST,
    )
    weight = WeightField(
        lazy_gettext("Weight"),
        [NumberRange(*WEIGHT_RANGE, _A_NUMBER)],
        default=1.0,
        invalid_value_message=_A_NUMBER,  # type: ignore[call-arg]  # newer than the stubs
    )

    tag = TagsField(lazy_gettext("Tracking ID"))

    def validate_items(self, field: ItemsField) -> None:
        if not field.data:
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
        weight = self.weight.data or 1.0
        facts = {
            "any": self.terms("any"),
            "all": self.terms("all"),
            "items": self.items.data,
            "weight": None if weight == 1 else int(weight) if weight == int(weight) else weight,
            "pin": self.effect.data == PIN,
            "exclude": self.effect.data == EXCLUDE,
            "tag": self.tag.data,
        }
        return {key: value for key, value in facts.items() if value}

    def field_of(self, key: str) -> Field | None:
        """Return the field of a key: `any.tags` is `any_tags`."""
        first, _, rest = key.partition(".")
        part = next((part for part in TERMS.names if rest.startswith(part)), "tags")
        names = {"any": f"any_{part}", "all": f"all_{part}", "weight": "weight"}
        names |= {"pin": "effect", "exclude": "effect", "tag": "tag"}
        field: Field = self["items" if first.startswith("items") else names.get(first, "name")]
        return field


def form_values(mapping: Mapping) -> dict[str, Any]:
    """Return the values of a mapping's form."""
    return {
        "name": mapping.id,
        **_texts("any", mapping.any_of),
        **_texts("all", mapping.all_of),
        "items": [*mapping.items],
        "effect": PIN if mapping.pin else EXCLUDE if mapping.exclude else SUGGEST,
        "weight": mapping.weight,
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
    what, _, item = action.partition(":")
    found = list(items)
    if what == "add":
        return [*found, item] if item in catalog.items and item not in found else found
    if item not in found:
        return found
    place = found.index(item)
    found.remove(item)
    if what == "remove":
        return found
    found.insert(max(0, place - 1) if what == "up" else place + 1, item)
    return found


def _texts(group: str, terms: Terms) -> dict[str, list[str]]:
    return {f"{group}_{key}": [*getattr(terms, key)] for key in TERMS.names}


def subject_of(name: str) -> Subject:
    """Return a mapping as the pages of its change name it."""
    return Subject(gettext("Mapping %(name)s", name=name), value=entry_value(Entry(MAPPINGS, name)))


# Tags to pick: the blog's most used ones, or those that have some words.

MOST_TAGS = 12
"""Tags that are offered at once."""


@dataclass(frozen=True, slots=True)
class TagPicker:
    """The tags for what was `typed`, those on most posts first; `further` more match."""

    typed: str
    tags: tuple[IndexedTag, ...]
    further: int


def tag_picker(chosen: Collection[str], typed: str = "") -> TagPicker | None:
    """Return the tags to choose from besides the `chosen` ones, `None` where none are known."""
    opened = site_index()
    if opened is None:
        return None
    found = opened.tags(wanted=TagQuery(typed, column=TagColumn.USES, falling=True))
    if not (found.total or typed):
        return None
    taken = {term(tag) for tag in chosen}
    free = [tag for tag in found.rows if tag.tag not in taken]
    shown = tuple(free[:MOST_TAGS])
    return TagPicker(typed, shown, found.total - (len(found.rows) - len(free)) - len(shown))


def matching_tag(typed: str) -> str:
    """Return the tag that `typed` is, or the only one that has its words, else an empty text."""
    opened = site_index()
    found = (
        opened.tags(wanted=TagQuery(typed, column=TagColumn.USES, falling=True)).rows
        if opened
        else ()
    )
    same = [tag for tag in found if tag.tag == term(typed)]
    matching = same or found
    return matching[0].written if len(matching) == 1 else ""
