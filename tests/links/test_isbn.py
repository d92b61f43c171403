"""ISBNs, ASINs and their check digits."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from linkmgr.links.isbn import (
    asin_problem,
    isbn10_check_digit,
    isbn13_check_digit,
    isbn13_to_asin,
    isbn_problem,
    isbn_to_asin,
)

DIGITS = st.text("0123456789", min_size=9, max_size=9)


@pytest.mark.parametrize(
    ("isbn10", "isbn13"),
    [
        ("4785730706", "9784785730703"),
        ("0306406152", "9780306406157"),
        ("080442957X", "9780804429573"),
    ],
)
def test_known_books_have_both_numbers(isbn10, isbn13):
    assert isbn10_check_digit(isbn10[:9]) == isbn10[9]
    assert isbn13_check_digit(isbn13[:12]) == isbn13[12]
    assert isbn13_to_asin(isbn13) == isbn10


@given(DIGITS)
def test_the_asin_of_any_isbn13_has_a_right_check_digit(nine):
    isbn13 = f"978{nine}" + isbn13_check_digit(f"978{nine}")

    assert isbn_problem(isbn13) is None
    assert asin_problem(isbn_to_asin(isbn13)) is None


@given(DIGITS, st.integers(0, 8), st.integers(1, 9))
def test_one_wrong_digit_is_always_noticed(nine, place, shift):
    asin = nine + isbn10_check_digit(nine)
    wrong = str((int(asin[place]) + shift) % 10)

    problem = asin_problem(asin[:place] + wrong + asin[place + 1 :])
    assert problem is not None
    assert problem.code == "links.check-digit"


@pytest.mark.parametrize("asin", ["B0EXAMPLE1", "B000000000", "B0ABCDEFGH"])
def test_a_kindle_asin_has_no_check_digit(asin):
    assert asin_problem(asin) is None


@pytest.mark.parametrize(
    "asin",
    ["", "B0", "B1EXAMPLE1", "B0EXAMPLE12", "b0example1", "47857307X6", "４７８５７３０７０６"],
)
def test_other_texts_are_no_asin(asin):
    assert asin_problem(asin) is not None
