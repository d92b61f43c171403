"""All commands: those of this folder, and those that other packages have for themselves."""

import click

from linkmgr import __version__
from linkmgr.adopt.commands import adopt, eject
from linkmgr.cli.backup import backup, restore
from linkmgr.cli.build import build, commit
from linkmgr.cli.check import check
from linkmgr.cli.clicks import clicks
from linkmgr.cli.common.help import CommandGroup
from linkmgr.cli.items import add, rename
from linkmgr.cli.placements import placements
from linkmgr.cli.posts import coverage, explain, posts, resolve
from linkmgr.cli.server import db, doctor, serve
from linkmgr.cli.setup import completion, demo, init
from linkmgr.cli.stats import digest, stats
from linkmgr.cli.users import users
from linkmgr.earnings.commands import earnings
from linkmgr.experiments.commands import variants


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
        add,
        rename,
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
    *(completion, serve, stats, variants, digest, earnings, clicks),
    *(db, backup, restore, doctor, users),
):
    cli.add_command(command)
