"""The forms of the settings: the site, its blocks and programmes, and tokens of the API."""

from collections.abc import Mapping
from datetime import UTC, datetime
from functools import cache
from typing import Any, Self

from flask_babel import gettext, lazy_gettext
from wtforms import BooleanField, DateField, Field, Form, SelectMultipleField, StringField
from wtforms.fields import SelectChoice  # type: ignore[attr-defined]  # newer than the stubs
from wtforms.validators import InputRequired, Optional, StopValidation
from wtforms.widgets import CheckboxInput, ListWidget

from linkmgr.admin.auth.forms import REQUIRED
from linkmgr.admin.common.context import current_user, get_admin, today
from linkmgr.admin.common.forms import PageForm, SalesField, TermsField
from linkmgr.admin.editing.forms import EntryForm, label_of, purpose_of, value_of
from linkmgr.catalog.blocks import KINDS
from linkmgr.catalog.declaration import Key
from linkmgr.catalog.keys.placing import BLOCK, COMPARISON
from linkmgr.catalog.keys.programmes import SALES
from linkmgr.catalog.keys.site import SITE, entries_of
from linkmgr.catalog.reading.yaml.texts import FLAGS, typed
from linkmgr.messages.errors import LinkmgrError
from linkmgr.store.accounts import tokens
from linkmgr.store.accounts.tokens import Scope


class SettingForm(EntryForm):
    """The form of an entry whose keys without a field stay as they are.

    A field says what its key is for unless the page has a better hint.
    """

    name = StringField(lazy_gettext("Id"))

    @classmethod
    def field_for(cls, key: Key, **settings: Any) -> Field:
        """Return the field of a key; sales are lines of text."""
        if key is SALES:
            return SalesField(label_of(key), **settings)
        settings.setdefault("description", purpose_of(key))
        return super().field_for(key, **settings)

    @classmethod
    def of_entry(cls, entry: Mapping[str, Any], revision: str, name: str = "") -> Self:
        """Make the form of an entry; a submitted one has what was typed."""
        values = {field: entry[key] for key, field in cls.keys.items() if key in entry}
        for field, usual in cls.declared.defaults.items():
            value = values.setdefault(field, usual)
            if isinstance(usual, bool):
                values[field] = FLAGS.get(str(value).lower(), usual)
        form = cls(**values | {"revision": revision, "name": name})
        if name:
            form.name.data = name
        return form

    def entry(self, present: Mapping[str, Any]) -> dict[str, Any]:
        """Return the entry with what was typed, without what is empty or usual."""
        entry = dict(present)
        for name, field in self.keys.items():
            if field not in self:
                continue
            key = self.declared[name]
            value = typed(value_of(self[field], key), name)
            is_usual = name not in present and value == self.declared.defaults.get(key.field)
            if is_usual or value in ("", [], {}):
                entry.pop(name, None)
            else:
                entry[name] = value
        return entry

    def field_of(self, key: str) -> Field | None:
        """Return the field of a key."""
        name = self.keys.get(key.partition(".")[0].partition("[")[0])
        field: Field | None = self[name] if name and name in self else None
        return field

    def main_fields(self) -> list[Field]:
        """Return the fields that most people need: those declared so, or else all."""
        return self.fields_in("main") or self.further_fields()

    def further_fields(self) -> list[Field]:
        """Return the fields that are not declared as what most people need."""
        main = {field.name for field in self.fields_in("main")}
        return [self[name] for name in self.keys.values() if name in self and name not in main]


class SiteForm(SettingForm):
    """The blog and the server that counts its clicks: the catalog's section `site`."""

    section = "site"
    declared = SITE

    @property
    def entry_key(self) -> str:
        """The key of the section: it has no entries."""
        return self.section

    def field_of(self, key: str) -> Field | None:
        """Return the field of a key, that of the title for a problem of the whole section."""
        return super().field_of(key) or self["title"]


class BlockForm(SettingForm):
    """A block: where it stands, what fills it, and how many of that."""

    section = "blocks"
    declared = BLOCK

    no_heading = BooleanField(lazy_gettext("No heading"))

    @classmethod
    def of_entry(cls, entry: Mapping[str, Any], revision: str, name: str = "") -> Self:
        """Make the form of a block, with the fields that its kind has."""
        form = super().of_entry(entry, revision, name)
        if not form.is_submitted():
            form.no_heading.data = entry.get("heading") == ""
        if name in KINDS and "kind" not in entry:
            del form["kind"]
        kind = KINDS.get(str(entry.get("kind", name)))
        for key in kind.refused_keys if kind else ():
            del form[BLOCK[key].field]
        return form

    def entry(self, present: Mapping[str, Any]) -> dict[str, Any]:
        """Return the entry; an empty heading stands for none, a missing one for the usual one."""
        entry = super().entry(present)
        if self.no_heading.data:
            entry["heading"] = ""
        return entry


class ComparisonForm(SettingForm):
    """A comparison: its items and rows, and for a new one the posts that are to show it."""

    section = "comparisons"
    declared = COMPARISON

    shown_on = TermsField(lazy_gettext("Show it on posts with"))


@cache
def form_type(section: str, entry: str = "") -> type[SettingForm]:
    """Return the form of an entry, or of a new one; some programmes have keys of their own."""
    if section == BlockForm.section:
        return BlockForm
    if section == ComparisonForm.section:
        return ComparisonForm
    declared = entries_of(section).keys_of(entry)
    return type("EntryForm", (SettingForm,), {"section": section, "declared": declared})


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
    """Create the token of a valid form and return it; empty, with an error, for a bad name."""
    scopes = frozenset(map(Scope, form.scopes.data or ()))
    grant = tokens.Grant(scopes, form.expires.data)
    name, made = form.token_name.data or "", datetime.now(UTC).date()
    try:
        return tokens.new_token(get_admin().engine, name, current_user(), made, grant=grant)
    except LinkmgrError:
        form.token_name.errors = [
            gettext(
                "Use 1 to %(most)s visible characters and a name no other token has.",
                most=tokens.LONGEST_NAME,
            )
        ]
        return ""
