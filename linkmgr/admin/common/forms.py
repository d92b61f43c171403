"""What the forms of all pages have in common."""

from flask_wtf import FlaskForm
from wtforms import HiddenField


class PageForm(FlaskForm):  # type: ignore[misc]  # flask_wtf comes without types
    """A form that reads the request it is made in, and carries the session's token."""


class EntryForm(PageForm):
    """The form of an entry of the catalog, made from its text of `revision`.

    `gone` holds something once a conflict has told that the entry was deleted meanwhile.
    """

    revision = HiddenField()
    gone = HiddenField()

    def is_of_deleted(self, present: str) -> bool:
        """Whether an entry that the `present` revision has not was there when the form was made."""
        return bool(self.gone.data) or self.revision.data != present
