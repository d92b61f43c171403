"""Every command with its arguments and options, as its help has them."""

import gettext
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import click

from docs._reference.markdown import prose
from linkmgr.cli.commands import cli
from linkmgr.cli.common.help import AS_IT_IS, HelpContext, translated, translated_help, use_language
from linkmgr.messages.message import Language


@dataclass(frozen=True, slots=True)
class Row:
    """An option, or a command of a group, and what it is for."""

    name: str
    text: str


@dataclass(frozen=True, slots=True)
class Command:
    """A command; `text` is its help as Markdown, `options` are those that not every command has."""

    name: str
    usage: str
    text: str
    options: tuple[Row, ...]
    commands: tuple[Row, ...]


def load(language: Language) -> Mapping[str, Any]:
    """Return the commands in the order of `linkmgr --help`, each group before its own."""
    use_language(language)
    return {"commands": [*_commands(cli, "linkmgr", None)]}


def _commands(command: click.Command, name: str, parent: click.Context | None) -> Iterator[Command]:
    context = HelpContext(command, info_name=name, parent=parent)
    inner = command.commands if isinstance(command, click.Group) else {}
    options = [each for each in command.params if isinstance(each, click.Option)]
    path = context.command_path
    yield Command(
        path,
        " ".join([path, *command.collect_usage_pieces(context)]),
        _text(command.help or ""),
        tuple(_row(context, each) for each in options),
        tuple(
            Row(f"{path} {key}", gettext.gettext(each.get_short_help_str(300)))
            for key, each in inner.items()
        ),
    )
    for key, each in inner.items():
        yield from _commands(each, key, context)


def _text(text: str) -> str:
    """Return a help as Markdown: what click leaves as it is becomes code."""
    return "\n\n".join(
        f"```\n{each.removeprefix(AS_IT_IS)}\n```" if each.startswith(AS_IT_IS) else prose(each)
        for each in translated_help(text).split("\n\n")
    )


def _row(context: click.Context, option: click.Option) -> Row:
    record = translated(option).get_help_record(context)
    if record is None:
        raise ValueError(f"{option.name} has no help")
    return Row(*record)
