"""Front matter defaults: which of `_config.yml`'s apply to a file (`frontmatter_defaults.rb`)."""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from linkmgr.posts.ruby.globs import path_glob
from linkmgr.posts.ruby.values import merge

POSTS = ("post", "posts")
PAGES = ("page", "pages")


@dataclass(frozen=True, slots=True)
class DefaultSet:
    """One entry of `defaults`; `path` is its scope's, as written, `type` `None` for all types."""

    path: str
    type: str | None
    values: Mapping[str, Any]


class Defaults:
    """The defaults of a site for one type of files, prepared for many. Paths are `page.path`.

    A scope's path is the beginning of theirs; with `whole_names`, as in Jekyll 3, of whole names.
    """

    def __init__(
        self, sets: Iterable[DefaultSet], collections_dir: str, *, whole_names: bool = False
    ) -> None:
        self.sets = tuple(sets)
        self.whole_names = whole_names
        self.folder = f"{collections_dir}/" if collections_dir else ""
        self.scopes = tuple(self._scope(each.path) for each in self.sets)
        self.merged: dict[tuple[int, ...], Mapping[str, Any]] = {}

    def of(self, path: str) -> Mapping[str, Any]:
        """Return the values for the file at `path`; not to be changed."""
        rooted = self.folder + path
        applying = tuple(
            place
            for place, scope in enumerate(self.scopes)
            if (path.startswith(scope) if isinstance(scope, str) else scope.match(rooted))
        )
        if applying not in self.merged:
            self.merged[applying] = self._merge([self.sets[place] for place in applying])
        return self.merged[applying]

    def _scope(self, path: str) -> str | re.Pattern[str]:
        if "*" in path:
            return path_glob(path)
        if path and self.whole_names:
            return re.compile(re.escape(self.folder + path.removeprefix(self.folder)) + r"(?=/|\Z)")
        return path.removeprefix(self.folder)

    @staticmethod
    def _merge(sets: list[DefaultSet]) -> Mapping[str, Any]:
        """Merge in the file's order: a longer scope path wins over a shorter, a typed over not."""
        merged: dict[str, Any] = {}
        strongest: DefaultSet | None = None
        for each in sets:
            if strongest is None or _beats(each, strongest):
                merge(merged, each.values)
                strongest = each
            else:
                weaker = dict(each.values)
                merge(weaker, merged)
                merged = weaker
        return merged


def _beats(new: DefaultSet, old: DefaultSet) -> bool:
    new_length, old_length = (len(each.path.removeprefix("/")) for each in (new, old))
    if new_length != old_length:
        return new_length > old_length
    return new.type is not None or old.type is None
