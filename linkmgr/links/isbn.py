"""ISBNs and the ASINs derived from them."""

import re

from linkmgr.messages.message import Message, message

_ISBN10 = re.compile(r"[0-9]{9}[0-9X]")
_ISBN13 = re.compile(r"[0-9]{13}")
_LABEL = re.compile(r"(?:ISBN|ASIN)\b|ISBN(?=[0-9])", re.IGNORECASE)
_KINDLE = re.compile(r"B0[0-9A-Z]{8}")  # Kindle books and other goods: no check digit


def isbn10_check_digit(first_nine: str) -> str:
    """Return the last character of the ISBN-10: weights 10 to 2, modulus 11, X for ten."""
    weighted = sum(
        weight * int(digit) for weight, digit in zip(range(10, 1, -1), first_nine, strict=True)
    )
    check = -weighted % 11
    return "X" if check == 10 else str(check)  # noqa: PLR2004 - "X" is the Roman ten


def isbn13_check_digit(first_twelve: str) -> str:
    """Return the last digit of the ISBN-13: weights 1 and 3 in turn, modulus 10."""
    weighted = sum(
        weight * int(digit) for weight, digit in zip((1, 3) * 6, first_twelve, strict=True)
    )
    return str(-weighted % 10)


def asin_problem(asin: str) -> Message | None:
    """Return the problem of an ASIN, `None` for a valid one."""
    if _ISBN10.fullmatch(asin):
        return _check_digit_problem(asin, isbn10_check_digit(asin[:9]))
    if _KINDLE.fullmatch(asin):
        return None
    if problem := _label_problem(asin):
        return problem
    if isbn_problem(asin) is None:
        return message("links.isbn-for-asin")
    return message("links.asin-form")


def isbn_problem(isbn: str) -> Message | None:
    """Return the problem of an ISBN (hyphens allowed), or why it has no ASIN."""
    digits = _bare(isbn)
    if _ISBN10.fullmatch(digits):
        return _check_digit_problem(digits, isbn10_check_digit(digits[:9]))
    if not _ISBN13.fullmatch(digits):
        return _label_problem(isbn) or message("links.isbn-form")
    if problem := _check_digit_problem(digits, isbn13_check_digit(digits[:12])):
        return problem
    if digits.startswith("979"):
        return message("links.isbn-979")
    return None if digits.startswith("978") else message("links.isbn-prefix")


def isbn_to_asin(isbn: str) -> str:
    """Return the ASIN of a book whose ISBN has no problem: its ISBN-10."""
    digits = _bare(isbn)
    return digits if len(digits) == len("4999999005") else isbn13_to_asin(digits)


def isbn13_to_asin(isbn13: str) -> str:
    """Return the ISBN-10 of a bare ISBN-13 that starts with 978."""
    first_nine = isbn13[3:12]
    return first_nine + isbn10_check_digit(first_nine)


def to_isbn13(isbn: str) -> str | None:
    """Return the bare ISBN-13 of an ISBN with right check digits, `None` for anything else.

    Unlike a book with an ASIN it may start with 979.
    """
    digits = _bare(isbn)
    if _ISBN10.fullmatch(digits) and digits[-1] == isbn10_check_digit(digits[:9]):
        first_twelve = f"978{digits[:9]}"
        return first_twelve + isbn13_check_digit(first_twelve)
    if not (_ISBN13.fullmatch(digits) and digits.startswith(("978", "979"))):
        return None
    return digits if digits[-1] == isbn13_check_digit(digits[:12]) else None


def _bare(isbn: str) -> str:
    return isbn.replace("-", "").replace(" ", "").upper()


def _label_problem(number: str) -> Message | None:
    label = _LABEL.match(number)
    return message("links.number-with-label", label=label[0]) if label else None


def _check_digit_problem(number: str, expected: str) -> Message | None:
    digit = number[-1]
    return (
        None if digit == expected else message("links.check-digit", found=digit, expected=expected)
    )
