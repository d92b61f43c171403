"""Measures how dense the code is to read, at commits beside each other.

    .venv/bin/python benchmarks/sentences.py 3a9d5da8 HEAD

Each commit is a column. Comprehensions, starred unpackings and conditional expressions are counted
per 1,000 lines of the product, `each` and `found` as names of variables and parameters, repeated
class names as classes whose name another class of the product has. A function's length is that of
its lines, with its docstring.
"""

import argparse
import ast
import io
import subprocess
import tarfile
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from statistics import mean, median

ROOT = Path(__file__).parent.parent
SAYS_NOTHING = {"each", "found"}
COMPREHENSIONS = (ast.ListComp, ast.SetComp, ast.DictComp, ast.GeneratorExp)
FUNCTIONS = (ast.FunctionDef, ast.AsyncFunctionDef)


@dataclass(frozen=True, slots=True)
class Module:
    """A module of the product, parsed, with the number of its lines."""

    tree: ast.Module
    lines: int

    def nodes(self) -> Iterator[ast.AST]:
        return ast.walk(self.tree)


def sources(commit: str, folder: str) -> Iterator[str]:
    """Yield the texts of the Python files in a folder of a commit."""
    done = subprocess.run(  # noqa: S603
        ["git", "archive", commit, folder],  # noqa: S607
        cwd=ROOT,
        check=True,
        capture_output=True,
    )
    with tarfile.open(fileobj=io.BytesIO(done.stdout)) as archive:
        for member in archive.getmembers():
            file = archive.extractfile(member) if member.name.endswith(".py") else None
            if file:
                yield file.read().decode("utf-8")


def is_named_nothing(node: ast.AST) -> bool:
    """Whether a node binds or takes a name that says nothing."""
    if isinstance(node, ast.Name):
        return isinstance(node.ctx, ast.Store) and node.id in SAYS_NOTHING
    return isinstance(node, ast.arg) and node.arg in SAYS_NOTHING


def is_unpacking(node: ast.AST) -> bool:
    """Whether a node unpacks into a list, a call or a mapping."""
    if isinstance(node, ast.Dict):
        return None in node.keys
    if isinstance(node, ast.keyword):
        return node.arg is None
    return isinstance(node, ast.Starred) and isinstance(node.ctx, ast.Load)


def figures(commit: str) -> dict[str, str]:
    """Return what is measured at a commit, as texts by name."""
    modules = [Module(ast.parse(text), text.count("\n")) for text in sources(commit, "linkmgr")]
    lines = sum(module.lines for module in modules)
    nodes = [node for module in modules for node in module.nodes()]
    functions = [node for node in nodes if isinstance(node, FUNCTIONS)]
    lengths = [(node.end_lineno or node.lineno) - node.lineno + 1 for node in functions]
    classes = Counter(node.name for node in nodes if isinstance(node, ast.ClassDef))
    repeated = sum(number for number in classes.values() if number > 1)

    def per_1000_lines(number: int) -> str:
        return f"{1000 * number / lines:.1f}"

    return {
        "comprehensions per 1,000 lines": per_1000_lines(
            sum(isinstance(node, COMPREHENSIONS) for node in nodes)
        ),
        "unpackings per 1,000 lines": per_1000_lines(sum(map(is_unpacking, nodes))),
        "conditional expressions per 1,000 lines": per_1000_lines(
            sum(isinstance(node, ast.IfExp) for node in nodes)
        ),
        "function, mean lines": f"{mean(lengths):.1f}",
        "function, median lines": f"{median(lengths):.0f}",
        "each and found bound": f"{sum(map(is_named_nothing, nodes)):,}",
        "classes with another's name": f"{repeated:,}",
        "modules": f"{len(modules):,}",
        "lines of the product": f"{lines:,}",
        "lines of tests": f"{sum(text.count(chr(10)) for text in sources(commit, 'tests')):,}",
    }


def main() -> None:
    """Print the figures of the commits that are named."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else "")
    parser.add_argument("commits", nargs="+")
    commits = parser.parse_args().commits
    columns = [figures(commit) for commit in commits]
    print(f"{'':40}" + "".join(f"{commit[:12]:>14}" for commit in commits))
    for name in columns[0]:
        print(f"{name:40}" + "".join(f"{column[name]:>14}" for column in columns))


if __name__ == "__main__":
    main()
