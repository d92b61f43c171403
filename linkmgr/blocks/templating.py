"""The templates: the package's own, and the site's in their place, in Jinja's sandbox.

A site's own templates are its owner's, as the posts are: the sandbox keeps a mistake in one from
reaching Python, and is no guard against an author who means harm. Without any there is no sandbox,
which takes half of the time of rendering.
"""

import traceback
from collections.abc import Iterable, Mapping
from importlib.resources import files
from typing import TYPE_CHECKING, Any

from jinja2 import (
    BytecodeCache,
    Environment,
    FunctionLoader,
    StrictUndefined,
    Template,
    TemplateSyntaxError,
)
from jinja2.bccache import Bucket
from jinja2.exceptions import SecurityError
from jinja2.sandbox import ImmutableSandboxedEnvironment

from linkmgr.blocks.escape import escape
from linkmgr.catalog.blocks import KINDS
from linkmgr.messages.errors import Problem, Problems
from linkmgr.messages.message import Message, excerpt, message

if TYPE_CHECKING:
    from types import CodeType

OVERRIDES = "_linkmgr"
"""The site's folder of templates; `name.html` there replaces the package's."""

FOLDER = files("linkmgr.blocks") / "templates"


def template_names(blocks: Iterable[str]) -> frozenset[str]:
    """Return the names that a site's own templates may have."""
    return frozenset((*_packaged(), *(f"{block}.html" for block in blocks)))


def _packaged() -> tuple[str, ...]:
    """Return the names of the package's templates: one for each kind, and what frames them all."""
    shared = (
        *("block.html", "card.html", "cover.html", "disclosure.html", "sale.html", "shops.html"),
        *("text_link.html", "title.html"),
    )
    return (*shared, *(f"{kind}.html" for kind in KINDS))


class _Compiled(BytecodeCache):
    """The newest of each template that this process has compiled.

    A preview in the admin makes its own `Templates`, and compiling takes most of its time.
    """

    def __init__(self) -> None:
        self._codes: dict[str, tuple[str, CodeType | None]] = {}

    def load_bytecode(self, bucket: Bucket) -> None:
        checksum, code = self._codes.get(bucket.key, ("", None))
        if checksum == bucket.checksum:
            bucket.code = code

    def dump_bytecode(self, bucket: Bucket) -> None:
        self._codes[bucket.key] = bucket.checksum, bucket.code


_COMPILED = _Compiled()
_COMPILED_IN_SANDBOX = _Compiled()


class Templates:
    """Every template, compiled once. A mistake in a site's own names its file and line."""

    def __init__(self, overrides: Mapping[str, str]) -> None:
        self._overrides = frozenset(overrides)
        sources = {
            name: ((FOLDER / name).read_text(encoding="utf-8"), f"{FOLDER.name}/{name}", None)
            for name in _packaged()
        }
        sources |= {name: (text, f"{OVERRIDES}/{name}", None) for name, text in overrides.items()}
        environment = ImmutableSandboxedEnvironment if overrides else Environment
        self._environment = environment(
            loader=FunctionLoader(sources.get),
            bytecode_cache=_COMPILED_IN_SANDBOX if overrides else _COMPILED,
            autoescape=True,
            finalize=escape,
            undefined=StrictUndefined,
            trim_blocks=True,
            lstrip_blocks=True,
            keep_trailing_newline=True,
            auto_reload=False,
        )
        self._templates = {name: self._compiled(name) for name in sources}

    def _compiled(self, name: str) -> Template:
        try:
            return self._environment.get_template(name)
        except Exception as error:  # from Jinja, or from Python on Jinja's output
            if name not in self._overrides:
                raise
            line = error.lineno if isinstance(error, TemplateSyntaxError) else 0
            problem = message("blocks.template-syntax", problem=_said(error))
            raise Problems([Problem.at(f"{OVERRIDES}/{name}", line, "", problem)]) from error

    def for_block(self, name: str, kind: str) -> str:
        """Choose a block's template: the site's own by the block's name, else its kind's."""
        own = f"{name}.html"
        return own if own in self._overrides and own not in _packaged() else f"{kind}.html"

    def render(self, name: str, **values: Any) -> str:
        try:
            return self._templates[name].render(values)
        except Exception as error:
            place = _place_in_overrides(error)
            if place is None:
                raise
            raise Problems([Problem.at(*place, "", _problem(error))]) from error


def _problem(error: Exception) -> Message:
    if isinstance(error, SecurityError):
        return message("blocks.template-unsafe", problem=_said(error))
    return message("blocks.template-error", kind=type(error).__name__, error=_said(error))


def _said(error: Exception) -> str:
    return excerpt(str(error) or type(error).__name__, 200)


def _place_in_overrides(error: Exception) -> tuple[str, int] | None:
    """Find the innermost line of a site's template, `None` if the mistake is not the site's."""
    for frame in reversed(traceback.extract_tb(error.__traceback__)):
        if frame.filename.startswith(f"{OVERRIDES}/"):
            return frame.filename, frame.lineno or 0
    return None
