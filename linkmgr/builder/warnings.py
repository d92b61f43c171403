"""Warnings of a build: what is no error, but probably not what was intended."""

import json
from collections.abc import Iterable, Iterator
from collections.abc import Mapping as MappingOf
from collections.abc import Set as AbstractSet
from difflib import get_close_matches
from fnmatch import fnmatchcase
from itertools import chain, islice
from pathlib import Path
from typing import NamedTuple

from linkmgr.blocks.links import item_link
from linkmgr.blocks.templating import OVERRIDES, template_names
from linkmgr.builder.fragments import is_indexable
from linkmgr.builder.reading.inputs import SiteInputs, listed_once
from linkmgr.builder.site import LayoutTags, layout_texts
from linkmgr.catalog.items import Item
from linkmgr.catalog.model import FEWEST_COMPARED, Catalog, Mapping
from linkmgr.catalog.reading.comments import texts_before_comments
from linkmgr.catalog.reading.mappings import empty_rows
from linkmgr.catalog.reading.programme_warnings import at_their_lines, programme_warnings
from linkmgr.catalog.reading.yaml.texts import joined
from linkmgr.catalog.variants import variant_tests
from linkmgr.messages.errors import Problem
from linkmgr.messages.message import Message, excerpt, message
from linkmgr.posts.article.inclusions import CONTENT_LINE, PARAMETERS, inclusions
from linkmgr.posts.config import JekyllConfig
from linkmgr.posts.model import Post
from linkmgr.posts.site import CONFIG_FILES, UnseenFolder, unseen_folders
from linkmgr.resolver.model import PostText
from linkmgr.resolver.placing import comparisons_in_use, replacements
from linkmgr.resolver.statistics import term, terms
from linkmgr.resolver.unshown import UnshownItem

_INCLUDE = b"linkmgr.html"
# The most posts that are searched for an include of their own, where no layout has it.
_POSTS_READ = 50
# The most terms that no post has for which a close one is looked for, among all that posts have.
_MOST_COMPARED = 100


def layout_warnings(root: Path, config: JekyllConfig, posts: Iterable[str]) -> Iterator[Problem]:
    """Yield a warning if nothing shows the blocks; `posts` are the paths of the posts' files."""
    if any(_INCLUDE in text for text in layout_texts(root, config).values()):
        return
    for path in islice(posts, _POSTS_READ):
        if any(tag.shows_blocks for tag in inclusions(Path(path).read_bytes())):
            return
    folder = str(root / config.source / config.layouts_dir)
    yield Problem.at(folder, 0, "", message("build.blocks-not-shown"))


def baseurl_advice(config: JekyllConfig, file: str) -> Message:
    """Return advice on a `baseurl` that has a host, with what to write instead."""
    return message(
        "build.baseurl-with-host",
        file=file,
        written=config.written_baseurl,
        baseurl=config.base_path,
        url=config.url,
    )


def site_warnings(
    site: SiteInputs,
    catalog_file: str,
    catalog_text: str | bytes,
    templates: Iterable[str],
    *,
    layouts: MappingOf[str, bytes],
) -> Iterator[Problem]:
    """Yield all other warnings, those of the catalog with their lines."""
    hands_over = False
    for text in layouts.values():
        hands_over = hands_over or any(tag.content for tag in inclusions(text))
    warnings = chain(
        programme_warnings(site.catalog, catalog_file, catalog_text),
        _catalog_warnings(site, catalog_file, templates),
        _path_warnings(site),
        _tag_warnings(site),
        _page_warnings(site, catalog_file),
        _feed_warnings(site, catalog_file),
        _variant_warnings(site, catalog_file),
        _settings_warnings(site),
        _comparison_warnings(site, catalog_file),
        () if hands_over else _place_warnings(site.catalog, catalog_file),
        _cut_texts(catalog_file, catalog_text),
    )
    return at_their_lines(warnings, catalog_file, catalog_text)


def unshown_warnings(
    unshown: Iterable[UnshownItem], catalog_file: str, catalog_text: str | bytes
) -> Iterator[Problem]:
    """Yield a warning for each rule with items that no post shows, one for each reason."""
    by_reason: dict[tuple[str, Message], list[str]] = {}
    for item in unshown:
        by_reason.setdefault((item.mapping, item.why), []).append(item.item)
    warnings = []
    for (mapping, why), items in by_reason.items():
        key = joined("mappings", f"{mapping}.items")
        text = message("build.unshown-items", items=tuple(items), count=len(items), why=why)
        warnings.append(Problem.at(catalog_file, 0, key, text))
    return at_their_lines(warnings, catalog_file, catalog_text)


def _cut_texts(catalog_file: str, catalog_text: str | bytes) -> Iterator[Problem]:
    """Yield a warning for each text that a comment cuts, such as `title: Tea #1`."""
    text = catalog_text.decode() if isinstance(catalog_text, bytes) else catalog_text
    for path, line, kept, comment in texts_before_comments(text, catalog_file):
        cut = message(
            "catalog.cut-by-comment",
            comment=excerpt(comment),
            quoted=excerpt(json.dumps(f"{kept} {comment}", ensure_ascii=False)),
        )
        yield Problem.at(catalog_file, line, ".".join(path), cut)


def _place_warnings(catalog: Catalog, catalog_file: str) -> Iterator[Problem]:
    """Yield a warning for each block whose place needs layouts that hand their content over."""
    for block in catalog.blocks:
        if block.at.needs_content:
            text = message("build.content-not-handed-over", line=CONTENT_LINE)
            key = joined("blocks", f"{block.name}.at")
            yield Problem.at(catalog_file, 0, key, text)


def unseen_advice(folder: UnseenFolder) -> Message:
    """Say why files that look like articles are no posts, and how they become some."""
    code = "build.unseen-language" if folder.is_language else "build.unseen-collection"
    return message(code, folder=folder.path, count=folder.files)


def _settings_warnings(site: SiteInputs) -> Iterator[Problem]:
    """Yield a warning if the settings give `baseurl` a host, and for articles that are left out."""
    for folder in unseen_folders(site.root, site.config):
        place = str(site.root / site.config.source / folder.path)
        yield Problem.at(place, 0, "", unseen_advice(folder))
    if site.config.written_baseurl:
        names = [name for name in CONFIG_FILES if (site.root / name).is_file()]
        file = str(site.root / (names or CONFIG_FILES)[0])
        yield Problem.at(file, 0, "baseurl", baseurl_advice(site.config, CONFIG_FILES[0]))


def _feed_warnings(site: SiteInputs, catalog_file: str) -> Iterator[Problem]:
    """Yield a warning if feeds are to omit blocks of articles whose layouts cannot show them."""
    if site.catalog.site.feeds != "omit":
        return
    if posts := _posts_with_tags_alone(site):
        text = message("build.feeds-not-omitted", count=len(posts), line=CONTENT_LINE)
        yield Problem.at(catalog_file, 0, "site.feeds", text)


def _posts_with_tags_alone(site: SiteInputs) -> list[Post]:
    """Return the posts with tags of their own whose layouts do not fill the places of these."""
    tags = LayoutTags(site.root, site.config)
    with_tags = [post for post in site.posts if post.inclusions]
    return [
        post for post in with_tags if not any(tag.content for tag in tags.of_layout(post.layout))
    ]


def _variant_warnings(site: SiteInputs, catalog_file: str) -> Iterator[Problem]:
    """Yield a warning for each test that cannot be seen or counted as it was meant."""
    catalog = site.catalog
    for test in variant_tests(catalog):
        kind = catalog.items[test.item].kind
        uncounted = [item for item in test.shows.values() if not _counts(catalog, item)]
        if uncounted:
            names = {"item": uncounted[0].id, "programme": uncounted[0].programme}
            problem = message("build.variants-not-counted", **names)
        elif test.vary_by == "view" and (posts := _posts_without_variants(site, test.item)):
            problem = message("build.variants-not-shown", count=len(posts), line=CONTENT_LINE)
        else:
            continue
        yield Problem.at(catalog_file, 0, f"{kind.section}.{test.item}.variants", problem)


def _comparison_warnings(site: SiteInputs, catalog_file: str) -> Iterator[Problem]:
    """Yield a warning for each comparison that is asked for and has fewer than two items left.

    Others are of rows that no item has.
    """
    catalog, today = site.catalog, site.now.date()
    left = comparisons_in_use(catalog, replacements(catalog, today), today)
    asked: set[str] = set()
    for mapping in catalog.mappings.values():
        asked.update(mapping.comparisons)
    for post in site.posts_and_pages:
        asked.update(post.comparisons)
    for comparison in catalog.comparisons.values():
        for empty in empty_rows(comparison, catalog.goods):
            yield Problem.at(catalog_file, 0, joined("comparisons", f"{comparison.id}.rows"), empty)
        if comparison.id in asked and comparison.id not in left:
            gone = [item for item in comparison.items if not catalog.items[item].is_shown_on(today)]
            text = message("build.comparison-too-short", items=tuple(gone))
            yield Problem.at(catalog_file, 0, joined("comparisons", comparison.id), text)


def _counts(catalog: Catalog, item: Item) -> bool:
    """Whether clicks on an item's link are counted."""
    link = item_link(catalog, item, post_key="", block="", rank=1)
    return link.hit is not None or link.href.startswith(f"{catalog.site.server}/go/")


def _posts_without_variants(site: SiteInputs, item: str) -> list[Post]:
    """Return the posts whose own tags may show an item, where no layout puts its variants in."""
    kind = site.catalog.items[item].kind
    blocks = {block.name for block in site.catalog.blocks if kind in block.kind.items}
    posts: list[Post] = []
    for post in _posts_with_tags_alone(site):
        for tag in post.inclusions:
            if tag.everything or tag.block in blocks or (tag.card and tag.item == item):
                posts.append(post)
                break
    return posts


def _page_warnings(site: SiteInputs, catalog_file: str) -> Iterator[Problem]:
    """Yield a warning for each `pages` glob without a match."""
    for glob in site.catalog.site.pages:
        if not any(fnmatchcase(page.path, glob) for page in site.pages):
            yield Problem.at(catalog_file, 0, "site.pages", message("build.no-page", path=glob))


def _tag_warnings(site: SiteInputs) -> Iterator[Problem]:
    """Yield a warning for each tag in posts that has no meaning or no entry in the catalog."""
    for problem in listed_once(tag.problem for tag in tag_problems(site)):
        yield problem.within(str(site.root / site.config.source))


class TagProblem(NamedTuple):
    """An article's own tag that shows nothing."""

    post: Post
    problem: Problem
    """Its file is relative to the site's source, as Jekyll has it."""

    missing: str = ""
    """The block, item or comparison that it names and the catalog lacks."""


def tag_problems(site: SiteInputs) -> Iterator[TagProblem]:
    """Yield the tags in articles and pages that show nothing."""
    catalog = site.catalog
    blocks = {block.name for block in catalog.blocks}
    for post in site.posts_and_pages:
        file = site.config.file_of(post.path)
        for tag in post.inclusions:
            missing = ""
            if tag.unknown is not None:
                text = message("build.unknown-parameter", name=tag.unknown, known=PARAMETERS)
            elif tag.block_variable in blocks:
                text = message("build.block-without-quotes", name=tag.block_variable)
            elif tag.block is not None and tag.block not in blocks:
                missing = tag.block
                text = _unknown("block", tag.block, blocks)
            elif tag.item is not None and tag.item not in catalog.items:
                missing = tag.item
                text = _unknown("item", tag.item, catalog.items)
            elif tag.compare is not None and tag.compare not in catalog.comparisons:
                missing = tag.compare
                text = _unknown("comparison", tag.compare, catalog.comparisons)
            elif tag.compare is not None and _is_too_short(site, post, tag.compare):
                text = message("build.comparison-too-short-in-post", name=tag.compare)
            else:
                continue
            yield TagProblem(post, Problem.at(file, tag.line, "", text), missing)


def _unknown(what: str, name: str, known: Iterable[str]) -> Message:
    """Return the warning about a name that the catalog lacks, with the closest known one."""
    if likely := get_close_matches(name, known, 1):
        return message(f"build.unknown-{what}-in-post-but", name=name, likely=likely[0])
    return message(f"build.unknown-{what}-in-post", name=name)


def _is_too_short(site: SiteInputs, post: Post, comparison: str) -> bool:
    """Whether a post leaves too few items of a comparison that other posts show.

    One that is too short everywhere has its warning in the catalog.
    """
    catalog, today = site.catalog, site.now.date()
    items = comparisons_in_use(catalog, replacements(catalog, today), today).get(comparison, ())
    left = [item for item in items if item not in post.override.exclude]
    return bool(items) and len(left) < FEWEST_COMPARED


def _catalog_warnings(
    site: SiteInputs, catalog_file: str, templates: Iterable[str]
) -> Iterator[Problem]:
    """Yield warnings of terms that no post has, and of templates never used."""
    used = terms_of_posts(site.posts_and_pages, site.texts)
    count = 0
    for mapping in site.catalog.mappings.values():
        for missing in missing_terms(mapping, used):
            key = joined("mappings", f"{mapping.id}.{missing.key}")
            yield Problem.at(catalog_file, 0, key, missing.message(used, before=count))
            count += 1
    for programme in site.catalog.programmes.values():
        for category, _ in programme.category_tags:
            if term(category) not in used["categories"]:
                key = joined("programmes", f"{programme.id}.tags.categories")
                text = _no_post_has(category, used["categories"])
                yield Problem.at(catalog_file, 0, key, text)
    known = template_names(block.name for block in site.catalog.blocks)
    for name in templates:
        if name not in known:
            text = message("build.template-unused")
            if likely := get_close_matches(name, known, 1):
                text = message("build.template-unused-but", likely=likely[0])
            yield Problem.at(str(site.root / OVERRIDES / name), 0, "", text)


def terms_of_posts(posts: Iterable[Post], texts: MappingOf[str, PostText]) -> dict[str, set[str]]:
    """Return the `tags`, `categories` and `keywords` of posts, as they are compared."""
    terms_by_kind: dict[str, set[str]] = {"tags": set(), "categories": set(), "keywords": set()}
    for post in posts:
        terms_by_kind["tags"].update(terms(post.tags))
        terms_by_kind["categories"].update(terms(post.categories))
        terms_by_kind["keywords"].update(texts[post.path].counts)
    return terms_by_kind


class MissingTerm(NamedTuple):
    """A term of a mapping that no post has."""

    key: str
    """The mapping's key that has it, such as `any.tags`."""
    kind: str
    """As `terms_of_posts` names it."""
    word: str
    beside: tuple[str, ...]
    """All terms under that key: none of them is what was meant."""

    def message(self, used: MappingOf[str, AbstractSet[str]], *, before: int) -> Message:
        """Return the warning that no post has the term, with the closest of those `used`.

        `before` counts the warnings above it: after many no close one is looked for.
        """
        code = "no-post-mentions" if self.kind == "keywords" else "no-post-has"
        others: AbstractSet[str] = frozenset()
        if before < _MOST_COMPARED:
            others = used[self.kind] - {term(other) for other in self.beside}
        return _no_post_has(self.word, others, code)


def missing_terms(
    mapping: Mapping, used: MappingOf[str, AbstractSet[str]]
) -> Iterator[MissingTerm]:
    """Yield the terms of a mapping that are not among those `used`."""
    for part, values in (("any", mapping.any_of), ("all", mapping.all_of)):
        for kind, words in (
            ("tags", values.tags),
            ("categories", values.categories),
            ("keywords", values.keywords),
        ):
            for word in words:
                if term(word) not in used[kind]:
                    yield MissingTerm(f"{part}.{kind}", kind, word, words)


def _no_post_has(word: str, there: AbstractSet[str], code: str = "no-post-has") -> Message:
    if likely := get_close_matches(term(word), there, 1):
        return message(f"build.{code}-but", term=word, likely=likely[0])
    return message(f"build.{code}", term=word)


def _path_warnings(site: SiteInputs) -> Iterator[Problem]:
    """Yield warnings of posts that Jekyll could not find in the index."""
    for post in site.posts_and_pages:
        if not is_indexable(post.path):
            file = site.config.file_of(post.path)
            problem = Problem.at(file, 0, "", message("build.path-too-long"))
            yield problem.within(str(site.root / site.config.source))
