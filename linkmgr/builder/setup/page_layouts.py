"""The layouts of pages that show blocks: which of them do not, and what their owner can do.

They are not edited: a site's outermost layout is that of pages, mostly, and of posts by a layout
within it, which would then show each block twice.
"""

from collections import defaultdict
from collections.abc import Iterator, Sequence
from pathlib import Path

from linkmgr.builder.setup.layouts import INCLUDE_LINE
from linkmgr.builder.site.layout_files import LayoutFiles, LayoutTags
from linkmgr.messages.message import Message, message
from linkmgr.posts.config import JekyllConfig
from linkmgr.posts.pages import page_files, parse_page

# The most pages that are named for a layout.
_NAMED = 3


def page_advice(
    root: Path, config: JekyllConfig, globs: Sequence[str], edited: frozenset[Path]
) -> Iterator[Message]:
    """Yield what to do about each layout by which pages would show no blocks.

    Layouts in the files `edited` get what they need.
    """
    tags = LayoutTags(root, config)
    layouts = LayoutFiles(root / config.source / config.layouts_dir, config.jekyll.package)
    for name, paths in sorted(_pages_by_layout(root, config, globs).items()):
        chain, _ = layouts.chain(name) if name else ([], None)
        if tags.of_layout(name) or edited.intersection(chain):
            continue
        pages = tuple(paths[:_NAMED]) + (("…",) if len(paths) > _NAMED else ())
        if name:
            yield message(
                "build.page-layout",
                layout=name,
                pages=pages,
                include=INCLUDE_LINE,
                folder=config.layouts_dir,
            )
        else:
            yield message("build.page-without-layout", pages=pages, include=INCLUDE_LINE)


def _pages_by_layout(
    root: Path, config: JekyllConfig, globs: Sequence[str]
) -> dict[str, list[str]]:
    """Return the paths of the pages by layout, those without one under the empty name.

    Pages that show no blocks, or by a tag of their own, are left out.
    """
    found: dict[str, list[str]] = defaultdict(list)
    for file in page_files(root, config, globs):
        parsed = parse_page(file.path, file.read(), config)
        post = parsed.document.post if parsed and parsed.document else None
        if post and not (post.inclusions or post.override.disabled):
            found[post.layout].append(file.path)
    return found
