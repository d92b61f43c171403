"""What the catalog's parser says of items, in the words of a form and in its language.

A message that is not here is shown as the parser has it.
"""

import re

from flask_babel import lazy_gettext

from linkmgr.messages.errors import LinkmgrError, Problems
from linkmgr.messages.wording import word

_TOLD = (
    (
        r"is missing: give asin or isbn.*",
        lazy_gettext("Give an ASIN or an ISBN, or the address at another shop with its programme."),
    ),
    (r"is missing|is empty.*", lazy_gettext("Fill this in.")),
    (
        r"cannot be combined with (?P<other>\w+): .*",
        lazy_gettext("Keep one of the two: this or %(other)s."),
    ),
    (r"needs a programme as well.*", lazy_gettext("Choose the programme of this address.")),
    (
        r"goes with url only.*",
        lazy_gettext("Leave this empty: by its ASIN or ISBN the book is sold at Amazon."),
    ),
    (
        r"give a book at Amazon by its asin.*",
        lazy_gettext("Give a book at Amazon by its ASIN, not by an address."),
    ),
    (
        r"leads to Amazon: .*",
        lazy_gettext("This leads to Amazon: choose Amazon as the programme, or give the ASIN."),
    ),
    (
        r"check digit is (?P<is>.), expected (?P<due>.).*",
        lazy_gettext(
            "The check digit is %(is)s and should be %(due)s: a digit is mistyped. Copy it again."
        ),
    ),
    (r"is an ISBN: .*", lazy_gettext("This is an ISBN: put it into the field for the ISBN.")),
    (
        r"must be ten digits.*",
        lazy_gettext(
            "An ASIN has ten digits (the last may be X), or B0 and eight capital letters or digits."
        ),
    ),
    (
        r"must have 13 digits.*",
        lazy_gettext("An ISBN has 13 digits, or 10 of which the last may be X."),
    ),
    (
        r"Amazon makes no ASIN of an ISBN that starts with 979.*",
        lazy_gettext(
            "Amazon makes no ASIN of an ISBN that starts with 979. Give the ASIN of the book's "
            "page there (such as B0…), or the address at another shop."
        ),
    ),
    (r"must start with 978", lazy_gettext("An ISBN with 13 digits starts with 978.")),
    (
        r"must start with https:// or http://, or with /.*",
        lazy_gettext("An address starts with https://, or with / for a page of your site."),
    ),
    (r"must start with https://.*", lazy_gettext("An address starts with https://.")),
    (
        r"must not have (?:spaces|a backslash).*",
        lazy_gettext("An address has no spaces, line breaks or backslashes."),
    ),
    (
        r"must not have a user name.*",
        lazy_gettext("Leave out the user name and the password."),
    ),
    (r"is not a valid address", lazy_gettext("This is no address: copy it again.")),
    (r"is longer than.*", lazy_gettext("This address is too long.")),
    (
        r"lacks (?P<missing>.+): source.*",
        lazy_gettext("Source, medium and campaign stand together; missing: %(missing)s."),
    ),
    (
        r"may have only a-z.*",
        lazy_gettext("Use only a-z, 0-9, - and _ (in lower case)."),
    ),
    (
        r"is not allowed on a link to Amazon",
        lazy_gettext("A link to Amazon takes no UTM parameters: empty these fields."),
    ),
    (
        r"is in the url already.*",
        lazy_gettext("The address has utm_ parameters already: take them out of one of the two."),
    ),
    (
        r"use the long address.*",
        lazy_gettext("A short link hides where it goes: use the long address."),
    ),
    (
        r"is not a page of (?P<place>\S+), .*",
        lazy_gettext("This is no page of %(place)s, where your tag belongs."),
    ),
    (
        r"must be CSS classes.*",
        lazy_gettext("A class has letters, digits, - and _, and does not start with a digit."),
    ),
    (r"is before valid-from.*", lazy_gettext("This is before the day from which it is shown.")),
    (r".* is not a date like.*", lazy_gettext("Enter a date like 2026-01-31.")),
    (
        r"there is no book or CTA (?P<name>.*?): did you mean (?P<meant>.+)\?",
        lazy_gettext("There is no %(name)s. Do you mean %(meant)s?"),
    ),
    (r"there is no book or CTA (?P<name>.*)", lazy_gettext("There is no %(name)s.")),
    (
        r"there is no programme (?P<name>.*?): did you mean (?P<meant>.+)\?",
        lazy_gettext("There is no programme %(name)s. Do you mean %(meant)s?"),
    ),
    (
        r"there is no programme (?P<name>.*)",
        lazy_gettext("There is no programme %(name)s: choose one that the catalog has."),
    ),
    (r"is the entry itself.*", lazy_gettext("Name another one than this.")),
    (r"leads back to itself.*", lazy_gettext("This leads back to itself: name another one.")),
    (
        r"(?P<name>\S+) is a (?:CTA|book), which.*",
        lazy_gettext("%(name)s is not of the same kind: name a book for a book, a CTA for a CTA."),
    ),
    (
        r"an id has lower-case.*",
        lazy_gettext("Use a-z, 0-9 and hyphens; no hyphen at either end."),
    ),
    (r"an id has at most.*", lazy_gettext("Use at most 64 characters.")),
    (
        r"is already the id of.*|.*is in the catalog already",
        lazy_gettext("This id is taken: choose another one."),
    ),
    (r"has a control character.*", lazy_gettext("There is an invisible character in this.")),
)
_PATTERNS = tuple((re.compile(pattern, re.DOTALL), words) for pattern, words in _TOLD)


def told(message: str) -> str:
    """Return a parser's message as a form tells it."""
    for pattern, words in _PATTERNS:
        if found := pattern.fullmatch(message):
            parts = found.groupdict()
            return str(words) % parts
    return message


def told_all(error: LinkmgrError) -> str:
    """Return what an error says, each problem with the entry that it is in."""
    if not isinstance(error, Problems):
        return told(str(error))
    return " ".join(
        f"{problem.location.key}: {told(word(problem.message, 'en'))}" for problem in error.problems
    )
