"""The templates: the package's own, and the site's in their place."""

import traceback
from collections.abc import Iterable, Mapping
from importlib.resources import files
from typing import Any

from jinja2 import Environment, FunctionLoader, StrictUndefined, TemplateSyntaxError

from linkmgr.blocks.escape import escape
from linkmgr.catalog.kinds import KINDS
from linkmgr.messages.errors import Problem, Problems
from linkmgr.messages.message import message

OVERRIDES = "_linkmgr"
"""The site's folder of templates; `name.html` there replaces the package's."""

FOLDER = files("linkmgr.blocks") / "templates"


def template_names(blocks: Iterable[str]) -> frozenset[str]:
    """Return the names that a site's own templates may have."""
    return frozenset((*_packaged(), *(f"{block}.html" for block in blocks)))


def _packaged() -> tuple[str, ...]:
    """Return the names of the package's templates: one for each kind, and what frames them all."""
    return ("block.html", "disclosure.html", *(f"{kind}.html" for kind in KINDS))


class Templates:
    """Every template, compiled once. A mistake in a site's own names its file and line."""

    def __init__(self, overrides: Mapping[str, str]) -> None:
        sources = {name: (FOLDER / name).read_text(encoding="utf-8") for name in _packaged()}
        sources |= overrides
        self._overrides = frozenset(overrides)
        # No sandbox: templates are files of the site, its owner's code as its layouts are, and a
        # catalog, which may come from elsewhere, never has any.
        self._environment = Environment(
            loader=FunctionLoader(lambda name: _source(sources, name)),
            autoescape=True,
            finalize=escape,
            undefined=StrictUndefined,
            trim_blocks=True,
            lstrip_blocks=True,
            keep_trailing_newline=True,
            auto_reload=False,
        )
        try:
            self._templates = {name: self._environment.get_template(name) for name in sources}
        except TemplateSyntaxError as error:
            problem = message("blocks.template-syntax", problem=error.message or "")
            place = (str(error.filename), error.lineno)
            raise Problems([Problem.at(*place, "", problem)]) from error

    def for_block(self, name: str, kind: str) -> str:
        """Choose a block's template: the site's own by the block's name, else its kind's."""
        own = f"{name}.html"
        return own if own in self._overrides and own not in _packaged() else f"{kind}.html"

    def render(self, name: str, **values: Any) -> str:
        """Render a template by name."""
        try:
            return self._templates[name].render(values)
        except Exception as error:
            place = _place_in_overrides(error)
            if place is None:
                raise
            problem = message("blocks.template-error", kind=type(error).__name__, error=str(error))
            raise Problems([Problem.at(*place, "", problem)]) from error


def _source(sources: Mapping[str, str], name: str) -> tuple[str, str, None] | None:
    return (sources[name], f"{OVERRIDES}/{name}", None) if name in sources else None


def _place_in_overrides(error: Exception) -> tuple[str, int] | None:
    """Find the innermost line of a site's template; none: the mistake is not the site's."""
    for frame in reversed(traceback.extract_tb(error.__traceback__)):
        if frame.filename.startswith(f"{OVERRIDES}/"):
            return frame.filename, frame.lineno or 0
    return None
