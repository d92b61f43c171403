"""The reference pages by name: what each is filled with, and its words in `en/` and `ja/`."""

import re
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined

from docs._reference import api, catalog, check_codes, commands, metrics, settings
from docs._reference.markdown import cell, code
from linkmgr.messages.message import Language

DOCS = Path(__file__).parents[1]
PAGES: Mapping[str, Callable[[Language], Mapping[str, Any]]] = {
    "commands": commands.load,
    "catalog": catalog.load,
    "settings": settings.load,
    "check-codes": check_codes.load,
    "metrics": metrics.load,
    "api": api.load,
}

_templates = Environment(
    loader=FileSystemLoader(Path(__file__).parent),
    autoescape=False,  # noqa: S701 - the pages are Markdown, and the texts are the program's
    undefined=StrictUndefined,
    trim_blocks=True,
    lstrip_blocks=True,
    keep_trailing_newline=True,
)
_templates.filters |= {"cell": cell, "code": code}


def render(name: str, language: Language) -> str:
    """Return a page's Markdown as the program is now."""
    text = _templates.get_template(f"{language}/{name}.md").render(PAGES[name](language))
    return re.sub(r"\n{3,}", "\n\n", text).strip() + "\n"
