"""A book is found by its ISBN at each service, and bad answers do no harm."""

import json
import threading
from dataclasses import replace

import pytest

from linkmgr.book_data import BookData, BookService
from linkmgr.network.public import is_public
from linkmgr.network.request import Client
from tests.support.book_servers import (
    IMPATIENT,
    ISBN,
    book_search,
    book_services,
    flood,
    open_library,
    openbd,
    silence,
)


@pytest.fixture(scope="module")
def services():
    with book_services() as server:
        yield server


def outcomes(answers):
    return {answer.source.name.lower(): answer.outcome.value for answer in answers}


def test_each_service_says_what_it_knows_of_the_book(services, tmp_path):
    services.play(openbd=openbd(), open_library=open_library())
    answers = book_search(services, tmp_path, with_covers=True).answers(ISBN)
    assert {answer.source: answer.book for answer in answers} == {
        BookService.OPENBD: BookData(
            "Clean Architecture",
            "Robert C.Martin、角征典（翻訳）、高木正弘（翻訳）",
            "ドワンゴ",
            f"https://cover.openbd.jp/{ISBN}.jpg",
        ),
        BookService.OPEN_LIBRARY: BookData(
            "Clean Architecture",
            "Robert C. Martin",
            "Dwango",
            "https://covers.openlibrary.org/b/id/1-M.jpg",
        ),
    }
    assert dict(services.requests) == {
        BookService.OPENBD: {"isbn": [ISBN]},
        BookService.OPEN_LIBRARY: {
            "bibkeys": [f"ISBN:{ISBN}"],
            "jscmd": ["data"],
            "format": ["json"],
        },
    }


def test_covers_are_left_out_unless_they_are_asked_for(services, tmp_path):
    services.play(openbd=openbd(), open_library=open_library())
    answers = book_search(services, tmp_path).answers(ISBN)
    assert [answer.book.cover for answer in answers] == ["", ""]
    again = book_search(services, tmp_path, with_covers=True).answers(ISBN)
    assert again[0].book.cover


def test_a_cover_at_another_server_is_not_taken(services, tmp_path):
    services.play(
        openbd=openbd(cover="https://cover.openbd.jp.evil.example/1.jpg"),
        open_library=open_library(cover={"medium": "javascript:alert(1)"}),
    )
    answers = book_search(services, tmp_path, with_covers=True).answers(ISBN)
    assert [answer.book.cover for answer in answers] == ["", ""]


def test_a_service_without_the_book_says_so(services, tmp_path):
    services.play()
    assert set(outcomes(book_search(services, tmp_path).answers(ISBN)).values()) == {"unknown"}


def test_another_book_than_the_one_asked_for_is_none(services, tmp_path):
    other = "9784873119328"
    services.play(openbd=openbd(isbn=other))
    answers = book_search(services, tmp_path).answers(ISBN)
    assert set(outcomes(answers).values()) == {"unknown"}


@pytest.mark.parametrize(
    "answer",
    [
        pytest.param((500, {}, "oops"), id="error"),
        pytest.param((429, {"Retry-After": "60"}, "later"), id="quota"),
        pytest.param("", id="nothing"),
        pytest.param("<html>Maintenance</html><p>", id="page"),
        pytest.param('"text"', id="text"),
        pytest.param("[" * 9_000, id="deep"),
        pytest.param("[" + "0," * 15_000 + "0]", id="huge"),
        pytest.param(flood, id="endless"),
        pytest.param((302, {"Location": "http://169.254.169.254/latest"}, ""), id="inside"),
        pytest.param((302, {"Location": "https://elsewhere.example/"}, ""), id="elsewhere"),
        pytest.param((302, {"Location": "http://["}, ""), id="no address"),
        pytest.param((302, {"Location": "?isbn=1"}, ""), id="loop"),
    ],
)
def test_a_bad_answer_harms_nobody(services, tmp_path, answer):
    names = [source.name.lower() for source in BookService]
    services.play(**dict.fromkeys(names, answer))
    answers = outcomes(book_search(services, tmp_path).answers(ISBN))
    assert answers == dict.fromkeys(names, "failed")


@pytest.mark.parametrize(
    ("name", "answer"),
    [
        ("openbd", '[1, [], {"summary": 2}, {"summary": {"isbn": [1]}}]'),
        ("openbd", json.dumps([{"summary": {"isbn": ISBN, "title": {"a": 1}, "author": 3}}])),
        ("open_library", json.dumps({f"ISBN:{ISBN}": {"authors": [1], "publishers": {}}})),
    ],
)
def test_an_answer_of_odd_values_knows_no_book(services, tmp_path, name, answer):
    services.play(**{name: answer})
    assert outcomes(book_search(services, tmp_path).answers(ISBN))[name] == "unknown"


def test_a_slow_service_keeps_the_others_answers_from_nobody(services, tmp_path):
    services.play(openbd=openbd(), open_library=silence)
    search = book_search(services, tmp_path, limits=IMPATIENT)
    answers = outcomes(search.answers(ISBN))
    assert (answers["openbd"], answers["open_library"]) == ("found", "failed")


def test_a_name_server_that_takes_its_time_is_not_waited_for(services, tmp_path):
    answered = threading.Event()

    def resolve(*_):
        answered.wait()
        return []

    search = replace(
        book_search(services, tmp_path), client=Client("test", IMPATIENT, resolve), patience=0.01
    )
    answers = outcomes(search.answers(ISBN))
    answered.set()
    assert set(answers.values()) == {"failed"}


def test_a_redirect_within_the_service_is_followed(services, tmp_path):
    services.play(openbd=(301, {"Location": "/v2/get"}, ""))
    services.answers["/v2/get"] = openbd()
    assert outcomes(book_search(services, tmp_path).answers(ISBN))["openbd"] == "found"


def test_a_service_in_a_private_network_is_not_asked(services, tmp_path):
    services.play(openbd=openbd())
    search = book_search(services, tmp_path, is_allowed=is_public)
    assert set(outcomes(search.answers(ISBN)).values()) == {"failed"}
    assert services.requests == []


def test_long_and_broken_texts_become_one_line(services, tmp_path):
    services.play(openbd=openbd(title="a\n \x00b\u3000" + "c" * 1000, author="x" * 10))
    book = book_search(services, tmp_path).answers(ISBN)[0].book
    assert book.title.startswith("a b c")
    assert len(book.title) < 300
    assert book.author == "x" * 10
