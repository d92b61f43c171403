"""libyaml's errors in plain words."""

import re
from collections.abc import Iterator

import yaml
from yaml.reader import ReaderError

from linkmgr.catalog.reading.typos import TAB, line_problem, write_half

_PLAIN_WORDS = {
    "mapping values are not allowed in this context": (
        'a text with ": " in it must be in quotes (or the line is indented too far)'
    ),
    "found character that cannot start any token": (
        "a text that starts with @, % or ` must be in quotes"
    ),
    "found unexpected end of stream": "the quote that opens here is never closed",
    "did not find expected alphabetic or numeric character": (
        "a text that starts with * or & must be in quotes"
    ),
    "did not find expected key": (
        "the indentation does not fit the lines above, or a quote in the text before is not closed"
    ),
    "did not find expected '-' indicator": (
        "the indentation does not fit the list above: its lines start with -"
    ),
    "could not find expected ':'": 'a line like this needs a colon: "key: value"',
    "did not find expected ',' or ']'": (
        "the list [ ] that opens here is not closed, or misses a comma"
    ),
    "did not find expected ',' or '}'": (
        "the mapping { } that opens here is not closed, or misses a comma"
    ),
    "did not find expected node content": "a list in [ ] or a mapping in { } is not closed",
    "block sequence entries are not allowed in this context": "a list (-) cannot start here",
    "did not find expected <document start>": "this line stands outside of the catalog",
    "found unknown escape character": (
        r'a backslash in "…" must be doubled, or the text put in single quotes'
    ),
    "exceeded maximum nesting depth": "is nested too deep",
}

_KEY_AFTER_TEXT = (
    "mapping values are not allowed in this context",
    "did not find expected key",
)
_BRACKET_NOT_CLOSED = ("did not find expected ',' or ']'", "did not find expected ',' or '}'")
_QUOTE_NOT_CLOSED = ("found unexpected end of stream", "did not find expected key")
# Where a thing was opened says more than where the parser missed its end.
_TOLD_WHERE_IT_OPENS = (
    "found unexpected end of stream",
    "could not find expected ':'",
    *_BRACKET_NOT_CLOSED,
)

# A text that ends its line with a full-width quote after a half-width one opened it.
_WRONG_QUOTES = (
    re.compile(r"""[^"]*"[^"]*(?P<wide>[“”＂])[ ,}\]]*(?: #.*)?"""),
    re.compile(r"[^']*'[^']*(?P<wide>[‘’＇])[ ,}\]]*(?: #.*)?"),
)
# What ends or parts a list or a mapping to the eye, but not to YAML.
_WRONG_PARTS = re.compile("(?P<wide>[］｝、，])")
_LINE_BREAK = re.compile(r"\r\n|[\n\r\x85\u2028\u2029]")  # what libyaml counts as one


def syntax_problem(error: yaml.YAMLError, text: str) -> tuple[int, str]:
    """Return the line of a syntax error and what is wrong there."""
    if isinstance(error, ReaderError):
        line = text.encode().count(b"\n", 0, error.position) + 1  # libyaml counts bytes
        return line, f"the control character U+{error.character:04X} is not allowed"
    if not isinstance(error, yaml.MarkedYAMLError):
        return 0, f"is not valid YAML: {error}"
    if slip := _slip(error, text):
        return slip
    problem = error.problem or "cannot be read"
    mark = error.problem_mark or error.context_mark
    if problem in _TOLD_WHERE_IT_OPENS:
        mark = error.context_mark or mark
    last_line = text.count("\n") + (not text.endswith("\n"))
    line = min(mark.line + 1, max(last_line, 1)) if mark else 0
    return line, _PLAIN_WORDS.get(problem, f"is not valid YAML: {problem}")


def _slip(error: yaml.MarkedYAMLError, text: str) -> tuple[int, str] | None:
    """Return the line of the slip of the keyboard that led to an error, and what it is."""
    at, lines = error.problem_mark, [*_LINE_BREAK.split(text), ""]
    if at is None:
        return None
    if lines[at.line][at.column :].startswith("\t"):
        return at.line + 1, TAB
    opened = error.context_mark or at
    for number in _suspects(error.problem, lines, opened, at):
        if problem := line_problem(lines[number]):
            return number + 1, problem
    if error.problem in _QUOTE_NOT_CLOSED:
        for number in range(at.line, opened.line - 1, -1):
            for quotes in _WRONG_QUOTES:
                if found := quotes.fullmatch(lines[number]):
                    return number + 1, write_half(found["wide"])
    if error.problem in _BRACKET_NOT_CLOSED and (
        found := _WRONG_PARTS.search(lines[opened.line], opened.column)
    ):
        return opened.line + 1, write_half(found["wide"])
    return None


def _suspects(
    problem: str | None, lines: list[str], opened: yaml.Mark, at: yaml.Mark
) -> Iterator[int]:
    """Yield the lines that may have led to an error, counted from 0, the likeliest first."""
    if problem in _TOLD_WHERE_IT_OPENS:
        yield opened.line
    yield at.line
    # A line without a colon to YAML is a text, after which no key can come.
    if problem in _KEY_AFTER_TEXT and at.line and ":" not in lines[at.line][: at.column]:
        yield at.line - 1
