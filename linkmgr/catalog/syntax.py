"""libyaml's errors in plain words."""

import yaml
from yaml.reader import ReaderError

_PLAIN_WORDS = {
    "mapping values are not allowed in this context": (
        'a text with ": " in it must be in quotes (or the line is indented too far)'
    ),
    "found character that cannot start any token": (
        "a text that starts with @, % or ` must be in quotes, and a line is indented with spaces, "
        "not with a tab"
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

# Where a thing was opened says more than where the parser missed its end.
_TOLD_WHERE_IT_OPENS = frozenset(
    {
        "found unexpected end of stream",
        "could not find expected ':'",
        "did not find expected ',' or ']'",
        "did not find expected ',' or '}'",
    }
)


def syntax_problem(error: yaml.YAMLError, text: str) -> tuple[int, str]:
    """Return the line of a syntax error and what is wrong there."""
    if isinstance(error, ReaderError):
        line = text.encode().count(b"\n", 0, error.position) + 1  # libyaml counts bytes
        return line, f"the control character U+{error.character:04X} is not allowed"
    if not isinstance(error, yaml.MarkedYAMLError):
        return 0, f"is not valid YAML: {error}"
    problem = error.problem or "cannot be read"
    mark = error.problem_mark or error.context_mark
    if problem in _TOLD_WHERE_IT_OPENS:
        mark = error.context_mark or mark
    last_line = text.count("\n") + (not text.endswith("\n"))
    line = min(mark.line + 1, max(last_line, 1)) if mark else 0
    return line, _PLAIN_WORDS.get(problem, f"is not valid YAML: {problem}")
