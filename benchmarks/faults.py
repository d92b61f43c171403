"""Draws faults with a seed, puts one after another into a clone, and sees which the tests catch.

    python benchmarks/faults.py draw --seed 32 --number 60 >faults.jsonl
    python benchmarks/faults.py run faults.jsonl caught.jsonl --clone ../clone

The clone has an environment of its own and nothing that is not committed. What is tried is in the
second file, so that a run can be stopped and goes on where it was.
"""

import argparse
import ast
import json
import random
import re
import subprocess
import sys
import time
from collections import Counter, defaultdict
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parents[1]
PACKAGE = ROOT / "linkmgr"

# A comparison turned round.
TURNED = {
    "==": "!=",
    "!=": "==",
    "<": ">",
    ">": "<",
    "<=": ">=",
    ">=": "<=",
    "in": "not in",
    "not in": "in",
    "is": "is not",
    "is not": "is",
}
OPERATOR = re.compile(r"not\s+in\b|is\s+not\b|in\b|is\b|[=!<>]=|[<>]")
KINDS = ("comparison", "call left out", "wrong column", "wrong value")
FAILED = re.compile(r"^(?:FAILED|ERROR) (\S+?\.py\S*(?:\[.*?\](?= - |$))?)", re.MULTILINE)

# What `make test -x` runs, in the order that finds a fault of one file soonest.
STAGES = ("nearest", "fast", "lint", "package", "rest")
LINT = ("tests/lint", "--deselect=tests/lint/test_names.py")
# Seconds that the tests of a stage may take.
LIMITS = {"nearest": 900, "fast": 1800, "package": 2400, "rest": 5400}
MOST_NEAREST = 12  # test files


@dataclass(frozen=True)
class Fault:
    """A piece of a file and what takes its place; `start` counts bytes from the file's begin."""

    kind: str
    file: str
    line: int
    start: int
    before: str
    after: str

    @property
    def package(self) -> str:
        """Return which part of linkmgr has it: a folder, or a module beside them."""
        return Path(self.file).parts[1].removesuffix(".py")

    def apply(self, root: Path) -> bytes:
        """Write it into the file, and return what the file was."""
        path = root / self.file
        whole = path.read_bytes()
        end = self.start + len(self.before.encode())
        assert whole[self.start : end] == self.before.encode(), f"{self.file} has changed"
        path.write_bytes(whole[: self.start] + self.after.encode() + whole[end:])
        return whole


class Places:
    """Where nodes of a module are, as offsets in bytes."""

    def __init__(self, source: bytes) -> None:
        self._source = source
        self._lines = [0]
        for line in source.splitlines(keepends=True):
            self._lines.append(self._lines[-1] + len(line))

    def start(self, node: ast.expr | ast.stmt) -> int:
        return self._lines[node.lineno - 1] + node.col_offset

    def end(self, node: ast.expr | ast.stmt) -> int:
        assert node.end_lineno is not None
        assert node.end_col_offset is not None
        return self._lines[node.end_lineno - 1] + node.end_col_offset

    def text(self, start: int, end: int) -> str:
        return self._source[start:end].decode()


def faults_of(file: Path) -> Iterator[Fault]:
    """Yield each fault that a module could have."""
    source = file.read_bytes()
    tree = ast.parse(source)
    places = Places(source)
    name = str(file.relative_to(ROOT))
    siblings = columns_of(tree)
    passed_over = {id(node) for node in annotations(tree)}
    for node in ast.walk(tree):
        if id(node) in passed_over:
            continue
        if isinstance(node, ast.Compare) and len(node.ops) == 1:
            between = places.text(places.end(node.left), places.start(node.comparators[0]))
            operator = OPERATOR.search(between)
            if operator:
                start = places.end(node.left) + len(between[: operator.start()].encode())
                after = TURNED[" ".join(operator[0].split())]
                yield Fault("comparison", name, node.lineno, start, operator[0], after)
        elif isinstance(node, ast.Expr) and isinstance(node.value, ast.Call):
            start = places.start(node)
            before = places.text(start, places.end(node))
            yield Fault("call left out", name, node.lineno, start, before, "pass")
        elif isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name):
            others = sorted(siblings.get(node.value.id, set()) - {node.attr})
            if others and node.attr in siblings[node.value.id] and isinstance(node.ctx, ast.Load):
                start = places.end(node) - len(node.attr.encode())
                after = random.Random(f"{name}{start}").choice(others)
                yield Fault("wrong column", name, node.lineno, start, node.attr, after)
        elif isinstance(node, ast.Constant) and type(node.value) is int:
            start = places.start(node)
            before = places.text(start, places.end(node))
            yield Fault("wrong value", name, node.lineno, start, before, f"({before} + 1)")


def columns_of(tree: ast.Module) -> dict[str, set[str]]:
    """Return by class or variable the columns and fields that a module reads of it."""
    columns = defaultdict(set)
    called = {id(node.func) for node in ast.walk(tree) if isinstance(node, ast.Call)}
    modules = {name.asname or name.name for node in ast.walk(tree) for name in imported(node)}
    for node in ast.walk(tree):
        if id(node) in called or not isinstance(node, ast.Attribute):
            continue
        if isinstance(node.value, ast.Name) and isinstance(node.ctx, ast.Load):
            of = node.value.id
            if node.attr.islower() and (of[0].isupper() or of not in modules):
                columns[of].add(node.attr)
    return dict(columns)


def imported(node: ast.AST) -> list[ast.alias]:
    """Return what a statement imports."""
    return node.names if isinstance(node, ast.Import | ast.ImportFrom) else []


def annotations(tree: ast.Module) -> Iterator[ast.AST]:
    """Yield what only types are made of."""
    for node in ast.walk(tree):
        if isinstance(node, ast.AnnAssign | ast.arg) and node.annotation is not None:
            yield from ast.walk(node.annotation)
        elif isinstance(node, ast.FunctionDef) and node.returns is not None:
            yield from ast.walk(node.returns)


def draw(seed: int, number: int) -> list[Fault]:
    """Draw faults, as many of one package as of another, and of its kinds in turn."""
    chosen = random.Random(seed)
    by_package: dict[str, dict[str, list[Fault]]] = defaultdict(lambda: defaultdict(list))
    for file in sorted(PACKAGE.rglob("*.py")):
        for fault in faults_of(file):
            by_package[fault.package][fault.kind].append(fault)
    packages = sorted(by_package)
    chosen.shuffle(packages)
    drawn: list[Fault] = []
    while len(drawn) < number:
        for package in packages[: number - len(drawn)]:
            kinds = by_package[package]
            turn = len(drawn) % len(KINDS)
            for kind in KINDS[turn:] + KINDS[:turn]:  # the next one that the package has
                if kinds[kind]:
                    fault = chosen.choice(kinds[kind])
                    kinds[kind].remove(fault)
                    drawn.append(fault)
                    break
    return drawn


class Clone:
    """A clone of the repository with an environment of its own, for faults and the tests."""

    def __init__(self, root: Path) -> None:
        self.root = root
        self._python = root / ".venv" / "bin" / "python"

    def ask(self, *command: str) -> str:
        done = subprocess.run(command, cwd=self.root, check=False, capture_output=True, text=True)
        return done.stdout

    def marks_of(self, fault: Fault) -> str:
        """Return the marks that `make test` runs in full where only this file has changed."""
        asked = (
            "from tests.support.tiers import read_table\n"
            "for mark, entry in read_table()['marks'].items():\n"
            f"    if any({fault.file!r}.startswith(path) for path in entry['paths']):\n"
            "        print(mark)"
        )
        return ",".join(self.ask(str(self._python), "-c", asked).split())

    def nearest(self, fault: Fault) -> list[str]:
        """Return the test files that import the module, the package's own ones first."""
        module = fault.file.removesuffix(".py").removesuffix("/__init__").replace("/", ".")
        parent, _, name = module.rpartition(".")
        imported = f"{re.escape(module)}\\b|from {re.escape(parent)} import .*\\b{name}\\b"
        files = self.ask("git", "grep", "-lE", imported, "--", "tests/**/test_*.py").split()
        files.sort(key=lambda file: f"tests/{fault.package}/" not in file)
        return files[:MOST_NEAREST]

    def run(self, stage: str, *arguments: str) -> tuple[int, str]:
        """Run pytest until a test fails; return its exit code, -1 where it took too long."""
        command = [str(self._python), "-m", "pytest", "-xq", "-p", "no:cacheprovider", *arguments]
        process = subprocess.Popen(
            command,
            cwd=self.root,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            start_new_session=True,
        )
        try:
            output, _ = process.communicate(timeout=LIMITS[stage])
        except subprocess.TimeoutExpired:
            process.terminate()
            process.wait()
            return -1, ""
        return process.returncode, output

    def lints(self) -> bool:
        """Whether types and the rules of structure let it pass; style would only see the change."""
        for name, *arguments in (("mypy", "--strict"), ("pytest", "-q", *LINT)):
            command = [str(self._python.with_name(name)), *arguments]
            done = subprocess.run(command, cwd=self.root, check=False, capture_output=True)
            if done.returncode:
                return False
        return True


def try_fault(fault: Fault, clone: Clone, stage: str) -> dict[str, Any]:
    """Return what comes of the tests of a stage while the fault is there."""
    began = time.monotonic()
    whole = fault.apply(clone.root)
    try:
        outcome = _outcome(fault, clone, stage)
    finally:
        (clone.root / fault.file).write_bytes(whole)
    test = outcome.get("test", "")
    # A test that fails without the fault has not caught it.
    if "::" in test and clone.run("nearest", "-n0", test)[0] == 1:
        outcome["outcome"] = "fails by itself"
    return {"stage": stage, **outcome, "seconds": round(time.monotonic() - began)}


def _outcome(fault: Fault, clone: Clone, stage: str) -> dict[str, str]:
    full = f"--full={clone.marks_of(fault)}"
    if stage == "lint":
        return {"outcome": "passed" if clone.lints() else "caught"}
    if stage == "nearest":
        files = clone.nearest(fault)
        if not files:
            return {"outcome": "passed"}
        code, output = clone.run(stage, "-n0", full, *files)
    elif stage in {"fast", "package"}:
        if not (clone.root / "tests" / fault.package).is_dir():
            return {"outcome": "passed"}
        tier = "--fast" if stage == "fast" else full
        code, output = clone.run(stage, "-n2", tier, f"tests/{fault.package}")
    else:
        code, output = clone.run(stage, "-n2", full, "--ignore=tests/lint")
    if code == -1:
        return {"outcome": "took too long"}
    if code == 0 or "no tests ran" in output:
        return {"outcome": "passed"}
    failed = FAILED.search(output)
    return {"outcome": "caught", "test": failed[1] if failed else output[-300:]}


def run(faults: Path, results: Path, clone: Clone) -> None:
    """Try each fault by one stage after the other until one catches it, and say how many did.

    All are tried by the quickest stage first.
    """
    drawn = [Fault(**json.loads(line)) for line in faults.read_text("utf-8").splitlines()]
    tried = results.read_text("utf-8").splitlines() if results.exists() else []
    done = [json.loads(line) for line in tried]
    for stage in STAGES:
        ended = {entry["number"] for entry in done if entry["outcome"] != "passed"}
        ended |= {entry["number"] for entry in done if entry["stage"] == stage}
        for number, fault in enumerate(drawn):
            if number in ended:
                continue
            entry = {"number": number, **try_fault(fault, clone, stage), **asdict(fault)}
            done.append(entry)
            with results.open("a", encoding="utf-8") as file:
                file.write(json.dumps(entry, ensure_ascii=False) + "\n")
            print(f"{number} {fault.file}:{fault.line} {stage}: {entry['outcome']}", flush=True)
    last = {entry["number"]: entry["outcome"] for entry in done}
    counts = Counter(last.values())
    print(
        f"{len(drawn)} faults: {counts['caught']} caught, {counts['passed']} missed, rest unclear"
    )


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    commands = parser.add_subparsers(dest="command", required=True)
    drawing = commands.add_parser("draw")
    drawing.add_argument("--seed", type=int, default=32)
    drawing.add_argument("--number", type=int, default=60)
    running = commands.add_parser("run")
    running.add_argument("faults", type=Path)
    running.add_argument("results", type=Path)
    running.add_argument("--clone", type=Path, required=True)
    arguments = parser.parse_args()
    if arguments.command == "draw":
        for fault in draw(arguments.seed, arguments.number):
            sys.stdout.write(json.dumps(asdict(fault), ensure_ascii=False) + "\n")
    else:
        run(arguments.faults, arguments.results, Clone(arguments.clone.resolve()))


if __name__ == "__main__":
    main()
