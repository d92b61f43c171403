"""What the shell completes of a site: its posts, and the ids of its catalog.

A mistake in the site is silent here, since it would be printed into the line that is being typed.
"""

import logging
import os
from collections.abc import Iterable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING

import click
from click.shell_completion import CompletionItem

from linkmgr.messages.errors import LinkmgrError

if TYPE_CHECKING:
    from linkmgr.catalog.model import Catalog


def complete_post(context: click.Context, _: click.Parameter, begun: str) -> list[CompletionItem]:
    """Return the posts, the newest first: by file name, or by path where a path is begun.

    Their names alone are read: a shell waits for this at each TAB.
    """
    from linkmgr.builder.site import read_site_config
    from linkmgr.posts.site import post_files

    files = []
    with _silently():
        config = read_site_config(_site(context))
        drafts = bool(context.params.get("drafts"))
        files = post_files(_site(context), config, drafts=drafts)
    files.sort(key=lambda file: PurePosixPath(file.path).name, reverse=True)
    return (
        _beginning(begun, (PurePosixPath(file.path).name for file in files))
        or _beginning(begun, (file.path for file in files))
        or _beginning(begun, (os.path.relpath(file.absolute) for file in files))
    )


def complete_item(context: click.Context, _: click.Parameter, begun: str) -> list[CompletionItem]:
    """Return the ids of the catalog's items."""
    ids: Iterable[str] = ()
    with _silently():
        ids = _catalog(context).items
    return _beginning(begun, ids)


def complete_programme(
    context: click.Context, _: click.Parameter, begun: str
) -> list[CompletionItem]:
    """Return the ids of the catalog's programmes."""
    ids: Iterable[str] = ()
    with _silently():
        ids = _catalog(context).programmes
    return _beginning(begun, ids)


def complete_file(_: click.Context, __: click.Parameter, begun: str) -> list[CompletionItem]:
    """Let the shell complete a file, where that or something else may be given."""
    return [CompletionItem(begun, type="file")]


def _site(context: click.Context) -> Path:
    return context.params.get("site") or Path()


def _catalog(context: click.Context) -> "Catalog":
    from linkmgr.builder.site import CATALOG
    from linkmgr.catalog.reading.files import load_catalog

    return load_catalog(context.params.get("catalog_file") or _site(context) / CATALOG)


def _beginning(begun: str, values: Iterable[str]) -> list[CompletionItem]:
    return [CompletionItem(value) for value in dict.fromkeys(values) if value.startswith(begun)]


@contextmanager
def _silently() -> Iterator[None]:
    logging.disable()
    try:
        with suppress(LinkmgrError, OSError):
            yield
    finally:
        logging.disable(logging.NOTSET)
