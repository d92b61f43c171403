"""A mapping as a form: what is typed, the entry it stands for, and what is wrong with it."""

import re
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from flask_babel import gettext, lazy_gettext
from wtforms import Field, FloatField, RadioField, StringField, TextAreaField
from wtforms.fields import SelectChoice  # type: ignore[attr-defined]  # newer than the stubs
from wtforms.validators import NumberRange, StopValidation
from wtforms.widgets import HiddenInput

from linkmgr.admin.common.forms import EntryForm
from linkmgr.admin.items.messages import told
from linkmgr.catalog.model import Catalog, Terms
from linkmgr.catalog.model import Mapping as CatalogMapping
from linkmgr.catalog.reading.mappings import TERMS_KEYS, WEIGHT_RANGE
from linkmgr.messages.errors import LinkmgrError, Problems
from linkmgr.messages.wording import word

SUGGEST, PIN, EXCLUDE = "suggest", "pin", "exclude"

_NOT_OF_NAMES = re.compile(r"[^a-z0-9]+")
_A_NUMBER = lazy_gettext("Use a number from 0.001 to 1000, like 1.5.")


class LinesField(TextAreaField):
    """Texts, one a line; empty lines are none."""

    data: list[str]  # type: ignore[assignment]  # the text area's is one text

    def _value(self) -> str:
        return "\n".join(self.data or ())

    def process_formdata(self, valuelist: Sequence[Any]) -> None:
        lines = (line.strip() for value in valuelist for line in str(value).splitlines())
        self.data = list(dict.fromkeys(filter(None, lines)))


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
    """Which posts call for which items, and how strongly."""

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
        lazy_gettext("What they are for"),
        choices=[
            SelectChoice(SUGGEST, lazy_gettext("Shown where they fit best")),
            SelectChoice(PIN, lazy_gettext("Pinned: always first")),
            SelectChoice(EXCLUDE, lazy_gettext("Excluded: never shown there")),
        ],
        default=SUGGEST,
    )
    weight = WeightField(
        lazy_gettext("Weight"),
        [NumberRange(*WEIGHT_RANGE, _A_NUMBER)],
        default=1.0,
        invalid_value_message=_A_NUMBER,  # type: ignore[call-arg]  # newer than the stubs
    )

    def validate_items(self, field: ItemsField) -> None:
        if not field.data:
            raise StopValidation(gettext("Add at least one item."))

    def validate_any_tags(self, _: LinesField) -> None:
        if not (self.terms("any") or self.terms("all")):
            raise StopValidation(
                gettext("Say for which posts: a tag, a category, a keyword or a path.")
            )

    def terms(self, group: str) -> dict[str, list[str]]:
        """Return what is typed of `any` or `all`, without empty lists."""
        typed = {key: self[f"{group}_{key}"].data for key in TERMS_KEYS}
        return {key: texts for key, texts in typed.items() if texts}

    @property
    def entry(self) -> dict[str, Any]:
        """What `catalog.yaml` is to say, defaults left out."""
        weight = self.weight.data or 1.0
        facts = {
            "any": self.terms("any"),
            "all": self.terms("all"),
            "items": self.items.data,
            "weight": None if weight == 1 else int(weight) if weight == int(weight) else weight,
            "pin": self.effect.data == PIN,
            "exclude": self.effect.data == EXCLUDE,
        }
        return {key: value for key, value in facts.items() if value}

    def blame(self, error: LinkmgrError) -> None:
        """Put what is wrong with the entry beside the fields it is wrong in."""
        if not isinstance(error, Problems):
            self.name.errors = [told(str(error))]
            return
        for problem in error.problems:
            ours = problem.location.key.startswith("mappings.")
            field = self[_field_of(problem.location.key)] if ours else self.name
            field.errors = [
                *field.errors,
                told(word(problem.message, "en")) if ours else str(problem),
            ]


def facts_of(mapping: CatalogMapping) -> dict[str, Any]:
    """Return what a form of a mapping begins with."""
    return {
        "name": mapping.id,
        **_texts("any", mapping.any_of),
        **_texts("all", mapping.all_of),
        "items": [*mapping.items],
        "effect": PIN if mapping.pin else EXCLUDE if mapping.exclude else SUGGEST,
        "weight": mapping.weight,
    }


def name_for(text: str, taken: Mapping[str, object]) -> str:
    """Return an id for a new mapping that is not taken: of what `text` has of an id's letters."""
    name = _NOT_OF_NAMES.sub("-", text.casefold()).strip("-")[:40].strip("-") or "mapping"
    return unused(name, taken)


def unused(name: str, taken: Mapping[str, object]) -> str:
    """Return an id, with a number behind it if it is taken."""
    numbered = (f"{name}-{number}" for number in range(2, len(taken) + 3))
    return next((each for each in (name, *numbered) if each not in taken), name)


def arranged(items: Sequence[str], action: str, catalog: Catalog) -> list[str]:
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
    return {f"{group}_{key}": [*getattr(terms, key)] for key in TERMS_KEYS}


def _field_of(key: str) -> str:
    """Return which field a problem's key is of: `mappings.coffee.any.tags` is `any_tags`."""
    parts = key.split(".")[2:]
    if parts[:1] == ["items"]:
        return "items"
    if parts[:1] in (["any"], ["all"]):
        rest: Iterable[str] = parts[1:2]
        return next((f"{parts[0]}_{part}" for part in rest if part in TERMS_KEYS), "any_tags")
    return {"weight": "weight", "pin": "effect", "exclude": "effect"}.get("".join(parts), "name")
