"""`_config.yml`: the settings that decide which posts Jekyll publishes, and where."""

import re
from collections.abc import Collection as CollectionOf
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime, tzinfo
from functools import cached_property
from typing import Any

from yaml.nodes import MappingNode, Node, ScalarNode, SequenceNode

from linkmgr.messages.errors import Problem, Problems
from linkmgr.messages.message import Message, message
from linkmgr.posts.article.language import language_tag, stated_language
from linkmgr.posts.permalink import STYLES, PermalinkError, check_template, collection_template
from linkmgr.posts.ruby.dates import parse_time, zone_named
from linkmgr.posts.ruby.globs import Patterns, path_glob, patterns
from linkmgr.posts.ruby.safe_yaml import load
from linkmgr.posts.ruby.values import RELEASED, Jekyll, merge, text_of, truthy
from linkmgr.posts.ruby.yaml_tree import YamlError, line_of

# Front matter defaults: which of `_config.yml`'s apply to a file (`frontmatter_defaults.rb`).

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
        self.scopes = tuple(self._scope(set_.path) for set_ in self.sets)
        self.merged: dict[tuple[int, ...], Mapping[str, Any]] = {}

    def values_for(self, path: str) -> Mapping[str, Any]:
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
        """Merge in file order: a longer scope path beats a shorter, a typed scope an untyped."""
        merged: dict[str, Any] = {}
        strongest: DefaultSet | None = None
        for set_ in sets:
            if strongest is None or _beats(set_, strongest):
                merge(merged, set_.values)
                strongest = set_
            else:
                weaker = dict(set_.values)
                merge(weaker, merged)
                merged = weaker
        return merged


def _beats(new: DefaultSet, old: DefaultSet) -> bool:
    new_length = len(new.path.removeprefix("/"))
    old_length = len(old.path.removeprefix("/"))
    if new_length != old_length:
        return new_length > old_length
    return new.type is not None or old.type is None


# The settings.


@dataclass(frozen=True, slots=True)
class Collection:
    """A collection whose documents have pages of their own, and the template of their URLs."""

    label: str
    permalink: str

    @property
    def folder(self) -> str:
        """The folder of its documents, in that of the collections."""
        return f"_{self.label}"


_DEFAULT_INCLUDE = (".htaccess",)
# `Configuration::DEFAULT_EXCLUDES`, which Jekyll adds to the site's own.
_DEFAULT_EXCLUDE = (
    *(".sass-cache", ".jekyll-cache", "gemfiles", "Gemfile", "Gemfile.lock", "node_modules"),
    *("vendor/bundle/", "vendor/cache/", "vendor/gems/", "vendor/ruby/"),
)
# Jekyll 3 (`Configuration::DEFAULTS`) has these alone, and only where the site has none of its own.
_JEKYLL_3_EXCLUDE = (
    *("Gemfile", "Gemfile.lock", "node_modules"),
    *("vendor/bundle/", "vendor/cache/", "vendor/gems/", "vendor/ruby/"),
)
_JEKYLL_4 = 4
_MARKDOWN = "markdown,mkdown,mkdn,mkd,md"


@dataclass(frozen=True)
class JekyllConfig:
    """The settings, with Jekyll's own defaults.

    Folders are relative to `source`, which is relative to the site's root. `permalink` is the
    template of the posts' URLs. `timezone` `None` is the machine's. `language` is the posts' BCP 47
    tag unless they say another, empty if unknown; `subsites` are the `languages` of
    jekyll-polyglot, as written. Two equal configurations give equal posts, and so do two whose
    `repr` is equal.

    They were read as `jekyll` reads them, and front matter must be, too.
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
    """The path below which the site is published, without the host that some settings give it."""
    written_baseurl: str = ""
    """The same as the settings have it, where they give it a host: Jekyll's filters break on it."""
    timezone: str | None = None
    time: str | None = None
    permalink: str = STYLES["date"]
    include: tuple[str, ...] = _DEFAULT_INCLUDE
    exclude: tuple[str, ...] = _DEFAULT_EXCLUDE
    markdown_ext: tuple[str, ...] = tuple(f".{ending}" for ending in _MARKDOWN.split(","))
    future: bool = False
    unpublished: bool = False
    show_drafts: bool = False
    strict_front_matter: bool = False
    limit_posts: int = 0
    default_sets: tuple[DefaultSet, ...] = ()
    language: str = ""
    subsites: tuple[str, ...] = ()
    localized: tuple[str, ...] = ()
    """The languages whose posts jekyll-multiple-languages-plugin reads in `_i18n/…/_posts`."""

    collections: tuple[Collection, ...] = ()
    """The collections with pages, besides that of posts."""

    post_collections: tuple[str, ...] = ()
    """Those whose documents are articles, and posts for everything."""

    @cached_property
    def base_path(self) -> str:
        """What comes before each path of the site: empty, or `/blog` however it is written."""
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

    def collection_of(self, path: str) -> Collection | None:
        """Return the collection of articles that has the file at a `page.path`, if one has it."""
        folder = path.partition("/")[0]
        for collection in self.collections:
            if collection.folder == folder and collection.label in self.post_collections:
                return collection
        return None

    def defaults_for(self, path: str) -> Defaults:
        """Return the front matter defaults for the post at a `page.path`."""
        collection = self.collection_of(path)
        return self._defaults_by_label[collection.label] if collection else self.defaults

    @cached_property
    def _defaults_by_label(self) -> Mapping[str, Defaults]:
        return {
            label: self.defaults_of((label,), self.collections_dir)
            for label in self.post_collections
        }

    def defaults_of(self, types: CollectionOf[str], folder: str) -> Defaults:
        """Return the front matter defaults of files that have one of these types.

        Their paths are relative to the `folder` of the source.
        """
        sets = (set_ for set_ in self.default_sets if set_.type is None or set_.type in types)
        return Defaults(sets, folder, whole_names=self.jekyll.major < _JEKYLL_4)

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
        return patterns(tuple(pattern for pattern in self.exclude if pattern not in self.include))

    @cached_property
    def included(self) -> Patterns:
        """The patterns of `include`."""
        return patterns(self.include)


# Reading them, one by one, with every problem.


def parse_config(text: str, file: str, jekyll: Jekyll = RELEASED) -> JekyllConfig:
    """Return the settings in the text of a `_config.yml`. Raise Problems."""
    try:
        values, root = load(text, jekyll.package)
    except YamlError as error:
        raise Problems(
            [Problem.at(file, error.line, "", message("jekyll.config-yaml", problem=error.problem))]
        ) from error
    if not truthy(values):
        return JekyllConfig(jekyll)
    if not isinstance(values, dict):
        raise Problems([Problem.at(file, 1, "", message("jekyll.config-lines"))])
    reader = _SettingsReader(values, root, file, jekyll)
    config = reader.config()
    if reader.problems:
        raise Problems(reader.problems)
    return config


_TIME = "2026-02-18 10:57:52 +0900"
_MULTIPLE_LANGUAGES = "jekyll-multiple-languages-plugin"
_HOST = re.compile(r"(?:[a-z][a-z0-9+.-]*:)?//[^/?#]*", re.IGNORECASE)


def _host_and_path(baseurl: str) -> tuple[str, str]:
    """Split a `baseurl` after its scheme and host, which it should not have."""
    host = _HOST.match(baseurl)
    return (host[0], baseurl[host.end() :]) if host else ("", baseurl)


def _listed(value: Any) -> list[Any]:
    return value if isinstance(value, list) else []


class _SettingsReader:
    """Reads the settings one by one and collects the problems."""

    def __init__(
        self, values: dict[Any, Any], root: Node | None, file: str, jekyll: Jekyll
    ) -> None:
        self.jekyll = jekyll
        self.values = values
        self.root = root
        self.file = file
        self.problems: list[Problem] = []

    def config(self) -> JekyllConfig:
        defaults = JekyllConfig()
        timezone = self.timezone()
        written = self.text("baseurl", "")
        host, path = _host_and_path(written)
        return JekyllConfig(
            jekyll=self.jekyll,
            source=self.text("source", defaults.source),
            destination=self.text("destination", defaults.destination),
            collections_dir=self.text("collections_dir", ""),
            includes_dir=self.folder("includes_dir", defaults.includes_dir),
            layouts_dir=self.folder("layouts_dir", defaults.layouts_dir),
            data_dir=self.folder("data_dir", defaults.data_dir),
            url=self.text("url", "") or host,
            baseurl=path,
            written_baseurl=written if host else "",
            timezone=timezone,
            time=self.time(zone_named(timezone)),
            permalink=self.permalink(),
            include=self.strings("include", _DEFAULT_INCLUDE),
            exclude=self.exclude(),
            markdown_ext=tuple(
                f".{ending.lower()}" for ending in self.text("markdown_ext", _MARKDOWN).split(",")
            ),
            future=self.flag("future"),
            unpublished=self.flag("unpublished"),
            show_drafts=self.flag("show_drafts"),
            strict_front_matter=self.flag("strict_front_matter"),
            limit_posts=self.number("limit_posts"),
            default_sets=tuple(self.default_sets()),
            language=language_tag(self.values.get("default_lang"))
            or stated_language(self.values)
            or (language_tag(next(iter(self.languages()), "")) if self.is_localizing else ""),
            subsites=self.subsites(),
            localized=self.localized(),
            collections=tuple(self.collections()),
        )

    def problem(self, key: str, problem: Message, line: int | None = None) -> None:
        at = line_of(self.root, *key.split(".")) if line is None else line
        new = Problem.at(self.file, at, key, problem)
        if new not in self.problems:  # several settings follow from one, such as `permalink`
            self.problems.append(new)

    def text(self, key: str, default: str) -> str:
        value = self.values.get(key)
        if value is None:
            return default
        if type(value) is not str:
            self.problem(key, message("jekyll.quote-text", value=self.written(key, value)))
            return default
        if "\0" in value:
            self.problem(key, message("jekyll.no-nul"))
            return default
        return value

    def written(self, key: str, value: Any) -> str:
        """Return a value as the file has it: a symbol's text lacks the colon it begins with."""
        if isinstance(self.root, MappingNode):
            for name, node in self.root.value:
                if name.value == key and isinstance(node, ScalarNode):
                    return str(node.value)
        return text_of(value)

    def folder(self, key: str, default: str) -> str:
        """Return a folder within the source, which Jekyll does not leave either."""
        path = self.text(key, default)
        if path.startswith("/") or ".." in path.split("/"):
            self.problem(key, message("jekyll.folder-outside", path=path))
            return default
        return path

    def strings(self, key: str, default: tuple[str, ...]) -> tuple[str, ...]:
        value = self.values.get(key, list(default))
        if not isinstance(value, list):
            self.problem(key, message("jekyll.list"))
            return default
        return tuple(text for text in value if type(text) is str)

    def exclude(self) -> tuple[str, ...]:
        if self.jekyll.major < _JEKYLL_4:
            return self.strings("exclude", _JEKYLL_3_EXCLUDE)
        return tuple(dict.fromkeys((*self.strings("exclude", ()), *_DEFAULT_EXCLUDE)))

    def subsites(self) -> tuple[str, ...]:
        listed = self.localized() if self.is_localizing else self.languages()
        return tuple(filter(language_tag, listed))

    def localized(self) -> tuple[str, ...]:
        """Return the languages whose posts are in folders of their own."""
        excluded = _listed(self.values.get("exclude_from_localizations"))
        return self.languages() if self.is_localizing and "_posts" not in excluded else ()

    @cached_property
    def is_localizing(self) -> bool:
        """Whether jekyll-multiple-languages-plugin builds the site, the first language at its root.

        It may lie in the folder of plugins, so that a setting of its own tells it, too.
        """
        plugins = [*_listed(self.values.get("plugins")), *_listed(self.values.get("gems"))]
        return _MULTIPLE_LANGUAGES in plugins or "exclude_from_localizations" in self.values

    def languages(self) -> tuple[str, ...]:
        languages = _listed(self.values.get("languages"))
        return tuple(name for name in languages if type(name) is str and "/" not in name)

    def collections(self) -> Iterator[Collection]:
        """Yield the collections with pages, which a list names without settings."""
        collections = self.values.get("collections")
        style = self.text("permalink", "date")
        for label, settings in collections.items() if isinstance(collections, dict) else ():
            if label == "posts" or type(label) is not str or "/" in label:
                continue
            if isinstance(settings, dict) and truthy(settings.get("output")):
                own = settings.get("permalink")
                template = own if type(own) is str and own else collection_template(style)
                yield Collection(label, STYLES.get(template, template))

    def flag(self, key: str) -> bool:
        """Return a setting that Ruby takes for true unless it is nil or false."""
        return truthy(self.values.get(key))

    def number(self, key: str) -> int:
        value = self.values.get(key)
        if value is None:
            return 0
        if type(value) is not int or value < 0:
            self.problem(key, message("jekyll.limit"))
            return 0
        return value

    def timezone(self) -> str | None:
        name = self.text("timezone", "") or None
        try:
            zone_named(name)
        except ValueError:
            self.problem("timezone", message("jekyll.timezone", name=name or ""))
            return None
        return name

    def time(self, zone: tzinfo | None) -> str | None:
        value = self.values.get("time")
        if value is None:
            return None
        text = text_of(value)
        if parse_time(text, zone) is None:
            self.problem("time", message("jekyll.time", value=text, example=_TIME))
        return text

    def permalink(self) -> str:
        """Return the posts' template: the collection's own, or the site's style."""
        style = self.text("permalink", "date")
        template, key = STYLES.get(style, style), "permalink"
        collections = self.values.get("collections")
        if not isinstance(collections, dict | list | None):
            self.problem("collections", message("jekyll.mapping-or-list"))
        posts = collections.get("posts") if isinstance(collections, dict) else None
        if isinstance(posts, dict) and posts.get("permalink"):
            template, key = posts["permalink"], "collections.posts.permalink"
            if type(template) is not str:
                self.problem(key, message("jekyll.text"))
                return style
        try:
            check_template(template)
        except PermalinkError as error:
            self.problem(key, error.problem)
        return template

    def default_sets(self) -> list[DefaultSet]:
        """Return the sets; Jekyll passes over one whose values are no mapping."""
        sets = self.values.get("defaults")
        if not isinstance(sets, list):
            return []
        usable = [
            self.default_set(place, entry)
            for place, entry in enumerate(sets)
            if isinstance(entry, dict) and isinstance(entry.get("values"), dict)
        ]
        return [default_set for default_set in usable if default_set is not None]

    def default_set(self, place: int, entry: dict[Any, Any]) -> DefaultSet | None:
        key, scope, values = f"defaults.{place}", entry.get("scope", {}), entry["values"]
        if not isinstance(scope, dict):
            self.problem(f"{key}.scope", message("jekyll.scope"), self.set_line(place))
            return None
        if values.get("date") is not None and not self.is_time(values["date"]):
            self.problem(
                f"{key}.values.date",
                message("jekyll.time", value=f"'{text_of(values['date'])}'", example=f"'{_TIME}'"),
                self.set_line(place),
            )
        path, kind = scope.get("path"), scope.get("type")
        if "type" in scope and type(kind) is not str:
            return None
        return DefaultSet(path if type(path) is str else "", kind, values)

    def is_time(self, value: Any) -> bool:
        return isinstance(value, datetime) or (
            type(value) is str and parse_time(value, None) is not None
        )

    def set_line(self, place: int) -> int:
        """Return the line on which an entry of `defaults` begins."""
        if isinstance(self.root, MappingNode):
            for name, value in self.root.value:
                if name.value == "defaults" and isinstance(value, SequenceNode):
                    return int(value.value[place].start_mark.line) + 1
        return 0
