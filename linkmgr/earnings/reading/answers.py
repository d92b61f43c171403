"""What owners answer about a report, as options and forms have it: texts."""

import re
from collections.abc import Mapping
from dataclasses import replace
from datetime import date

from linkmgr.earnings.reading.layouts import named_layout
from linkmgr.earnings.reading.model import Answers, Asked, DateOrder, Field, Sample, Status
from linkmgr.earnings.reading.values import FIRST_DAY, LAST_DAY, folded, text_of
from linkmgr.links.programmes.profiles import packaged_profiles
from linkmgr.links.programmes.shops import usual_name
from linkmgr.messages.errors import LinkmgrError
from linkmgr.messages.message import LANGUAGES, excerpt, message

WHOLE, PART = "whole", "part"
"""What the first and the last day of a report are in it."""

_CURRENCY = re.compile("[A-Z]{3}")
_NEEDED = frozenset({Field.REWARD})
_LONGEST_NAME = 100
# How bloggers in Japan call programmes whose profile has another name.
_JAPANESE_NAMES = {
    "アマゾン": "amazon",
    "アクセストレード": "accesstrade",
    "もしも": "moshimo",
    "楽天": "rakuten",
    "楽天アフィリエイト": "rakuten",
    "リンクシェア": "linkshare",
}


def name_of(text: str) -> str:
    """Return a name that an owner gave as it is kept: one line that its column has room for."""
    return text_of(text)[:_LONGEST_NAME].strip()


def with_answer(answers: Answers, asked: Asked, text: str) -> Answers:
    """Return answers with one more. Raise LinkmgrError for a text that is none."""
    text = text.strip()
    try:
        match asked:
            case Asked.CURRENCY if _CURRENCY.fullmatch(text.upper()):
                return replace(answers, currency=text.upper())
            case Asked.DATE_ORDER:
                return replace(answers, date_order=DateOrder(text))
            case Asked.DECIMAL_MARK if text in {".", ","}:
                return replace(answers, decimal_mark=text)
            case Asked.PERIOD:
                first, last = map(date.fromisoformat, text.split("/"))
                if FIRST_DAY <= first <= last <= LAST_DAY:  # each month of them is summed up
                    return replace(answers, period=(first, last))
            case Asked.AS_OF if FIRST_DAY <= (day := date.fromisoformat(text)) <= LAST_DAY:
                return replace(answers, as_of=day)
    except ValueError:
        pass
    raise LinkmgrError(message(f"store.earnings-no-{asked.value}", text=excerpt(text)))


def with_status(answers: Answers, word: str, status: str) -> Answers:
    """Return answers with what a word of a report means. Raise LinkmgrError."""
    if status not in set(Status):
        raise LinkmgrError(
            message("store.earnings-no-status", text=excerpt(status), options=tuple(Status))
        )
    return replace(answers, statuses={**answers.statuses, word: Status(status)})


def with_layout(
    answers: Answers, sample: Sample, name: str, programme: str, *, columns: Mapping[str, str]
) -> Answers:
    """Return answers with the layout of a table, whose columns are numbers by field.

    Raise LinkmgrError.
    """
    width = len(sample.headings or sample.rows[0])
    numbers = {}
    for field, number in columns.items():
        if field not in set(Field):
            raise LinkmgrError(
                message("store.earnings-no-field", text=excerpt(field), options=tuple(Field))
            )
        if not (number.isascii() and number.isdigit() and 1 <= int(number) <= width):
            raise LinkmgrError(
                message("store.earnings-no-column", text=excerpt(number), most=width)
            )
        numbers[Field(field)] = int(number)
    if missing := _NEEDED - numbers.keys():
        raise LinkmgrError(message("store.earnings-missing-column", fields=tuple(sorted(missing))))
    programme = _programme_of(programme)
    name = name_of(name) or programme
    if not programme:
        raise LinkmgrError(message("store.earnings-unnamed-layout"))
    layout = named_layout(name, programme, sample, numbers)
    return replace(answers, layout=layout)


def _programme_of(text: str) -> str:
    """Return the id of a programme by its id or name, as people write it; others are their own."""
    names = {**_JAPANESE_NAMES}
    for programme in packaged_profiles():
        usual = (usual_name(programme, language) for language in LANGUAGES)
        names |= {folded(name): programme for name in (programme, *usual) if name}
    return names.get(folded(name_of(text)), name_of(text))


def columns_text(sample: Sample) -> str:
    """Write the guess at a table's columns as `read_columns` takes it."""
    return ",".join(f"{field}={number}" for field, number in sample.guess.items())


def read_columns(text: str) -> Mapping[str, str]:
    """Read columns by field, such as `occurred=1,reward=5`."""
    pairs = (pair.partition("=") for pair in text.split(",") if pair.strip())
    return {field.strip(): number.strip() for field, _, number in pairs}
