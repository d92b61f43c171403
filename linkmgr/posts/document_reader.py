"""From the text of a file to the document that Jekyll makes of it.

What its front matter says to linkmgr is read with it.
"""

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, date, datetime
from typing import TYPE_CHECKING, Any

from linkmgr.links.model import AMAZON
from linkmgr.messages.errors import Problem
from linkmgr.messages.message import Message, message
from linkmgr.posts.article.inclusions import inclusions
from linkmgr.posts.article.language import Found, find_language, language_tag, prose
from linkmgr.posts.article.lead import has_sections, lead, picture
from linkmgr.posts.article.text import title_text
from linkmgr.posts.article.words import words_of
from linkmgr.posts.config import Defaults, JekyllConfig
from linkmgr.posts.document import (
    BOM,
    Document,
    ParsedFile,
    Undated,
    layout_name,
    split_front_matter,
)
from linkmgr.posts.model import (
    DATED_NAME,
    DATELESS_NAME,
    ITEM_KEYS,
    ITEM_LISTS,
    NO_OVERRIDE,
    Override,
    Post,
    extension,
    folders,
)
from linkmgr.posts.permalink import PermalinkError, UrlParts, titleize, url_of
from linkmgr.posts.ruby.dates import local, parse_time
from linkmgr.posts.ruby.safe_yaml import load
from linkmgr.posts.ruby.values import (
    UnusableError,
    merge_front_matter,
    plural,
    text_of,
    truthy,
    union,
)
from linkmgr.posts.ruby.yaml_tree import YamlError, line_of

if TYPE_CHECKING:
    from yaml.nodes import Node


# What front matter says under `linkmgr:`.

_MOST_ITEMS = 1_000
_KEYS = (*ITEM_KEYS, "exclude", "limit", "tag", "related")
_LISTS = (*ITEM_LISTS, "exclude")

Wrong = tuple[str, Message]
"""A dotted key and what is wrong with its value."""


def parse_override(value: Any) -> tuple[Override, tuple[Wrong, ...]]:
    """Return the override, and what is wrong with it by key."""
    if value is None:
        return NO_OVERRIDE, ()
    if value is False:
        return Override(disabled=True), ()
    if not isinstance(value, dict):
        return NO_OVERRIDE, (("linkmgr", message("jekyll.override", keys=_KEYS)),)
    wrong = tuple(_wrong(value))
    if wrong:
        return NO_OVERRIDE, wrong
    return Override(
        books=_chosen(value.get("books")),
        products=_chosen(value.get("products")),
        cta=_chosen(value.get("cta")),
        exclude=tuple(value.get("exclude") or ()),
        limit=value.get("limit"),
        tags=_tags(value.get("tag")),
        related=_chosen(value.get("related")),
    ), ()


def _chosen(value: str | list[str] | None) -> tuple[str, ...] | None:
    """Return the ids of a key, `None` without it; most posts name one CTA, without a list."""
    if value is None:
        return None
    return (value,) if isinstance(value, str) else tuple(value)


def _tags(value: str | dict[str, str] | None) -> tuple[tuple[str, str], ...]:
    if isinstance(value, str):
        return ((AMAZON, value),)
    return tuple(value.items()) if value else ()


def _wrong(value: dict[Any, Any]) -> Iterator[Wrong]:
    for key in value:
        if key not in _KEYS:
            yield f"linkmgr.{key}", message("jekyll.override-key", keys=_KEYS)
    for key in _LISTS:
        if value.get(key) is not None and not _is_list_of_texts(value[key]):
            yield f"linkmgr.{key}", message("jekyll.override-ids")
    if value.get("related") is not None and not _is_list_of_texts(value["related"]):
        yield "linkmgr.related", message("jekyll.override-related")
    cta = value.get("cta")
    if cta is not None and type(cta) is not str and not _is_list_of_texts(cta):
        yield "linkmgr.cta", message("jekyll.override-cta")
    limit = value.get("limit")
    if limit is not None and not (type(limit) is int and 0 <= limit <= _MOST_ITEMS):
        yield "linkmgr.limit", message("jekyll.override-limit", most=_MOST_ITEMS)
    tag = value.get("tag")
    texts = [*tag, *tag.values()] if isinstance(tag, dict) else [tag]
    if tag is not None and not all(type(text) is str for text in texts):
        yield "linkmgr.tag", message("jekyll.override-tag")


def _is_list_of_texts(value: Any) -> bool:
    return isinstance(value, list) and all(type(entry) is str for entry in value)


# The document.

_LOCALIZED = "_i18n"
_SASS = (".scss", ".sass")
_EXAMPLE_TIME = "2026-02-18 10:57:52 +0900"
EPOCH = datetime.fromtimestamp(0, UTC)


def parse_file(
    path: str, raw: bytes, mtime: float, config: JekyllConfig, *, defaults: Defaults | None = None
) -> ParsedFile:
    """Read the post at `path` (Jekyll's `page.path`), last changed `mtime` seconds after 1970.

    `defaults` are those of its front matter, if not a post's.
    """
    file = config.file_of(path)
    try:
        path.encode()
    except UnicodeEncodeError:
        named = file.encode(errors="surrogateescape").decode(errors="replace")
        problem = Problem.at(named, 0, "", message("jekyll.file-name"))
        return ParsedFile(None, problems=(problem,))
    text = raw.removeprefix(BOM)
    try:
        text.decode()
    except UnicodeDecodeError as error:
        line = text.count(b"\n", 0, error.start) + 1
        warning = Problem.at(file, line, "", message("jekyll.post-not-utf-8"))
        return ParsedFile(None, warnings=(warning,))
    front, body = split_front_matter(text)
    if not front and config.collection_of(path):
        return ParsedFile(None)  # Jekyll copies it as it is
    lines = text.count(b"\n", 0, len(text) - len(body))
    reading = _Reading(path, file, mtime, config, defaults=defaults or config.defaults_for(path))
    return reading.parsed(front, body, lines)


class _Reading:
    """The reading of one file: its values grow from its path, the defaults, its front matter."""

    def __init__(
        self, path: str, file: str, mtime: float, config: JekyllConfig, *, defaults: Defaults
    ) -> None:
        self.path = path
        self.file = file
        self.mtime = mtime
        self.config = config
        self.defaults = defaults
        self.root: Node | None = None
        self.problems: list[Problem] = []
        self.warnings: list[Problem] = []
        self.collection = config.collection_of(path)
        self.draft = "_posts" not in path and self.collection is None
        self.named = DATED_NAME.fullmatch(path)
        self.extension = extension(path)
        self.basename = path.rpartition("/")[2].removesuffix(self.extension)
        special = "_drafts" if self.draft else "_posts"
        above = [] if self.collection else folders(path, special)
        self.locale = above[1] if above[:1] == [_LOCALIZED] and len(above) > 1 else ""
        if self.locale:
            # The plugin takes its own folders out of the categories.
            above = [name for name in above if name not in (_LOCALIZED, self.locale)]
        self.values: dict[Any, Any] = {"categories": above}

    def parsed(self, front: bytes, body: bytes, lines_above: int) -> ParsedFile:
        try:
            self.read(front)
            self.sort_terms()
            date = self.date() or self.name_date()
        except (YamlError, UnusableError) as error:
            self.give_up(error)
            date = self.date()
        if date is None and self.draft:
            date = datetime.fromtimestamp(self.mtime, UTC).astimezone(self.config.zone)
        language, source = self.language(prose(body))
        post, undated = self.post(date, language, body)
        asked = (
            inclusion._replace(line=inclusion.line + lines_above) for inclusion in inclusions(body)
        )
        post = replace(post, inclusions=tuple(asked))
        document = None
        if not self.problems:
            published = truthy(self.values.get("published", True))
            document = Document(post, published, self.draft, source, undated)
        return ParsedFile(document, body, tuple(self.problems), tuple(self.warnings))

    def problem(self, key: str, problem: Message) -> None:
        line = line_of(self.root, *key.split(".")) or 1
        self.problems.append(Problem.at(self.file, line, key, problem))

    def read(self, front: bytes) -> None:
        """Merge the defaults and the front matter into the values; set slug and title."""
        merge_front_matter(self.values, self.defaults.values_for(self.path))
        if front:
            front_matter, self.root = load(front, self.config.jekyll.package)
            if truthy(front_matter):
                if not isinstance(front_matter, dict):
                    raise UnusableError("", message("jekyll.front-matter-lines"))
                merge_front_matter(self.values, front_matter)
        slug = self.name_slug()
        if not truthy(self.values.get("slug")):
            self.values["slug"] = slug
        if not truthy(self.values.get("title")):
            self.values["title"] = titleize(slug)

    def sort_terms(self) -> None:
        """Put categories and tags into the lists that Jekyll makes of them."""
        listed = self.values["categories"]
        terms = [*listed, *plural(self.values, "category", "categories")]
        self.values["categories"] = union(listed, list(dict.fromkeys(map(self.text, terms))))
        self.values["tags"] = plural(self.values, "tag", "tags")

    def give_up(self, error: YamlError | UnusableError) -> None:
        """Note that Jekyll publishes the post with what it had read before the error."""
        line = error.line if isinstance(error, YamlError) else line_of(self.root, error.key) or 1
        if self.config.strict_front_matter:
            fatal = message("jekyll.front-matter", problem=error.problem)
            self.problems.append(Problem.at(self.file, line, "", fatal))
        ignored = message("jekyll.front-matter-ignored", problem=error.problem)
        self.warnings.append(Problem.at(self.file, line, "", ignored))

    def date(self) -> datetime | None:
        if "date" not in self.values:
            return None
        value = self.values["date"]
        try:
            if isinstance(value, date):
                return local(value, self.config.zone)
            if time := parse_time(self.text(value), self.config.zone):
                return time
        except (OverflowError, ValueError):  # beyond the years 1 to 9999
            pass
        self.problem(
            "date", message("jekyll.time", value=f"'{self.text(value)}'", example=_EXAMPLE_TIME)
        )
        return None

    def name_slug(self) -> str:
        """Return the slug in the file's name, after its date."""
        if self.named:
            return self.named[2].rstrip(".")
        dateless = DATELESS_NAME.fullmatch(self.path)
        return (dateless[1] if dateless else self.basename).rstrip(".")

    def name_date(self) -> datetime | None:
        """Return the date in the file's name, where it has one."""
        if self.named is None or self.problems:
            return None
        time = parse_time(self.named[1], self.config.zone)
        if time is None:
            self.problem("date", message("jekyll.name-date", name=self.named[1]))
        return time

    def language(self, beginning: bytes) -> Found:
        if tag := language_tag(self.locale):
            return Found(tag, "front matter")
        title = self.text(self.values.get("title")).encode(errors="replace")
        return find_language(self.values, self.config.language, title + b"\n" + beginning)

    def post(
        self, date: datetime | None, language: str, body: bytes
    ) -> tuple[Post, Undated | None]:
        """Make the post, and where it has no date what its URL is made of."""
        values = self.values
        override, wrong = parse_override(values.get("linkmgr"))
        for key, problem in wrong:
            self.problem(key, problem)
        template = self.template()
        parts = UrlParts(
            date,
            values.get("slug"),
            self.basename,
            tuple(map(self.text, values["categories"])),
            self.cleaned_path(),
            self.output_ext(),
            self.collection.label if self.collection else "posts",
        )
        tags, title = values.get("tags"), values.get("title")
        own = values.get("excerpt")
        excerpt = self.text(own if truthy(own) else values.get("description"))
        post = Post(
            path=self.path,
            url=self.url(template, parts),
            slug=parts.slug,
            date=date or EPOCH,
            title=title,
            tags=tuple(tags) if isinstance(tags, list) else (),
            categories=tuple(values["categories"]),
            excerpt=excerpt,
            override=override,
            language=language,
            words=words_of(title_text(title), excerpt, body),
            layout=layout_name(values.get("layout")),
            lead=lead(excerpt, body),
            picture=picture(values),
            has_sections=has_sections(body),
            redirects=truthy(values.get("redirect_to")),
        )
        return post, None if date else Undated(template, parts)

    def template(self) -> str:
        own = self.values.get("permalink")
        if not truthy(own):
            return self.collection.permalink if self.collection else self.config.permalink
        if type(own) is not str:
            self.problem("permalink", message("jekyll.text"))
            return ""
        return own

    def url(self, template: str, parts: UrlParts) -> str:
        try:
            return url_of(template, parts)
        except PermalinkError as error:
            self.problem(error.key, error.problem)
            return ""

    def output_ext(self) -> str:
        """Return the extension of the post's page (`Renderer#output_ext`)."""
        own = self.values.get("permalink")
        if type(own) is str and not own.endswith("/") and (ending := extension(own)):
            return ending
        if self.extension.lower() in self.config.markdown_ext:
            return ".html"
        return ".css" if self.extension.lower() in _SASS else self.extension

    def cleaned_path(self) -> str:
        """Return `Document#cleaned_relative_path`."""
        folder = self.collection.folder if self.collection else "_posts"
        return self.path.removesuffix(self.extension).replace(folder, "", 1).rstrip(".")

    def text(self, value: Any) -> str:
        return value if type(value) is str else text_of(value, self.config.zone)
