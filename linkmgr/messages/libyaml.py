"""libyaml's errors, which it words only in English, as messages."""

from linkmgr.messages.message import Message, message

_CODES = {
    "block sequence entries are not allowed in this context": "libyaml.list-start",
    "could not find expected ':'": "libyaml.no-colon",
    "could not find expected directive name": "libyaml.directive",
    "did not find expected ',' or ']'": "libyaml.open-list",
    "did not find expected ',' or '}'": "libyaml.open-mapping",
    "did not find expected '-' indicator": "libyaml.no-hyphen",
    "did not find expected <document start>": "libyaml.document-start",
    "did not find expected alphabetic or numeric character": "libyaml.anchor-name",
    "did not find expected comment or line break": "libyaml.line-break",
    "did not find expected hexdecimal number": "libyaml.hexadecimal",
    "did not find expected key": "libyaml.no-key",
    "did not find expected node content": "libyaml.no-content",
    "did not find expected tag URI": "libyaml.tag",
    "did not find expected whitespace or line break": "libyaml.tag-end",
    "did not find the expected '>'": "libyaml.tag-bracket",
    "exceeded maximum nesting depth": "libyaml.depth",
    "found a tab character that violates indentation": "libyaml.tab",
    "found a tab character where an indentation space is expected": "libyaml.tab-for-space",
    "found an indentation indicator equal to 0": "libyaml.indentation-of-0",
    "found character that cannot start any token": "libyaml.first-character",
    "found duplicate %YAML directive": "libyaml.second-directive",
    "found incompatible YAML document": "libyaml.version",
    "found invalid Unicode character escape code": "libyaml.escape-code",
    "found undefined tag handle": "libyaml.tag-handle",
    "found unexpected ':'": "libyaml.colon",
    "found unexpected document indicator": "libyaml.document-mark",
    "found unexpected end of stream": "libyaml.open-quote",
    "found unexpected non-alphabetical character": "libyaml.directive-name",
    "found unknown directive name": "libyaml.unknown-directive",
    "found unknown escape character": "libyaml.escape",
    "mapping keys are not allowed in this context": "libyaml.key-start",
    "mapping values are not allowed in this context": "libyaml.value-start",
    "control characters are not allowed": "libyaml.control-character",
    "invalid leading UTF-8 octet": "libyaml.utf-8",
    "invalid trailing UTF-8 octet": "libyaml.utf-8-middle",
    "incomplete UTF-8 octet sequence": "libyaml.utf-8-end",
    "found undefined alias": "libyaml.alias",
}

# libyaml's binding says it with the alias.
_ALIAS = "found undefined alias"


def libyaml_problem(problem: str) -> Message | str:
    """Return a libyaml error as a message, verbatim if it is unknown."""
    known = _CODES.get(_ALIAS if problem.startswith(_ALIAS) else problem)
    return message(known) if known else problem
