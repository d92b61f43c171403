"""What services said is remembered for a day, and within bounds."""

import json

import pytest

from linkmgr.book_data import AnswerCache, BookAnswer, BookData, BookService, Outcome
from tests.support.book_servers import ISBN, book_search, book_services, openbd

DAY = 86_400


@pytest.fixture
def services():
    with book_services() as server:
        yield server


def test_a_service_is_asked_for_a_book_once_a_day(services, tmp_path):
    now = [1_000_000.0]
    services.play(openbd=openbd(), open_library=(500, {}, ""))
    search = book_search(services, tmp_path, clock=lambda: now[0])
    first = search.answers(ISBN)
    assert services.asked() == set(BookService)
    services.requests.clear()
    assert search.answers(ISBN) == first
    # The one that failed is asked again.
    assert services.asked() == {BookService.OPEN_LIBRARY}
    services.requests.clear()
    now[0] += DAY
    search.answers(ISBN)
    assert services.asked() == set(BookService)


def test_only_the_newest_books_are_kept(tmp_path):
    file = tmp_path / "book-data.json"
    cache = AnswerCache(file)
    file.write_text(json.dumps({}))
    for number in range(305):
        cache.put(
            str(number), [BookAnswer(BookService.OPENBD, Outcome.FOUND, BookData(str(number)))]
        )
    assert len(json.loads(file.read_text())) == 300
    assert cache.get("4") == {}
    assert cache.get("304")[BookService.OPENBD].book.title == "304"


@pytest.mark.parametrize(
    "text",
    [
        "",
        "[]",
        "{",
        '{"9784048930659": 1}',
        '{"9784048930659": {"at": "x"}}',
        '{"9784048930659": {"at": 1e12, "answers": {}}}',
        "[" * 9_000,
    ],
)
def test_a_damaged_file_is_as_good_as_none(tmp_path, text):
    file = tmp_path / "book-data.json"
    file.write_text(text)
    cache = AnswerCache(file)
    assert cache.get(ISBN) == {}
    cache.put(ISBN, [BookAnswer(BookService.OPEN_LIBRARY, Outcome.UNKNOWN)])
    assert cache.get(ISBN) == {
        BookService.OPEN_LIBRARY: BookAnswer(BookService.OPEN_LIBRARY, Outcome.UNKNOWN)
    }


def test_a_folder_that_cannot_be_written_keeps_nothing(tmp_path):
    cache = AnswerCache(tmp_path / "nowhere" / "book-data.json")
    cache.put(ISBN, [BookAnswer(BookService.OPEN_LIBRARY, Outcome.UNKNOWN)])
    assert cache.get(ISBN) == {}


@pytest.mark.parametrize(
    "answers",
    [{"openbd": 1}, {"other": None}, {"openbd": {"title": 1}}, {"openbd": {"x": "y"}}, 7, [], None],
)
def test_an_entry_that_is_none_is_left_out(tmp_path, answers):
    file = tmp_path / "book-data.json"
    file.write_text(json.dumps({ISBN: {"at": 1.0, "answers": answers}}))
    cache = AnswerCache(file, clock=lambda: 2.0)
    assert cache.get(ISBN) == {}
    cache.put(ISBN, [BookAnswer(BookService.OPEN_LIBRARY, Outcome.UNKNOWN)])
    assert cache.get(ISBN) == {
        BookService.OPEN_LIBRARY: BookAnswer(BookService.OPEN_LIBRARY, Outcome.UNKNOWN)
    }
