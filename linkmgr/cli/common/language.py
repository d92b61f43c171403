"""The language of a command: of its messages, of click's own words, and of its help.

Click takes its words from the standard library's gettext. Ours for them, and for the help of each
command and option, are in `translations/`, by their English.
"""

import gettext
import os
from pathlib import Path

import click

from linkmgr.messages.language import LANGUAGES, Language, locale_language, set_language

_DOMAIN = "commands"


def use_language(language: Language) -> None:
    """Have this process's commands speak a language."""
    set_language(language)
    os.environ["LANGUAGE"] = language  # where gettext looks first
    gettext.bindtextdomain(_DOMAIN, str(Path(__file__).parents[1] / "translations"))
    gettext.textdomain(_DOMAIN)


def use_locale() -> None:
    """Have this process's commands speak the language of the locale."""
    use_language(locale_language(os.environ))


def _use_chosen(_: click.Context, __: click.Parameter, language: Language | None) -> None:
    if language:
        use_language(language)


lang_option = click.option(
    "--lang",
    type=click.Choice(LANGUAGES),
    help="The language of messages, if it is not that of LC_ALL, LC_MESSAGES or LANG.",
    callback=_use_chosen,
    expose_value=False,
    is_eager=True,  # before --help
)
