"""The form of a new token of the API: its name, what it may do, and until when."""

from datetime import UTC, datetime

from flask_babel import gettext, lazy_gettext
from wtforms import DateField, Field, Form, SelectMultipleField, StringField
from wtforms.fields import SelectChoice  # type: ignore[attr-defined]  # newer than the stubs
from wtforms.validators import InputRequired, Optional, StopValidation
from wtforms.widgets import CheckboxInput, ListWidget

from linkmgr.admin.auth.forms import REQUIRED
from linkmgr.admin.common.context import current_user, get_admin, today
from linkmgr.admin.common.forms import PageForm
from linkmgr.messages.errors import LinkmgrError
from linkmgr.store.accounts import tokens
from linkmgr.store.accounts.tokens import Scope

SCOPES = {
    Scope.READ: lazy_gettext("read"),
    Scope.EDIT: lazy_gettext("edit the catalog"),
    Scope.BUILD: lazy_gettext("build the site"),
    Scope.CATALOG: lazy_gettext("copy the catalog to other machines"),
}


class _ScopesField(SelectMultipleField):
    """Scopes as boxes to tick."""

    widget = ListWidget(prefix_label=False)
    option_widget = CheckboxInput()


def _not_past(_: Form, field: Field) -> None:
    if field.data and field.data < today():
        raise StopValidation(gettext("Choose today or a later day."))


class TokenForm(PageForm):
    """A new token; without a day it does not expire."""

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
