"""Values as plain, readable YAML."""

import re
from collections.abc import Mapping
from types import NoneType
from typing import Any

import yaml

FULL_WIDTH_COMMAS = "、，"
"""YAML takes them for a part of the text."""

# YAML's own resolver takes `4999999005` for a number and `499999903X` for a text: quote both.
_NUMBER_LIKE = re.compile(r"[0-9][0-9A-Za-z:._-]*")
_STRING = "tag:yaml.org,2002:str"
# Lists of more texts than fit on a line have a line for each.
_LINE = 90


class _Dumper(yaml.SafeDumper):
    """PyYAML's dumper in Python: libyaml's escapes emoji."""

    def increase_indent(self, flow: bool = False, indentless: bool = False) -> None:  # noqa: ARG002, FBT001, FBT002 - PyYAML's signature
        """Indent the items of a list below their key."""
        super().increase_indent(flow, indentless=False)

    def ignore_aliases(self, data: Any) -> bool:  # noqa: ARG002
        """Write the same value out each time: a catalog needs no anchors."""
        return True


def _represent_text(dumper: _Dumper, text: str) -> yaml.ScalarNode:
    taken = dumper.resolve(yaml.ScalarNode, text, (True, False))  # type: ignore[no-untyped-call]
    if _is_several_lines(text):
        # Within brackets the emitter quotes it all the same.
        return dumper.represent_scalar(_STRING, text, style="|")
    quoted = taken != _STRING or _NUMBER_LIKE.fullmatch(text) or not text.isprintable()
    return dumper.represent_scalar(_STRING, text, style='"' if quoted else None)


def _is_several_lines(text: str) -> bool:
    """Whether a text is lines that a YAML block preserves."""
    lines = text.split("\n")
    plain = all(line.isprintable() and line == line.rstrip() for line in lines)
    return len(lines) > 1 and plain and text == text.strip()


def _represent_list(dumper: _Dumper, values: list[Any] | tuple[Any, ...]) -> yaml.SequenceNode:
    scalars = not any(isinstance(value, dict | list) for value in values)
    short = scalars and sum(len(str(value)) + 2 for value in values) <= _LINE
    in_brackets = short or dumper.default_flow_style
    node = dumper.represent_sequence("tag:yaml.org,2002:seq", values, flow_style=in_brackets)
    for word in node.value:
        # Without quotes the parser takes a full-width comma in brackets for a typo.
        if isinstance(word, yaml.ScalarNode) and any(
            comma in word.value for comma in FULL_WIDTH_COMMAS
        ):
            word.style = '"'
    return node


_Dumper.add_representer(str, _represent_text)
_Dumper.add_representer(list, _represent_list)
_Dumper.add_representer(
    NoneType, lambda dumper, _: dumper.represent_scalar("tag:yaml.org,2002:null", "")
)


def lines_of(value: Mapping[str, Any]) -> list[str]:
    """Return the lines of a mapping in block style."""
    return _dumped(value, block=True).rstrip("\n").split("\n")


def flow(value: Any) -> str:
    """Return a list or a mapping in flow style, on one line."""
    return _dumped(value, block=False).rstrip("\n")


def scalar(value: Any) -> str:
    """Return a scalar, quoted so as to be valid in either style."""
    return flow([value])[1:-1]


def _dumped(value: Any, *, block: bool) -> str:
    return yaml.dump(
        value,
        Dumper=_Dumper,
        allow_unicode=True,
        default_flow_style=not block,
        sort_keys=False,
        width=float("inf"),
    )
