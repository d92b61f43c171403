"""The field of a list of texts, such as tags or ids."""

from collections.abc import Sequence
from typing import Any

from wtforms import TextAreaField


class LinesField(TextAreaField):
    """Texts, one a line; empty lines are none."""

    data: list[str]  # type: ignore[assignment]  # the text area's is one text

    def _value(self) -> str:
        return "\n".join(self.data or ())

    def process_formdata(self, valuelist: Sequence[Any]) -> None:
        lines = (line.strip() for value in valuelist for line in str(value).splitlines())
        self.data = list(dict.fromkeys(filter(None, lines)))
