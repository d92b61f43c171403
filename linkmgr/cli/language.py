"""The language of a command: of its messages, of click's own words, and of the lists of commands.

Click takes its words from the standard library's gettext. Ours for them, and for the first sentence
of each command's help, are in `translations/`, by their English.
"""

import gettext
import os
from pathlib import Path

import click

from linkmgr.messages.language import LANGUAGES, Language, locale_language, set_language

_DOMAIN = "commands"

# Longer than any: click cuts what it lists at some forty characters.
_WHOLE = 300


def use_language(language: Language) -> None:
    """Have this process's commands speak a language."""
    set_language(language)
    os.environ["LANGUAGE"] = language  # where gettext looks first
    gettext.bindtextdomain(_DOMAIN, str(Path(__file__).parent / "translations"))
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


class CommandGroup(click.Group):
    """A group that lists its commands in the present language."""

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """Write a line for each command: the first sentence of its help, whole."""
        commands = {name: self.get_command(ctx, name) for name in self.list_commands(ctx)}
        rows = [
            (name, gettext.gettext(command.get_short_help_str(_WHOLE)))
            for name, command in commands.items()
            if command
        ]
        with formatter.section(gettext.gettext("Commands")):
            formatter.write_dl(rows)
