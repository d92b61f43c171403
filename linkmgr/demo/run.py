"""Makes the demo: the blog that ships with the package, in a folder of the user's."""

import sys
from collections.abc import Iterator
from importlib.resources import files
from importlib.resources.abc import Traversable
from pathlib import Path
from shlex import quote
from shutil import which

from linkmgr.builder.inputs import gather
from linkmgr.builder.paths import CATALOG
from linkmgr.builder.run import build
from linkmgr.builder.setup.install import apply_install, plan_install
from linkmgr.catalog.reading.files import load_catalog
from linkmgr.messages.errors import LinkmgrError
from linkmgr.report import build_text
from linkmgr.resolver.explain import causes_text

MARK = ".linkmgr-demo"

# One that tags and keywords decide, one with a pin, one that no mapping speaks of.
SHOWN = (
    "_posts/2025-03-16-朝のハンドドリップ.md",
    "_posts/2025-06-21-a-script-for-the-watering-can.md",
    "_posts/2025-12-14-moving-the-piano.md",
)


def make_demo(target: Path) -> str:
    """Write and build the demo in `target`; say what three of its posts got, why, and what next."""
    write_site(target)
    apply_install(target, plan_install(target), write=False)
    report = build(target)
    site = gather(target, load_catalog(target / CATALOG))
    resolutions = (site.resolver.resolve(site.find(path)) for path in SHOWN)
    posts = [causes_text(site.catalog, resolution) for resolution in resolutions]
    return "\n\n".join([build_text(report, check=False), *posts, _next_steps(target)])


def write_site(target: Path) -> None:
    """Copy the demo blog into `target`, which must be new, empty or an earlier demo.

    Files that an earlier demo has already stay as they are: someone may have tried something out.
    """
    if target.exists() and not target.is_dir():
        raise LinkmgrError(f"{target} is a file: name a folder for the demo")
    if target.is_dir() and any(target.iterdir()) and not (target / MARK).exists():
        raise LinkmgrError(f"{target} holds other files: name a new or an empty folder")
    target.mkdir(parents=True, exist_ok=True)
    (target / MARK).touch()
    for source, path in _walk(files("linkmgr.demo") / "site", target):
        path.parent.mkdir(exist_ok=True)
        if not path.exists():
            path.write_bytes(source.read_bytes())


def _walk(source: Traversable, target: Path) -> Iterator[tuple[Traversable, Path]]:
    for child in source.iterdir():
        if child.is_dir():
            yield from _walk(child, target / child.name)
        else:
            yield child, target / child.name


def _next_steps(target: Path) -> str:
    folder = quote(str(target))
    install = "" if which("jekyll") else "  (after apt install jekyll, or gem install jekyll)"
    return (
        f"See it:    jekyll serve -s {folder} -d {folder}/_site{install}\n"
        f"Ask more:  {_program()} explain {Path(SHOWN[1]).stem} --site {folder}\n"
        f"Count:     cd {folder}, and there: linkmgr serve  (docs/server.md)"
    )


def _program() -> str:
    """Return how the command is called here; `make demo` runs it from an environment of its own."""
    if which("linkmgr"):
        return "linkmgr"
    return "python -m linkmgr" if Path(sys.argv[0]).name == "__main__.py" else quote(sys.argv[0])
