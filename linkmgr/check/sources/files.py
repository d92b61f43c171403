"""The files of a site from which Jekyll makes its pages, and the templates that it puts around."""

import os
import re
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path

from linkmgr.builder.site.paths import OutputPaths
from linkmgr.check.pages.built_site import BuiltSite
from linkmgr.posts.config import JekyllConfig
from linkmgr.posts.document import split_front_matter
from linkmgr.posts.model import Post
from linkmgr.posts.site import CONFIG_FILES, SPECIAL, YAML

_PERMALINK = re.compile(rb"^permalink:\s*[\"']?([^\s\"']+)", re.MULTILINE)
_BEGINNING = 4096  # bytes in which a page's front matter says its address

# Folders of Jekyll's that hold no pages; any other with an underscore is a collection.
_NO_PAGES = frozenset(("_posts", "_drafts", "_plugins", "_sass"))


class SourceFiles:
    """The files of the site at `root`, by what Jekyll makes of them.

    Paths are as the user can open them. `of_pages` has the file of each page (a path in the built
    folder), `templates` are the layouts and includes, and the files with data for them.
    """

    def __init__(
        self, root: Path, config: JekyllConfig, posts: Iterable[Post], built: BuiltSite
    ) -> None:
        self._root = root
        self._config = config
        self._source = root / config.source
        self._texts: dict[str, str] = {}
        self.of_pages = self._of_pages(posts, built)
        self.templates = (*self._templates(),)

    def of_post(self, post: Post) -> str:
        """Return the path of a post's file."""
        return str(self._source / self._config.file_of(post.path))

    def text(self, file: str) -> str:
        """Return what is in a file; of one that cannot be read, nothing."""
        if file not in self._texts:
            try:
                text = Path(file).read_text(encoding="utf-8", errors="replace")
            except OSError:
                text = ""
            self._texts[file] = text
        return self._texts[file]

    def _of_pages(self, posts: Iterable[Post], built: BuiltSite) -> Mapping[str, str]:
        pages = {}
        for file in self._other_pages():
            if page := built.file(self._url(file)):
                pages[page] = str(file)
        for document in built.documents:
            if (self._source / document).is_file():
                pages[document] = str(self._source / document)
        for post in posts:
            if page := built.file(post.url):
                pages[page] = self.of_post(post)
        return pages

    def _other_pages(self) -> Iterator[Path]:
        kinds = (*self._config.markdown_ext, ".html")
        for parent, folders, names in os.walk(self._source):
            folders[:] = (name for name in folders if self._has_pages(Path(parent), name))
            files = (Path(parent, name) for name in names if name.endswith(kinds))
            yield from filter(Path.is_file, files)  # a pipe in the place of a page never ends

    def _has_pages(self, parent: Path, name: str) -> bool:
        config, path = self._config, parent / name
        inside = f"/{path.relative_to(self._source).as_posix()}"
        ours = {config.layouts_dir, config.includes_dir, config.data_dir, *_NO_PAGES}
        return not (
            (name.startswith(SPECIAL) and not name.startswith("_"))
            or inside.removeprefix("/") in ours
            or name in _NO_PAGES
            or path == self._root / config.destination
            or config.excluded.match(inside, folder=True)
        )

    def _url(self, file: Path) -> str:
        try:
            with file.open("rb") as opened:
                front, _ = split_front_matter(opened.read(_BEGINNING))
        except OSError:
            front = b""
        if found := _PERMALINK.search(front):
            return f"/{found[1].decode(errors='replace').lstrip('/')}"
        path = file.relative_to(self._source).with_suffix("").as_posix()
        inside = path.removeprefix(f"{self._config.collections_dir}/".lstrip("/"))
        return f"/{inside.removeprefix('_')}".removesuffix("index")

    def _templates(self) -> Iterator[str]:
        config, written = self._config, OutputPaths.of(self._config)
        for folder, kinds in (
            (config.layouts_dir, (".html", ".md", ".xml")),
            (config.includes_dir, (".html", ".md", ".xml")),
            (config.data_dir, (*YAML, ".json", ".csv")),
        ):
            for file in sorted((self._source / folder).rglob("*")):
                path = file.relative_to(self._root).as_posix()
                by_us = path in {written.index, written.include} or written.fragments in path
                if file.suffix in kinds and not by_us and file.is_file():
                    yield str(file)
        for name in CONFIG_FILES:
            if (self._root / name).is_file():
                yield str(self._root / name)
