"""The field of a list of texts, such as tags or ids."""

from collections.abc import Sequence
from typing import Any

from flask_babel import gettext
from wtforms import TextAreaField

MOST_LINES = 2_000
"""Of a list: what the API takes for a whole entry."""


class LinesField(TextAreaField):
    """Texts, one a line; empty lines are none."""

    data: list[str]  # type: ignore[assignment]  # the text area's is one text

    def _value(self) -> str:
        return "\n".join(self.data or ())

    def process_formdata(self, valuelist: Sequence[Any]) -> None:
        lines = (line.strip() for value in valuelist for line in str(value).splitlines())
        found = list(dict.fromkeys(filter(None, lines)))
        self.data = found[:MOST_LINES]
        if len(found) > MOST_LINES:
            raise ValueError(gettext("Enter at most %(most)s lines.", most=MOST_LINES))
