"""The words of the default blocks, in the languages of a site."""

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType

from linkmgr.catalog.model import Kind
from linkmgr.messages.language import Language


@dataclass(frozen=True, slots=True)
class Wording:
    """`shop_label` takes the shop's name; `associate` the site's name (RULES "Amazon")."""

    headings: Mapping[Kind, str]
    ad_label: str
    shop_label: str
    disclosure: str
    associate: str


WORDING: Mapping[Language, Wording] = MappingProxyType(
    {
        "ja": Wording(
            headings={
                Kind.RELATED: "あわせて読みたい",
                Kind.CTA: "",
                Kind.BOOKS: "この記事に関連するおすすめ書籍",
            },
            ad_label="広告",
            shop_label="{shop}で詳しく見る →",
            disclosure=(
                "※ 本ページのリンクにはアフィリエイトリンクが含まれます。"
                "購入によりサイト運営をサポートいただけます。"
            ),
            associate="Amazonのアソシエイトとして、{site}は適格販売により収入を得ています。",
        ),
        "en": Wording(
            headings={
                Kind.RELATED: "Read next",
                Kind.CTA: "",
                Kind.BOOKS: "Books on this topic",
            },
            ad_label="Ad",
            shop_label="See it on {shop} →",
            disclosure=(
                "This page contains affiliate links. "
                "Buying through them supports this site at no extra cost to you."
            ),
            associate="As an Amazon Associate I earn from qualifying purchases.",
        ),
    }
)
