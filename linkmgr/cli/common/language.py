"""The language of a command: of its messages, of click's own words, and of its help.

Click takes its words from the standard library's gettext. Ours for them, and for the help of each
command and option, are in `translations/`, by their English.
"""

import gettext
import os
from collections.abc import Mapping, Sequence
from itertools import pairwise, takewhile
from pathlib import Path

import click

from linkmgr.messages.language import LANGUAGES, Language, locale_language, set_language

_DOMAIN = "commands"
_LANG = "--lang"

# Every command takes it, and leaves it alone: `use_language_of` has read it by then.
LANG_OPTION = click.Option(
    [_LANG],
    type=click.Choice(LANGUAGES),
    help="The language of messages, if it is not that of LC_ALL, LC_MESSAGES or LANG.",
    expose_value=False,
)


def use_language(language: Language) -> None:
    """Have this process's commands speak a language."""
    set_language(language)
    os.environ["LANGUAGE"] = language  # where gettext looks first
    gettext.bindtextdomain(_DOMAIN, str(Path(__file__).parents[1] / "translations"))
    gettext.textdomain(_DOMAIN)


def use_language_of(arguments: Sequence[str], environment: Mapping[str, str]) -> None:
    """Have this process's commands speak the language of --lang, or else that of the locale.

    --lang is found wherever it stands, before click parses the arguments: what click says of a
    mistake before it is in that language, too.
    """
    options = list(takewhile("--".__ne__, arguments))
    words = [word for each in options for word in each.split("=", 1)]
    named = [value for name, value in pairwise(words) if name == _LANG]
    chosen = next((each for each in LANGUAGES if each in named[-1:]), None)
    use_language(chosen or locale_language(environment))
