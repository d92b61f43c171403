"""Reading `_config.yml`, setting by setting, with every problem."""

from datetime import datetime, tzinfo
from typing import Any

from yaml.nodes import MappingNode, Node, SequenceNode

from linkmgr.messages.errors import Problem, Problems
from linkmgr.messages.message import Message, message
from linkmgr.posts.article.language import language_tag, stated_language
from linkmgr.posts.config import (
    DEFAULT_EXCLUDE,
    DEFAULT_INCLUDE,
    JEKYLL_3_EXCLUDE,
    JEKYLL_4,
    MARKDOWN,
    JekyllConfig,
)
from linkmgr.posts.defaults import DefaultSet
from linkmgr.posts.permalink import STYLES, PermalinkError, check_template
from linkmgr.posts.ruby.dates import parse_time, zone_named
from linkmgr.posts.ruby.jekyll import RELEASED, Jekyll
from linkmgr.posts.ruby.values import text_of, truthy
from linkmgr.posts.ruby.yaml_tree import YamlError, line_of
from linkmgr.posts.ruby.yaml_values import load


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
    reader = _Reader(values, root, file, jekyll)
    config = reader.config()
    if reader.problems:
        raise Problems(reader.problems)
    return config


_TIME = "2026-02-18 10:57:52 +0900"


class _Reader:
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
        return JekyllConfig(
            jekyll=self.jekyll,
            source=self.text("source", defaults.source),
            destination=self.text("destination", defaults.destination),
            collections_dir=self.text("collections_dir", ""),
            includes_dir=self.folder("includes_dir", defaults.includes_dir),
            layouts_dir=self.folder("layouts_dir", defaults.layouts_dir),
            data_dir=self.folder("data_dir", defaults.data_dir),
            url=self.text("url", ""),
            baseurl=self.text("baseurl", ""),
            timezone=timezone,
            time=self.time(zone_named(timezone)),
            permalink=self.permalink(),
            include=self.strings("include", DEFAULT_INCLUDE),
            exclude=self.exclude(),
            markdown_ext=tuple(
                f".{each.lower()}" for each in self.text("markdown_ext", MARKDOWN).split(",")
            ),
            future=self.flag("future"),
            unpublished=self.flag("unpublished"),
            show_drafts=self.flag("show_drafts"),
            strict_front_matter=self.flag("strict_front_matter"),
            limit_posts=self.number("limit_posts"),
            default_sets=tuple(self.default_sets()),
            language=language_tag(self.values.get("default_lang")) or stated_language(self.values),
            subsites=self.subsites(),
        )

    def problem(self, key: str, problem: Message, line: int | None = None) -> None:
        at = line_of(self.root, *key.split(".")) if line is None else line
        self.problems.append(Problem.at(self.file, at, key, problem))

    def text(self, key: str, default: str) -> str:
        value = self.values.get(key)
        if value is None:
            return default
        if type(value) is not str:
            self.problem(key, message("jekyll.quote-text", value=text_of(value)))
            return default
        if "\0" in value:
            self.problem(key, message("jekyll.no-nul"))
            return default
        return value

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
        return tuple(each for each in value if type(each) is str)

    def exclude(self) -> tuple[str, ...]:
        if self.jekyll.major < JEKYLL_4:
            return self.strings("exclude", JEKYLL_3_EXCLUDE)
        return tuple(dict.fromkeys((*self.strings("exclude", ()), *DEFAULT_EXCLUDE)))

    def subsites(self) -> tuple[str, ...]:
        listed = self.values.get("languages")
        return tuple(filter(language_tag, listed)) if isinstance(listed, list) else ()

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
        found = [
            self.default_set(place, each)
            for place, each in enumerate(sets)
            if isinstance(each, dict) and isinstance(each.get("values"), dict)
        ]
        return [each for each in found if each is not None]

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
