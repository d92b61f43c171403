"""What public services know of the book in a form, proposed field by field with its source."""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from urllib.parse import urlsplit

from flask import abort, render_template, request
from flask_babel import gettext

from linkmgr.admin.common.context import get_admin
from linkmgr.admin.editing.forms import typed
from linkmgr.admin.items.forms import ItemForm, sent_form
from linkmgr.book_data import BookAnswer, BookService, Outcome
from linkmgr.catalog.editing.new_ids import good_id
from linkmgr.catalog.items import Book, ItemKind
from linkmgr.links.isbn import to_isbn13
from linkmgr.messages.message import join_texts

# The fields that are filled at once if they are empty. A cover's is not: its server sees readers.
_FILLED = ("title", "author")

# The fields into which a button takes a value.
_TAKEN = ("title", "author", "cover")


@dataclass(frozen=True, slots=True)
class Value:
    """A value of a book's field, and the services that give it."""

    text: str
    sources: tuple[BookService, ...]

    @property
    def server(self) -> str:
        """The server of a cover."""
        return urlsplit(self.text).hostname or ""


@dataclass(frozen=True, slots=True)
class BookDataPanel:
    """The part of a form that looks a book up by its ISBN."""

    isbn: str

    is_new: bool
    """Whether the form is of a new book and untouched: it may ask and fill fields by itself."""

    is_amazons_alone: bool = False
    """Whether the book has an ASIN and no ISBN."""

    is_asked: bool = False
    problem: str = ""

    values: dict[str, tuple[Value, ...]] | None = None
    """What was found by the name of the field, the most trusted first; `None` before asking."""

    name: str = ""
    """The id that a new book then gets."""

    unknown: tuple[BookService, ...] = ()
    """The services that don't have the book."""

    failed: tuple[BookService, ...] = ()
    """The services that gave no answer."""

    @property
    def asks_at_once(self) -> bool:
        """Whether the page asks as soon as it is shown."""
        return self.is_new and not self.is_asked and to_isbn13(self.isbn) is not None

    @property
    def first(self) -> dict[str, tuple[Value, ...]]:
        """The most trusted value of each field."""
        return {name: values[:1] for name, values in (self.values or {}).items()}

    @property
    def others(self) -> dict[str, tuple[Value, ...]]:
        """The other values, where services disagree."""
        by_field = (self.values or {}).items()
        return {name: values[1:] for name, values in by_field if values[1:]}

    @property
    def fills(self) -> dict[str, str]:
        """The values for fields that are empty."""
        return {name: self.first[name][0].text for name in _FILLED if name in self.first}

    @property
    def names(self) -> dict[BookService, str]:
        """The names of the services."""
        return {
            BookService.OPENBD: "openBD",
            BookService.OPEN_LIBRARY: "Open Library",
        }

    def named(self, sources: Iterable[BookService]) -> str:
        """Return services by their names."""
        return join_texts(self.names[source] for source in sources)

    def page_of(self, source: BookService) -> str:
        """Return where a service shows the book."""
        isbn = to_isbn13(self.isbn)
        return {
            BookService.OPENBD: f"https://www.hanmoto.com/bd/isbn/{isbn}",
            BookService.OPEN_LIBRARY: f"https://openlibrary.org/isbn/{isbn}",
        }[source]


def is_for_book_data() -> bool:
    """Whether the submitted form only looks a book up, or takes a value that was found."""
    takes = any(f"take-{name}" in request.form for name in _TAKEN)
    return takes or request.form.get("do") == "look-up"


def book_data_of(form: ItemForm, *, is_new: bool) -> BookDataPanel | None:
    """Return a form's panel, and fill the form's empty fields with what was found.

    `None` where nothing is looked up: for other items, or where it is switched off.
    """
    if get_admin().books is None or form.kind is not ItemKind.BOOKS:
        return None
    # A form that was submitted comes back with what its owner typed.
    is_new = is_new and request.method == "GET"
    if not is_for_book_data():
        return BookDataPanel(_given(form), is_new, is_amazons_alone=_is_amazons_alone(form))
    panel = _asked(form, is_new=is_new)
    for name in _TAKEN:
        taken = request.form.get(f"take-{name}")
        if taken:
            form[name].data = taken
        elif name in panel.fills and not typed(form[name]):
            form[name].data = panel.fills[name]
    return panel


def ask() -> str:
    """Ask the services about the book of a submitted form, and show the panel alone."""
    if get_admin().books is None:
        abort(404)
    form = sent_form(ItemKind.BOOKS, get_admin().catalog().catalog)
    panel = _asked(form, is_new=request.form.get("is_new") == "yes")
    return render_template("items/book_data.html", book_data=panel, form=form)


def _asked(form: ItemForm, *, is_new: bool) -> BookDataPanel:
    books, catalog = get_admin().books, get_admin().catalog().catalog
    given = _given(form)
    isbn = to_isbn13(given)
    if books is None or isbn is None:
        problem = gettext("Enter an ISBN of 10 or 13 digits with the right check digit.")
        return BookDataPanel(given, is_new, is_asked=True, problem=problem)
    answers = books.answers(isbn)
    values = _values(answers)
    title = values["title"][0].text if "title" in values else ""
    asin = typed(form.asin) or typed(form.isbn)
    name = ""
    if is_new and title and asin:
        name = good_id(Book, title, asin, catalog.taken_ids)
    return BookDataPanel(
        given,
        is_new,
        is_asked=True,
        values=values,
        name=name,
        unknown=_with(Outcome.UNKNOWN, answers),
        failed=_with(Outcome.FAILED, answers),
    )


def _values(answers: Iterable[BookAnswer]) -> dict[str, tuple[Value, ...]]:
    """Return what was found by field, with services that agree named together."""
    by_field: dict[str, dict[str, list[BookService]]] = defaultdict(lambda: defaultdict(list))
    for answer in answers:
        for name, text in answer.book.to_json().items():
            if text:
                by_field[name][text].append(answer.source)
    values: dict[str, tuple[Value, ...]] = {}
    for name, texts in by_field.items():
        values[name] = tuple(Value(text, tuple(sources)) for text, sources in texts.items())
    return values


def _with(outcome: Outcome, answers: Iterable[BookAnswer]) -> tuple[BookService, ...]:
    return tuple(answer.source for answer in answers if answer.outcome is outcome)


def _given(form: ItemForm) -> str:
    """Return the ISBN to look up, which need not be the entry's."""
    return request.form.get("lookup_isbn", "").strip() or _isbn_of(form)


def _isbn_of(form: ItemForm) -> str:
    """Return the ISBN in a form; a book's ASIN may be one."""
    isbn, asin = str(typed(form.isbn)), str(typed(form.asin))
    return isbn or (asin if to_isbn13(asin) else "")


def _is_amazons_alone(form: ItemForm) -> bool:
    return bool(typed(form.asin)) and not _isbn_of(form)
