"""Forms of items: made of an entry, or of what was sent, and compared."""

from collections.abc import Mapping
from typing import Any

from wtforms import Field

from linkmgr.admin.items.forms import BookForm, CtaForm, typed
from linkmgr.catalog.model import Catalog, Kind

_FORMS: dict[Kind, type[BookForm | CtaForm]] = {Kind.BOOKS: BookForm, Kind.CTA: CtaForm}

AnyForm = BookForm | CtaForm


def form_of(
    kind: Kind, catalog: Catalog, revision: str, said: Mapping[str, Any], item: str = ""
) -> AnyForm:
    """Make the form of an entry that says this."""
    flat = {**said, **{f"utm.{key}": own for key, own in (said.get("utm") or {}).items()}}
    form = _FORMS[kind]
    values = {field: flat[key] for key, field in form.keys.items() if key in flat}
    if "retired" in values:
        values["retired"] = str(values["retired"]).lower() in {"true", "yes", "on"}
    values |= {"revision": revision, "name": item}
    if kind is Kind.BOOKS:
        values["shops"] = said.get("shops") or []
    return form(None, catalog=catalog, data=values)


def sent_form(kind: Kind, catalog: Catalog, item: str | None = None) -> AnyForm:
    """Return the form that was sent; of an `item` that is there the id stays."""
    form = _FORMS[kind](catalog=catalog)
    if item is not None:
        form.name.data = item
    return form


def differences(mine: AnyForm, theirs: AnyForm) -> list[tuple[str, str, str]]:
    """Return label and both values of each field in which two forms of a kind differ."""
    ours, others = ({field.name: field for field in form.all_fields()} for form in (mine, theirs))
    labels = {name: field.label.text for name, field in {**others, **ours}.items()}
    rows = [
        (label, _shown(ours.get(name)), _shown(others.get(name)))
        for name, label in labels.items()
        if name != "name"
    ]
    return [row for row in rows if row[1] != row[2]]


def _shown(field: Field | None) -> str:
    value = typed(field) if field else ""
    if isinstance(value, bool):
        return "✓" if value else ""
    return value or ""
