"""What the forms of all pages have in common."""

from typing import Any

from flask_wtf import FlaskForm
from wtforms import Field


class PageForm(FlaskForm):  # type: ignore[misc]  # flask_wtf comes without types
    """A form that reads the request it is made in, and carries the session's token.

    `general` are the errors that belong to no field.
    """

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.general: list[str] = []

    def visible_fields(self) -> list[Field]:
        """Return the fields that people see."""
        return [field for field in self if field.type not in {"HiddenField", "CSRFTokenField"}]

    def invalid_fields(self) -> list[Field]:
        """Return the fields with errors, in their order."""
        return [field for field in self.visible_fields() if field.errors]
