"""libyaml's errors as problems that say what to do."""

import re
from collections.abc import Iterator

import yaml
from yaml.reader import ReaderError

from linkmgr.catalog.reading.yaml.typos import TAB, line_problem, write_half
from linkmgr.messages.libyaml import libyaml_problem
from linkmgr.messages.message import Message, message

_CODES = {
    "mapping values are not allowed in this context": "catalog.yaml-colon-in-text",
    "found character that cannot start any token": "catalog.yaml-first-character",
    "found unexpected end of stream": "catalog.yaml-open-quote",
    "did not find expected alphabetic or numeric character": "catalog.yaml-first-star",
    "did not find expected key": "catalog.yaml-indentation",
    "did not find expected '-' indicator": "catalog.yaml-list-indentation",
    "could not find expected ':'": "catalog.yaml-no-colon",
    "did not find expected ',' or ']'": "catalog.yaml-open-list",
    "did not find expected ',' or '}'": "catalog.yaml-open-mapping",
    "did not find expected node content": "catalog.yaml-open-bracket",
    "block sequence entries are not allowed in this context": "catalog.yaml-list-start",
    "did not find expected <document start>": "catalog.yaml-outside",
    "found unknown escape character": "catalog.yaml-backslash",
    "exceeded maximum nesting depth": "catalog.yaml-nested-too-deep",
}

_KEY_AFTER_TEXT = (
    "mapping values are not allowed in this context",
    "did not find expected key",
)
_BRACKET_NOT_CLOSED = ("did not find expected ',' or ']'", "did not find expected ',' or '}'")
_QUOTE_NOT_CLOSED = ("found unexpected end of stream", "did not find expected key")
# The place where a thing was opened helps more than where the parser missed its end.
_REPORTED_AT_OPENING = (
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


def syntax_problem(error: yaml.YAMLError, text: str) -> tuple[int, Message]:
    """Return the line of a syntax error and what is wrong there."""
    if isinstance(error, ReaderError):
        line = text.encode().count(b"\n", 0, error.position) + 1  # libyaml counts bytes
        return line, message("catalog.yaml-control-character", character=f"U+{error.character:04X}")
    if not isinstance(error, yaml.MarkedYAMLError):
        return 0, message("catalog.yaml-invalid", reason=libyaml_problem(str(error)))
    if typo := _typo(error, text):
        return typo
    problem = error.problem or ""
    mark = error.problem_mark or error.context_mark
    if problem in _REPORTED_AT_OPENING:
        mark = error.context_mark or mark
    last_line = text.count("\n") + (not text.endswith("\n"))
    line = min(mark.line + 1, max(last_line, 1)) if mark else 0
    if code := _CODES.get(problem):
        return line, message(code)
    return line, message("catalog.yaml-invalid", reason=libyaml_problem(problem))


def _typo(error: yaml.MarkedYAMLError, text: str) -> tuple[int, Message] | None:
    """Return the line of the typo that led to an error, and what it is."""
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
    if problem in _REPORTED_AT_OPENING:
        yield opened.line
    yield at.line
    # A line without a colon to YAML is a text, after which no key can come.
    if problem in _KEY_AFTER_TEXT and at.line and ":" not in lines[at.line][: at.column]:
        yield at.line - 1
