"""The books, products and calls to action that posts give a catalog, and which posts had them."""

import re
from bisect import bisect_left
from collections import Counter, defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import asdict
from datetime import UTC, datetime
from types import MappingProxyType

from linkmgr.adopt.deciding.losses import keep_refused
from linkmgr.adopt.deciding.model import CollectedItem, CollectedItems, Placed
from linkmgr.adopt.post.model import OldBlock, OldBook, OldCta, OldPost, OwnWords
from linkmgr.adopt.post.parsed_post import NO_TITLES
from linkmgr.adopt.post.products import shop_target
from linkmgr.adopt.scanning.article_end import in_middle
from linkmgr.adopt.scanning.titles import Frequencies, by_frequency, most_frequent
from linkmgr.catalog.editing.new_ids import cta_id, good_id
from linkmgr.catalog.items import ITEM_TYPES, Book, Cta, ItemKind, Product, ShopLink
from linkmgr.catalog.keys.placing import MAX_LIMIT
from linkmgr.catalog.model import Catalog
from linkmgr.links.amazon import default_marketplace, product_url, tag_problem
from linkmgr.links.isbn import to_isbn13
from linkmgr.links.model import AMAZON, IssuedCode, Programme, Tracking, Utm
from linkmgr.links.programmes.shops import programme_of
from linkmgr.links.recognition.issued_code import read_code
from linkmgr.links.urls import is_at_amazon, target_problem, web_problem, with_utm
from linkmgr.messages.message import Message, message

# Calls to action: what tells them apart, and as a catalog has them.

_CtaKey = tuple[str, Utm | None, str, str]
"""What tells CTAs apart: address, UTM, heading and label; for issued code only the code."""

_UTM_VALUE = re.compile(r"[a-z0-9_-]+")


def _cta_key(cta: OldCta) -> _CtaKey:
    """Return the key by which two CTAs are the same."""
    if cta.code:
        return cta.code, None, "", ""
    return *_address(cta), _on_one_line(cta.heading), _on_one_line(cta.label)


def _address(cta: OldCta | Cta) -> tuple[str, Utm | None]:
    if isinstance(cta.code, IssuedCode):
        return cta.code.text, None
    return cta.url, cta.utm


def _on_one_line(text: str) -> str:
    return " ".join(text.split())


def _cta_refusal(cta: OldCta, catalog: Catalog) -> Message | None:
    """Return why a catalog does not take a CTA."""
    if cta.code:
        code = read_code(cta.code, catalog.profiles)
        return None if isinstance(code, IssuedCode) else code[0]
    problem = target_problem(cta.url)
    if problem is None and is_at_amazon(cta.url):
        problem = message("adopt.leads-to-amazon")
    return problem and message("adopt.refused-address", url=cta.url, problem=problem)


def _known_cta(key: _CtaKey, catalog: Catalog) -> Cta | None:
    """Return the catalog's CTA with this code, or address, UTM and label.

    Of several it is the one with the heading, or else the first.
    """
    url, utm, heading, label = key
    first = None
    for cta in catalog.ctas.values():
        if _address(cta) != (url, utm) or (label and cta.label != label):
            continue
        if cta.heading == heading:
            return cta
        first = first or cta
    return first


def _new_cta(old: Sequence[OldCta], own_id: str, catalog: Catalog, taken: Collection[str]) -> Cta:
    """Return the CTA that posts have in these wordings, the newest first.

    `own_id` is its id if it had one.
    """
    url, utm = _address(old[0])
    code = read_code(old[0].code, catalog.profiles) if old[0].code else None
    heading = most_frequent(cta.heading for cta in old)
    text = _on_one_line(old[0].text)
    if isinstance(code, IssuedCode):
        return Cta(
            # Its address has no words that tell it from the programme's others.
            id=own_id or cta_id("", f"{heading} {code.programme}", "", taken),
            heading=heading,
            label="",
            url=url,
            text=text,
            programme=code.programme,
            code=code,
        )
    label = _on_one_line(old[0].label) or heading or url
    campaigns = [cta.utm.campaign for cta in old if cta.utm]
    own_id = own_id or cta_id(campaigns[0] if campaigns else "", heading, url, taken)
    if utm and not all(
        _UTM_VALUE.fullmatch(value) for value in asdict(utm).values() if value is not None
    ):
        # Parameters that a catalog does not take stay as the owner wrote them.
        url, utm = with_utm(url, utm), None
    return Cta(
        id=own_id,
        heading=heading or label,
        label=label,
        url=url,
        text=text,
        utm=utm,
        css_class=most_frequent(cta.css_class or "" for cta in old) or None,
    )


# All items of all posts.

_NO_DATE = datetime.min.replace(tzinfo=UTC)
_NO_DATES: Mapping[str, datetime] = MappingProxyType({})


def collect_items(
    posts: Sequence[OldPost],
    catalog: Catalog,
    dates: Mapping[str, datetime] = _NO_DATES,
    titles: Mapping[str, str] = NO_TITLES,
) -> CollectedItems:
    """Return the items in the blocks that leave the posts, with those `catalog` has already.

    `dates` are those of the published posts, by path, and `titles` those of products by ASIN.
    """
    collector = _ItemCollector(posts, catalog, dates, titles)
    goods = collector.goods()
    ctas = collector.ctas()
    placed: dict[str, Placed] = {}
    for post in posts:
        in_post = collector.placed(post)
        if in_post.items:
            placed[post.path] = in_post
    limits = {}
    for kind in ITEM_TYPES:
        limits[kind] = _usual(len(in_post.at_end(kind)) for in_post in placed.values())
    headings, levels = _headings(posts)
    return CollectedItems(
        books=tuple(good for good in goods if isinstance(good.item, Book)),
        products=tuple(good for good in goods if isinstance(good.item, Product)),
        ctas=ctas,
        programmes=tuple(collector.programmes.values()),
        tags=by_frequency(book.tag for book in collector.all_books),
        marketplaces=by_frequency(book.marketplace for book in collector.all_books),
        placed=placed,
        limits=limits,
        refused=collector.refused,
        headings=headings,
        heading_levels=levels,
    )


def _usual(numbers: Iterable[int]) -> int:
    """Return the most frequent number of items, 0 where no post has any."""
    counted = Counter(number for number in numbers if number)
    frequent = max(counted, key=lambda number: (counted[number], number), default=0)
    return min(frequent, MAX_LIMIT)


def _headings(
    posts: Sequence[OldPost],
) -> tuple[dict[str, Frequencies], dict[str, int]]:
    """Return the headings of the blocks that leave, and their commonest levels, by kind.

    Of related posts and books: a CTA has its own.
    """
    texts: dict[str, list[str]] = {"related": [], "books": []}
    levels: dict[str, Counter[int]] = defaultdict(Counter)
    for post in posts:
        for block in post.leaving:
            if block.kind in texts and block.heading:
                texts[block.kind].append(block.heading)
                if block.heading_level:
                    levels[block.kind][block.heading_level] += 1
    return (
        {kind: by_frequency(headings) for kind, headings in texts.items()},
        {kind: counted.most_common(1)[0][0] for kind, counted in levels.items()},
    )


_KindAndId = tuple[ItemKind, str]


class _ItemCollector:
    def __init__(
        self,
        posts: Sequence[OldPost],
        catalog: Catalog,
        dates: Mapping[str, datetime],
        titles: Mapping[str, str],
    ) -> None:
        self.catalog = catalog
        self.dates = dates
        self.titles = titles
        self.all_books: list[OldBook] = []
        self.by_asin: dict[str, list[tuple[str, OldBook]]] = defaultdict(list)
        self.by_cta: dict[_CtaKey, list[tuple[str, OldCta]]] = defaultdict(list)
        for post in posts:
            for block in post.leaving:
                self.all_books += block.books
                for book in block.books:
                    self.by_asin[book.asin].append((post.path, book))
                for cta in block.ctas:
                    self.by_cta[_cta_key(cta)].append((post.path, cta))
        self.programmes: dict[str, Programme] = {}
        self.refused: dict[str, Message] = {}
        self.good_ids: dict[str, _KindAndId] = {}
        self.cta_ids: dict[_CtaKey, str] = {}
        self.taken = set(catalog.taken_ids)
        self.marketplace = self._marketplace()

    def _marketplace(self) -> str:
        """Return the catalog's marketplace if it sells something there, else that of most goods."""
        amazon = self.catalog.programmes[AMAZON]
        in_use = amazon.tag or any(good.asin for good in self.catalog.goods.values())
        places = by_frequency(book.marketplace for book in self.all_books)
        if places and not in_use:
            return places[0][0]
        return amazon.marketplace or default_marketplace(self.catalog.site.language)

    def goods(self) -> tuple[CollectedItem, ...]:
        """Return the books and other goods, those that most posts carried first."""
        items = []
        known = {book.asin: book for book in self.catalog.goods.values()}
        for asin, seen in sorted(self.by_asin.items(), key=lambda pair: -_posts(pair[1])):
            old = [book for _, book in seen]
            titles = by_frequency(_on_one_line(book.title) for book in old)
            if asin not in known and (why := self._refusal(asin, old)):
                self.refused[asin] = why
                continue
            title = self.titles.get(asin) or titles[0][0]
            good = known.get(asin) or self._good(asin, title, old)
            self.good_ids[asin] = good.kind, good.id
            self.taken.add(good.id)
            blurbs = by_frequency(_on_one_line(book.blurb) for book in old)
            alternatives = [
                *_others("title", titles, title),
                *_others("blurb", blurbs, most_frequent(book.blurb for book in old)),
            ]
            is_known = asin in known
            says_kind = isinstance(good, Book) or any(book.kind for book in old)
            items.append(
                CollectedItem(
                    good,
                    _posts(seen),
                    tuple(alternatives),
                    is_known,
                    doubtful=not (is_known or says_kind),
                )
            )
        return tuple(items)

    def _refusal(self, asin: str, old: Sequence[OldBook]) -> Message | None:
        """Return why this catalog takes no such book: it has one marketplace."""
        places = {book.marketplace for book in old if book.marketplace}
        if not places or self.marketplace in places:
            return None
        return message(
            "adopt.refused-marketplace",
            asin=asin,
            places=tuple(sorted(places)),
            marketplace=self.marketplace,
        )

    def _good(self, asin: str, title: str, old: Sequence[OldBook]) -> Book | Product:
        """Return a book where its ASIN is an ISBN or a post says that it is one, else a product."""
        author = most_frequent(book.author for book in old) or None
        blurb = most_frequent(book.blurb for book in old)
        shops = (*self._shops(old), *self._edition(old))
        if to_isbn13(asin) is None and all(book.kind is not ItemKind.BOOKS for book in old):
            name = good_id(Product, title, asin, self.taken)
            return Product(name, title, blurb, asin=asin, shops=shops, maker=author)
        # linkmgr's own cards were all made at once: the first says what each of them says. Whose
        # price one shows they don't tell.
        own = [book.words for book in old if book.words]
        words = own[0] if own else OwnWords()
        return Book(
            id=self._own_id(old) or good_id(Book, title, asin, self.taken),
            title=title,
            blurb=blurb,
            author=author,
            asin=asin,
            cover=most_frequent(book.cover for book in old) or None,
            shops=shops,
            badge=words.badge,
            rating=words.rating,
            review=words.review,
        )

    def _own_id(self, old: Sequence[OldBook] | Sequence[OldCta]) -> str:
        """Return the id that an item had in a catalog before, if it is free."""
        name = most_frequent(item.id for item in old)
        return "" if name in self.taken else name

    def _shops(self, old: Sequence[OldBook]) -> Iterator[ShopLink]:
        """Yield the further shops of a good, for each programme the page that most posts give.

        A catalog's clicks know a further shop by its programme, so that a good has one of each.
        """
        by_programme: dict[tuple[str, str], list[str]] = defaultdict(list)
        for book in old:
            for host, url in book.shops:
                if web_problem(url) is None:
                    by_programme[programme_of(host)].append(url)
        for (programme, name), urls in by_programme.items():
            if programme not in self.catalog.programmes:
                self.programmes[programme] = Programme(programme, name, Tracking.DIRECT)
            page = most_frequent(map(shop_target, urls))
            yield ShopLink(
                programme, most_frequent(url for url in urls if shop_target(url) == page)
            )

    def _edition(self, old: Sequence[OldBook]) -> Iterator[ShopLink]:
        """Yield the link to the other edition at Amazon, such as Kindle, that most posts give.

        None where the catalog will have another marketplace: it is written there with a tag that
        suits it.
        """
        texts: dict[str, list[str]] = defaultdict(list)
        for book in old:
            for asin, text in book.editions:
                texts[asin].append(text)
        if not texts:
            return
        place = self.catalog.programmes[AMAZON].marketplace
        if self.marketplace != (place or default_marketplace(self.catalog.site.language)):
            tags = [book.tag for book in self.all_books if book.tag]
            if not any(tag_problem(tag, self.marketplace) is None for tag in tags):
                return
        asin = max(texts, key=lambda edition: len(texts[edition]))
        url = product_url(self.marketplace, asin, None)
        yield ShopLink(AMAZON, url, most_frequent(texts[asin]) or None)

    def ctas(self) -> tuple[CollectedItem, ...]:
        """Return the CTAs, those that most posts carried first."""
        items = []
        for key, seen in sorted(self.by_cta.items(), key=lambda pair: -_posts(pair[1])):
            old = [cta for _, cta in sorted(seen, key=self._age, reverse=True)]
            if why := _cta_refusal(old[0], self.catalog):
                self.refused[old[0].url] = why
                continue
            known = _known_cta(key, self.catalog)
            cta = known or _new_cta(old, self._own_id(old), self.catalog, self.taken)
            self.cta_ids[key] = cta.id
            self.taken.add(cta.id)
            texts = {"text": cta.text, "css_class": cta.css_class}
            if cta.code:
                texts["heading"] = cta.heading
            alternatives: list[Message] = []
            for name, own in texts.items():
                wordings = by_frequency(_on_one_line(getattr(cta, name) or "") for cta in old)
                alternatives += _others(name, wordings, own)
            items.append(CollectedItem(cta, _posts(seen), tuple(alternatives), known is not None))
        return tuple(items)

    def _age(self, seen: tuple[str, OldCta]) -> tuple[bool, datetime, str]:
        """Return the key that sorts CTAs from the oldest; those of no published post come first."""
        path, _ = seen
        date = self.dates.get(path)
        return date is not None, date or _NO_DATE, path

    def placed(self, post: OldPost) -> Placed:
        """Return the items of the blocks that leave a post, those in its middle separately."""
        post = keep_refused(post, self.refused)
        by_block = {block.start: [*self._items_of(block)] for block in post.leaving}
        by_kind: dict[ItemKind, dict[str, None]] = {kind: {} for kind in ItemKind}
        for items in by_block.values():
            for kind, name in items:
                by_kind[kind][name] = None
        return Placed(
            books=(*by_kind[ItemKind.BOOKS],),
            ctas=(*by_kind[ItemKind.CTA],),
            products=(*by_kind[ItemKind.PRODUCTS],),
            in_place=_in_place(post, by_block),
        )

    def _items_of(self, block: OldBlock) -> Iterator[_KindAndId]:
        """Yield the kinds and ids of a block's items in the catalog."""
        for book in block.books:
            if book.asin in self.good_ids:
                yield self.good_ids[book.asin]
        for cta in block.ctas:
            if name := self.cta_ids.get(_cta_key(cta)):
                yield ItemKind.CTA, name
        for product in block.products:
            yield ItemKind.PRODUCTS, product.id


def _in_place(
    post: OldPost, by_block: Mapping[int, Sequence[_KindAndId]]
) -> dict[int, tuple[str, ...]]:
    """Return the items that stay where their blocks are: those between texts, repeated CTAs.

    Of blocks side by side each good stays once. A CTA that a post has more than once stays each
    time, also below the article, so that none of its links is lost.
    """
    blocks_with_cta: Counter[str] = Counter()
    for items in by_block.values() if post.takes_tags else ():
        blocks_with_cta.update({name for kind, name in items if kind is ItemKind.CTA})
    repeated = {name for name, number in blocks_with_cta.items() if number > 1}
    kept: dict[int, tuple[str, ...]] = {}
    middle = {block.start for block in in_middle(post)}
    # Where something begins that stands between blocks.
    borders = [text.start for text in post.texts]
    borders += [block.start for block in post.blocks if not block.removable]
    borders.sort()
    beside: set[str] = set()
    end = 0
    for block in post.leaving:
        own = dict.fromkeys(name for _, name in by_block[block.start])
        staying = [name for name in own if name in repeated]
        if block.start in middle:
            if bisect_left(borders, end) < bisect_left(borders, block.start):
                beside = set()
            staying = [name for name in own if name in repeated or name not in beside]
            beside.update(own)
            end = block.end
        if staying:
            kept[block.start] = tuple(staying)
    return kept


def _posts(seen: Sequence[tuple[str, OldBook]] | Sequence[tuple[str, OldCta]]) -> int:
    return len({path for path, _ in seen})


def _others(name: str, frequencies: Frequencies, taken: str | None) -> list[Message]:
    """Return a line for each text but the one `taken`."""
    return [
        message("adopt.alternative", field=name, count=number, text=text)
        for text, number in frequencies
        if text != taken
    ]
