"""The field of an entry's tags: a text is Amazon's, `amazon: a-22, rakuten: b` names programmes."""

from collections.abc import Mapping, Sequence
from typing import Any

from wtforms import StringField


class TagsField(StringField):
    """A tag, or tags by programme; `data` is as the catalog has it."""

    data: str | dict[str, str] | None  # type: ignore[assignment]  # a StringField has a text

    def _value(self) -> str:
        return tags_text(self.data or "")

    def process_formdata(self, valuelist: Sequence[Any]) -> None:
        text = str(valuelist[0]).strip() if valuelist else ""
        pairs = [part.partition(":") for part in text.split(",")]
        named = {name.strip(): tag.strip() for name, colon, tag in pairs if colon}
        self.data = named if len(named) == len(pairs) else text


def tags_text(tags: str | Mapping[str, str]) -> str:
    """Return tags as the field shows them."""
    if isinstance(tags, str):
        return tags
    return ", ".join(f"{programme}: {tag}" for programme, tag in tags.items())
