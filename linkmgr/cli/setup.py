"""The commands to start with: init, demo and completion."""

import shlex
import sys
from datetime import UTC, datetime
from pathlib import Path

import click

from linkmgr.cli.common.database import server_extra
from linkmgr.cli.common.help import Command
from linkmgr.cli.common.options import site_option
from linkmgr.cli.common.terminal import print_text


@click.command(cls=Command)
@site_option
@click.option("--write", is_flag=True, help="Also edit the layouts and _config.yml.")
def init(site: Path, *, write: bool) -> None:
    """Prepare a Jekyll site.

    Writes a starter catalog.yaml and the include that shows the blocks, then shows which line to
    add to which layout and how to keep the catalog out of the published site. With --write it also
    makes these edits, and exits with 1 if a layout of posts is left for you to edit. You can run it
    again at any time.
    """
    from linkmgr.builder.setup.install import apply_install, install_text, plan_install
    from linkmgr.checkout import note_rewritten

    options = "" if site == Path() else f" --site {shlex.quote(str(site))}"
    plan = plan_install(site, f"linkmgr init{options}")
    if write:
        note_rewritten(site, {site / edit.path: edit.data for edit in plan.edits})
    apply_install(site, plan, write=write)
    print_text(install_text(plan, options, write=write))
    if write and plan.leaves_posts_out:
        sys.exit(1)


@click.command(cls=Command)
@click.argument("folder", type=click.Path(file_okay=False, path_type=Path), default=Path("demo"))
@click.option(
    "--with-figures",
    is_flag=True,
    help="Make up views, clicks, a test of two wordings and earnings, so that the admin has some.",
)
def demo(folder: Path, *, with_figures: bool) -> None:
    """Write an example blog into FOLDER (by default ./demo), build it, and explain three posts."""
    from linkmgr.demo.run import make_demo, next_steps
    from linkmgr.resolver.explain import causes_text

    made = make_demo(folder, for_figures=with_figures)
    if with_figures:
        with server_extra():
            from linkmgr.demo.figures import add_figures

            add_figures(folder, datetime.now(UTC))
    posts = (causes_text(made.catalog, resolution) for resolution in made.resolutions)
    print_text("\n\n".join([made.result.translated(check=False), *posts, next_steps(folder)]))


@click.command(cls=Command)
@click.argument("shell", type=click.Choice(["bash", "zsh", "fish"]))
def completion(shell: str) -> None:
    """Print the completion script for SHELL.

    \b
    bash:  linkmgr completion bash >> ~/.bashrc
    zsh:   linkmgr completion zsh  >> ~/.zshrc
    fish:  linkmgr completion fish > ~/.config/fish/completions/linkmgr.fish
    """
    from click.shell_completion import get_completion_class

    kind = get_completion_class(shell)
    if kind is None:
        raise click.UsageError(f"no completion for {shell}")
    root = click.get_current_context().find_root()
    click.echo(kind(root.command, {}, "linkmgr", "_LINKMGR_COMPLETE").source())
