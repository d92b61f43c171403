"""Every operation of the API, as its description has it."""

from collections.abc import Mapping
from gettext import GNUTranslations, NullTranslations
from importlib.resources import files
from typing import Any

from docs._reference.markdown import cell, code, prose
from linkmgr.admin.api_reference.operations import load_reference
from linkmgr.messages.message import ENGLISH, Language

_SERVER = "https://go.example.com/api"


def load(language: Language) -> Mapping[str, Any]:
    """Return the description's parts, and `say` and `say_cell`, which translate its texts."""
    translations = _translations(language)
    return {
        "reference": load_reference(),
        "server": _SERVER,
        "root": "../../" if language == ENGLISH else "../../../",
        "holds": _holds,
        "say": lambda text: prose(translations.gettext(text)),
        "say_cell": lambda text: cell(translations.gettext(text)) if text else "",
    }


def _holds(kind: str, ref: str) -> str:
    """Return what a value is, with a link to where the page describes it."""
    return f"[`{kind}`](#{ref.lower()})" if ref else code(kind)


def _translations(language: Language) -> NullTranslations:
    if language == ENGLISH:
        return NullTranslations()
    file = files("linkmgr.admin") / "translations" / language / "LC_MESSAGES" / "api.mo"
    with file.open("rb") as opened:
        return GNUTranslations(opened)
