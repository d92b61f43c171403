"""The language of commands: of their messages, of click's own words, and of their help.

Click takes its words from the standard library's gettext. Ours for them, and for the help of each
command and option, are in `translations/`, by the English text: of a command's help by paragraph,
since its first one is also its line in a list.
"""

import gettext
import inspect
import os
import re
import unicodedata
from collections.abc import Iterable, Iterator, Mapping, Sequence
from copy import copy
from itertools import pairwise, takewhile
from pathlib import Path

import click

from linkmgr.messages.message import LANGUAGES, Language, locale_language, set_language

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
    words = [word for option in options for word in option.split("=", 1)]
    named = [value for name, value in pairwise(words) if name == _LANG]
    chosen = next((language for language in LANGUAGES if language in named[-1:]), None)
    use_language(chosen or locale_language(environment))


# Help: what a command does, its options, and the lists of commands.

# Longer than any: click cuts what it lists at some forty characters.
_WHOLE = 300

# What stays together in a Japanese line: a word in Latin letters, a character with its brackets and
# the punctuation that no line begins with.
_UNBROKEN = re.compile(r"[「(]*(?:[!-'*-~]+|.)[」)、。・]*")

AS_IT_IS = "\b\n"
"""Before a paragraph whose lines click leaves as they are."""


def help_paragraphs(text: str) -> list[str]:
    """Split a command's help into what is translated at once."""
    return [paragraph.removeprefix(AS_IT_IS) for paragraph in _paragraphs(text)]


def _paragraphs(text: str) -> list[str]:
    paragraphs = inspect.cleandoc(text).split("\n\n")
    return [
        paragraph if paragraph.startswith(AS_IT_IS) else " ".join(paragraph.split())
        for paragraph in paragraphs
    ]


def translated_help(text: str) -> str:
    """Return a command's help in the present language, paragraph by paragraph."""
    return "\n\n".join(
        (AS_IT_IS if paragraph.startswith(AS_IT_IS) else "")
        + gettext.gettext(paragraph.removeprefix(AS_IT_IS))
        for paragraph in _paragraphs(text)
    )


def _columns(text: str) -> int:
    """Return the width of a text in columns of a terminal."""
    return sum(1 + (unicodedata.east_asian_width(character) in "WF") for character in text)


class HelpFormatter(click.HelpFormatter):
    """Breaks Japanese at the terminal's width: click counts characters, and breaks at spaces."""

    def write_text(self, text: str) -> None:
        super().write_text(_folded(text, self.width - self.current_indent))

    def write_dl(
        self, rows: Iterable[tuple[str, str]], col_max: int = 30, col_spacing: int = 2
    ) -> None:
        """Write terms and what they mean."""
        rows = list(rows)
        first = min(max(len(term) for term, _ in rows), col_max) + col_spacing
        folded = [(term, _folded(text, self.width - first - 2)) for term, text in rows]
        super().write_dl(folded, col_max, col_spacing)


def _folded(text: str, width: int) -> str:
    paragraphs = text.split("\n\n")
    for place, paragraph in enumerate(paragraphs):
        is_wide = _columns(paragraph) > len(paragraph)
        if is_wide and not paragraph.startswith(AS_IT_IS):
            paragraphs[place] = AS_IT_IS + "\n".join(_lines(paragraph, width))
    return "\n\n".join(paragraphs)


def _lines(text: str, width: int) -> Iterator[str]:
    line = ""
    for part in _UNBROKEN.findall(text):
        if line and _columns(line + part.rstrip()) > width:
            yield line.rstrip()
            line = ""
        line += part if line else part.lstrip()
    yield line.rstrip()


class HelpContext(click.Context):
    """The context of a command whose help is in the present language."""

    formatter_class = HelpFormatter


class Command(click.Command):
    """A command that takes --lang, and whose help is in the present language."""

    context_class = HelpContext

    def get_params(self, ctx: click.Context) -> list[click.Parameter]:
        """Return the command's own parameters, then what every command has."""
        *own, help_option = super().get_params(ctx)
        return [*own, LANG_OPTION, help_option]

    def format_help_text(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """Write what the command does."""
        shown = copy(self)
        shown.help = translated_help(self.help or "")
        super(Command, shown).format_help_text(ctx, formatter)

    def format_options(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """Write a line for each option."""
        shown = (translated(param) for param in self.get_params(ctx))
        records = [
            option.get_help_record(ctx) for option in shown if isinstance(option, click.Option)
        ]
        with formatter.section(gettext.gettext("Options")):
            formatter.write_dl([record for record in records if record])


class CommandGroup(Command, click.Group):
    """A group that lists its commands in the present language."""

    command_class = Command

    def format_options(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """Write a line for each option, then one for each command."""
        super().format_options(ctx, formatter)
        self.format_commands(ctx, formatter)

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


def translated(parameter: click.Parameter) -> click.Parameter:
    """Return a parameter whose help is in the present language."""
    if not isinstance(parameter, click.Option):
        return parameter
    shown = copy(parameter)
    shown.help = gettext.gettext(parameter.help or "")
    if isinstance(parameter.show_default, str):
        shown.show_default = gettext.gettext(parameter.show_default)
    return shown
