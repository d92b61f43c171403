"""A post's fragment: the HTML of its blocks, and of the items in the text of its article.

It begins with the blocks that are at the end. Those of each other spot follow the comment that
names it, by which the include takes them apart; then come the items of the article's text.
"""

import re
from collections.abc import Collection, Hashable, Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import date
from functools import partial
from types import MappingProxyType
from typing import Final, Literal, NamedTuple

from markupsafe import Markup

from linkmgr.blocks.escape import BASEURL, CODE, POST_KEY, escape
from linkmgr.blocks.include import BASE, post_key
from linkmgr.blocks.link_views import delegated
from linkmgr.blocks.templating import Templates
from linkmgr.blocks.variants import Shown, Variants, chosen_in_page
from linkmgr.blocks.views import (
    BlockView,
    ItemView,
    ItemViewer,
    PostView,
    SaleView,
    ad_label,
    compared_view,
    disclosure,
    post_view,
    text_view,
    with_same_rows,
)
from linkmgr.blocks.voice import PrintedText, Voice
from linkmgr.catalog.blocks import COMPARE, KINDS, Block, Place
from linkmgr.catalog.items import Good
from linkmgr.catalog.model import Catalog
from linkmgr.catalog.variants import VariantTest
from linkmgr.posts.model import Post
from linkmgr.resolver.model import TEXT, Placement, PostResolution, Related

# Which blocks of a post are where.

ARTICLE: Final = "article"
TEXT_ITEMS: Final = "text"
_WHOLE_ARTICLE: Final = "whole"
_OWN_ASSETS: Final = "assets"
_OMITTED: Final = "omitted"
_ORIGINALS: Final = "originals"

_SHOWN = (Place.BEFORE_CONTENT, ARTICLE, Place.MIDDLE, Place.END)
"""In the order of a page. Nobody knows whether a page shows a block that waits for a tag."""

_MARK = re.compile(r"<!-- linkmgr-at:([a-z-]+):(\d+) -->\n")


class Spot(NamedTuple):
    """A place in a post, or `ARTICLE`: where the article's own tags show blocks.

    In the middle `heading` is the number of the heading, 0 for the middle one.
    """

    place: str
    heading: int = 0


def _by_spot(blocks: Iterable[Block], by_hand: Collection[str | None]) -> dict[Spot, list[str]]:
    """Return the names of blocks by their spots: first those at the end, last those `by_hand`."""
    by_spot: dict[Spot, list[str]] = {Spot(Place.END): []}
    article: list[str] = []
    for block in blocks:
        if block.name in by_hand:
            article.append(block.name)
        else:
            middle = block.at is Place.MIDDLE
            spot = Spot(block.at, block.before_heading or 0 if middle else 0)
            by_spot.setdefault(spot, []).append(block.name)
    return by_spot | ({Spot(ARTICLE): article} if article else {})


def _disclosing(
    spots: Mapping[Spot, Sequence[str]],
    earning: Mapping[str, frozenset[str]],
    *,
    text_earns: bool,
) -> str | None:
    """Return the block that has the disclosure: the last earning one that a page shows.

    `earning` are the programmes of each block. A block that waits for a tag has it only if
    nothing else earns, not even a link in the text.
    """
    names = [name for name in _in_order(spots) if earning[name]]
    if not names and not text_earns:
        names = [name for name, programmes in earning.items() if programmes]
    return names[-1] if names else None


def _in_order(spots: Mapping[Spot, Sequence[str]]) -> list[str]:
    """Return the names of the blocks that a page shows, in its order."""
    shown = sorted(
        (spot for spot in spots if spot.place in _SHOWN),
        key=lambda spot: (_SHOWN.index(spot.place), spot.heading),
    )
    return [name for spot in shown for name in spots[spot]]


def _spot_mark(spot: Spot) -> str:
    """Return the comment before the blocks of a spot, empty for those at the end."""
    return "" if spot.place == Place.END else f"<!-- linkmgr-at:{spot.place}:{spot.heading} -->\n"


def parts_of(fragment: str) -> list[tuple[Spot, str]]:
    """Return the HTML of a fragment by its spots, in its order."""
    end, *rest = _MARK.split(fragment)
    marked = zip(rest[::3], rest[1::3], rest[2::3], strict=True)
    return [(Spot(Place.END), end), *((Spot(place, int(n)), html) for place, n, html in marked)]


def shows_blocks(fragment: str) -> bool:
    """Whether a page with this fragment must show a block, if its layout shows any."""
    parts = parts_of(fragment)
    return any("<!-- linkmgr:" in html for spot, html in parts if spot.place in _SHOWN)


# Items that an article's own tags put into its text, kept for the include.

_SLOT = "<!-- linkmgr-text -->"

# In an article these mean something to Markdown, and a reference to a character never does.
_MARKDOWN = re.compile(r"[!-/:-@\[-`{-~]")

# In issued code tags and references stay as they are; the rest is text.
_CODE_PARTS = re.compile(rf"<[^>]*>|&#?\w+;|{_MARKDOWN.pattern}")

Form = Literal["link", "card", "compare"]
"""What an article's own tag shows: an item as a link or a card, or a comparison."""

_ITEM = re.compile(
    r"<!-- linkmgr-item (?P<item>[a-z0-9-]+) (?P<form>link|card|compare) -->(?P<html>.*?)"
    r"<!-- linkmgr-item (?P=item) (?P=form) -->",
    re.DOTALL,
)


LayoutDuty = Literal["all", "differing"]
"""What a layout has to put in the place of an article's own tags: all, or what differs in feeds.

That is a choice of variants, and links within the site, whose addresses are absolute in feeds and
lead elsewhere than the rest of a page wherever this is not at the site's own address.
"""


class _Combination(NamedTuple):
    """One of the ways to fill a block; `key` is what its HTML depends on, empty if not cached.

    `programmes` are those whose affiliate links it has.
    """

    key: tuple[Hashable, ...]
    views: tuple[PostView | ItemView, ...]
    programmes: frozenset[str]
    comparison: str = ""


class _BlockContent(NamedTuple):
    """A block and all its combinations; the page chooses one by `tests` of variants."""

    block: Block
    tests: Sequence[tuple[Placement, VariantTest]]
    ways: Sequence[_Combination]

    @property
    def programmes(self) -> frozenset[str]:
        """The programmes whose affiliate links it has in whatever way it is filled."""
        first, *others = self.ways
        return first.programmes.intersection(*(way.programmes for way in others))


class _Disclosed(NamedTuple):
    """The sentences that disclose affiliate links of programmes, and the block that has them.

    No block has them where only links in the text earn.
    """

    programmes: frozenset[str]
    sentences: tuple[PrintedText, ...]
    block: str | None


class _TextItem(NamedTuple):
    """What an article's own tag shows: the HTML of a link, or the block of a card or comparison.

    `programmes` are those whose affiliate links it has.
    """

    name: str
    form: Form
    shows: str | _BlockContent
    programmes: frozenset[str]


def _in_slot(words: Markup) -> Markup:
    """Mark the words of a link, so that the include can put the tag's own in their place."""
    return Markup(f"{_SLOT}{words}{_SLOT}")  # noqa: S704 - of markup


class _MarkedWords(NamedTuple):
    """Words of a paragraph of Markdown, and the attribute that names their language."""

    text: Markup
    lang: Markup

    @classmethod
    def of_text(cls, text: PrintedText) -> "_MarkedWords":
        """Escape a text for HTML, Liquid and Markdown, which ends a paragraph at a blank line."""
        escaped = "".join(
            f"&#{ord(letter)};" if _MARKDOWN.fullmatch(letter) else escape(letter)
            for letter in " ".join(text.split())
        )
        return cls(Markup(escaped), text.lang)  # noqa: S704 - each letter is escaped


def _code_in_markdown(code: str) -> str:
    """Write issued code so that it survives a paragraph of Markdown with its own words."""
    return _CODE_PARTS.sub(
        lambda match: match[0] if len(match[0]) > 1 else f"&#{ord(match[0])};",
        re.sub(r"\n\s*\n", "\n", code),
    )


def text_items(html: str) -> dict[tuple[str, str], str]:
    """Return the HTML of items and comparisons by id and `Form`, from that of a fragment."""
    items: dict[tuple[str, str], str] = {}
    for marked in _ITEM.finditer(html):
        items[marked["item"], marked["form"]] = marked["html"]
    return items


def with_text(html: str, text: str | None) -> str:
    """Return the HTML of a link with the words of its tag; issued code keeps its own."""
    if _SLOT not in html:
        return html
    before, own, after = html.split(_SLOT)
    return before + (own if text is None else str(escape(text))) + after


# The renderer.

_NO_OVERRIDES: Mapping[str, str] = MappingProxyType({})

_MOST_CONTENTS = 4_096
"""Rendered items that are cached for other posts that show the same, about 2 kB each."""

_SECTION_LEVEL = 2
"""The level of the sections of an article, whose title is its only `<h1>`."""

_DEEPEST_HEADING = 6

_CODE = re.compile(rf"{CODE}(?P<item>[a-z0-9-]+)(?:\.(?P<shop>[0-9]+))?{CODE}")
_DISCLOSURE_MARK = "<!-- linkmgr:disclosure -->\n"
_CONTENT = "\2"
"""Placeholder for a block's items in its frame; no escaped text has it."""


class _Frame(NamedTuple):
    """The HTML of a block before and after its content."""

    before: str
    after: str


class Renderer:
    """Renders fragments for one catalog.

    `overrides` are the site's templates by file name (`books.html`). `baseurl` goes before links
    within the site: Liquid for a fragment, a literal for a preview, which no `liquid` reads. Prices
    are those of the day `today`; without it they have no age.
    """

    def __init__(
        self,
        catalog: Catalog,
        overrides: Mapping[str, str] = _NO_OVERRIDES,
        baseurl: str = f"{{{{ {BASE} }}}}",
        *,
        liquid: bool = True,
        today: date | None = None,
    ) -> None:
        self._catalog = catalog
        self._baseurl = baseurl
        self._liquid = liquid
        self._templates = Templates(overrides)
        self._variants = Variants(catalog)
        self._viewer = ItemViewer(catalog, today)
        self._blocks = {block.name: block for block in catalog.blocks}
        # What many posts share, by all that it depends on.
        self._frames: dict[Hashable, _Frame] = {}
        self._posts: dict[Hashable, PostView] = {}
        self._items: dict[Hashable, ItemView] = {}
        self._contents: dict[Hashable, str] = {}

    def fragment(
        self,
        resolution: PostResolution,
        *,
        own_assets: bool = False,
        left: LayoutDuty | None = None,
    ) -> str:
        """Render all blocks of a post, by their places; empty when it has none.

        With `own_assets` the article's own tags bring the stylesheet, as no layout does. `left` is
        what they leave to a layout that fills their places.
        """
        post = resolution.post
        voice = Voice.of_post(self._catalog.site, post)
        level = usual_heading_level(post, [self._blocks[name] for name in resolution.blocks])
        blocks = {
            name: self._content_of(voice, self._at_level(name, level), placements, post)
            for name, placements in resolution.blocks.items()
        }
        text_items = self._text_items(voice, resolution, level)
        spots = self._spots(resolution)
        disclosed = self._disclosed(voice, blocks, text_items, spots)

        parts = []
        for spot, names in spots.items():
            parts.append(_spot_mark(spot))
            parts += (self._block(voice, blocks[name], disclosed) for name in names)
            if spot.place == Place.END and disclosed.sentences and disclosed.block is None:
                parts.append(self._disclosure(voice, disclosed.sentences))
        if text_items:
            parts.append(_spot_mark(Spot(TEXT_ITEMS)))
            parts += (self._text_item(voice, item, disclosed) for item in text_items)
        if any(inclusion.everything for inclusion in post.inclusions):
            parts.append(_spot_mark(Spot(_WHOLE_ARTICLE)))
        if own_assets:
            parts.append(_spot_mark(Spot(_OWN_ASSETS)))
        if left == "all":
            parts.append(_spot_mark(Spot(_OMITTED)))
        elif left == "differing" and any(
            filled.tests or self._leads_within_site(voice, filled)
            for filled in _by_hand(post, spots, blocks, text_items)
        ):
            parts.append(_spot_mark(Spot(_ORIGINALS)))
        return self._substitute("".join(parts), post)

    def _at_level(self, name: str, level: int) -> Block:
        """Return a block with the level of its heading, its own or the site's before a post's."""
        block = self._blocks[name]
        return block if block.heading_level else replace(block, heading_level=self._level(level))

    def _level(self, of_post: int) -> int:
        return self._catalog.site.heading_level or of_post

    def _spots(self, resolution: PostResolution) -> Mapping[Spot, Sequence[str]]:
        """Return the names of a post's blocks by their spots."""
        by_hand = {inclusion.block for inclusion in resolution.post.inclusions}
        return _by_spot((self._blocks[name] for name in resolution.blocks), by_hand)

    def _disclosed(
        self,
        voice: Voice,
        blocks: Mapping[str, _BlockContent],
        text_items: Sequence[_TextItem],
        spots: Mapping[Spot, Sequence[str]],
    ) -> _Disclosed:
        """Return the disclosure of a post, empty if nothing on it earns, and its block."""
        of_blocks = {name: filled.programmes for name, filled in blocks.items()}
        of_text = _union(item.programmes for item in text_items)
        earning = _union((*of_blocks.values(), of_text))
        sentences = disclosure(self._catalog, earning, voice) if earning else ()
        block = _disclosing(spots, of_blocks, text_earns=bool(of_text))
        return _Disclosed(earning, sentences, block)

    def _leads_within_site(self, voice: Voice, filled: _BlockContent) -> bool:
        """Whether a block, or a card, has an address on the blog's own site."""
        return any(BASEURL in self._content(voice, filled.block, way) for way in filled.ways)

    def _substitute(self, html: str, post: Post) -> str:
        """Put in what no template knows: the post's key, the blog's path, and issued code."""
        html = html.replace(POST_KEY, post_key(post.path)).replace(BASEURL, self._baseurl)
        return _CODE.sub(self._code, html) if CODE in html else html

    def _code(self, place: re.Match[str], *, in_text: bool = False) -> str:
        """Return an item's issued code, which must come out of Liquid byte for byte.

        What is in the text of an article goes through Markdown, too.
        """
        item = self._catalog.items[place["item"]]
        sold = item.shops[int(place["shop"])] if place["shop"] and isinstance(item, Good) else item
        code = sold.code
        text = code.text if code else ""
        if in_text:
            text = _code_in_markdown(text)
        means_something = self._liquid and ("{{" in text or "{%" in text)
        return f"{{% raw %}}{text}{{% endraw %}}" if means_something else text

    def _content_of(
        self, voice: Voice, block: Block, placements: Sequence[Placement | Related], post: Post
    ) -> _BlockContent:
        """View all that a block may show in a post."""
        items = [placement for placement in placements if isinstance(placement, Placement)]
        if not items:
            posts = [
                self._post_view(voice, block, related)
                for related in placements
                if isinstance(related, Related)
            ]
            return _BlockContent(block, (), [_Combination((), with_same_rows(posts), frozenset())])
        tests, combinations = self._variants.choice(items, post.path)
        return _BlockContent(
            block, tests, [self._combination(voice, shown) for shown in combinations]
        )

    def _combination(self, voice: Voice, shown: Sequence[Shown]) -> _Combination:
        keys = tuple(item.key for item in shown)
        views = tuple(
            self._item_view(voice, item, key) for item, key in zip(shown, keys, strict=True)
        )
        return _Combination(keys, views, _programmes(views), shown[0].placement.comparison)

    def _block(self, voice: Voice, filled: _BlockContent, disclosed: _Disclosed) -> str:
        block, site = filled.block, self._catalog.site
        ways = []
        for way in filled.ways:
            label = ad_label(site, voice) if way.programmes else PrintedText("")
            sentences = self._sentences(voice, block, way, disclosed)
            frame = self._frame(voice, block, label, sentences, sales=_sale_lines(way.views))
            ways.append(frame.before + self._content(voice, block, way) + frame.after)
        if not filled.tests:
            return ways[0]
        # The comments by which the include cuts are there once, around all of them.
        mark = f"<!-- linkmgr:{block.name} -->\n"
        bare = [way.removeprefix(mark).removesuffix(mark) for way in ways]
        templates = [way.replace(_DISCLOSURE_MARK, "") for way in bare]
        originals = bare[0] if block.name == disclosed.block else templates[0]
        html = chosen_in_page(filled.tests, templates, originals, respects_signals=site.respect_gpc)
        return html if bare == ways else f"{mark}{html}{mark}"

    def _sentences(
        self, voice: Voice, block: Block, way: _Combination, disclosed: _Disclosed
    ) -> tuple[PrintedText, ...]:
        """Return the disclosures of one combination of a block.

        A variant may earn where nothing else does, or for another programme.
        """
        own = way.programmes
        is_here = block.name == disclosed.block
        if own <= disclosed.programmes:
            return disclosed.sentences if is_here else ()
        sentences = disclosure(self._catalog, own | disclosed.programmes, voice)
        said = () if is_here else disclosed.sentences
        return tuple(sentence for sentence in sentences if sentence not in said)

    def _text_items(self, voice: Voice, resolution: PostResolution, level: int) -> list[_TextItem]:
        """View the items that the article's own tags name, once for each form, and comparisons.

        `level` is the usual one of the post's headings.
        """
        shown: list[_TextItem] = []
        asked: set[tuple[str, bool]] = set()
        for inclusion in resolution.post.inclusions:
            name, is_card = inclusion.item, inclusion.card
            if name is None or name not in resolution.text or (name, is_card) in asked:
                continue
            asked.add((name, is_card))
            placement = resolution.text[name]
            if is_card:
                shown.append(self._card(voice, name, placement, resolution.post))
            else:
                shown.append(self._link(voice, name, placement))
        for name, placements in resolution.compared.items():
            # By hand it is in its place in the text, where it needs no heading.
            own_heading = self._catalog.comparisons[name].heading or ""
            block = Block(
                COMPARE.name, COMPARE, 1, heading=own_heading, heading_level=self._level(level)
            )
            filled = self._content_of(voice, block, placements, resolution.post)
            shown.append(_TextItem(name, "compare", filled, filled.programmes))
        return shown

    def _text_item(self, voice: Voice, item: _TextItem, disclosed: _Disclosed) -> str:
        """Put an item's HTML between the markers by which the include finds it."""
        shows = item.shows
        if not isinstance(shows, str):
            # A block of the same name may have the disclosure.
            shows = self._block(voice, shows, disclosed._replace(block=None))
        marker = f"<!-- linkmgr-item {item.name} {item.form} -->"
        return f"{marker}{shows}{marker}\n"

    def _card(self, voice: Voice, name: str, placement: Placement, post: Post) -> _TextItem:
        kind_of_item = self._catalog.items[placement.item].kind
        kind = next(kind for kind in KINDS.values() if kind_of_item in kind.items)
        filled = self._content_of(voice, Block(TEXT, kind, 1, heading=""), (placement,), post)
        return _TextItem(name, "card", filled, filled.programmes)

    def _link(self, voice: Voice, name: str, placement: Placement) -> _TextItem:
        view = text_view(self._catalog, placement, voice)
        html = self._templates.render(
            "text_link.html",
            label=_MarkedWords.of_text(ad_label(self._catalog.site, voice))
            if view.programmes
            else None,
            link=view.link,
            code=view.code,
            text=_in_slot(_MarkedWords.of_text(view.link.label).text),
        )
        html = _CODE.sub(partial(self._code, in_text=True), html.strip())
        return _TextItem(name, "link", delegated((view,), html, "span"), view.programmes)

    def _disclosure(self, voice: Voice, sentences: tuple[PrintedText, ...]) -> str:
        """Render the disclosure of links in the text, where no block has it."""
        block = BlockView(TEXT, "", PrintedText(""), (), PrintedText(""), sentences, 2, 3)
        html = self._templates.render("disclosure.html", block=block, language=voice.language)
        said = f"{_DISCLOSURE_MARK}{html}{_DISCLOSURE_MARK}"
        return f'<div class="linkmgr" lang="{voice.language}">\n{said}</div>\n'

    def _content(self, voice: Voice, block: Block, way: _Combination) -> str:
        """Render a block without its frame, the same items once for all posts that show them."""
        # The rank of an item of the text is its own.
        if not way.key or block.name not in self._blocks:
            return self._rendered(voice, block, way)
        shown = (voice, block.name, block.kind.name, block.heading, block.heading_level, way.key)
        if shown not in self._contents:
            if len(self._contents) == _MOST_CONTENTS:
                self._contents.clear()
            self._contents[shown] = self._rendered(voice, block, way)
        return self._contents[shown]

    def _rendered(self, voice: Voice, block: Block, way: _Combination) -> str:
        view, views = _block_view(block, voice, way.views), way.views
        if way.comparison:
            view = compared_view(view, self._catalog.comparisons[way.comparison], voice)
            views = view.items
        template = self._templates.for_block(block.name, block.kind.name)
        html = self._templates.render(template, block=view, language=voice.language)
        return delegated(views, html)

    def _frame(
        self,
        voice: Voice,
        block: Block,
        label: PrintedText,
        sentences: tuple[PrintedText, ...],
        *,
        sales: tuple[SaleView, ...],
    ) -> _Frame:
        """Render a block without its content."""
        key = (voice, block.name, block.kind.name, block.heading_level, label, sentences, sales)
        if key not in self._frames:
            view = _block_view(block, voice, ())
            html = self._templates.render(
                "block.html",
                block=view._replace(ad_label=label, disclosure=sentences, sales=sales),
                language=voice.language,
                content=Markup(_CONTENT),  # noqa: S704 - a constant
            )
            before, _, after = html.partition(_CONTENT)
            self._frames[key] = _Frame(before, after)
        return self._frames[key]

    def _post_view(self, voice: Voice, block: Block, related: Related) -> PostView:
        # It is of the post's own language, so the voice is the same.
        key = (related.post.path, block.show)
        if key not in self._posts:
            self._posts[key] = post_view(related.post, voice, block.show)
        return self._posts[key]

    def _item_view(self, voice: Voice, shown: Shown, key: Hashable) -> ItemView:
        placement = shown.placement
        place = (voice, placement.block, placement.rank, key)
        if place not in self._items:
            self._items[place] = self._viewer.view(shown.item, placement, voice, shown.link)
        return self._items[place]


def _by_hand(
    post: Post,
    spots: Mapping[Spot, Sequence[str]],
    blocks: Mapping[str, _BlockContent],
    text_items: Iterable[_TextItem],
) -> list[_BlockContent]:
    """Return the blocks and the cards that an article's own tags show."""
    everything = any(inclusion.everything for inclusion in post.inclusions)
    shown = [blocks[name] for name in (blocks if everything else spots.get(Spot(ARTICLE), ()))]
    shown += [item.shows for item in text_items if not isinstance(item.shows, str)]
    return shown


def usual_heading_level(post: Post, blocks: Iterable[Block]) -> int:
    """Return the usual level of the headings of a post's blocks, one for all of them.

    They are below the article's sections, so that no ad is above these in an outline; where no
    section comes before a block, the level after the title's is the only one that skips none.
    """
    for block in blocks:
        if block.at is Place.BEFORE_CONTENT or block.before_heading == 1:
            return _SECTION_LEVEL
    return _SECTION_LEVEL + 1 if post.has_sections else _SECTION_LEVEL


def _block_view(block: Block, voice: Voice, items: tuple[PostView | ItemView, ...]) -> BlockView:
    kind = block.kind
    level = block.heading_level or _SECTION_LEVEL
    classes = f"linkmgr linkmgr-{kind.name}"
    if block.name != kind.name:
        classes += f" linkmgr-{block.name}"
    own = block.heading
    heading = PrintedText(kind.headings[voice.language]) if own is None else voice.quoted(own)
    return BlockView(
        block.name,
        classes,
        heading,
        items,
        PrintedText(""),
        (),
        level,
        min(level + 1, _DEEPEST_HEADING),
    )


def _sale_lines(views: Iterable[PostView | ItemView]) -> tuple[SaleView, ...]:
    """Return the sales of a block's items that have a line of their own, each once."""
    lines: dict[SaleView, None] = {}
    for view in views:
        if not isinstance(view, PostView):
            lines.update(dict.fromkeys(view.lines))
    return tuple(lines)


def _programmes(views: Iterable[PostView | ItemView]) -> frozenset[str]:
    return _union(view.programmes for view in views)


def _union(sets: Iterable[frozenset[str]]) -> frozenset[str]:
    return frozenset().union(*sets)
