"""The form of a block."""

from collections.abc import Mapping
from typing import Any, ClassVar, Self

from flask_babel import lazy_gettext
from wtforms import BooleanField, StringField

from linkmgr.admin.editing.lines_field import LinesField
from linkmgr.admin.editing.tags_field import TagsField
from linkmgr.admin.settings.setting_form import SettingForm, choice_field
from linkmgr.admin.settings.site_form import HEADING_LEVELS
from linkmgr.catalog.blocks import Place
from linkmgr.catalog.kinds import KINDS

KIND_NAMES = {
    "related": lazy_gettext("Related posts"),
    "cta": lazy_gettext("Calls to action"),
    "books": lazy_gettext("Books"),
    "products": lazy_gettext("Products"),
}
PLACES = {
    Place.END: lazy_gettext("at the end"),
    Place.MIDDLE: lazy_gettext("in the middle"),
    Place.BEFORE_CONTENT: lazy_gettext("before the text"),
    Place.MANUAL: lazy_gettext("where the layout or post asks for it"),
}

# Of blocks that are filled with items, not with posts.
_ITEM_FIELDS = ("items", "fallback", "tag")


class BlockForm(SettingForm):
    """Where a block is, what fills it and how much of that."""

    section = "blocks"
    keys: ClassVar = {
        "kind": "kind",
        "at": "at",
        "before-heading": "before_heading",
        "limit": "limit",
        "heading": "heading",
        "heading-level": "heading_level",
        "minimum": "minimum",
        "items": "items",
        "fallback": "fallback",
        "tag": "tag",
    }
    usual: ClassVar = {"at": Place.END.value}

    kind = choice_field(lazy_gettext("Kind"), KIND_NAMES)
    at = choice_field(
        lazy_gettext("Place in the article"),
        {place.value: text for place, text in PLACES.items()},
    )
    before_heading = StringField(lazy_gettext("In the middle: before heading number"))
    limit = StringField(lazy_gettext("Most to show"))
    heading = StringField(lazy_gettext("Heading"))
    no_heading = BooleanField(lazy_gettext("No heading"))
    heading_level = choice_field(lazy_gettext("Level of headings"), HEADING_LEVELS)
    minimum = StringField(lazy_gettext("Least score of a match"))
    items = LinesField(lazy_gettext("Choose among these items only"))
    fallback = LinesField(lazy_gettext("Shown when nothing else fits"))
    tag = TagsField(lazy_gettext("Tracking ID"))

    @classmethod
    def of(cls, entry: Mapping[str, Any], revision: str, name: str = "") -> Self:
        """Make the form of a block, with the fields that its kind has."""
        form = super().of(entry, revision, name)
        if not form.is_submitted():
            form.no_heading.data = entry.get("heading") == ""
        if name in KINDS and "kind" not in entry:
            del form.kind
        kind = KINDS.get(str(entry.get("kind", name)))
        for field in _ITEM_FIELDS if kind and not kind.items else ():
            del form[field]
        return form

    def entry(self, present: Mapping[str, Any]) -> dict[str, Any]:
        """Return the entry; an empty heading is none, where one that is not there is the usual."""
        entry = super().entry(present)
        return entry | {"heading": ""} if self.no_heading.data else entry
