"""The command line: each command parses, calls, prints."""

import logging
import os
import sys
from io import TextIOWrapper
from typing import NoReturn

import click

from linkmgr import __version__
from linkmgr.cli.adopt import adopt, eject
from linkmgr.cli.backup import backup, restore
from linkmgr.cli.build import build, commit
from linkmgr.cli.check import check
from linkmgr.cli.clicks import clicks
from linkmgr.cli.common.help import CommandGroup, use_language_of
from linkmgr.cli.common.terminal import LogLines, error_text, print_text
from linkmgr.cli.earnings import earnings
from linkmgr.cli.placements import placements
from linkmgr.cli.posts import coverage, explain, posts, resolve
from linkmgr.cli.server import db, doctor, serve
from linkmgr.cli.setup import completion, demo, init
from linkmgr.cli.stats import stats, variants
from linkmgr.cli.users import users
from linkmgr.messages.errors import LinkmgrError


@click.group(cls=CommandGroup, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(__version__, prog_name="linkmgr")
def cli() -> None:
    """Book, product and call-to-action blocks on every post of a Jekyll blog.

    catalog.yaml lists what to show, and for which tags, categories and keywords; linkmgr writes the
    finished blocks, and Jekyll puts them into the pages.

    \b
    Start with:  linkmgr demo      an example blog, with what its posts got and why
    Then:        linkmgr init      in your own blog's folder
                 linkmgr build     before each `jekyll build`
                 linkmgr check     after it
                 linkmgr serve     to count clicks
    """


for command in (
    *(
        init,
        build,
        commit,
        posts,
        resolve,
        explain,
        coverage,
        adopt,
        eject,
        check,
        placements,
        demo,
    ),
    *(completion, serve, stats, variants, earnings, clicks, db, backup, restore, doctor, users),
):
    cli.add_command(command)


def main() -> NoReturn:
    """Run a command; an error that the user can fix becomes lines and exit code 1."""
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, TextIOWrapper):
            stream.reconfigure(errors="replace")  # a terminal may lack a title's characters
    use_language_of(sys.argv[1:], os.environ)
    logging.lastResort = LogLines(logging.WARNING)
    try:
        cli(prog_name="linkmgr")
    except (LinkmgrError, OSError) as error:
        print_text(error_text(error), err=True)
    sys.exit(1)
