"""The forms of the settings: the site, its blocks and programmes, and tokens of the API."""

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any, ClassVar, Self

from flask_babel import gettext, lazy_gettext
from flask_babel.speaklater import LazyString
from wtforms import (
    BooleanField,
    DateField,
    Field,
    Form,
    SelectField,
    SelectMultipleField,
    StringField,
)
from wtforms.fields import SelectChoice  # type: ignore[attr-defined]  # newer than the stubs
from wtforms.validators import InputRequired, Optional, StopValidation
from wtforms.widgets import CheckboxInput, ListWidget

from linkmgr.admin.auth.forms import REQUIRED
from linkmgr.admin.common.chips import kind_name
from linkmgr.admin.common.context import current_user, get_admin, today
from linkmgr.admin.common.forms import LinesField, PageForm, SalesField, TagsField
from linkmgr.admin.common.preferences import LANGUAGES
from linkmgr.admin.editing.forms import EntryForm, key_field, label_of
from linkmgr.catalog.blocks import COMPARE, KINDS, Place
from linkmgr.catalog.items import ItemKind
from linkmgr.catalog.keys.placing import BLOCK, COMPARISON
from linkmgr.catalog.keys.programmes import AMAZON_KEYS, OWN_SITE_KEYS, PROGRAMME
from linkmgr.catalog.keys.site import SITE
from linkmgr.catalog.reading.yaml.texts import FLAGS, typed
from linkmgr.links.amazon import TAG_SUFFIXES
from linkmgr.links.model import AMAZON, OWN_SITE, Tracking
from linkmgr.messages.errors import LinkmgrError
from linkmgr.store.accounts import tokens
from linkmgr.store.accounts.tokens import Scope


class SettingForm(EntryForm):
    """The form of some keys of an entry, whose others stay as they are.

    `rare` are the names of fields that few people need.
    """

    rare: ClassVar[frozenset[str]] = frozenset()

    name = StringField(lazy_gettext("Id"))

    @classmethod
    def usual(cls) -> Mapping[str, Any]:
        """Return what the catalog takes for keys that are not there."""
        own = [key for key in cls.declared or () if key.plain and key.name in cls.keys]
        return {key.name: key.default for key in own if key.default is not None}

    @classmethod
    def of(cls, entry: Mapping[str, Any], revision: str, name: str = "") -> Self:
        """Make the form of an entry; a submitted one has what was typed."""
        values = {field: entry[key] for key, field in cls.keys.items() if key in entry}
        for key, usual in cls.usual().items():
            found = values.setdefault(cls.keys[key], usual)
            if isinstance(usual, bool):
                values[cls.keys[key]] = FLAGS.get(str(found).lower(), usual)
        form = cls(**{**values, "revision": revision, "name": name})
        if name:
            form.name.data = name
        return form

    def entry(self, present: Mapping[str, Any]) -> dict[str, Any]:
        """Return the entry with what was typed; what is empty or usual is not written into it."""
        entry, usual = dict(present), self.usual()
        for key, value in self.given().items():
            if value in ("", [], {}) or (key not in present and value == usual.get(key)):
                entry.pop(key, None)
            else:
                entry[key] = value
        return entry

    def given(self) -> dict[str, Any]:
        """Return what was typed by key, with numbers and flags as such."""
        fields = {key: self[name] for key, name in self.keys.items() if name in self}
        return {key: typed(_data_of(field), key) for key, field in fields.items()}

    def field_of(self, key: str) -> Field | None:
        """Return the field of a key."""
        name = self.keys.get(key.partition(".")[0].partition("[")[0])
        field: Field | None = self[name] if name and name in self else None
        return field


_USUAL = {"": lazy_gettext("default")}


def _choice_field(label: LazyString, options: Mapping[str, str | LazyString]) -> SelectField:
    """Return a field with a choice of values, each with its text; the parser refuses others."""
    choices = [SelectChoice(*option) for option in options.items()]
    return SelectField(label, choices=choices, validate_choice=False)


def _data_of(field: Field) -> Any:
    if isinstance(field, BooleanField):
        return bool(field.data)
    data = "" if field.data is None else field.data
    return data.strip() if isinstance(data, str) else data


# The site: the catalog's section `site`.

JEKYLLS = {
    "gem": lazy_gettext("the released gem"),
    "debian": lazy_gettext("Debian's and Ubuntu's package"),
}
_HEADING_LEVELS = _USUAL | {str(n): f"h{n}" for n in range(2, 7)}


class SiteForm(SettingForm):
    """The blog and the server that counts its clicks."""

    section = "site"
    declared = SITE
    keys: ClassVar = {
        "name": "title",
        "url": "url",
        "server": "server",
        "views": "views",
        "language": "language",
        "timezone": "timezone",
        "ad-label": "ad_label",
        "disclosure": "disclosure",
        "respect-gpc": "respect_gpc",
        "origins": "origins",
        "campaigns": "campaigns",
        "view-percent": "view_percent",
        "view-percent-large": "view_percent_large",
        "view-seconds": "view_seconds",
        "events": "events",
        "feeds": "feeds",
        "heading-level": "heading_level",
        "pages": "pages",
        "collections": "collections",
        "jekyll": "jekyll",
    }
    rare = frozenset(keys.values()) - {"title", "url", "server", "views", "language", "timezone"}

    title = key_field(SITE["name"])
    url = key_field(SITE["url"])
    server = key_field(SITE["server"])
    views = key_field(SITE["views"])
    language = _choice_field(
        lazy_gettext("Language"), {str(code): name for code, name in LANGUAGES.items()}
    )
    timezone = StringField(lazy_gettext("Time zone"))
    ad_label = key_field(SITE["ad-label"])
    disclosure = key_field(SITE["disclosure"])
    respect_gpc = key_field(SITE["respect-gpc"])
    origins = key_field(SITE["origins"])
    campaigns = key_field(SITE["campaigns"])
    view_percent = key_field(SITE["view-percent"])
    view_percent_large = key_field(SITE["view-percent-large"])
    view_seconds = key_field(SITE["view-seconds"])
    events = key_field(SITE["events"])
    feeds = _choice_field(
        lazy_gettext("Items within articles, in feeds"),
        {"label": lazy_gettext("shown with a label"), "omit": lazy_gettext("left out")},
    )
    heading_level = _choice_field(lazy_gettext("Level of headings"), _HEADING_LEVELS)
    pages = key_field(SITE["pages"])
    collections = key_field(SITE["collections"])
    jekyll = _choice_field(
        lazy_gettext("Jekyll that builds the site"),
        {"": lazy_gettext("detected automatically")} | JEKYLLS,
    )

    @property
    def entry_key(self) -> str:
        """The key of the section: it has no entries."""
        return self.section

    def field_of(self, key: str) -> Field | None:
        """Return the field of a key; an entry's own problem is about its name."""
        return super().field_of(key) or self.title


# Blocks.

KIND_NAMES = {
    "related": lazy_gettext("Related posts"),
    **{kind.value: LazyString(kind_name, kind, "many") for kind in ItemKind},
    "compare": lazy_gettext("Comparisons"),
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
    declared = BLOCK
    keys: ClassVar = {
        "kind": "kind",
        "at": "at",
        "before-heading": "before_heading",
        "limit": "limit",
        "heading": "heading",
        "heading-level": "heading_level",
        "minimum": "minimum",
        "show": "show",
        "items": "items",
        "fallback": "fallback",
        "tag": "tag",
    }
    rare = frozenset({"before_heading", "heading_level", "minimum", "show", *_ITEM_FIELDS})

    kind = _choice_field(lazy_gettext("Kind"), KIND_NAMES)
    at = _choice_field(
        lazy_gettext("Place in the article"),
        {place.value: text for place, text in PLACES.items()},
    )
    before_heading = key_field(BLOCK["before-heading"])
    limit = StringField(lazy_gettext("Most to show"))
    heading = key_field(BLOCK["heading"])
    no_heading = BooleanField(lazy_gettext("No heading"))
    heading_level = _choice_field(lazy_gettext("Level of headings"), _HEADING_LEVELS)
    minimum = key_field(BLOCK["minimum"])
    show = LinesField(label_of(BLOCK["show"]))
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
        if kind:
            for field in ("show",) if kind.items else _ITEM_FIELDS:
                del form[field]
        if kind is COMPARE:
            for field in ("limit", "items", "fallback"):
                del form[field]
        return form

    def entry(self, present: Mapping[str, Any]) -> dict[str, Any]:
        """Return the entry; an empty heading is none, where one that is not there is the usual."""
        entry = super().entry(present)
        return entry | {"heading": ""} if self.no_heading.data else entry


# Comparisons.


class ComparisonForm(SettingForm):
    """What is compared, in which order, and what its table says of each."""

    section = "comparisons"
    declared = COMPARISON
    keys: ClassVar = {key: key for key in ("items", "rows", "ranked", "heading")}

    items = LinesField(label_of(COMPARISON["items"]))
    rows = LinesField(label_of(COMPARISON["rows"]))
    ranked = key_field(COMPARISON["ranked"])
    heading = key_field(COMPARISON["heading"])


# Programmes: Amazon, the site's own links, and all others.

TRACKINGS = {
    Tracking.DIRECT: lazy_gettext("direct, not counted"),
    Tracking.BEACON: lazy_gettext("direct, counted on the page"),
    Tracking.REDIRECT: lazy_gettext("via /go/"),
}


class OwnSiteForm(SettingForm):
    """How links of the site itself are counted and called."""

    section = "programmes"
    declared = OWN_SITE_KEYS
    keys: ClassVar = {"tracking": "tracking", "label": "label", "sales": "sales"}

    tracking = _choice_field(
        lazy_gettext("Click counting"),
        _USUAL | {each.value: text for each, text in TRACKINGS.items()},
    )
    label = key_field(OWN_SITE_KEYS["label"])
    sales = SalesField(label_of(OWN_SITE_KEYS["sales"]))


class AmazonForm(OwnSiteForm):
    """Amazon's marketplace, tracking ID and approval."""

    declared = AMAZON_KEYS
    keys: ClassVar = {
        "marketplace": "marketplace",
        "tag": "tag",
        "status": "status",
        **OwnSiteForm.keys,
    }
    rare = frozenset(OwnSiteForm.keys)

    marketplace = _choice_field(
        lazy_gettext("Marketplace"), _USUAL | {name: name for name in TAG_SUFFIXES}
    )
    tag = StringField(lazy_gettext("Tracking ID"))
    status = _choice_field(
        lazy_gettext("Approval as an associate"),
        {
            "none": lazy_gettext("not applied for"),
            "applied": lazy_gettext("applied for"),
            "approved": lazy_gettext("approved"),
        },
    )


class ProgrammeForm(OwnSiteForm):
    """Any other programme."""

    declared = PROGRAMME
    keys: ClassVar = {"name": "title", "url": "url", "tag": "tag", **OwnSiteForm.keys}
    rare = frozenset(OwnSiteForm.keys)

    title = StringField(lazy_gettext("Name"))
    url = key_field(PROGRAMME["url"])
    tag = StringField(lazy_gettext("Tracking ID"))


def form_of(programme: str) -> type[OwnSiteForm]:
    """Return the form for the programme of this id."""
    return {AMAZON: AmazonForm, OWN_SITE: OwnSiteForm}.get(programme, ProgrammeForm)


# Tokens of the API.

SCOPES = {
    Scope.READ: lazy_gettext("read"),
    Scope.EDIT: lazy_gettext("edit the catalog"),
}


class _ScopesField(SelectMultipleField):
    """Scopes as boxes to tick."""

    widget = ListWidget(prefix_label=False)
    option_widget = CheckboxInput()


def _not_past(_: Form, field: Field) -> None:
    if field.data and field.data < today():
        raise StopValidation(gettext("Choose today or a later day."))


class TokenForm(PageForm):
    """A new token: its name, what it may do, and until when; without a day it does not expire."""

    token_name = StringField(lazy_gettext("Token name"), [REQUIRED])
    scopes = _ScopesField(
        lazy_gettext("Scopes"),
        [InputRequired(lazy_gettext("Choose at least one."))],
        choices=[SelectChoice(scope.value, text) for scope, text in SCOPES.items()],
        default=[Scope.READ.value],
    )
    expires = DateField(lazy_gettext("Last day"), [Optional(), _not_past])


def create_token(form: TokenForm) -> str:
    """Create the token of a valid form and return it; empty, with an error, for a taken name."""
    scopes = frozenset(map(Scope, form.scopes.data or ()))
    grant = tokens.Grant(scopes, form.expires.data)
    name, made = form.token_name.data or "", datetime.now(UTC).date()
    try:
        return tokens.new_token(get_admin().engine, name, current_user(), made, grant)
    except LinkmgrError:
        form.token_name.errors = [
            gettext(
                "Use 1 to %(most)s visible characters and a name no other token has.",
                most=tokens.LONGEST_NAME,
            )
        ]
        return ""
