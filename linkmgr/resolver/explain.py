"""What posts show, as text and as JSON, and why: reasons as messages, explanations as text."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from itertools import chain
from typing import Any

from linkmgr.catalog.blocks import COMPARE, Block
from linkmgr.catalog.items import Good, Item
from linkmgr.catalog.model import Catalog
from linkmgr.links.model import AMAZON
from linkmgr.links.urls import tag_in
from linkmgr.messages.message import Message, message, readable, word, word_list
from linkmgr.posts.article.text import title_text
from linkmgr.posts.article.words import whole_words
from linkmgr.posts.model import Post
from linkmgr.posts.publish import posts_as_json
from linkmgr.resolver.model import (
    FALLBACK,
    FRONT_MATTER,
    HUB,
    NEIGHBOURS,
    PIN,
    TEXT,
    TIME,
    WORDS,
    Counts,
    DaysApart,
    Placement,
    PlaceTag,
    PostResolution,
    Reason,
    Related,
    RunnerUp,
)
from linkmgr.resolver.placing import MINIMUM

# What posts show.


def resolutions_json(
    catalog: Catalog, resolutions: Iterable[PostResolution]
) -> list[dict[str, Any]]:
    """Return the placements of posts, by block; the URL of a page is null."""
    return [
        {
            "path": resolution.post.path,
            "url": resolution.post.known_url,
            "blocks": {
                block.name: [
                    _placement_json(catalog, placement)
                    for placement in resolution.blocks.get(block.name, ())
                ]
                for block in catalog.blocks
            },
            "text": [_placement_json(catalog, placement) for placement in resolution.text.values()],
            "comparisons": {
                name: [_placement_json(catalog, placement) for placement in placements]
                for name, placements in resolution.compared.items()
            },
        }
        for resolution in resolutions
    ]


def _placement_json(catalog: Catalog, placement: Placement | Related) -> dict[str, Any]:
    score = round(placement.score, 4)
    if isinstance(placement, Related):
        (post,) = posts_as_json([placement.post])
        return {**{key: post[key] for key in ("path", "url", "title")}, "score": score}
    item = catalog.items[placement.item]
    if isinstance(item, Good):
        return {"id": item.id, "asin": item.asin, "score": score}
    return {"id": item.id, "score": score}


def resolutions_text(catalog: Catalog, resolutions: Iterable[PostResolution]) -> str:
    """List what posts show, a placement per line."""
    return "\n\n".join(_resolution_text(catalog, resolution) for resolution in resolutions)


def _resolution_text(catalog: Catalog, resolution: PostResolution) -> str:
    lines = [f"{title_text(resolution.post.title)}\n  {resolution.post.path}"]
    for name, placements in resolution.blocks.items():
        lines += (f"  {name:8} {p.score:6.2f}  {name_of(catalog, p)}" for p in placements)
    for placement in _in_article(resolution):
        lines.append(f"  {placement.block:8} {'':6}  {name_of(catalog, placement)}")
    if not resolution.shows_anything:
        lines.append(f"  {word(message('resolver.shows-nothing'))}")
    return "\n".join(lines)


def _in_article(resolution: PostResolution) -> list[Placement]:
    """Return the placements of the items and comparisons that an article's own tags show."""
    return [*resolution.text.values(), *chain.from_iterable(resolution.compared.values())]


def name_of(catalog: Catalog, placement: Placement | Related) -> str:
    """Return an item's id and title, or a related post's title and URL."""
    title = _title_of(catalog, placement)
    if isinstance(placement, Related):
        return f"{title}  {readable(placement.post.url)}"
    return f"{placement.item}  {title}"


def _title_of(catalog: Catalog, placement: Placement | Related) -> str:
    """Return the title of what a placement shows."""
    if isinstance(placement, Related):
        return title_text(placement.post.title)
    return catalog.items[placement.item].title


# Why they show it.

_RUNNERS_SHOWN = 5
# What would read as 0.00 explains nothing.
_LEAST_SHOWN = 0.005
# They only change what other causes count.
_NO_CAUSES = {NEIGHBOURS, TIME, HUB}
_AT_ANY_SCORE = {PIN, FRONT_MATTER, FALLBACK}


def _cause_message(reason: Reason) -> Message:
    """Return what a reason is about: `tag coffee`."""
    code = f"resolver.cause-{reason.cause.replace(' ', '-')}"
    if not reason.term or reason.cause == NEIGHBOURS:
        return message(code)
    term = tuple(reason.term.split(", ")) if reason.cause == WORDS else reason.term
    return message(code, term=term)


def reason_message(reason: Reason) -> Message:
    """Return a reason with its measure: `tag coffee (on 3 of 120 posts)`."""
    cause, detail = _cause_message(reason), _detail(reason)
    return message("resolver.reason", cause=cause, detail=detail) if detail else cause


def tag_messages(catalog: Catalog, placement: Placement) -> tuple[Message, ...]:
    """Return which tags the links of a place have, one per programme with tags, and why."""
    item = catalog.items[placement.item]
    chosen = {tag.programme: tag for tag in placement.tags}
    found = []
    for name in item.programmes:
        programme, own = catalog.programmes[name], chosen.get(name)
        tag, source = own.tag if own else programme.tag, _source(own)
        if name == AMAZON and (brought := _brought(item)):
            tag, source = brought, message("resolver.tag-in-address")
        if tag:
            found.append(message("resolver.tag", programme=programme.name, tag=tag, source=source))
    return tuple(found)


def _brought(item: Item) -> str | None:
    """Return the tag in the address of an item's first link to Amazon, if it has one."""
    if item.programme == AMAZON:
        return tag_in(item.url) if item.url else None
    shops = item.shops if isinstance(item, Good) else ()
    return next((tag_in(shop.url) for shop in shops if shop.programme == AMAZON), None)


def _source(tag: PlaceTag | None) -> Message:
    if tag is None:
        return message("resolver.tag-usual")
    code = f"resolver.tag-by-{tag.source.replace(' ', '-')}"
    return message(code, name=tag.name) if tag.name else message(code)


def _detail(reason: Reason) -> Message | None:
    found = reason.found
    if not found:
        return None
    if isinstance(found, DaysApart):
        return message("resolver.days-apart", count=found.days)
    if isinstance(found, Counts):
        places = tuple(
            message(f"resolver.counts-{part}", count=count)
            for part, count in found._asdict().items()
            if count
        )
        return message("resolver.counts", places=places) if places else None
    if isinstance(found, tuple):
        having, posts = found
        if reason.cause == NEIGHBOURS:
            terms = tuple(reason.term.split(", "))
            return message("resolver.nearby", having=having, posts=posts, terms=terms)
        return message("resolver.frequency", having=having, posts=posts)
    return message("resolver.mapping", mapping=found)


def causes_text(catalog: Catalog, resolution: PostResolution) -> str:
    """List what a post shows with the causes, a placement per line."""
    lines = [title_text(resolution.post.title)]
    for name, placements in resolution.blocks.items():
        for placement in placements:
            causes = (each for each in placement.reasons if each.cause not in _NO_CAUSES)
            why = word_list(word(_cause_message(reason)) for reason in causes)
            lines.append(f"  {name:8} {_title_of(catalog, placement)}  <- {why}")
    for placement in _in_article(resolution):
        why = word_list(word(_cause_message(reason)) for reason in placement.reasons)
        lines.append(f"  {placement.block:8} {_title_of(catalog, placement)}  <- {why}")
    return "\n".join(lines)


def with_whole_words(
    resolution: PostResolution, runners_up: Sequence[RunnerUp], text_of: Callable[[str], str]
) -> tuple[PostResolution, tuple[RunnerUp, ...]]:
    """Return what `explain` does, the words that posts share as their articles have them.

    What posts are compared by are pieces of words, where no spaces set these apart. `text_of` reads
    an article by its path.
    """
    own = text_of(resolution.post.path)

    def whole(reasons: tuple[Reason, ...], other: str) -> tuple[Reason, ...]:
        if not any(reason.cause == WORDS and reason.term for reason in reasons):
            return reasons
        text = f"{own}\n{text_of(other)}"
        return tuple(
            reason._replace(term=", ".join(whole_words(reason.term.split(", "), text)))
            if reason.cause == WORDS and reason.term
            else reason
            for reason in reasons
        )

    blocks: dict[str, tuple[Placement, ...] | tuple[Related, ...]] = {}
    for name, placements in resolution.blocks.items():
        related = [placement for placement in placements if isinstance(placement, Related)]
        blocks[name] = placements
        if related:
            blocks[name] = tuple(
                shown._replace(reasons=whole(shown.reasons, shown.post.path)) for shown in related
            )
    # A candidate that shares words is a post, by its path.
    runners = tuple(
        runner._replace(reasons=whole(runner.reasons, runner.item)) for runner in runners_up
    )
    return resolution._replace(blocks=blocks), runners


def explanation_text(
    catalog: Catalog, resolution: PostResolution, runners_up: Sequence[RunnerUp]
) -> str:
    """Say why a post shows what it does, and why it does not show the runners-up."""
    post = resolution.post
    lines = [*_head_lines(post)]
    if post.override.disabled:
        return "\n".join([*lines, "", word(message("resolver.disabled"))])
    for block in catalog.blocks:
        placements = resolution.blocks.get(block.name, ())
        if block.kind is COMPARE and not placements and resolution.compared:
            continue  # the article itself has shown what a rule would show here
        lines += ["", f"{_with_comparison(block.name, placements)}:"]
        for placement in placements:
            lines += _placement_lines(catalog, placement)
            lines += _rule_lines(block, placement)
        runners = [runner for runner in runners_up if runner.block == block.name]
        if not placements and not runners:
            code = "resolver.no-item" if block.kind.items else "resolver.nothing-related"
            lines.append(f"  {word(message(code))}")
        for runner in runners[:_RUNNERS_SHOWN]:
            lines.append(f"  -  {runner.item}{_score(runner.score)}: {word(runner.missing)}")
            lines += _reason_lines(runner.reasons)
        if (more := len(runners) - _RUNNERS_SHOWN) > 0:
            lines.append(f"  -  {word(message('resolver.more', count=more))}")
    lines += _article_lines(catalog, resolution)
    return "\n".join(lines)


def _article_lines(catalog: Catalog, resolution: PostResolution) -> Iterator[str]:
    """Yield the lines about what an article's own tags show."""
    if resolution.text:
        yield from ("", f"{TEXT}:")
    for placement in resolution.text.values():
        yield from _placement_lines(catalog, placement)
    for placements in resolution.compared.values():
        yield from ("", f"{_with_comparison(COMPARE.name, placements)}:")
        for placement in placements:
            yield from _placement_lines(catalog, placement)


def _with_comparison(block: str, placements: Sequence[Placement | Related]) -> str:
    """Return a block's name, with the comparison that it shows: `compare (kettles)`."""
    first = placements[0] if placements else None
    comparison = first.comparison if isinstance(first, Placement) else ""
    return f"{block} ({comparison})" if comparison else block


def _head_lines(post: Post) -> Iterator[str]:
    yield title_text(post.title)
    yield f"  {post.path}"
    if post.known_url is not None:
        yield f"  {readable(post.known_url)}"
    if post.language:
        yield f"  {word(message('resolver.language', language=post.language))}"


def _placement_lines(catalog: Catalog, placement: Placement | Related) -> Iterator[str]:
    score = _score(placement.score) if placement.score else ""
    yield f"  {placement.rank}. {name_of(catalog, placement)}{score}"
    yield from _reason_lines(placement.reasons)
    if isinstance(placement, Placement):
        yield from (
            f"{' ' * 14}{word(tag_message)}" for tag_message in tag_messages(catalog, placement)
        )


def _rule_lines(block: Block, placement: Placement | Related) -> Iterator[str]:
    """Yield what to know of an item that is there by its rule against the odds."""
    if isinstance(placement, Related) or not placement.reasons:
        return
    minimum = MINIMUM if block.minimum is None else block.minimum
    is_scored = placement.reasons[0].cause not in _AT_ANY_SCORE
    if is_scored and placement.score < minimum:
        yield f"{' ' * 14}{word(message('resolver.rule-holds', of=minimum))}"
    if placement.doubted_category:
        doubt = message("resolver.doubted-category", category=placement.doubted_category)
        yield f"{' ' * 14}{word(doubt)}"


def _score(score: float) -> str:
    return word(message("resolver.score", score=score))


def _reason_lines(reasons: Iterable[Reason]) -> Iterator[str]:
    for reason in reasons:
        if 0 < abs(reason.points) < _LEAST_SHOWN:
            continue
        points = f"{reason.points:5.2f}" if reason.points else " " * 5
        yield f"       {points}  {word(reason_message(reason))}"
