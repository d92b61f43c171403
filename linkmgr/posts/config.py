"""`_config.yml`: the settings that decide which posts Jekyll publishes, and where."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime, tzinfo
from functools import cached_property

from linkmgr.posts.defaults import POSTS, Defaults, DefaultSet
from linkmgr.posts.permalink import STYLES
from linkmgr.posts.ruby.dates import parse_time, zone_named
from linkmgr.posts.ruby.globs import Patterns, patterns
from linkmgr.posts.ruby.jekyll import RELEASED, Jekyll

DEFAULT_INCLUDE = (".htaccess",)
# `Configuration::DEFAULT_EXCLUDES`, which Jekyll adds to the site's own.
DEFAULT_EXCLUDE = (
    *(".sass-cache", ".jekyll-cache", "gemfiles", "Gemfile", "Gemfile.lock", "node_modules"),
    *("vendor/bundle/", "vendor/cache/", "vendor/gems/", "vendor/ruby/"),
)
# Jekyll 3 (`Configuration::DEFAULTS`) has these alone, and only where the site has none of its own.
JEKYLL_3_EXCLUDE = (
    *("Gemfile", "Gemfile.lock", "node_modules"),
    *("vendor/bundle/", "vendor/cache/", "vendor/gems/", "vendor/ruby/"),
)
JEKYLL_4 = 4
MARKDOWN = "markdown,mkdown,mkdn,mkd,md"


@dataclass(frozen=True)
class JekyllConfig:
    """The settings, with Jekyll's own defaults.

    Folders are relative to `source`, which is relative to the site's root. `permalink` is the
    template of the posts' URLs. `timezone` `None` is the machine's. `language` is the posts' BCP 47
    tag unless they say another, empty if unknown; `subsites` are the `languages` of
    jekyll-polyglot, as written. Two equal configurations give equal posts, and so do two whose
    `repr` is equal.

    They were read as `jekyll` reads them, which is how front matter is to be read.
    """

    jekyll: Jekyll = RELEASED
    source: str = "."
    destination: str = "_site"
    collections_dir: str = ""
    includes_dir: str = "_includes"
    layouts_dir: str = "_layouts"
    data_dir: str = "_data"
    url: str = ""
    baseurl: str = ""
    timezone: str | None = None
    time: str | None = None
    permalink: str = STYLES["date"]
    include: tuple[str, ...] = DEFAULT_INCLUDE
    exclude: tuple[str, ...] = DEFAULT_EXCLUDE
    markdown_ext: tuple[str, ...] = tuple(f".{each}" for each in MARKDOWN.split(","))
    future: bool = False
    unpublished: bool = False
    show_drafts: bool = False
    strict_front_matter: bool = False
    limit_posts: int = 0
    default_sets: tuple[DefaultSet, ...] = ()
    language: str = ""
    subsites: tuple[str, ...] = ()

    @cached_property
    def base_path(self) -> str:
        """What comes before each path of the site: empty, or `/blog` for any way to write it."""
        name = self.baseurl.strip("/")
        return f"/{name}" if name else ""

    @cached_property
    def zone(self) -> tzinfo | None:
        """The site's time zone; `None` is the machine's."""
        return zone_named(self.timezone)

    @cached_property
    def build_time(self) -> datetime | None:
        """The time that `time` sets in place of the build's own."""
        return parse_time(self.time, self.zone) if self.time is not None else None

    @cached_property
    def defaults(self) -> Defaults:
        """The front matter defaults of posts, prepared."""
        return self.defaults_of(POSTS, self.collections_dir)

    def defaults_of(self, types: Collection[str], folder: str) -> Defaults:
        """Return the front matter defaults of files that have one of these types.

        Their paths are relative to the `folder` of the source.
        """
        sets = (each for each in self.default_sets if each.type is None or each.type in types)
        return Defaults(sets, folder, whole_names=self.jekyll.major < JEKYLL_4)

    def file_of(self, path: str) -> str:
        """Return the path of a file from the source by its `page.path`.

        That of a post or a document begins in the folder of the collections, that of a page does
        not, and only the first two have a folder with an underscore in it.
        """
        in_collection = any(folder.startswith("_") for folder in path.split("/")[:-1])
        return f"{self.collections_dir}/{path}".lstrip("/") if in_collection else path

    @cached_property
    def excluded(self) -> Patterns:
        """The patterns of `exclude`, without those that `include` takes back."""
        return patterns(tuple(each for each in self.exclude if each not in self.include))

    @cached_property
    def included(self) -> Patterns:
        """The patterns of `include`."""
        return patterns(self.include)
