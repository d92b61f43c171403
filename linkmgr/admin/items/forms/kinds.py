"""Items as forms: made of an entry or of a request, turned into an entry, compared."""

from collections.abc import Mapping
from typing import Any, ClassVar

from flask_babel import lazy_gettext
from wtforms import Field, SelectField, StringField, TextAreaField

from linkmgr.admin.editing.tags_field import tags_text
from linkmgr.admin.items.forms.good_forms import BookForm, GoodForm, ProductForm
from linkmgr.admin.items.forms.item_form import COMMON_KEYS, ItemForm, typed
from linkmgr.catalog.items import ItemKind
from linkmgr.catalog.model import Catalog
from linkmgr.catalog.reading.yaml.raw import FLAGS
from linkmgr.links.model import OWN_SITE, UTM_KEYS


class CtaForm(ItemForm):
    """A call to action."""

    kind = ItemKind.CTA
    section = ItemKind.CTA.section
    title_field = "heading"
    keys: ClassVar = {
        **{key: key for key in ("heading", "text", "label", "url", "code")},
        **{f"utm.{key}": f"utm_{key}" for key in UTM_KEYS},
        "class": "css_class",
        "programme": "programme",
        **COMMON_KEYS,
    }

    heading = StringField(lazy_gettext("Heading"))
    text = TextAreaField(lazy_gettext("Sentence"))
    label = StringField(lazy_gettext("Text of the button"))
    url = StringField(lazy_gettext("Address"))
    code = TextAreaField(lazy_gettext("Code that a programme issued"))
    utm_source = StringField(lazy_gettext("Source (utm_source)"))
    utm_medium = StringField(lazy_gettext("Medium (utm_medium)"))
    utm_campaign = StringField(lazy_gettext("Campaign (utm_campaign)"))
    utm_content = StringField(lazy_gettext("Content (utm_content)"))
    utm_term = StringField(lazy_gettext("Term (utm_term)"))
    css_class = StringField(lazy_gettext("CSS class of the button"))
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
    values |= {"revision": revision, "name": item}
    if issubclass(form, GoodForm):
        values["shops"] = entry.get("shops") or []
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
