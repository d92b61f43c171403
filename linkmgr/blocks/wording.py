"""The words that blocks add to what the catalog says, in the languages of a site."""

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType

from linkmgr.messages.language import Language


@dataclass(frozen=True, slots=True)
class Wording:
    """`shop_label` takes the shop's name."""

    ad_label: str
    shop_label: str
    disclosure: str


WORDING: Mapping[Language, Wording] = MappingProxyType(
    {
        "ja": Wording(
            ad_label="広告",
            shop_label="{shop}で詳しく見る →",
            disclosure=(
                "※ 本ページのリンクにはアフィリエイトリンクが含まれます。"
                "購入によりサイト運営をサポートいただけます。"
            ),
        ),
        "en": Wording(
            ad_label="Ad",
            shop_label="See it on {shop} →",
            disclosure=(
                "This page contains affiliate links. "
                "Buying through them supports this site at no extra cost to you."
            ),
        ),
    }
)
