"""What a form asks of names and passwords."""

from flask_babel import gettext, lazy_gettext
from wtforms import Field, Form
from wtforms.validators import EqualTo, InputRequired, StopValidation

from linkmgr.messages.errors import LinkmgrError
from linkmgr.store.accounts import users

REQUIRED = InputRequired(lazy_gettext("Fill this in."))
SAME_PASSWORD = EqualTo("password", lazy_gettext("The passwords don't match."))


def NAME(_: Form, field: Field) -> None:  # noqa: N802 - a validator, like those beside it
    """Refuse what can be no account's name."""
    try:
        users.account_name(field.data or "")
    except LinkmgrError:
        raise StopValidation(
            gettext("Use 1 to %(most)s visible characters.", most=users.LONGEST_NAME)
        ) from None


def NEW_PASSWORD(_: Form, field: Field) -> None:  # noqa: N802 - as above
    """Refuse a password that is too short."""
    try:
        users.check_password(field.data or "")
    except LinkmgrError:
        raise StopValidation(
            gettext(
                "Use %(least)s to %(most)s characters. A few words in a row work well.",
                least=users.SHORTEST_PASSWORD,
                most=users.LONGEST_PASSWORD,
            )
        ) from None
