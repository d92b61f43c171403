"""Layouts of reports: those that linkmgr knows, in `layouts.yaml`, and those that an owner kept."""

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from enum import StrEnum
from functools import cache
from importlib.resources import files
from pathlib import Path
from typing import Any, TypeVar

import yaml

from linkmgr.earnings.reading.model import (
    EVERY,
    Answers,
    DateOrder,
    Field,
    Layout,
    Origin,
    Sample,
    Status,
    Tax,
)
from linkmgr.earnings.reading.values import folded, read_heading
from linkmgr.fs import locked, replace_file, wrap_read_errors, wrap_write_errors
from linkmgr.messages.errors import LinkmgrError, Problem, Problems
from linkmgr.messages.libyaml import libyaml_problem
from linkmgr.messages.message import message

LAYOUTS_FILE = "report-layouts.yaml"
"""The file in the instance folder with the layouts that were kept."""

_Word = TypeVar("_Word", bound=StrEnum)

_PATIENCE = 10.0  # seconds that another process may write the file


@dataclass(frozen=True, slots=True)
class _Packaged:
    """What comes with linkmgr: layouts, headings to guess by, words of states."""

    layouts: tuple[Layout, ...]
    guesses: Mapping[Field, tuple[str, ...]]
    statuses: Mapping[str, Status]


@cache
def _packaged() -> _Packaged:
    text = files(__package__).joinpath("layouts.yaml").read_text(encoding="utf-8")
    values = yaml.CBaseLoader(text).get_data()
    return _Packaged(
        layouts=tuple(_layout(name, entry) for name, entry in values["layouts"].items()),
        guesses={Field(name): tuple(aliases) for name, aliases in values["guesses"].items()},
        statuses={
            folded(word): Status(status)
            for status, words in values["statuses"].items()
            for word in words
        },
    )


def known_statuses() -> Mapping[str, Status]:
    """Return what the usual words of states mean."""
    return _packaged().statuses


def known_layouts(kept: Iterable[Layout]) -> tuple[Layout, ...]:
    """Return all layouts: the kept ones before linkmgr's own, which those of their names extend."""
    own = {layout.name: layout for layout in _packaged().layouts}
    others = []
    for layout in kept:
        if base := own.get(layout.name):
            own[layout.name] = _merged(base, layout)
        else:
            others.append(layout)
    return (*others, *own.values())


def _merged(base: Layout, more: Layout) -> Layout:
    """Return a layout with the headings and words of another one of its name first."""
    return replace(
        base,
        columns={
            fromkey: tuple(
                dict.fromkeys((*more.columns.get(fromkey, ()), *base.columns.get(fromkey, ())))
            )
            for fromkey in dict.fromkeys((*base.columns, *more.columns))
        },
        statuses={**base.statuses, **more.statuses},
        origins={**base.origins, **more.origins},
        currency=more.currency or base.currency,
        tax=more.tax or base.tax,
        date_order=more.date_order or base.date_order,
    )


# Which layout fits a row of headings.


def columns_of(layout: Layout, row: Sequence[str]) -> Mapping[Field, int] | None:
    """Return the columns (from 0) of a layout's fields, `None` unless the row has its headings."""
    if layout.width:
        if not layout.begins or len(row) != layout.width or folded(row[0]) != layout.begins:
            return None
        return numbered_columns(layout)
    places: dict[str, int] = {}
    for place, text in enumerate(row):
        places.setdefault(read_heading(text).name, place)
    if (
        layout.headings
        and {read_heading(heading).name for heading in layout.headings} != places.keys()
    ):
        return None
    columns = {}
    for field, headings in layout.columns.items():
        name = _first(headings, places)
        if name is not None:
            columns[field] = places[name]
    return columns if (layout.needed or layout.columns.keys()) <= columns.keys() else None


def numbered_columns(layout: Layout) -> Mapping[Field, int]:
    """Return the columns (from 0) of a layout that knows them by number."""
    return {
        field: numbers[0] - 1
        for field, numbers in layout.columns.items()
        if isinstance(numbers[0], int)
    }


def _first(headings: Iterable[str | int], places: Mapping[str, int]) -> str | None:
    names = (read_heading(heading).name for heading in headings if isinstance(heading, str))
    return next((name for name in names if name in places), None)


def best_layout(
    layouts: Iterable[Layout], row: Sequence[str]
) -> tuple[Layout, Mapping[Field, int]] | None:
    """Return the layout that finds most columns in a row of headings, the first of several."""
    fitting = ((layout, columns_of(layout, row)) for layout in layouts)
    matching = [(layout, columns) for layout, columns in fitting if columns]
    return max(matching, key=lambda pair: len(pair[1]), default=None)


def guessed_columns(headings: Sequence[str]) -> dict[Field, int]:
    """Return what the columns under some headings most likely have, numbered from 1."""
    names = [read_heading(heading).name for heading in headings]
    columns: dict[Field, int] = {}
    for field, aliases in _packaged().guesses.items():
        for alias in map(folded, aliases):
            if alias in names and (number := names.index(alias) + 1) not in columns.values():
                columns[field] = number
                break
    return columns


def named_layout(name: str, programme: str, sample: Sample, columns: Mapping[Field, int]) -> Layout:
    """Make a layout of the columns (from 1) that an owner named in a sample.

    It finds them by their headings, or by their numbers where there are none or two are the same.
    With the name of one of linkmgr's own their headings are added to it. Raise LinkmgrError if that
    needs others.
    """
    headings = [read_heading(heading).name for heading in sample.headings]
    are_names = bool(headings) and len(set(headings)) == len(headings) and all(headings)
    by_name = {
        field: (sample.headings[number - 1],) for field, number in columns.items() if are_names
    }
    if base := next((layout for layout in _packaged().layouts if layout.name == name), None):
        if base.width or not base.needed <= by_name.keys():
            needs = tuple(sorted(field.value for field in base.needed))
            raise LinkmgrError(message("earnings.layout-needs", name=name, needs=needs))
        return _merged(base, Layout(name, programme, by_name))
    if are_names:
        return Layout(name, programme, by_name, headings=sample.headings)
    width = len(sample.headings or sample.rows[0])
    numbers = {field: (number,) for field, number in columns.items()}
    begins = folded(sample.headings[0]) if sample.headings else ""
    return Layout(name, programme, numbers, begins=begins, width=width)


# The kept layouts, in a file of the instance.


def load_layouts(instance: Path) -> tuple[Layout, ...]:
    """Return the layouts that were kept in an instance folder. Raise LinkmgrError."""
    file = instance / LAYOUTS_FILE
    if not file.exists():
        return ()
    with wrap_read_errors(file):
        data = file.read_bytes()
    return tuple(
        _checked(str(file), name, entry) for name, entry in _entries(str(file), data).items()
    )


def keep_answers(instance: Path, answers: Answers, kinds: Iterable[str]) -> None:
    """Keep what was answered for the next reports of these kinds. Raise LinkmgrError."""
    words, layout = dict(answers.statuses), answers.layout
    if layout:
        if Field.STATUS not in layout.columns:
            layout = replace(layout, status=words.pop(EVERY, layout.status))
        keep_layout(instance, layout)
    for kind in sorted(set(kinds)) if words else ():
        keep_statuses(instance, kind, words)


def keep_layout(instance: Path, layout: Layout) -> None:
    """Keep a layout under its name, in place of an earlier one. Raise LinkmgrError."""
    with _kept_entries(instance) as entries:
        entries[str(layout.name)] = _entry(layout)


def keep_statuses(instance: Path, name: str, statuses: Mapping[str, Status]) -> None:
    """Keep what words of states mean in reports of a layout. Raise LinkmgrError."""
    with _kept_entries(instance) as entries:
        entry = entries.setdefault(str(name), {})
        entry["statuses"] = {
            **entry.get("statuses", {}),
            **{folded(word): status.value for word, status in statuses.items()},
        }


@contextmanager
def _kept_entries(instance: Path) -> Iterator[dict[str, Any]]:
    """Give the entries of the file, and write it as a whole with what was done to them."""
    file = instance / LAYOUTS_FILE
    busy = message("earnings.layouts-busy", path=str(file))
    with wrap_write_errors(file), locked(instance / f"{LAYOUTS_FILE}.lock", _PATIENCE, busy=busy):
        entries = _entries(str(file), file.read_bytes()) if file.exists() else {}
        yield entries
        text = yaml.safe_dump({"layouts": entries}, allow_unicode=True, sort_keys=False)
        replace_file(file, text.encode())


def _entries(file: str, data: bytes) -> dict[str, Any]:
    try:
        values = yaml.CBaseLoader(data).get_data()
    except yaml.MarkedYAMLError as error:
        line = error.problem_mark.line + 1 if error.problem_mark else 0
        reason = libyaml_problem(error.problem or "")
        raise Problems(
            [Problem.at(file, line, "", message("earnings.bad-yaml", reason=reason))]
        ) from error
    except (yaml.YAMLError, RecursionError, UnicodeDecodeError) as error:
        raise LinkmgrError(message("earnings.bad-layouts", path=file)) from error
    entries = values.get("layouts") if isinstance(values, dict) else None
    if not isinstance(entries, dict):
        raise LinkmgrError(message("earnings.bad-layouts", path=file))
    return entries


def _checked(file: str, name: str, entry: Any) -> Layout:
    try:
        return _layout(name, entry)
    except (KeyError, ValueError, TypeError, AttributeError) as error:
        key = str(error.args[0]) if error.args else ""
        bad = message("earnings.bad-layout", found=key)
        raise Problems([Problem.at(file, 0, f"layouts.{name}", bad)]) from error


_MONEY = {"yes": True, "no": False}
_KEYS = frozenset(
    (
        *("programme", "source", "status", "money", "needed", "headings", "begins", "width"),
        *("columns", "statuses", "origins", "currency", "tax", "date-order"),
    )
)


def _layout(name: str, entry: Mapping[str, Any]) -> Layout:
    """Read a layout from its YAML, in which all scalars are texts.

    Raise KeyError, ValueError, TypeError or AttributeError where it is not one.
    """
    if unknown := entry.keys() - _KEYS:
        raise ValueError(min(unknown))  # always the same one
    columns = {
        _word(Field, field): _headings(headings)
        for field, headings in entry.get("columns", {}).items()
    }
    date_order, tax = entry.get("date-order"), entry.get("tax")
    statuses, origins = entry.get("statuses", {}), entry.get("origins", {})
    return Layout(
        name=name,
        programme=entry.get("programme", ""),
        columns=columns,
        needed=frozenset(_word(Field, field) for field in entry.get("needed", ())),
        headings=_texts(entry.get("headings", [])),
        begins=folded(entry.get("begins", "")),
        width=int(entry.get("width", 0)),
        statuses={folded(word): _word(Status, status) for word, status in statuses.items()},
        origins={folded(word): _word(Origin, origin) for word, origin in origins.items()},
        status=_word(Status, entry.get("status", Status.PENDING)),
        money=_MONEY[entry.get("money", "yes")],
        currency=_currency(entry["currency"]) if "currency" in entry else None,
        tax=_word(Tax, tax) if tax else None,
        date_order=_word(DateOrder, date_order) if date_order else None,
        source=entry.get("source", ""),
    )


def _currency(code: Any) -> str:
    """Return the code of a currency. Raise ValueError with any other text."""
    if not (isinstance(code, str) and re.fullmatch("[A-Z]{3}", code)):
        raise ValueError(code)
    return code


def _word(words: type[_Word], text: Any) -> _Word:
    """Return one of an enumeration's words. Raise ValueError with any other text."""
    if text not in tuple(words):
        raise ValueError(text)
    return words(text)


def _headings(values: Any) -> tuple[str | int, ...]:
    texts = _texts(values if isinstance(values, list) else [values])
    if not texts:
        raise ValueError(values)
    return tuple(int(text) if text.isdecimal() else text for text in texts)


def _texts(values: Any) -> tuple[str, ...]:
    if not isinstance(values, list) or not all(
        isinstance(value, str) and value for value in values
    ):
        raise ValueError(values)
    return tuple(values)


def _entry(layout: Layout) -> dict[str, Any]:
    """Return a layout as the YAML has it."""
    every = {
        "programme": layout.programme,
        "headings": list(layout.headings),
        "begins": layout.begins,
        "width": layout.width,
        "status": layout.status.value,
        "money": None if layout.money else "no",
        "currency": layout.currency,
        "tax": layout.tax and layout.tax.value,
        "date-order": layout.date_order and layout.date_order.value,
        "needed": sorted(field.value for field in layout.needed),
        "columns": {
            field.value: headings[0] if len(headings) == 1 else list(headings)
            for field, headings in layout.columns.items()
        },
        "statuses": {word: status.value for word, status in layout.statuses.items()},
        "origins": {word: origin.value for word, origin in layout.origins.items()},
    }
    return {key: value for key, value in every.items() if value}
