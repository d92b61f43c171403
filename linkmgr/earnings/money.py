"""Amounts of money, as programs and as people write them."""

from decimal import Decimal
from typing import Final, NamedTuple

from babel.numbers import format_currency, get_currency_precision

MICROS: Final = 1_000_000
"""Amounts are stored in millionths: no programme is known to pay by smaller parts."""


class Money(NamedTuple):
    """An amount in millionths of a currency."""

    micros: float
    currency: str

    @property
    def plain(self) -> str:
        """With the digits of its currency, or all that it has: `13.25`, `1200`."""
        digits = Decimal(1).scaleb(-get_currency_precision(self.currency))
        exact = Decimal(round(self.micros)) / MICROS
        usual = exact.quantize(digits)
        return f"{usual if usual == exact else exact.normalize():f}"

    def text(self, locale: str) -> str:
        """Write it for people, rounded to the digits of its currency: `¥1,200`."""
        value = Decimal(round(self.micros)) / MICROS
        return half_width(format_currency(value, self.currency, locale=locale))


def half_width(text: str) -> str:
    """Write the yen as Japanese pages do: the wide sign of CLDR leaves a gap before the figure."""
    return text.replace("￥", "¥")
