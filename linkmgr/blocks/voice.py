"""The language in which a post's blocks speak, their words in it, and texts in another one."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from types import MappingProxyType
from typing import NamedTuple, Self

from markupsafe import Markup

from linkmgr.blocks.escape import escape
from linkmgr.catalog.model import CONS_ROW, PRICE_ROW, PROS_ROW, RATING_ROW, Site
from linkmgr.links.model import Moment
from linkmgr.messages.message import LANGUAGES, Language, shortened
from linkmgr.posts.article.language import UNKNOWN, primary
from linkmgr.posts.article.text import title_text
from linkmgr.posts.model import Post


@dataclass(frozen=True, slots=True)
class Wording:
    """The words that blocks add to what the catalog says."""

    ad_label: str
    disclosure: str
    rating: str
    review: str

    seen: tuple[str, str]
    """What stands before and after the day on which a price was seen, first with the `shop`."""

    all_seen: tuple[str, str]
    """The same of all prices of a comparison, as a sentence."""

    day: str
    """A day, by its `month` and the rest of `datetime.date`."""

    day_of_year: str
    """A day without its year."""

    day_of_month: str
    """A day after another of its month."""

    day_of_price: str
    """A day without its year, as short as prices have it beside them."""

    to: str
    """What is between the beginning and the end of a sale."""

    rank: str
    """A place in a ranking, by its `rank`."""

    item: str
    """What is compared, at the head of its column."""

    shops: str
    """Where it is sold, at the head of their row."""

    rows: Mapping[str, str]
    """The names of a comparison's rows that are no specs, by their keys."""


WORDING: Mapping[Language, Wording] = MappingProxyType(
    {
        "ja": Wording(
            ad_label="広告",
            disclosure=(
                "※ 本ページのリンクにはアフィリエイトリンクが含まれます。"
                "購入によりサイト運営をサポートいただけます。"
            ),
            rating="わたしの評価",
            review="レビューを読む",
            seen=("{shop}・", "時点"),
            all_seen=("価格は{shop}、", "時点のものです。"),
            day="{day.year}年{day.month}月{day.day}日",
            day_of_year="{day.month}月{day.day}日",
            day_of_month="{day.day}日",
            day_of_price="{day.month}/{day.day}",
            to="〜",
            rank="{rank}位",
            item="商品",
            shops="ショップ",
            rows={
                PRICE_ROW: "価格",
                RATING_ROW: "わたしの評価",
                PROS_ROW: "良い点",
                CONS_ROW: "気になる点",
            },
        ),
        "en": Wording(
            ad_label="Ad",
            disclosure=(
                "This page contains affiliate links. "
                "Buying through them supports this site at no extra cost to you."
            ),
            rating="my rating",
            review="Read my review",
            seen=("at {shop} on ", ""),
            all_seen=("Prices seen at {shop} on ", "."),
            day="{day.day} {month} {day.year}",
            day_of_year="{day.day} {month}",
            day_of_month="{day.day} {month}",
            day_of_price="{day.day} {month}",
            to=" – ",
            rank="No. {rank}",
            item="Product",
            shops="Shops",
            rows={
                PRICE_ROW: "Price",
                RATING_ROW: "My rating",
                PROS_ROW: "Pros",
                CONS_ROW: "Cons",
            },
        ),
    }
)

_MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")

_JAPANESE = re.compile(r"[\u3041-\u30fa\u3400-\u9fff]")

MAX_TITLE = 300
"""Characters that a related link shows of a post's title."""


class PrintedText(str):
    """A text to print: `<p{{ text.lang }}>{{ text }}</p>`.

    `lang` is the attribute of a text in another language than its block, empty for all others.
    """

    __slots__ = ("lang",)

    lang: Markup

    def __new__(cls, text: str, lang: str = "") -> Self:
        self = super().__new__(cls, text)
        self.lang = Markup(f' lang="{escape(lang)}"' if lang else "")  # noqa: S704 - escaped
        return self


class PrintedDay(NamedTuple):
    """A day: `<time datetime="{{ day.iso }}">{{ day.text }}</time>`."""

    iso: str
    text: str


@dataclass(frozen=True, slots=True)
class Voice:
    """The language in which a post's blocks speak, and that of what the catalog says."""

    language: Language
    catalog: Language

    @classmethod
    def of_post(cls, site: Site, post: Post) -> "Voice":
        """Return the voice of a post's blocks: in its language, if there are words in that."""
        spoken = primary(post.language)
        language = next((text for text in LANGUAGES if text == spoken), site.language)
        return cls(language, site.language)

    @property
    def wording(self) -> Wording:
        """The words of the blocks."""
        return WORDING[self.language]

    def quoted(self, text: str) -> PrintedText:
        """Return a text of the catalog, which is not translated.

        Japanese catalogs have titles in Latin letters, English ones in Japanese.
        """
        foreign = self.catalog != self.language and self.catalog == _language_of(text)
        return PrintedText(text, self.catalog if foreign else "")

    def day(self, day: date) -> "PrintedDay":
        """Return a day as readers of the language write it."""
        return PrintedDay(day.isoformat(), self._written(day, self.wording.day))

    def day_of_price(self, day: date) -> "PrintedDay":
        """Return the day of a price, which is never shown for more than a year."""
        return PrintedDay(day.isoformat(), self._written(day, self.wording.day_of_price))

    def days(self, since: Moment, until: Moment) -> tuple["PrintedDay", "PrintedDay"]:
        """Return the ends of a sale with their times, if known, and with years if these differ.

        A sale is shown while it is on, so that one year is the reader's.
        """
        wording = self.wording
        if since.day.year != until.day.year:
            first = last = wording.day
        else:
            first = last = wording.day_of_year
            if since.day.month == until.day.month:
                last = wording.day_of_month
        return self._moment(since, first), self._moment(until, last)

    def _moment(self, moment: Moment, form: str) -> "PrintedDay":
        # 1:59, as shops in Japan announce their sales; 24-hour times in English have two digits.
        clock = moment.clock.removeprefix("0") if self.language == "ja" else moment.clock
        return PrintedDay(moment.iso, f"{self._written(moment.day, form)} {clock}".rstrip())

    def _written(self, day: date, form: str) -> str:
        return form.format(day=day, month=_MONTHS[day.month - 1])

    def title(self, post: Post) -> PrintedText:
        """Return the title of a related post."""
        return self.words_of(post, shortened(title_text(post.title), MAX_TITLE))

    def words_of(self, post: Post, text: str) -> PrintedText:
        """Return a text of a post in the post's own language."""
        language = primary(post.language)
        foreign = language not in {self.language, "", UNKNOWN}
        return PrintedText(text, post.language if foreign else "")


def _language_of(text: str) -> Language:
    return "ja" if _JAPANESE.search(text) else "en"
