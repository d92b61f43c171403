"""The forms for signing in and for the first account, and what they require."""

from flask_babel import gettext, lazy_gettext
from wtforms import BooleanField, Field, Form, PasswordField, StringField
from wtforms.validators import EqualTo, InputRequired, StopValidation

from linkmgr.admin.common.forms import PageForm
from linkmgr.messages.errors import LinkmgrError
from linkmgr.messages.message import translate
from linkmgr.store.accounts import users

REQUIRED = InputRequired(lazy_gettext("Fill this in."))
SAME_PASSWORD = EqualTo("password", lazy_gettext("The passwords don't match."))


def NAME(_: Form, field: Field) -> None:  # noqa: N802 - a validator, like those beside it
    """Refuse what cannot be an account's name."""
    try:
        users.account_name(field.data or "")
    except LinkmgrError:
        raise StopValidation(
            gettext("Use 1 to %(most)s visible characters.", most=users.LONGEST_NAME)
        ) from None


def NEW_PASSWORD(_: Form, field: Field) -> None:  # noqa: N802 - as above
    """Refuse a password that is too short, or a common one."""
    try:
        users.check_password(field.data or "")
    except LinkmgrError as error:
        raise StopValidation(translate(error.message, form=True)) from None


class LoginForm(PageForm):
    """Name and password."""

    name = StringField(lazy_gettext("User name"), [REQUIRED])
    password = PasswordField(lazy_gettext("Password"), [REQUIRED])


class LinkForm(PageForm):
    """The password that a link lets choose."""

    password = PasswordField(lazy_gettext("Password"), [REQUIRED, NEW_PASSWORD])
    again = PasswordField(lazy_gettext("Confirm password"), [REQUIRED, SAME_PASSWORD])
    revoke = BooleanField(lazy_gettext("Also revoke the API tokens of this account"), default=True)


class SetupForm(PageForm):
    """The first account."""

    name = StringField(lazy_gettext("User name"), [REQUIRED, NAME])
    password = PasswordField(lazy_gettext("Password"), [REQUIRED, NEW_PASSWORD])
    again = PasswordField(lazy_gettext("Confirm password"), [REQUIRED, SAME_PASSWORD])
