"""The form of an entry of the catalog, with the entry's problems beside its fields."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import date
from typing import Any, ClassVar

from flask_babel.speaklater import LazyString
from wtforms import (
    BooleanField,
    Field,
    FieldList,
    Form,
    HiddenField,
    SelectField,
    StringField,
    TextAreaField,
)
from wtforms.fields import SelectChoice  # type: ignore[attr-defined]  # newer than the stubs
from wtforms.widgets import DateInput

from linkmgr.admin.common.forms import LinesField, NamedTextsField, PageForm, TagsField
from linkmgr.admin.common.preferences import language
from linkmgr.catalog.declaration import (
    Choice,
    Day,
    Entries,
    Flag,
    Inner,
    Key,
    Keys,
    ListOf,
    MapOf,
    Number,
    OneOf,
    Text,
)
from linkmgr.catalog.reading.yaml.texts import FLAGS
from linkmgr.messages.errors import MOST_SHOWN, LinkmgrError, Problem, Problems, line_of_more
from linkmgr.messages.message import Message, Param, declared, translate

# Parameters whose value is a key of the entry: a form names the field instead.
_KEY_PARAMS = {"key", "other"}

_EXPLAINED = {"", "extras"}
"""The parts of forms whose fields have what their keys are for as description."""


class EntryForm(PageForm):
    """The form of an entry of the catalog."""

    section: ClassVar[str]

    declared: ClassVar[Keys]
    """The keys of the entry: each that has a label has a field, which the class need not make."""

    keys: ClassVar[Mapping[str, str]]
    """The fields by the entry's keys, those of mappings within it by dotted ones."""

    revision = HiddenField()
    """The revision of the catalog from which the form was made."""

    gone = HiddenField()
    """Is set once a conflict has shown that the entry was deleted."""

    name: StringField

    def __init_subclass__(cls) -> None:
        """Make the fields of declared keys that the class has not made itself."""
        fields = {}
        for name, field, key in _labelled(getattr(cls, "declared", ())):
            fields[name] = field
            if hasattr(cls, field):
                continue
            settings = {}
            if key.part in _EXPLAINED:
                settings["description"] = purpose_of(key)
            setattr(cls, field, cls.field_for(key, **settings))
        cls.keys = fields

    @classmethod
    def field_for(cls, key: Key, **settings: Any) -> Field:
        """Return the field of a key."""
        return key_field(key, **settings)

    def fields_in(self, part: str) -> list[Field]:
        """Return the fields in a part of the form, in the order of their declaration."""
        labelled = _labelled(self.declared)
        return [self[field] for _, field, key in labelled if key.part == part and field in self]

    @property
    def entry_key(self) -> str:
        """The key of the entry in the catalog, before those within it."""
        return f"{self.section}.{(self.name.data or '').strip()}"

    def is_of_deleted(self, present: str) -> bool:
        """Whether the form is of an entry that was deleted before the `present` revision."""
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
            field = self._field_of_problem(problem.location.key)
            if field:
                field.errors = [*field.errors, self._text(problem.message)]
            else:
                self.general.append(_text_with_key(problem))
        self.general += line_of_more(problems)

    def field_of(self, key: str) -> Field | None:
        """Return the field of a key within the entry, such as `utm.source`."""
        raise NotImplementedError

    def _field_of_problem(self, key: str) -> Field | None:
        if key == self.entry_key:
            return self.name
        prefix = f"{self.entry_key}."
        return self.field_of(key.removeprefix(prefix)) if key.startswith(prefix) else None

    def _text(self, message: Message) -> str:
        """Return a message with the labels of fields in place of keys."""
        params: list[tuple[str, Param]] = []
        for name, value in message.params:
            field = None
            if name in _KEY_PARAMS and isinstance(value, str):
                field = self.field_of(value)
            params.append((name, str(field.label.text) if field else value))
        return translate(Message(message.code, tuple(params)), form=True)


def _labelled(keys: Iterable[Key]) -> Iterator[tuple[str, str, Key]]:
    """Yield the keys with a label: their names, dotted for those of an inner mapping, and fields.

    The field of a key `name` is `title`, since the field `name` of each form has the entry's id.
    """
    for key in keys:
        if key.label:
            yield key.name, "title" if key.name == "name" else key.field, key
        elif isinstance(key.type, Inner):
            for name, field, inner in _labelled(key.type.keys):
                yield f"{key.name}.{name}", f"{key.field}_{field}", inner


def key_field(key: Key, **settings: Any) -> Field:  # noqa: PLR0911 - a case for each type
    """Return the field of a key, with the label of its declaration."""
    label = label_of(key)
    match key.type:
        case Flag():
            return BooleanField(label, **settings)
        case Day():
            return StringField(label, widget=DateInput(), **settings)
        case ListOf(Text() | Choice()):
            return LinesField(label, **settings)
        case MapOf():
            return NamedTextsField(label, **settings)
        case Choice():
            choices = [SelectChoice(option, label) for option, label in labels_of(key).items()]
            # The catalog's reader refuses others.
            return SelectField(label, choices=choices, validate_choice=False, **settings)
        case OneOf():
            return TagsField(label, **settings)
        case Text() as text if text.is_prose:
            return TextAreaField(label, **settings)
    return StringField(label, **settings)


def label_of(key: Key) -> LazyString:
    """Return the label of a key's declaration, in the reader's language."""
    return LazyString(_in_language, key.label or key.name)


def labels_of(key: Key) -> dict[str, LazyString]:
    """Return what each option of a key's declaration is called in forms, in their order there."""
    choice = key.type
    if not isinstance(choice, Choice):
        raise TypeError(f"{key.name} has no options")
    labels = {str(option): label for option, label in choice.labels.items()}
    for option in map(str, choice.options):
        labels.setdefault(option, option)
    return {option: LazyString(_in_language, label) for option, label in labels.items()}


def purpose_of(key: Key) -> LazyString:
    """Return what a key's declaration says that it is for, in the reader's language."""
    return LazyString(_in_language, key.purpose)


def typed(field: Field) -> Any:
    """Return what is in a field, without the spaces around it and a browser's line ends."""
    data = "" if field.data is None else field.data
    return data.replace("\r\n", "\n").strip() if isinstance(data, str) else data


# Entries from the fields of their keys, and fields from entries.


def entry_of(form: Form, keys: Keys, prefix: str = "") -> dict[str, Any]:
    """Return what is in the fields of `keys`, without the empty ones.

    Entries within it are left to the form, which names new ones. The fields of a mapping within the
    entry have names with a `prefix`.
    """
    entry: dict[str, Any] = {}
    for key in keys:
        name = prefix + key.field
        if isinstance(key.type, Inner):
            value: Any = entry_of(form, key.type.keys, f"{name}_")
        elif name in form and not isinstance(key.type, Entries):
            value = value_of(form[name], key)
        else:
            continue
        if _is_given(value):
            entry[key.name] = value
    return entry


def _is_given(value: Any) -> bool:
    """Whether anything was typed; a zero counts, so that its problem is shown."""
    return bool(value) or (value == 0 and value is not False)


def value_of(field: Field, key: Key) -> Any:
    """Return what is in the field of a key as the catalog has it."""
    match key.type:
        case Day():
            return _day(typed(field))
        case Number():
            return number_of(typed(field))
        case ListOf(Inner(keys)) if isinstance(field, FieldList):
            rows = [entry_of(row.form, keys) for row in field]
            return [row for row in rows if row]
    return typed(field)


def _day(text: str) -> date | str:
    try:
        return date.fromisoformat(text)
    except ValueError:
        return text


def number_of(text: str) -> float | str:
    """Return a number as it was typed, without a point that says nothing."""
    try:
        number = float(text)
    except ValueError:
        return text
    return int(number) if number.is_integer() else number


def fields_of(keys: Keys, entry: Mapping[str, Any], prefix: str = "") -> dict[str, Any]:
    """Return the data of the fields of `keys` from an entry whose scalars are texts."""
    data: dict[str, Any] = {}
    for key in keys:
        value = entry.get(key.name)
        if value is None:
            continue
        match key.type:
            case Inner(inner):
                data |= fields_of(inner, value, f"{prefix}{key.field}_")
            case ListOf(Inner(inner)):
                data[prefix + key.field] = [fields_of(inner, row) for row in value]
            case Flag():
                data[prefix + key.field] = FLAGS.get(str(value).lower(), False)
            case _:
                data[prefix + key.field] = value
    return data


def _in_language(text: str) -> str:
    return declared(text, language())


def error_text(error: LinkmgrError) -> str:
    """Return why a change of one entry failed, each problem with its key."""
    if isinstance(error, Problems):
        lines = [_text_with_key(problem) for problem in error.problems[:MOST_SHOWN]]
        lines += line_of_more(error.problems)
        return " ".join(lines)
    return translate(error.message, form=True)


def _text_with_key(problem: Problem) -> str:
    text, key = translate(problem.message, form=True), problem.location.key
    return f"{key}: {text}" if key else text
