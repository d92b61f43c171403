"""Dependence runs one way, and the core touches neither files nor frameworks."""

import ast
from collections import defaultdict
from functools import cache
from graphlib import CycleError, TopologicalSorter
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]

# A package may import those on lines above its own; the folders inside one keep to one direction
# by `test_no_folders_need_each_other`. Parts of a package may have lines of their own.
LAYERS = (
    {"linkmgr"},
    {"linkmgr.messages"},
    {"linkmgr.fs", "linkmgr.links", "linkmgr.network"},
    {"linkmgr.reports"},
    {"linkmgr.catalog", "linkmgr.posts"},
    {"linkmgr.resolver"},
    {"linkmgr.blocks"},
    {"linkmgr.clicks"},
    {"linkmgr.builder"},
    {"linkmgr.checkout"},
    {"linkmgr.renaming"},
    {"linkmgr.adopt"},
    {"linkmgr.check"},
    {"linkmgr.placements"},
    {"linkmgr.book_data"},
    {"linkmgr.settings"},
    {"linkmgr.store"},
    {"linkmgr.figures"},
    {"linkmgr.site_index"},
    {"linkmgr.admin.common"},
    {"linkmgr.earnings", "linkmgr.experiments"},
    {"linkmgr.demo"},
    {"linkmgr.admin"},
    {"linkmgr.earnings.pages", "linkmgr.experiments.pages"},
    {"linkmgr.admin.app"},
    {"linkmgr.web"},
    {"linkmgr.digest"},
    {"linkmgr.cli.common"},
    {"linkmgr.adopt.commands", "linkmgr.earnings.commands", "linkmgr.experiments.commands"},
    {"linkmgr.cli"},
    {"linkmgr.__main__"},
)
# What may be ignored: others import of it only its `public` modules, and what they register of it.
IGNORABLE = {
    "linkmgr.adopt": {
        "public": set(),
        "registered": {("linkmgr.cli.commands", "linkmgr.adopt.commands")},
    },
    "linkmgr.earnings": {
        "public": {
            *("linkmgr.earnings.figures", "linkmgr.earnings.admin_figures"),
            "linkmgr.earnings.digest_lines",
        },
        "registered": {
            ("linkmgr.admin.app", "linkmgr.earnings.pages.views"),
            ("linkmgr.admin.api.description", "linkmgr.earnings.report"),
            ("linkmgr.admin.api.figures", "linkmgr.earnings.report"),
            ("linkmgr.cli.commands", "linkmgr.earnings.commands"),
            ("linkmgr.demo.figures", "linkmgr.earnings.database.imports"),
            ("linkmgr.demo.figures", "linkmgr.earnings.reading.model"),
        },
    },
    "linkmgr.experiments": {
        "public": set(),
        "registered": {
            ("linkmgr.admin.app", "linkmgr.experiments.pages.views"),
            ("linkmgr.admin.api.description", "linkmgr.experiments.variants"),
            ("linkmgr.admin.api.figures", "linkmgr.experiments.variants"),
            ("linkmgr.admin.opportunities.reading", "linkmgr.experiments.opportunities"),
            ("linkmgr.admin.opportunities.reading", "linkmgr.experiments.variants"),
            ("linkmgr.cli.commands", "linkmgr.experiments.commands"),
            ("linkmgr.digest", "linkmgr.experiments.opportunities"),
            ("linkmgr.digest", "linkmgr.experiments.variants"),
        },
    },
}
CORE = {
    *("linkmgr.messages", "linkmgr.links", "linkmgr.catalog", "linkmgr.posts"),
    *("linkmgr.resolver", "linkmgr.blocks", "linkmgr.clicks"),
}
FILE_MODULES = {
    "linkmgr.fs",
    *("linkmgr.catalog.reading.files", "linkmgr.catalog.editing.edit_file"),
    *("linkmgr.posts.pages", "linkmgr.posts.site"),
}
# Folders that still need each other; none may be added, and none may stay.
KNOWN_CIRCLES: set[frozenset[str]] = set()
FILES = {"fileinput", "glob", "io", "os", "pathlib", "shutil", "sqlite3", "tempfile"}
# What opens, reads or writes a file, as a function or as a method of `pathlib.Path`.
OPENERS = {"open", "read_bytes", "read_text", "write_bytes", "write_text"}
# The package's own data (templates, assets), which it cannot be without, may be read anywhere.
PACKAGED = "importlib.resources.files"
FRAMEWORKS = {
    *("alembic", "click", "flask", "granian", "prometheus_client", "rich", "sqlalchemy"),
    "watchfiles",
}


@cache
def sources():
    """Read the source of every module under linkmgr, by its dotted name."""
    found = {}
    for path in (ROOT / "linkmgr").rglob("*.py"):
        parts = path.relative_to(ROOT).with_suffix("").parts
        name = ".".join(parts[:-1] if parts[-1] == "__init__" else parts)
        found[name] = path.read_text(encoding="utf-8")
    return found


def package_of(module):
    return ".".join(module.split(".")[:2])


def folder_of(module, modules):
    """Return the folder that a module lies in; at the root of a package each is its own."""
    inner = any(name.startswith(f"{module}.") for name in modules)
    folder = module if inner else module.rpartition(".")[0]
    return module if folder.count(".") < 2 else folder


def folder_circles(modules):
    """Return the sets of folders that need each other, through whatever others."""
    needs = defaultdict(set)
    for module, needed in dependences(modules).items():
        folder = folder_of(module, modules)
        needs[folder] |= {folder_of(other, modules) for other in needed} - {folder}
    reached = {folder: _reachable(folder, needs) for folder in needs}
    return {
        frozenset(other for other in reached[folder] if folder in reached.get(other, ()))
        for folder in reached
        if folder in reached[folder]
    }


def _reachable(start, needs):
    found, waiting = set(), [start]
    while waiting:
        for other in needs.get(waiting.pop(), ()):
            if other not in found:
                found.add(other)
                waiting.append(other)
    return found


def floor_of(module):
    """Return the package of a module, or the part of it that has a line of its own."""
    names = module.split(".")
    for length in range(len(names), 2, -1):
        part = ".".join(names[:length])
        if layer_of(part) is not None:
            return part
    return package_of(module)


def layer_of(floor):
    return next((rank for rank, layer in enumerate(LAYERS) if floor in layer), None)


@cache
def imports(source):
    """Name what a module imports, anywhere in it: `from a.b import c` is `a.b.c`.

    A text that names a module of an ignorable package is one, too: `import_module` may get it.
    """
    names = set()
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Import):
            names |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            names |= {f"{'.' * node.level}{node.module or ''}.{alias.name}" for alias in node.names}
        elif isinstance(node, ast.Constant) and str(node.value).startswith((*IGNORABLE,)):
            names.add(str(node.value))
    return names


def module_of(name, modules):
    """Find the module of ours in which an imported name stands."""
    while name and name not in modules:
        name = name.rpartition(".")[0]
    return name


def dependences(modules):
    """Map each module of ours to those it imports."""
    return {
        module: {module_of(name, modules) for name in imports(source)} - {"", module}
        for module, source in modules.items()
    }


def opens_files(source):
    called = {
        node.func.id if isinstance(node.func, ast.Name) else node.func.attr
        for node in ast.walk(ast.parse(source))
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name | ast.Attribute)
    }
    allowed = {"open", "read_bytes", "read_text"} if PACKAGED in imports(source) else set()
    return bool(called & OPENERS - allowed)


def breaches(modules):
    """List every import that goes the wrong way, one line each."""
    found = []
    for module, needed in dependences(modules).items():
        package, floor = package_of(module), floor_of(module)
        rank = layer_of(floor)
        if rank is None:
            found.append(f"{package} has no place in LAYERS")
            continue
        for other in needed:
            above = layer_of(floor_of(other))
            if floor_of(other) != floor and (above is None or above >= rank):
                found.append(f"{module} imports {other}")
            if package in CORE and module not in FILE_MODULES and other in FILE_MODULES:
                found.append(f"{module} imports {other}, which reads files")
        outside = {name for name in imports(modules[module]) if not name.startswith("linkmgr")}
        found += [f"{module} imports {name} relatively" for name in outside if name[0] == "."]
        if package not in CORE:
            continue
        forbidden = FRAMEWORKS if module in FILE_MODULES else FRAMEWORKS | FILES
        found += [f"{module} imports {name}" for name in outside if name.split(".")[0] in forbidden]
        if module not in FILE_MODULES and opens_files(modules[module]):
            found.append(f"{module} opens a file")
    return sorted(found)


def test_every_import_runs_one_way():
    assert breaches(sources()) == []


def uses_of_ignorable(modules):
    """List what others import of packages that may be ignored, beside what is said above."""
    uses = []
    for module, needed in dependences(modules).items():
        for other in needed - {module}:
            package = package_of(other)
            if package not in IGNORABLE or package_of(module) == package:
                continue
            allowed = IGNORABLE[package]
            if other not in allowed["public"] and (module, other) not in allowed["registered"]:
                uses.append(f"{module} imports {other}")
    return sorted(uses)


def test_ignorable_packages_are_imported_only_at_registries():
    assert uses_of_ignorable(sources()) == []


def test_each_registration_of_an_ignorable_package_is_there():
    imported = {
        (module, other) for module, needed in dependences(sources()).items() for other in needed
    }
    for allowed in IGNORABLE.values():
        assert allowed["registered"] <= imported
        assert allowed["public"] <= {other for _, other in imported}


@pytest.mark.parametrize(
    ("source", "uses"),
    [
        ("from linkmgr.earnings.figures import By", []),
        (
            "from linkmgr.earnings.days import x",
            ["linkmgr.clicks.a imports linkmgr.earnings.days"],
        ),
        (
            "import_module('linkmgr.earnings.days')",
            ["linkmgr.clicks.a imports linkmgr.earnings.days"],
        ),
    ],
)
def test_a_use_of_an_ignorable_package_is_seen(source, uses):
    modules = dict.fromkeys(["linkmgr.earnings.figures", "linkmgr.earnings.days"], "")
    assert uses_of_ignorable(modules | {"linkmgr.clicks.a": source}) == uses


def test_only_the_store_and_the_figures_write_sql():
    types = {"Connection", "Engine", "exc"}
    sql = (
        "linkmgr.store.",
        "linkmgr.figures.",
        "linkmgr.earnings.database.",
        "linkmgr.experiments.",
    )
    found = {
        f"{module} imports {name}"
        for module, source in sources().items()
        if not module.startswith(sql)
        for name in imports(source)
        if name.split(".")[0] == "sqlalchemy" and name.split(".")[1] not in types
    }
    assert found == set()


def test_the_file_modules_are_there():
    assert sources().keys() >= FILE_MODULES


def test_no_folders_need_each_other():
    assert folder_circles(sources()) == KNOWN_CIRCLES


def test_there_are_no_cycles():
    try:
        order = list(TopologicalSorter(dependences(sources())).static_order())
    except CycleError as error:
        pytest.fail(" <- ".join(error.args[1]))
    assert set(order) == sources().keys()


@pytest.mark.parametrize(
    ("module", "source", "breach"),
    [
        pytest.param("linkmgr.blocks.render", "import os.path", "imports os.path", id="files"),
        pytest.param(
            "linkmgr.catalog.reading.parse", "from pathlib import Path", "imports pathlib.Path"
        ),
        pytest.param("linkmgr.resolver.score", "def f():\n    import flask", "imports flask"),
        pytest.param("linkmgr.posts.parse", "text = open('a').read()", "opens a file"),
        pytest.param("linkmgr.posts.parse", "def f(path):\n    path.read_text()", "opens a file"),
        pytest.param("linkmgr.blocks.page", "def f(path):\n    path.open('rb')", "opens a file"),
        pytest.param(
            "linkmgr.blocks.page",
            "from importlib.resources import files\nfiles('a').write_text('b')",
            "opens a file",
        ),
        pytest.param("linkmgr.catalog.reading.files", "import sqlalchemy", "imports sqlalchemy"),
        pytest.param(
            "linkmgr.catalog.reading.parse", "import linkmgr.builder.run", "imports linkmgr.build"
        ),
        pytest.param("linkmgr.posts.parse", "from linkmgr.catalog import x", "linkmgr.catalog"),
        pytest.param(
            "linkmgr.resolver.score",
            "from linkmgr.posts.site import read",
            "imports linkmgr.posts.site, which reads files",
        ),
        pytest.param("linkmgr.builder.run", "from . import plan", "relatively"),
        pytest.param("linkmgr.surprise", "", "has no place in LAYERS"),
    ],
)
def test_a_breach_is_found(module, source, breach):
    others = dict.fromkeys(["linkmgr.builder", "linkmgr.catalog", "linkmgr.posts.site"], "")
    found = breaches(others | {module: source})
    assert len(found) == 1
    assert breach in found[0]


def test_what_is_allowed_is_no_breach():
    allowed = {
        "linkmgr.catalog.reading.files": (
            "from pathlib import Path\nfrom linkmgr.messages.errors import Problem"
        ),
        "linkmgr.messages.errors": "from dataclasses import dataclass",
        "linkmgr.blocks.templating": "import linkmgr.catalog.model",
        "linkmgr.blocks.assets": (
            "from importlib.resources import files\nTEXT = (files(__name__) / 'a.css').read_text()"
        ),
        "linkmgr.catalog.model": "",
        "linkmgr.builder.run": "import os\nfrom linkmgr.catalog.reading.files import load",
    }
    assert breaches(allowed) == []


def test_a_cycle_is_found():
    cycle = {
        "linkmgr.posts.a": "import linkmgr.posts.b",
        "linkmgr.posts.b": "import linkmgr.posts.a",
    }
    with pytest.raises(CycleError):
        list(TopologicalSorter(dependences(cycle)).static_order())
