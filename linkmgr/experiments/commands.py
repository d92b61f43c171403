"""The command that prints what tests of variants say."""

import shutil

import click

from linkmgr.cli.common.database import database, server_extra, settings
from linkmgr.cli.common.help import Command
from linkmgr.cli.common.options import json_option
from linkmgr.cli.common.terminal import print_json, print_text
from linkmgr.messages.message import message, translate


@click.command(cls=Command)
@json_option
def variants(*, as_json: bool) -> None:
    """Print what tests of variants say: rates, and which variant is better.

    Tests that run come first. However often you look, at most 5 % of tests of equals name a winner.
    """
    with server_extra():
        from linkmgr.catalog.reading.files import load_catalog
        from linkmgr.experiments.variants import read_tests, variants_json, variants_text

        of = settings()
        catalog = load_catalog(of.catalog)
        with database(of) as engine, engine.connect() as connection:
            tests = read_tests(connection, catalog)
            if as_json:
                print_json(variants_json(connection, tests))
            else:
                width = shutil.get_terminal_size().columns
                text = variants_text(connection, tests, width)
                print_text(text or translate(message("stats.no-tests")))
