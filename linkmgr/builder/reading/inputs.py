"""Everything a decision needs: the catalog, the site's posts, and the keywords in their texts."""

import re
from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from difflib import get_close_matches
from functools import cached_property
from pathlib import Path, PurePosixPath
from urllib.parse import unquote, urlsplit

from linkmgr.builder.due import next_build
from linkmgr.builder.processes import Track, silently
from linkmgr.builder.reading.bare_posts import marked
from linkmgr.builder.reading.cache import Cache
from linkmgr.builder.reading.read_posts import read_facts, text_of_post
from linkmgr.catalog.items import ITEM_TYPES
from linkmgr.catalog.model import Catalog
from linkmgr.catalog.reading.ids import missing_comma
from linkmgr.links.tags import tag_problem_at
from linkmgr.messages.errors import LinkmgrError, Problem, Problems
from linkmgr.messages.message import Message, excerpt, message
from linkmgr.posts.config import JekyllConfig
from linkmgr.posts.document import Document
from linkmgr.posts.model import Post
from linkmgr.posts.pages import page_files, parse_page
from linkmgr.posts.publish import publish
from linkmgr.posts.site import PostFile, post_files, read_config
from linkmgr.resolver.keywords import KeywordMatcher
from linkmgr.resolver.model import PostText
from linkmgr.resolver.named_posts import NamedPosts
from linkmgr.resolver.resolve import PreparedPosts, Resolver
from linkmgr.resolver.rules import keywords_of


@dataclass(frozen=True)
class SiteInputs:
    """A site and a catalog at one moment."""

    root: Path
    config: JekyllConfig
    catalog: Catalog
    posts: tuple[Post, ...]
    """Those that Jekyll publishes, in its order."""
    texts: dict[str, PostText]
    """Those of posts and pages, by path."""
    warnings: tuple[Problem, ...]
    now: datetime
    next_post: datetime | None
    """When Jekyll would publish one more."""
    pages: tuple[Post, ...] = ()
    """What else shows blocks, as posts."""

    @property
    def posts_and_pages(self) -> tuple[Post, ...]:
        """All that shows blocks, the posts first."""
        return self.posts + self.pages

    @property
    def next_build(self) -> date | None:
        """The next day on which a build shows something else, as far as that is known."""
        return next_build(self.catalog, self.now.date(), self.next_post)

    @cached_property
    def page_resolver(self) -> Resolver:
        """The resolver for the pages: the items and posts for each, and no page for a post."""
        apart = frozenset(page.path for page in self.pages)
        prepared = PreparedPosts(self.posts_and_pages, self.texts, apart=apart)
        return Resolver(self.catalog, prepared, self.now.date())

    @cached_property
    def resolver(self) -> Resolver:
        """The resolver for these posts, on this day in the site's time zone."""
        return Resolver(self.catalog, PreparedPosts(self.posts, self.texts), self.now.date())

    def text_of(self, path: str) -> str:
        """Return the text of a post by its path, empty if its file can no longer be read."""
        file = self.root / self.config.source / self.config.file_of(path)
        try:
            return file.read_text(encoding="utf-8", errors="replace")
        except OSError:
            return ""

    def resolver_of(self, post: Post) -> Resolver:
        """Return the resolver for one of these posts or pages."""
        return self.page_resolver if post in self.pages else self.resolver

    def find(self, name: str) -> Post:
        """Return the post with this path, URL, file name or part of one. Raise LinkmgrError.

        A page is found by its path, or its file's name.
        """
        wanted = name.rstrip("/")
        if wanted.startswith(("http://", "https://")):
            baseurl = self.config.baseurl.rstrip("/")
            wanted = urlsplit(wanted).path.removeprefix(baseurl).rstrip("/")
        for post in self.posts_and_pages:
            addresses = {post.url.rstrip("/"), unquote(post.url).rstrip("/")}
            path = PurePosixPath(post.path)
            ends = (f"/{wanted}", f"/{wanted}{path.suffix}")
            if wanted in addresses or f"/{post.path}".endswith(ends):
                return post
        matching = [
            post for post in self.posts_and_pages if wanted in PurePosixPath(post.path).stem
        ]
        if len(matching) == 1:
            return matching[0]
        for post in self.posts_and_pages:
            if wanted.endswith(f"/{post.path}"):
                return post
        likely = [post.path for post in matching[:5]]
        if not likely:
            paths = [post.path for post in self.posts_and_pages]
            likely = get_close_matches(wanted, paths, 1, 0.4)
        if likely:
            raise LinkmgrError(message("build.no-such-post-but", name=name, likely=tuple(likely)))
        raise LinkmgrError(message("build.no-such-post", name=name))


@dataclass(frozen=True, slots=True)
class SiteFiles:
    """The settings of a site, and its files of posts and of pages that show blocks."""

    config: JekyllConfig
    posts: Sequence[PostFile]
    pages: Sequence[PostFile]


def find_files(root: Path, catalog: Catalog, *, drafts: bool = False) -> SiteFiles:
    """Return the settings and the files of the site at `root`. Raise LinkmgrError."""
    config = read_config(root, catalog.site.jekyll, catalog.site.collections)
    posts = post_files(root, config, drafts=drafts)
    return SiteFiles(config, posts, page_files(root, config, catalog.site.pages))


def load_inputs(  # noqa: PLR0913 - the inputs of a build, each of them its own thing
    root: Path,
    catalog: Catalog,
    *,
    drafts: bool = False,
    now: datetime | None = None,
    cache: Cache | None = None,
    files: SiteFiles | None = None,
    check_names: bool = True,
    track: Track = silently,
) -> SiteInputs:
    """Read the site at `root`, except what `cache` has of it. Raise Problems of its posts.

    `now` is when the site is built, the present by default. `files` are its settings and files, if
    known already. With `check_names`, items and tags that the catalog lacks are problems of the
    posts' front matter, too; a resolver cannot place such items.
    """
    if files is None:
        files = find_files(root, catalog, drafts=drafts)
    config = files.config
    now = (now or datetime.now(UTC)).astimezone(config.zone)
    matcher = KeywordMatcher(keywords_of(catalog.mappings.values()))
    folder = str(root / config.source)
    try:
        facts = read_facts(files.posts, config, matcher, cache, track=track)
    except Problems as problems:
        raise problems.within(folder) from None
    documents = [fact.document for fact in facts.values() if fact.document]
    published = publish(documents, config, now)
    posts = marked(root, published, is_needed=not catalog.site.fill_bare_posts)
    texts = {post.path: facts[post.path].text for post in posts}
    pages: list[Post] = []
    for file in files.pages:
        parsed = parse_page(file.path, file.read(), config)
        # Errors in a page are left to Jekyll.
        if parsed and parsed.document:
            page = parsed.document.post
            pages.append(page)
            texts[page.path] = text_of_post(matcher, page, parsed.body)
    warnings: list[Problem] = []
    for fact in facts.values():
        warnings += [warning.within(folder) for warning in fact.warnings]
    site = SiteInputs(
        root=root,
        config=config,
        catalog=catalog,
        posts=posts,
        texts=texts,
        warnings=tuple(warnings),
        now=now,
        next_post=None if config.future else _next_post(now, documents),
        pages=tuple(pages),
    )
    if check_names:
        require_known(site)
    return site


def _next_post(now: datetime, documents: Sequence[Document]) -> datetime | None:
    """Return when Jekyll would publish one more of the documents."""
    dated = [document for document in documents if document.published and not document.undated]
    dates = [document.post.date for document in dated if document.post.date > now]
    return min(dates, default=None)


# Items and tags that front matter names and the catalog lacks.

_FRONT_MATTER_KEY = b"linkmgr:"

# Posts with the same problem that are listed, each at its line.
_LISTED = 3


def require_known(site: SiteInputs) -> None:
    """Raise Problems of the items and tags in front matter that the catalog lacks."""
    read = (site.root, site.config, site.posts_and_pages, site.catalog)
    problems = [problem for _, _, problem in unknown_items(*read)]
    problems = listed_once([*problems, *_unknown_tags(*read)])
    if problems:
        raise Problems(problems).within(str(site.root / site.config.source))


def listed_once(problems: Iterable[Problem]) -> list[Problem]:
    """Return problems of posts; one that many have comes once, with the number of the others."""
    by_message: dict[tuple[str, Message], list[Problem]] = {}
    for problem in problems:
        by_message.setdefault((problem.location.key, problem.message), []).append(problem)
    reported = []
    for (key, text), alike in by_message.items():
        if len(alike) <= _LISTED:
            reported += alike
            continue
        place = alike[0].location
        summed = message("build.in-more-posts", problem=text, count=len(alike) - 1)
        reported.append(Problem.at(place.file, place.line, key, summed))
    return reported


def unknown_items(
    root: Path, config: JekyllConfig, posts: Sequence[Post], catalog: Catalog
) -> Iterator[tuple[Post, str, Problem]]:
    """Yield the unknown names in front matter, with their post and the problem.

    Those are items that the catalog lacks, and related posts that the site does not publish.
    The problem's file is relative to the site's source, as Jekyll has it.
    """
    unknown_posts = _unknown_posts(posts, catalog)
    known_items = {kind: catalog.section(kind).keys() for kind in ITEM_TYPES}
    for post in posts:
        override = post.override
        named: list[tuple[str, str, Collection[str], Collection[str]]] = [
            (kind.value, f"build.unknown-{kind.type.noun}", override.items(kind) or (), known)
            for kind, known in known_items.items()
        ]
        named += (
            ("exclude", "build.unknown-item", override.exclude, catalog.items),
            ("related", "build.unknown-post", unknown_posts.get(post.path, ()), ()),
        )
        for key, code, items, known in named:
            for item in items:
                if item in known:
                    continue
                file = config.file_of(post.path)
                line = _line_of(item, (root / config.source / file).read_bytes())
                unknown = missing_comma(item) or message(code, item=item)
                yield post, item, Problem.at(file, line, f"linkmgr.{key}", unknown)


def _unknown_posts(posts: Sequence[Post], catalog: Catalog) -> dict[str, tuple[str, ...]]:
    """Return the related posts that front matter names and the site lacks, by the post's path.

    Where no post names any, the addresses of all posts need not be known: that takes a tenth of the
    time of an edit's impact.
    """
    naming = [post for post in posts if post.override.related]
    if not naming:
        return {}
    named = NamedPosts(posts, catalog.site.url)
    unknown: dict[str, tuple[str, ...]] = {}
    for post in naming:
        names = post.override.related or ()
        unknown[post.path] = tuple(name for name in names if named.find(name) is None)
    return unknown


def _unknown_tags(
    root: Path, config: JekyllConfig, posts: Sequence[Post], catalog: Catalog
) -> Iterator[Problem]:
    """Yield the tags that front matter names and the catalog lacks; files as in `unknown_items`."""
    for post in posts:
        for programme, tag in post.override.tags:
            if problem := _tag_problem(catalog, programme, tag):
                file = config.file_of(post.path)
                line = _line_of(tag, (root / config.source / file).read_bytes())
                yield Problem.at(file, line, "linkmgr.tag", problem)


def _tag_problem(catalog: Catalog, name: str, tag: str) -> Message | None:
    programme = catalog.programmes.get(name)
    if programme is None:
        return message("catalog.unknown-programme", name=excerpt(name))
    if tag in catalog.tags[name]:
        return None
    unknown = message("build.unknown-tag", tag=excerpt(tag), programme=name)
    return tag_problem_at(programme, tag) or unknown


def _line_of(item: str, raw: bytes) -> int:
    """Return the line after `linkmgr:` that names an item or a tag, or else that of `linkmgr:`."""
    lines = raw.splitlines()
    start = 0
    for number, line in enumerate(lines):
        if line.startswith(_FRONT_MATTER_KEY):
            start = number
            break
    named = re.compile(rb"(?<![\w-])" + re.escape(item.encode()) + rb"(?![\w-])")
    for number, line in enumerate(lines[start:], start + 1):
        if line.rstrip() in {b"---", b"..."}:
            break
        if named.search(line):
            return number
    return start + 1
