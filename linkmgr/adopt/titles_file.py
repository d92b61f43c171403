"""The file in which the owner names products for which no title is known: `"ASIN": title`."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from linkmgr.catalog.reading.parse import decoded
from linkmgr.catalog.reading.yaml.emit import scalar
from linkmgr.catalog.reading.yaml.nodes import (
    MappingNode,
    Node,
    ScalarNode,
    node_is_nothing,
    read_tree,
)
from linkmgr.catalog.reading.yaml.problems import ProblemCollector
from linkmgr.catalog.reading.yaml.texts import MAX_TEXT, length_problem, node_text, unique_pairs
from linkmgr.fs.atomic import replace_file, wrap_read_errors, wrap_write_errors
from linkmgr.fs.inside import refuse_leading_out
from linkmgr.links.isbn import asin_problem
from linkmgr.messages.message import excerpt, message
from linkmgr.messages.wording import word

_LONGEST_PLACE = 500
_BREAK = re.compile(r"\r\n|\n|\r")


@dataclass(frozen=True, slots=True)
class TitlesFile:
    """A file of titles as it was read; its `data` is empty where there is none yet.

    `titles` are those that are filled in, by ASIN; `asins` are all that it names.
    """

    path: Path
    data: bytes
    titles: Mapping[str, str]
    asins: frozenset[str]
    indent: str


def read_titles(path: Path) -> TitlesFile:
    """Read a file of titles. Raise Problems, or LinkmgrError if it cannot be read."""
    refuse_leading_out(path)
    with wrap_read_errors(path):
        data = path.read_bytes() if path.exists() else b""
    problems = ProblemCollector(str(path))
    text = decoded(data, problems)
    tree = read_tree(text, problems)
    if tree is None or node_is_nothing(tree):
        return TitlesFile(path, data, {}, frozenset(), "")
    if not isinstance(tree, MappingNode) or tree.flow:
        problems.finish()
        problems.stop(tree.line, message("adopt.titles-form"))
    pairs = {name.text: (name, value) for name, value in unique_pairs(problems, "", tree)}
    titles = {asin: _title(problems, *pair) for asin, pair in pairs.items()}
    problems.finish()
    first = _BREAK.split(text)[tree.pairs[0][0].line - 1] if tree.pairs else ""
    return TitlesFile(
        path,
        data,
        {asin: title for asin, title in titles.items() if title},
        frozenset(titles),
        first[: len(first) - len(first.lstrip(" "))],
    )


def _title(problems: ProblemCollector, name: ScalarNode, value: Node) -> str:
    """Return the title in an entry, nothing where there is none yet or the entry has a problem."""
    if problem := asin_problem(name.text):
        problems.add(name.line, name.text, problem)
    if node_is_nothing(value):
        return ""
    title = node_text(problems, name.text, value, may_be_empty=True) or ""
    if problem := length_problem(title, MAX_TEXT):
        problems.add(value.line, name.text, problem)
    return " ".join(title.split())


def add_untitled(file: TitlesFile, untitled: Mapping[str, str]) -> None:
    """Add the ASINs that a file does not name yet, each with the place of its product.

    Every byte that is there stays. Raise LinkmgrError if it cannot be written.
    """
    new = {asin: place for asin, place in untitled.items() if asin not in file.asins}
    if not new:
        return
    found = re.search(rb"\r\n|\n|\r", file.data)
    end = found[0].decode() if found else "\n"
    data = file.data or f"# {word(message('adopt.titles-head'))}{end}".encode()
    if not data.endswith((b"\n", b"\r")):
        data += end.encode()
    lines = (
        f"{file.indent}{scalar(asin)}:  # {excerpt(place, _LONGEST_PLACE)}{end}"
        for asin, place in new.items()
    )
    with wrap_write_errors(file.path):
        replace_file(file.path, data + "".join(lines).encode())
