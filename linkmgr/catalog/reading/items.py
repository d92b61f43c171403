"""Books, products and CTAs from their entries, with their shops, issued code and tags."""

from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import replace
from functools import partial
from typing import Any, NamedTuple, TypeVar

from linkmgr.catalog.item_keys import LONGEST_SPEC
from linkmgr.catalog.items import Cta, Good, Item, ItemKind, Price, ShopLink, Validity
from linkmgr.catalog.model import Site
from linkmgr.catalog.reading.ids import References
from linkmgr.catalog.reading.variants import VariantReader
from linkmgr.catalog.reading.yaml.nodes import MappingNode
from linkmgr.catalog.reading.yaml.section import Section
from linkmgr.catalog.reading.yaml.texts import length_problem
from linkmgr.links.isbn import isbn_to_asin
from linkmgr.links.model import AMAZON, OWN_SITE, IssuedCode, Programme, Tag, Utm
from linkmgr.links.programmes.profiles import packaged_profiles
from linkmgr.links.programmes.shops import PRESETS, ShopPreset, leads_to_amazon, preset_problem
from linkmgr.links.recognition.issued_code import read_code
from linkmgr.links.tags import tag_problem_at, takes_tags
from linkmgr.links.urls import (
    has_utm,
    is_at,
    is_at_amazon,
    is_of_site,
    is_short_link,
    target_problem,
    web_problem,
)
from linkmgr.messages.message import Message, excerpt, message

# Tags: a programme's own, and those that overrule it elsewhere.

_WRONG = ""
"""The tag of a programme whose own was reported, so that nothing else is reported about it."""


def read_programme_tags(section: Section, programme: Programme) -> Programme:
    """Return a programme with the tags of its entry."""

    def problem(tag: str) -> Message | None:
        wrong_url = section.has("url") and programme.url is None
        return None if wrong_url else tag_problem_at(programme, tag)

    if not section.has("tag") and programme.id != AMAZON and takes_tags(programme):
        section.problem("tag", message("catalog.slot-without-tag"))
    if section.has("tags") and not section.has("tag"):
        section.problem("tags", message("catalog.tags-without-tag"))
    tags = section.section("tags")
    return replace(
        programme,
        tag=section.text("tag", problem) or (_WRONG if section.has("tag") else None),
        category_tags=tags.named_texts("categories", lambda _, tag: problem(tag)) if tags else (),
        post_tags=tags.texts("posts", problem) if tags else (),
    )


class TagReader:
    """Reads what overrules the programmes' tags, against the programmes of the catalog."""

    def __init__(self, programmes: Mapping[str, Programme], names: References) -> None:
        self._programmes = programmes
        self._names = names

    def tags(self, section: Section, used: Collection[str] | None = None) -> tuple[Tag, ...]:
        """Return the `tag` of a section: a text is Amazon's, a mapping has one per programme.

        `used` are the programmes of an item's links, the only ones whose tags it may have.
        """

        def problem(programme: str, tag: str) -> Message | None:
            if used is not None and programme not in used:
                return message("catalog.tag-of-no-link", programme=programme)
            return self._problem(programme, tag)

        if isinstance(section.node("tag"), MappingNode):
            return tuple(Tag(*pair) for pair in section.named_texts("tag", problem))
        tag = section.text("tag", lambda tag: problem(AMAZON, tag))
        return (Tag(AMAZON, tag),) if tag else ()

    def _problem(self, name: str, tag: str) -> Message | None:
        programme = self._programmes.get(name)
        if programme is None:
            unknown = message("catalog.unknown-programme", name=excerpt(name))
            return None if self._names.has_programme(name) else unknown
        if programme.tag == _WRONG:
            return None
        if programme.tag is None and takes_tags(programme):
            return message("catalog.tag-without-usual", programme=name)
        return tag_problem_at(programme, tag)


# Where items are sold: addresses, issued code and further shops.


class Shopping(NamedTuple):
    """What addresses, issued code and prices are read against."""

    site: Site
    programmes: Mapping[str, Programme]


def _preset_in(section: Section) -> ShopPreset | None:
    """Return the shop that a section names as its `preset`."""
    return PRESETS.get(section.value("preset") or "")


class _ShopReader:
    """Reads addresses, issued code, prices and shops against the programmes of their catalog."""

    def __init__(self, shopping: Shopping, names: References) -> None:
        self._site = shopping.site
        self._programmes = shopping.programmes
        self._names = names
        self._profiles = packaged_profiles()

    def address(
        self,
        section: Section,
        programme_id: str | None,
        if_at_amazon: str,
        preset: ShopPreset | None = None,
    ) -> str:
        """Return the `url` of a section, which must suit its programme, if known, and its preset.

        `if_at_amazon` is the code for a link to Amazon that is taken for one of the site's.
        """
        programme = self._programmes.get(programme_id or OWN_SITE)
        if programme is None or programme.id == OWN_SITE:
            url = section.required("url", target_problem)
            if programme_id and is_at_amazon(url):
                section.problem("url", message(if_at_amazon))
        else:
            url = section.required("url", web_problem)
            if url and programme.marketplace:
                _report_other_page(section, url, programme.marketplace)
        if preset and url and (problem := preset_problem(preset, url)):
            section.problem("url", problem)
        return url

    def code(self, section: Section, programme: str | None) -> IssuedCode | None:
        """Return the issued code of a section; a `programme` beside it is the catalog's own."""
        text = section.text("code")
        if text is None:
            return None
        code = read_code(text, self._profiles)
        if not isinstance(code, IssuedCode):
            for problem in code:
                section.problem("code", problem)
            return None
        if programme in (AMAZON, OWN_SITE):
            name = self._profiles[code.programme].name
            section.problem("programme", message("catalog.code-of-other", programme=name))
        return code

    def shops(self, section: Section) -> tuple[ShopLink, ...]:
        """Return the further shops of a section; what was wrong is reported and left out."""
        shops: dict[str, ShopLink] = {}
        links = []
        for own in section.sections("shops"):
            shop = self._shop(own)
            other = shops.setdefault(shop.key, shop)
            # Two links of one programme have always been allowed, though clicks mix them.
            if other is not shop and (shop.preset or other.preset):
                own.problem("preset", message("catalog.shop-twice", shop=shop.key))
            links.append(shop)
        return tuple(links)

    def _shop(self, section: Section) -> ShopLink:
        preset = _preset_in(section)
        if section.has("code"):
            return self._shop_of_code(section, preset.id if preset else None)
        if not (section.has("programme") or section.has("preset")):
            section.problem("programme", message("catalog.missing"))
        programme = self.programme(section, preset)
        url = self.address(section, programme, "catalog.at-amazon-write-programme", preset)
        shop = ShopLink(
            programme=programme or OWN_SITE,
            url=url,
            label=section.text("label"),
            preset=preset.id if preset else None,
        )
        return replace(shop, price=self.price(section, shop))

    def programme(self, section: Section, preset: ShopPreset | None) -> str | None:
        """Return the programme of a section, by default that of its `preset`."""
        if preset is None or section.has("programme"):
            return self._names.programme(section)
        if not self._names.has_programme(preset.programme):
            unknown = message("catalog.preset-without-programme", programme=preset.programme)
            section.problem("preset", unknown)
        return preset.programme

    def _shop_of_code(self, section: Section, preset: str | None) -> ShopLink:
        for key in section.given("url", "label"):
            section.problem(key, message("catalog.beside-code"))
        programme = self._names.programme(section)
        code = self.code(section, programme)
        shop = ShopLink(
            programme=programme or (code.programme if code else OWN_SITE),
            url=code.url if code else "",
            preset=preset,
            code=code,
        )
        return replace(shop, price=self.price(section, shop))

    def price(self, section: Section, shop: ShopLink) -> Price | None:
        """Return the price at a shop, which must let its links have one that was typed by hand."""
        amount, day = section.text("price"), section.day("price-at")
        if section.has("price") and not section.has("price-at"):
            section.problem("price-at", message("catalog.price-without-day"))
        if section.has("price-at") and not section.has("price"):
            section.problem("price", message("catalog.day-without-price"))
        validity = _validity_of(section, "price")
        if amount is None or day is None:
            return None
        if problem := self._price_problem(shop):
            section.problem("price", problem)
            return None
        return Price(amount, day, validity)

    def _price_problem(self, shop: ShopLink) -> Message | None:
        """Return why a price may not be typed by hand for a shop, `None` where it may."""
        preset = PRESETS.get(shop.preset or "")
        through_preset = preset is not None and preset.programme == AMAZON
        if shop.programme == AMAZON or through_preset or leads_to_amazon(shop.url):
            return message("catalog.price-of-amazon")
        if not shop.url or is_of_site(shop.url, self._site.url):
            return None
        programme = self._programmes.get(shop.programme)
        known = self._profiles.of_url((programme and programme.url) or shop.url)
        known = known or self._profiles.get(shop.programme)
        rule = known.rules.prices if known else None
        if rule and rule.allowed == "yes":
            return None
        name = programme.name if programme else shop.programme
        if rule and rule.allowed == "no":
            return message("catalog.price-forbidden", name=name, source=rule.source.page)
        return message("catalog.price-unknown", name=name)


def _report_other_page(section: Section, url: str, marketplace: str) -> None:
    """Report an address that takes no tag of `marketplace`."""
    if is_short_link(url):
        section.problem("url", message("catalog.short-link", marketplace=marketplace))
    elif not is_at(url, marketplace):
        section.problem("url", message("catalog.other-marketplace", marketplace=marketplace))


# The items.

_REQUIRED_UTM = {
    "source": message("catalog.utm-source"),
    "medium": message("catalog.utm-medium"),
    "campaign": message("catalog.utm-campaign"),
}


_Good = TypeVar("_Good", bound=Good)


class _FirstShop(NamedTuple):
    """Where a good is sold first: by `asin`, at `url`, or by issued code."""

    programme: str
    asin: str | None
    url: str | None
    preset: str | None = None
    label: str | None = None
    code: IssuedCode | None = None


class ItemReader:
    """Reads items against the programmes and names of their catalog."""

    def __init__(
        self, shopping: Shopping, names: References, tags: TagReader, variants: VariantReader
    ) -> None:
        self._names = names
        self._variants = variants
        self._profiles = packaged_profiles()
        self._shops = _ShopReader(shopping, names)
        self._tags = tags

    def reader_of(self, kind: ItemKind) -> Callable[[str, Section], Item]:
        """Return the reader of a kind's entries."""
        own = kind.type
        return partial(self._good, own) if issubclass(own, Good) else self._cta

    def _good(self, own: type[_Good], item: str, section: Section) -> _Good:
        """Return the good of an entry; what was wrong in it is reported and left out."""
        source = self._source(section, f"catalog.{own.noun}-without-source")
        common = self._common(item, section, own.kind)
        if isbn := section.text("isbn"):
            by_isbn = isbn_to_asin(isbn)
            if section.given("asin", "url", "code"):
                common["also"] = tuple(dict.fromkeys((by_isbn, *common.get("also", ()))))
            else:
                source = source._replace(asin=by_isbn)
        shops = self._shops.shops(section)
        first_shop = ShopLink(
            source.programme, source.url or "", source.label, source.preset, source.code
        )
        return own(
            **common,
            **source._asdict(),
            shops=shops,
            price=self._shops.price(section, first_shop),
            badge_validity=_validity_of(section, "badge"),
            review=section.text("review", self._review_problem),
            specs=section.named_texts("specs", _spec_problem),
            tags=self._tags.tags(section, _programmes(source, shops)),
        )

    def _common(self, item: str, section: Section, kind: ItemKind) -> dict[str, Any]:
        """Return the fields that need no link: the id, the plain keys, and when it is shown."""
        return {
            **section.fields(),
            "id": item,
            "validity": _validity(section),
            "fallback": self._names.fallback(section, item, kind),
            "was": self._names.earlier_ids(section, item),
            "variants": self._variants.variants(item, section, kind),
        }

    def _source(self, section: Section, if_missing: str) -> _FirstShop:
        _report_sale(section, if_missing)
        preset, label = _preset_in(section), section.text("label")
        programme = self._shops.programme(section, preset)
        by_number = _FirstShop(
            programme or AMAZON,
            section.text("asin"),
            None,
            preset=preset.id if preset else None,
            label=label,
        )
        if section.has("code"):
            if label:
                section.problem("label", message("catalog.beside-code"))
            if code := self._shops.code(section, programme):
                by_code = by_number._replace(asin=None, url=code.url, code=code)
                return by_code if programme else by_code._replace(programme=code.programme)
        if section.has("url") and programme != AMAZON:
            url = self._shops.address(section, programme, "catalog.at-amazon-give-asin", preset)
            return by_number._replace(url=url)
        if section.has("url"):
            key = "programme" if section.has("programme") else "url"
            section.problem(key, message("catalog.amazon-by-url"))
        elif preset and preset.programme != AMAZON:
            section.problem("preset", message("catalog.preset-of-other"))
        return by_number

    def _review_problem(self, url: str) -> Message | None:
        """Return why an address is no review of the owner's: a link that earns has its label."""
        return message("catalog.review-earns") if self._profiles.of_url(url) else None

    def _cta(self, item: str, section: Section) -> Cta:
        """Return the CTA of an entry; what was wrong in it is reported and left out."""
        if section.has("code"):
            return self._cta_of_code(item, section)
        programme = self._names.programme(section) if section.has("programme") else OWN_SITE
        if_at_amazon = (
            "catalog.at-amazon-write-programme"
            if section.has("programme")
            else "catalog.at-amazon-add-programme"
        )
        url = self._shops.address(section, programme, if_at_amazon)
        return Cta(
            **self._common(item, section, ItemKind.CTA),
            label=section.required("label"),
            url=url,
            utm=_utm(section, url, programme),
            programme=programme or OWN_SITE,
            tags=self._tags.tags(section, (programme or OWN_SITE,)),
        )

    def _cta_of_code(self, item: str, section: Section) -> Cta:
        for key in section.given("url", "label", "utm", "class", "tag"):
            section.problem(key, message("catalog.beside-code"))
        programme = self._names.programme(section)
        code = self._shops.code(section, programme)
        return Cta(
            **self._common(item, section, ItemKind.CTA),
            label="",
            url=code.url if code else "",
            programme=programme or (code.programme if code else OWN_SITE),
            code=code,
        )


def _programmes(source: _FirstShop, shops: Iterable[ShopLink]) -> tuple[str, ...]:
    """Return the programmes of a good's links that take a tag: what is issued stays as it is."""
    own = () if source.code else (source.programme,)
    return *own, *(shop.programme for shop in shops if not shop.code)


def _spec_problem(name: str, value: str) -> Message | None:
    return length_problem(name, LONGEST_SPEC) or length_problem(value, LONGEST_SPEC)


def _report_sale(section: Section, if_missing: str) -> None:
    """Report anything but one of `asin`, `code` or `url` with its programme, or else an `isbn`."""
    given = section.given("asin", "url", "code")
    for other in given[1:]:
        section.problem(other, message("catalog.second-source", other=given[0]))
    given = given or section.given("isbn")
    if not given:
        section.problem("asin", message(if_missing))
    if given == ["url"] and not (section.has("programme") or section.has("preset")):
        section.problem("url", message("catalog.url-without-programme"))
    if given and not {"url", "code"} & set(given) and section.has("programme"):
        section.problem("programme", message("catalog.programme-without-url", key=given[0]))


def _utm(section: Section, url: str, programme: str | None) -> Utm | None:
    utm = section.section("utm")
    if utm is None:
        return None
    if missing := [key for key in _REQUIRED_UTM if not utm.has(key)]:
        names = tuple(_REQUIRED_UTM[key] for key in missing)
        section.problem("utm", message("catalog.utm-incomplete", missing=names))
    elif programme == AMAZON:
        section.problem("utm", message("catalog.utm-at-amazon"))
    elif has_utm(url):
        section.problem("utm", message("catalog.utm-in-url"))
    return Utm(
        source=utm.text("source") or "",
        medium=utm.text("medium") or "",
        campaign=utm.text("campaign") or "",
        content=utm.text("content"),
        term=utm.text("term"),
    )


def _validity_of(section: Section, part: str) -> Validity:
    """Return the days of an item's badge or price, which must be there."""
    for key in section.given(f"{part}-valid-from", f"{part}-valid-until"):
        if not section.has(part):
            section.problem(key, message("catalog.days-without", part=part))
    return _validity(section, f"{part}-")


def _validity(section: Section, prefix: str = "") -> Validity:
    """Return the days of an item or, by the `prefix` of the keys, of its badge or price."""
    since, until = section.day(f"{prefix}valid-from"), section.day(f"{prefix}valid-until")
    if since and until and since > until:
        section.problem(
            f"{prefix}valid-until", message("catalog.until-before-from", since=since.isoformat())
        )
    return Validity(since, until)
