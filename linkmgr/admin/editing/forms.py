"""The form of an entry of the catalog, with the entry's problems beside its fields."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any, ClassVar

from flask_babel import get_locale
from flask_babel.speaklater import LazyString
from wtforms import BooleanField, Field, HiddenField, StringField, TextAreaField
from wtforms.widgets import DateInput

from linkmgr.admin.common.forms import LinesField, NamedTextsField, PageForm
from linkmgr.catalog.keys.declaration import ByName, Day, Flag, Inner, Key, Keys, ListOf, Text
from linkmgr.messages.errors import MOST_SHOWN, LinkmgrError, Problem, Problems, line_of_more
from linkmgr.messages.message import Message, Param, word

# Parameters whose value is a key of the entry: a form names the field instead.
_KEY_PARAMS = {"key", "other"}


class EntryForm(PageForm):
    """The form of an entry of a `section`, made from the catalog's text of `revision`.

    Each of its `declared` keys that has a label has a field. `keys` are those that the template
    places, with their fields by the entry's keys; the others have what they are for as description
    and stand together. `gone` is set once a conflict has shown that the entry was deleted.
    """

    section: ClassVar[str]
    declared: ClassVar[Keys | None] = None
    keys: ClassVar[Mapping[str, str]] = {}

    revision = HiddenField()
    gone = HiddenField()
    name: StringField

    def __init_subclass__(cls) -> None:
        """Make the fields of declared keys that the class has not made itself."""
        declared = dict(_labelled(cls.declared or ()))
        further = {name: key.field for name, key in declared.items() if name not in cls.keys}
        for name, key in declared.items():
            field = cls.keys.get(name, key.field)
            if name in further:
                setattr(cls, field, cls.field_for(key, description=LazyString(_purpose, key)))
            elif not hasattr(cls, field):
                setattr(cls, field, cls.field_for(key))
        cls.keys = {**cls.keys, **further}

    @classmethod
    def field_for(cls, key: Key, **settings: Any) -> Field:
        """Return the field of a key."""
        return key_field(key, **settings)

    @property
    def entry_key(self) -> str:
        """The key of the entry in the catalog, before those within it."""
        return f"{self.section}.{(self.name.data or '').strip()}"

    def is_of_deleted(self, present: str) -> bool:
        """Whether an entry that the `present` revision lacks was there when the form was made."""
        return bool(self.gone.data) or self.revision.data != present

    def show_error(self, error: LinkmgrError) -> None:
        """Show why the entry cannot be saved."""
        if isinstance(error, Problems):
            self.show_problems(error.problems)
        else:
            self.general.append(error_text(error))

    def show_problems(self, problems: Sequence[Problem]) -> None:
        """Show the first problems of the entry beside their fields, every other one above all."""
        for problem in problems[:MOST_SHOWN]:
            if field := self._field_of_problem(problem.location.key):
                field.errors = [*field.errors, self._text(problem.message)]
            else:
                self.general.append(_text_with_key(problem))
        self.general += line_of_more(problems)

    def field_of(self, key: str) -> Field | None:
        """Return the field of a key within the entry, such as `utm.source`."""
        raise NotImplementedError

    def _field_of_problem(self, key: str) -> Field | None:
        entry = self.entry_key
        if key == entry:
            return self.name
        within = key.removeprefix(f"{entry}.")
        return None if within == key else self.field_of(within)

    def _text(self, message: Message) -> str:
        params = tuple(
            (name, self._label_of(value) if name in _KEY_PARAMS else value)
            for name, value in message.params
        )
        return word(Message(message.code, params), form=True)

    def _label_of(self, key: Param) -> Param:
        field = self.field_of(key) if isinstance(key, str) else None
        return str(field.label.text) if field else key


def _labelled(keys: Iterable[Key]) -> Iterator[tuple[str, Key]]:
    """Yield the keys with a label, also those of mappings within, by their dotted names."""
    for key in keys:
        if key.label:
            yield key.name, key
        elif isinstance(key.type, Inner):
            yield from ((f"{key.name}.{name}", each) for name, each in _labelled(key.type.keys))


def key_field(key: Key, **settings: Any) -> Field:
    """Return the field of a key, with the label of its declaration."""
    label = label_of(key)
    match key.type:
        case Flag():
            return BooleanField(label, **settings)
        case Day():
            return StringField(label, widget=DateInput(), **settings)
        case ListOf(Text()):
            return LinesField(label, **settings)
        case ByName():
            return NamedTextsField(label, **settings)
        case Text() as text if text.is_prose:
            return TextAreaField(label, **settings)
    return StringField(label, **settings)


def label_of(key: Key) -> LazyString:
    """Return the label of a key's declaration, in the reader's language."""
    return LazyString(_label, key)


def typed(field: Field) -> Any:
    """Return what is in a field, without the spaces around it and a browser's line ends."""
    data = "" if field.data is None else field.data
    return data.replace("\r\n", "\n").strip() if isinstance(data, str) else data


def _label(key: Key) -> str:
    english, japanese = key.label or (key.name, key.name)
    return japanese if _is_japanese() else english


def _purpose(key: Key) -> str:
    return key.japanese if _is_japanese() else key.english


def _is_japanese() -> bool:
    locale = get_locale()
    return locale is not None and locale.language == "ja"


def error_text(error: LinkmgrError) -> str:
    """Return why a change of one entry failed, each problem with its key."""
    if isinstance(error, Problems):
        first = map(_text_with_key, error.problems[:MOST_SHOWN])
        return " ".join((*first, *line_of_more(error.problems)))
    return word(error.message, form=True)


def _text_with_key(problem: Problem) -> str:
    text, key = word(problem.message, form=True), problem.location.key
    return f"{key}: {text}" if key else text
