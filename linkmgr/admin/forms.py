"""What the forms of all pages have in common."""

from flask_wtf import FlaskForm


class PageForm(FlaskForm):  # type: ignore[misc]  # flask_wtf comes without types
    """A form that reads the request it is made in, and carries the session's token."""
