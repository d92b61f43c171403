"""The table of `mistakes.txt` (whose head explains its form)."""

import re
from dataclasses import dataclass
from pathlib import Path

SITE = "site: {name: 日和, url: https://example.com}\n"

_CASE = re.compile(
    r"^== (?P<name>[^(\n]+?)(?: \((?P<flags>.*?)\))?\n(?P<text>.*?)^-> ", re.MULTILINE | re.DOTALL
)


@dataclass(frozen=True)
class Mistake:
    """A catalog with one mistake, and the line that reports it."""

    name: str
    text: str
    problem: str
    parser_only: bool


def read_mistakes() -> list[Mistake]:
    """Return the mistakes in the order of the file."""
    cases = Path(__file__).with_name("mistakes.txt").read_text(encoding="utf-8")
    return [
        _mistake(case, cases[case.end() :].partition("\n")[0]) for case in _CASE.finditer(cases)
    ]


def _mistake(case: re.Match[str], problem: str) -> Mistake:
    flags = case["flags"] or ""
    text = case["text"] if "no site line" in flags else SITE + case["text"]
    marked = [number for number, line in enumerate(text.split("\n"), 1) if "#!" in line]
    place = "catalog.yaml" + "".join(f":{number}" for number in marked)
    return Mistake(case["name"], text, f"{place}: {problem}", "parser only" in flags)


MISTAKES = read_mistakes()
