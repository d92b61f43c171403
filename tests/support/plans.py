"""How the database would execute each statement of a run, and which function made it."""

import ast
import inspect
import json
import sqlite3
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

from sqlalchemy import event

ROOT = Path(__file__).parents[2]
STORE = ROOT / "linkmgr" / "store"
BESIDE = tuple(ROOT / "linkmgr" / name for name in ("figures", "earnings", "experiments"))
_EXECUTING = {"execute", "executemany", "scalar", "scalars", "exec_driver_sql"}
_PLANNED = ("SELECT", "WITH", "INSERT", "UPDATE", "DELETE")
_TEMPORARY = "CREATE TEMPORARY TABLE"


@dataclass(frozen=True)
class Planned:
    """A statement of a function, and the scans of its plan: how, and of which table."""

    function: str
    statement: str
    scans: tuple[tuple[str, str], ...]

    def tables(self):
        return {table for _, table in self.scans}

    def whole(self):
        """Return the tables that are read from end to end."""
        return {table for how, table in self.scans if how == "whole"}


def executing_functions(*parts):
    """Name the functions of parts of the store, and of packages beside it, that execute SQL."""
    beside = {folder.name: folder for folder in BESIDE}
    found = set()
    for part in parts:
        folder = beside.get(part, STORE / part)
        for path in [folder] if part.endswith(".py") else sorted(folder.rglob("*.py")):
            _find(ast.parse(path.read_text(encoding="utf-8")), _module(path), "", found)
    return found


def _find(node, module, prefix, found):
    for child in ast.iter_child_nodes(node):
        if isinstance(child, ast.FunctionDef | ast.ClassDef):
            _find(child, module, f"{prefix}{child.name}.", found)
        elif (
            isinstance(child, ast.Call)
            and isinstance(child.func, ast.Attribute)
            and child.func.attr in _EXECUTING
        ):
            found.add(f"{module}:{prefix.removesuffix('.')}")
            _find(child, module, prefix, found)
        else:
            _find(child, module, prefix, found)


def _has_plan(statement):
    text = statement.lstrip()
    return text.startswith(_PLANNED) or (text.startswith(_TEMPORARY) and " AS SELECT" in text)


def _module(path):
    base = STORE if path.is_relative_to(STORE) else STORE.parent
    return path.relative_to(base).with_suffix("").as_posix()


def _caller():
    """Name the innermost function of the store or beside it that a statement comes from."""
    frame = inspect.currentframe()
    while frame:
        path = Path(frame.f_code.co_filename)
        in_store = path.is_relative_to(STORE) and not path.is_relative_to(STORE / "db")
        if in_store or any(path.is_relative_to(folder) for folder in BESIDE):
            qualname = frame.f_code.co_qualname.partition(".<locals>")[0]
            return f"{_module(path)}:{qualname}"
        frame = frame.f_back
    return ""


@contextmanager
def planning(engine):
    """Give a list to which the plan of each statement is added that the body has executed."""
    planned = []
    if engine.dialect.name == "sqlite":
        with _planning_on_sqlite(engine, planned):
            yield planned
        return

    def explain(connection, _cursor, statement, parameters, _context, executemany):
        function = _caller()
        if function and _has_plan(statement):
            values = parameters[0] if executemany else parameters
            with connection.connection.cursor() as cursor:
                cursor.execute(f"EXPLAIN (FORMAT JSON) {statement}", values)
                (plan,) = cursor.fetchone()
            if isinstance(plan, str):
                plan = json.loads(plan)
            planned.append(Planned(function, statement, tuple(_scans(plan[0]["Plan"]))))

    event.listen(engine, "before_cursor_execute", explain)
    try:
        yield planned
    finally:
        event.remove(engine, "before_cursor_execute", explain)


def _scans(node):
    if "Relation Name" in node and node["Node Type"] != "ModifyTable":
        whole = node["Node Type"] == "Seq Scan"
        yield "whole" if whole else node["Node Type"], node["Relation Name"]
    for child in node.get("Plans", ()):
        yield from _scans(child)


@contextmanager
def _planning_on_sqlite(engine, planned):
    """Record what SQLite itself executes, whoever asks it to."""
    recorded = {}

    def record(statement):
        function = _caller()
        if function and (_has_plan(statement) or _TEMPORARY in statement):
            recorded.setdefault((function, statement[:200]), statement)

    def trace(driver, _record):
        driver.set_trace_callback(record)

    engine.dispose()
    event.listen(engine, "connect", trace)
    try:
        yield planned
    finally:
        event.remove(engine, "connect", trace)
        engine.dispose()
        connection = sqlite3.connect(engine.url.database)
        for (function, _), statement in recorded.items():
            if _has_plan(statement):
                scans = tuple(_scans_of_sqlite(connection, statement))
                planned.append(Planned(function, statement, scans))
            if _TEMPORARY in statement:
                with suppress(sqlite3.OperationalError):  # it is there from a statement before
                    connection.execute(statement)
        connection.close()


def _scans_of_sqlite(connection, statement):
    plan = [detail for *_, detail in connection.execute(f"EXPLAIN QUERY PLAN {statement}")]
    # A scan in the order of the key ends with the first rows that are wanted.
    ends = " LIMIT " in statement and not any("TEMP B-TREE" in step for step in plan)
    for step in plan:
        how, *words = step.split()
        if how in {"SCAN", "SEARCH"}:
            bounded = how == "SEARCH" or ends or "INDEX" in words
            yield step if bounded else "whole", words[0]
