"""The language in which a post's blocks speak, their words in it, and texts in another one."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Self

from markupsafe import Markup

from linkmgr.blocks.escape import escape
from linkmgr.catalog.model import Site
from linkmgr.messages.message import LANGUAGES, Language, shortened
from linkmgr.posts.article.language import UNKNOWN, primary
from linkmgr.posts.article.text import title_text
from linkmgr.posts.model import Post


@dataclass(frozen=True, slots=True)
class Wording:
    """The words that blocks add to what the catalog says. `shop_label` takes the shop's name."""

    ad_label: str
    shop_label: str
    disclosure: str


_WORDING: Mapping[Language, Wording] = MappingProxyType(
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

_JAPANESE = re.compile(r"[\u3041-\u30fa\u3400-\u9fff]")

MAX_TITLE = 300
"""Characters that a related link shows of a post's title."""


class Text(str):
    """A text to print: `<p{{ text.lang }}>{{ text }}</p>`.

    `lang` is the attribute of a text in another language than its block, empty for all others.
    """

    __slots__ = ("lang",)

    lang: Markup

    def __new__(cls, text: str, lang: str = "") -> Self:
        self = super().__new__(cls, text)
        self.lang = Markup(f' lang="{escape(lang)}"' if lang else "")  # noqa: S704 - escaped
        return self


@dataclass(frozen=True, slots=True)
class Voice:
    """The language in which a post's blocks speak, and that of what the catalog says."""

    language: Language
    catalog: Language

    @classmethod
    def of(cls, site: Site, post: Post) -> "Voice":
        """Return the voice of a post's blocks: in its language, if there are words in that."""
        spoken = primary(post.language)
        language = next((each for each in LANGUAGES if each == spoken), site.language)
        return cls(language, site.language)

    @property
    def wording(self) -> Wording:
        """The words of the blocks."""
        return _WORDING[self.language]

    def quoted(self, text: str) -> Text:
        """Return a text of the catalog, which is not translated.

        Japanese catalogs have titles in Latin letters, English ones in Japanese.
        """
        foreign = self.catalog != self.language and self.catalog == _language_of(text)
        return Text(text, self.catalog if foreign else "")

    def title(self, post: Post) -> Text:
        """Return the title of a related post."""
        language = primary(post.language)
        foreign = language not in {self.language, "", UNKNOWN}
        title = shortened(title_text(post.title), MAX_TITLE)
        return Text(title, post.language if foreign else "")


def _language_of(text: str) -> Language:
    return "ja" if _JAPANESE.search(text) else "en"
