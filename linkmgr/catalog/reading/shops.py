"""Addresses of items, code that was issued for them, and further shops, out of their entries."""

from collections.abc import Mapping

from linkmgr.catalog.items import ShopLink
from linkmgr.catalog.reading.ids import References
from linkmgr.catalog.reading.yaml.section import Section
from linkmgr.catalog.reading.yaml.texts import MAX_CODE
from linkmgr.links.model import AMAZON, OWN_SITE, IssuedCode, Programme
from linkmgr.links.programmes.profile import Profiles
from linkmgr.links.programmes.shops import PRESETS, preset_problem
from linkmgr.links.recognition.code_text import read_code
from linkmgr.links.urls import is_at, is_at_amazon, is_short_link, target_problem, web_problem
from linkmgr.messages.message import message

SHOP_KEYS = ("preset", "programme", "url", "code", "label")


class ShopReader:
    """Reads addresses, issued code and shops against the programmes of their catalog."""

    def __init__(
        self, programmes: Mapping[str, Programme], names: References, profiles: Profiles
    ) -> None:
        self._programmes = programmes
        self._names = names
        self._profiles = profiles

    def address(self, section: Section, programme_id: str | None, if_at_amazon: str) -> str:
        """Return the `url` of a section, which must suit its programme if that is known.

        `if_at_amazon` is the code for a link to Amazon that is taken for one of the site's.
        """
        programme = self._programmes.get(programme_id or OWN_SITE)
        if programme is None or programme.id == OWN_SITE:
            url = section.required("url", target_problem)
            if programme_id and is_at_amazon(url):
                section.problem("url", message(if_at_amazon))
            return url
        url = section.required("url", web_problem)
        if url and programme.marketplace:
            _report_other_page(section, url, programme.marketplace)
        return url

    def code(self, section: Section, programme: str | None) -> IssuedCode | None:
        """Return the issued code of a section; a `programme` beside it is the catalog's own."""
        text = section.text("code", may_have=MAX_CODE)
        if text is None:
            return None
        found = read_code(text, self._profiles)
        if not isinstance(found, IssuedCode):
            for problem in found:
                section.problem("code", problem)
            return None
        if programme in (AMAZON, OWN_SITE):
            name = self._profiles[found.programme].name
            section.problem("programme", message("catalog.code-of-other", programme=name))
        return found

    def shops(self, section: Section) -> tuple[ShopLink, ...]:
        """Return the further shops of a section; what was wrong is reported and left out."""
        shops: dict[str, ShopLink] = {}
        found = []
        for own in section.sections("shops", SHOP_KEYS):
            shop = self._shop(own)
            other = shops.setdefault(shop.key, shop)
            # Two links of one programme have been allowed ever since, though clicks mix them.
            if other is not shop and (shop.preset or other.preset):
                own.problem("preset", message("catalog.shop-twice", shop=shop.key))
            found.append(shop)
        return tuple(found)

    def _shop(self, section: Section) -> ShopLink:
        preset = PRESETS.get(section.choice("preset", tuple(PRESETS)) or "")
        if section.has("code"):
            return self._shop_of_code(section, preset.id if preset else None)
        if not (section.has("programme") or section.has("preset")):
            section.problem("programme", message("catalog.missing"))
        programme = self._names.programme(section)
        if preset and not section.has("programme"):
            programme = preset.programme
            if not self._names.has_programme(programme):
                unknown = message("catalog.preset-without-programme", programme=programme)
                section.problem("preset", unknown)
        url = self.address(section, programme, "catalog.at-amazon-write-programme")
        if preset and url and (problem := preset_problem(preset, url)):
            section.problem("url", problem)
        return ShopLink(
            programme=programme or OWN_SITE,
            url=url,
            label=section.text("label"),
            preset=preset.id if preset else None,
        )

    def _shop_of_code(self, section: Section, preset: str | None) -> ShopLink:
        for key in section.given("url", "label"):
            section.problem(key, message("catalog.beside-code"))
        programme = self._names.programme(section)
        code = self.code(section, programme)
        return ShopLink(
            programme=programme or (code.programme if code else OWN_SITE),
            url=code.url if code else "",
            preset=preset,
            code=code,
        )


def _report_other_page(section: Section, url: str, marketplace: str) -> None:
    """Report an address that takes no tag of `marketplace`."""
    if is_short_link(url):
        section.problem("url", message("catalog.short-link", marketplace=marketplace))
    elif not is_at(url, marketplace):
        section.problem("url", message("catalog.other-marketplace", marketplace=marketplace))
