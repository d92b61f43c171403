"""What posts show, as text and as JSON, and why: reasons as messages, explanations as text."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import Any

from linkmgr.catalog.blocks import COMPARE, Block
from linkmgr.catalog.items import Good, Item
from linkmgr.catalog.model import Catalog
from linkmgr.links.model import AMAZON
from linkmgr.links.urls import tag_in
from linkmgr.messages.message import Message, join_texts, message, readable, translate
from linkmgr.posts.article.text import title_text
from linkmgr.posts.article.words import whole_words
from linkmgr.posts.model import Post
from linkmgr.posts.publish import post_as_json
from linkmgr.resolver.model import (
    FALLBACK,
    FRONT_MATTER,
    HUB,
    NEIGHBOURS,
    PIN,
    TEXT,
    TIME,
    WORDS,
    DaysApart,
    KeywordCounts,
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
    return [_resolution_json(catalog, resolution) for resolution in resolutions]


def _resolution_json(catalog: Catalog, resolution: PostResolution) -> dict[str, Any]:
    def as_json(placements: Iterable[Placement | Related]) -> list[dict[str, Any]]:
        return [_placement_json(catalog, placement) for placement in placements]

    blocks: dict[str, Any] = {}
    for block in catalog.blocks:
        blocks[block.name] = as_json(resolution.blocks.get(block.name, ()))
    comparisons: dict[str, Any] = {}
    for name, placements in resolution.compared.items():
        comparisons[name] = as_json(placements)
    return {
        "path": resolution.post.path,
        "url": resolution.post.known_url,
        "blocks": blocks,
        "text": as_json(resolution.text.values()),
        "comparisons": comparisons,
    }


def _placement_json(catalog: Catalog, placement: Placement | Related) -> dict[str, Any]:
    score = round(placement.score, 4)
    if isinstance(placement, Related):
        post = post_as_json(placement.post)
        return {"path": post["path"], "url": post["url"], "title": post["title"], "score": score}
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
        lines.append(f"  {translate(message('resolver.shows-nothing'))}")
    return "\n".join(lines)


def _in_article(resolution: PostResolution) -> list[Placement]:
    """Return the placements of the items and comparisons that an article's own tags show."""
    placements = list(resolution.text.values())
    for compared in resolution.compared.values():
        placements += compared
    return placements


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
    """Return the subject of a reason: `tag coffee`."""
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
    """Return the affiliate tag of a place's links for each programme with tags, and its reason."""
    item = catalog.items[placement.item]
    chosen = {tag.programme: tag for tag in placement.tags}
    messages: list[Message] = []
    for name in item.programmes:
        programme = catalog.programmes[name]
        tag, source = programme.tag, message("resolver.tag-usual")
        if name in chosen:
            tag, source = chosen[name].tag, _source(chosen[name])
        if name == AMAZON and (in_address := _tag_in_address(item)):
            tag, source = in_address, message("resolver.tag-in-address")
        if tag:
            named = message("resolver.tag", programme=programme.name, tag=tag, source=source)
            messages.append(named)
    return tuple(messages)


def _tag_in_address(item: Item) -> str | None:
    """Return the tag in the address of an item's first link to Amazon, if it has one."""
    if item.programme == AMAZON:
        return tag_in(item.url) if item.url else None
    if isinstance(item, Good):
        for shop in item.shops:
            if shop.programme == AMAZON:
                return tag_in(shop.url)
    return None


def _source(tag: PlaceTag) -> Message:
    code = f"resolver.tag-by-{tag.source.replace(' ', '-')}"
    return message(code, name=tag.name) if tag.name else message(code)


def _detail(reason: Reason) -> Message | None:
    measure = reason.measure
    if not measure:
        return None
    if isinstance(measure, DaysApart):
        return message("resolver.days-apart", count=measure.days)
    if isinstance(measure, KeywordCounts):
        places: list[Message] = []
        for part, count in measure._asdict().items():
            if count:
                places.append(message(f"resolver.counts-{part}", count=count))
        return message("resolver.counts", places=tuple(places)) if places else None
    if isinstance(measure, tuple):
        having, posts = measure
        if reason.cause == NEIGHBOURS:
            terms = tuple(reason.term.split(", "))
            return message("resolver.nearby", having=having, posts=posts, terms=terms)
        return message("resolver.frequency", having=having, posts=posts)
    return message("resolver.mapping", mapping=measure)


def causes_text(catalog: Catalog, resolution: PostResolution) -> str:
    """List what a post shows with the causes, a placement per line."""
    lines = [title_text(resolution.post.title)]
    for name, placements in resolution.blocks.items():
        for placement in placements:
            causes = [reason for reason in placement.reasons if reason.cause not in _NO_CAUSES]
            why = join_texts(translate(_cause_message(reason)) for reason in causes)
            lines.append(f"  {name:8} {_title_of(catalog, placement)}  <- {why}")
    for placement in _in_article(resolution):
        why = join_texts(translate(_cause_message(reason)) for reason in placement.reasons)
        lines.append(f"  {placement.block:8} {_title_of(catalog, placement)}  <- {why}")
    return "\n".join(lines)


def with_whole_words(
    resolution: PostResolution, runners_up: Sequence[RunnerUp], text_of: Callable[[str], str]
) -> tuple[PostResolution, tuple[RunnerUp, ...]]:
    """Return the result of `explain` with shared words as the articles write them.

    What posts are compared by are pieces of words, where no spaces set these apart. `text_of` reads
    an article by its path.
    """
    own = text_of(resolution.post.path)

    def whole(reasons: Iterable[Reason], other: str) -> tuple[Reason, ...]:
        whole_reasons: list[Reason] = []
        for reason in reasons:
            if reason.cause == WORDS and reason.term:
                words = whole_words(reason.term.split(", "), f"{own}\n{text_of(other)}")
                whole_reasons.append(reason._replace(term=", ".join(words)))
            else:
                whole_reasons.append(reason)
        return tuple(whole_reasons)

    blocks = dict(resolution.blocks)
    for name, placements in resolution.blocks.items():
        related: list[Related] = []
        for placement in placements:
            if isinstance(placement, Related):
                reasons = whole(placement.reasons, placement.post.path)
                related.append(placement._replace(reasons=reasons))
        if related:
            blocks[name] = tuple(related)
    # A candidate that shares words is a post, by its path.
    runners = tuple(
        runner._replace(reasons=whole(runner.reasons, runner.item)) for runner in runners_up
    )
    return resolution._replace(blocks=blocks), runners


def explanation_text(
    catalog: Catalog, resolution: PostResolution, runners_up: Sequence[RunnerUp]
) -> str:
    """Return the reasons for a post's placements, and against its runners-up."""
    post = resolution.post
    lines = [*_head_lines(post)]
    if post.override.disabled:
        return "\n".join([*lines, "", translate(message("resolver.disabled"))])
    for block in catalog.blocks:
        placements = resolution.blocks.get(block.name, ())
        if block.kind.compares and not placements and resolution.compared:
            continue  # the article itself has shown what a rule would show here
        lines += ["", f"{_with_comparison(block.name, placements)}:"]
        for placement in placements:
            lines += _placement_lines(catalog, placement)
            lines += _rule_lines(block, placement)
        runners = [runner for runner in runners_up if runner.block == block.name]
        if not placements and not runners:
            code = "resolver.no-item" if block.kind.items else "resolver.nothing-related"
            lines.append(f"  {translate(message(code))}")
        for runner in runners[:_RUNNERS_SHOWN]:
            lines.append(f"  -  {runner.item}{_score(runner.score)}: {translate(runner.missing)}")
            lines += _reason_lines(runner.reasons)
        if (more := len(runners) - _RUNNERS_SHOWN) > 0:
            lines.append(f"  -  {translate(message('resolver.more', count=more))}")
    lines += _article_lines(catalog, resolution)
    return "\n".join(lines)


def _article_lines(catalog: Catalog, resolution: PostResolution) -> Iterator[str]:
    """Yield the lines about what an article's own tags show."""
    if resolution.text:
        yield ""
        yield f"{TEXT}:"
    for placement in resolution.text.values():
        yield from _placement_lines(catalog, placement)
    for placements in resolution.compared.values():
        yield ""
        yield f"{_with_comparison(COMPARE.name, placements)}:"
        for placement in placements:
            yield from _placement_lines(catalog, placement)


def _with_comparison(block: str, placements: Sequence[Placement | Related]) -> str:
    """Return a block's name, with the comparison that it shows: `compare (kettles)`."""
    for placement in placements:
        if isinstance(placement, Placement) and placement.comparison:
            return f"{block} ({placement.comparison})"
    return block


def _head_lines(post: Post) -> Iterator[str]:
    yield title_text(post.title)
    yield f"  {post.path}"
    if post.known_url is not None:
        yield f"  {readable(post.known_url)}"
    if post.language:
        yield f"  {translate(message('resolver.language', language=post.language))}"


def _placement_lines(catalog: Catalog, placement: Placement | Related) -> Iterator[str]:
    score = _score(placement.score) if placement.score else ""
    yield f"  {placement.rank}. {name_of(catalog, placement)}{score}"
    yield from _reason_lines(placement.reasons)
    if isinstance(placement, Placement):
        for tag_message in tag_messages(catalog, placement):
            yield f"{' ' * 14}{translate(tag_message)}"


def _rule_lines(block: Block, placement: Placement | Related) -> Iterator[str]:
    """Yield notes on an item that only its own rule has placed, against the odds."""
    if isinstance(placement, Related) or not placement.reasons:
        return
    minimum = MINIMUM if block.minimum is None else block.minimum
    is_scored = placement.reasons[0].cause not in _AT_ANY_SCORE
    if is_scored and placement.score < minimum:
        yield f"{' ' * 14}{translate(message('resolver.rule-holds', of=minimum))}"
    if placement.doubted_category:
        doubt = message("resolver.doubted-category", category=placement.doubted_category)
        yield f"{' ' * 14}{translate(doubt)}"


def _score(score: float) -> str:
    return translate(message("resolver.score", score=score))


def _reason_lines(reasons: Iterable[Reason]) -> Iterator[str]:
    for reason in reasons:
        if 0 < abs(reason.points) < _LEAST_SHOWN:
            continue
        points = f"{reason.points:5.2f}" if reason.points else " " * 5
        yield f"       {points}  {translate(reason_message(reason))}"
