"""The words of the reference: English in the program and the YAML here, Japanese in `ja/*.po`."""

from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Any

import yaml
from babel.messages.pofile import read_po

from linkmgr.messages.message import ENGLISH, Language

_FOLDER = Path(__file__).parent


@cache
def translations(name: str, language: Language) -> Mapping[str, str]:
    """Return what a file of translations has, by the English; nothing for English itself."""
    if language == ENGLISH:
        return {}
    with (_FOLDER / language / f"{name}.po").open("rb") as opened:
        return {str(entry.id): str(entry.string) for entry in read_po(opened) if entry.id}


def said(text: str, language: Language) -> str:
    """Return a text of a table in a language."""
    return translations("tables", language).get(text, text)


def words_of(name: str, language: Language) -> Any:
    """Return the texts of a YAML file here in a language."""
    return _said(yaml.safe_load((_FOLDER / f"{name}.yaml").read_text(encoding="utf-8")), language)


def _said(value: Any, language: Language) -> Any:
    if isinstance(value, dict):
        return {key: _said(text, language) for key, text in value.items()}
    return said(value, language)
