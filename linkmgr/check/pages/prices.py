"""Prices that somebody wrote beside a link.

Amazon lets nobody show a price that does not come from its API (Program Policies, "Product
Advertising Content"), and any other written by hand is soon out of date. Most amounts in an
article are no prices, so one counts only by what is around it: alone in a card, next to the
link, or with a word such as 税込.
"""

import re
import unicodedata
from collections.abc import Iterator
from itertools import islice

from selectolax.lexbor import LexborNode

_CURRENCIES = ("円", "¥", "\N{FULLWIDTH YEN SIGN}", "$", "yen;")

# Possessive: a page may have any number of amounts in a row, and each is read in one way alone.
_NUMBER = r"\d++(?:,\d++)*+"
_AMOUNT = (
    rf"(?:(?<![A-Za-z\d])\$ ?{_NUMBER}(?:\.\d\d)?+|¥ ?{_NUMBER})"
    r"(?! ?(?:[\d.,]*\d|[万億兆]|thousand|million|billion|trillion|[kmbt]\b))"
    # 円 is also a shape, a coin, a rate; and 3,000億円 is what a company earns.
    rf"|(?<![\d,.]){_NUMBER}円(?![札玉高安形周卓陣満滑熟盤環弧錐筒柱貨建相])"
)
_AROUND = (
    r"税込み?|税抜き?|税別|価格|定価|値段|販売価格|送料|最安値?|参考|ポイント|円|約|から|より|前後"
    r"|程度|[Kk]indle(?:版|価格)?|単行本|文庫本?|新書|中古|新品|price|list|only|from|incl|tax"
)
# Behind an arrow is what a link earned or led to: 「<a>Merch</a> → $1,492」.
_ARROWS = "→⇒➡"
_PRICE = re.compile(_AMOUNT, re.IGNORECASE)
_ALONE = re.compile(rf"(?:{_AMOUNT}|{_AROUND}|[^\w{_ARROWS}]|_)*+", re.IGNORECASE)
_WITH_WORD = re.compile(
    rf"(?:税込|税抜|税別|価格|定価|値段|price)\W{{0,2}}[はがも約]{{0,2}}\W?(?:{_AMOUNT})"
    rf"|(?:{_AMOUNT})\W{{0,2}}(?:税込|税抜|税別|\+ ?税)",
    re.IGNORECASE,
)
# What follows a price, but not an amount in a title: 「3000円投資生活」、“The $100 Startup”.
_TAIL = (
    rf"(?=\s*(?:$|[^\w\s]|{_AROUND}|です|でした|だ|と|で(?:買|購入|販売|売|手に入|読|提供)|台|以下"
    r"|at\b|on\b|for\b|amazon|楽天|yahoo))"
)
_PRICE_WITH_TAIL = re.compile(rf"(?:{_AMOUNT}){_TAIL}", re.IGNORECASE)
# In a link's own text it is apart from the title before it.
_PRICE_IN_LINK = re.compile(rf"(?<![^\W_])(?:{_AMOUNT}){_TAIL}", re.IGNORECASE)
# What may be between a link and its price: 「<a>本</a>（約1,980円）」、「1,980円の<a>本</a>」.
_GAP_AFTER = re.compile(
    rf"(?:[^\w。{_ARROWS}]|[はがも約]|税込|税抜|税別|価格|定価|\b(?:for|at|only|is)\b)*"
)
_GAP_BEFORE = re.compile(r"(?:[^\w。]|[ので]|税込|税抜|税別|から)*")

# With its time a price comes from a programme's code or from its API: 「(2026/11/1 10:00時点)」.
_DATED = re.compile(r"\d\W{0,2}(?:時点|現在)|as of \w")

_LINES = frozenset(
    (*("p", "li", "td", "dd", "dt", "tr", "figure", "figcaption"), *(f"h{n}" for n in range(1, 7)))
)
_CARD = re.compile(
    r"(?:^|[-_\s])(?:card|product|item|book|shop|affiliate|amazon|kaereba|booklink|rinker|pochipp"
    r"|amazlet|cstmreba)(?:$|[-_\s])"
)
_END = frozenset((None, "body", "html", "main"))
_BREAKS = _LINES | {"div", "br", "ul", "ol", "table", "section", "article", "blockquote", "dl"}
_SENTENCE_ENDS = re.compile(r"[\n。]")

_CELLS = frozenset(("td", "th"))
# A cell with more text beside its links is prose: the amount in another cell of its row is what was
# spent or earned, not what the linked thing costs.
_LONGEST_CELL = 40
# A card has no more text; a longer element is an article.
_LONGEST_CARD = 400
# Of a longer text only the ends are searched: a price is next to its link.
_LONGEST_TEXT = 400
# The deepest that a card's parts were ever seen nested, and some more.
_MOST_PARENTS = 12
# No paragraph has more elements and texts; HTML may be nested without end.
_MOST_STEPS = 400


def may_show_price(html: str) -> bool:
    """Whether there may be a price on a page: a quick test."""
    return any(sign in html for sign in _CURRENCIES)


def price_beside(link: LexborNode) -> str:
    """Return the price beside a link in its paragraph or card, "" if there is none."""
    container = _container(link)
    if container is None:
        return ""
    before, inside, after = (
        unicodedata.normalize("NFKC", text) for text in _texts(container, link)
    )
    if _DATED.search(f"{before}{inside}{after}"):
        return ""
    sentence = (
        _SENTENCE_ENDS.split(before)[-1],
        inside.replace("\n", " "),
        _SENTENCE_ENDS.split(after, maxsplit=1)[0],
    )
    match = _alone(f"{before}\n{after}") or _in_sentence(*sentence)
    return match[0] if match else ""


def _alone(text: str) -> re.Match[str] | None:
    """Return the first price that is alone on its line."""
    for line in text.split("\n"):
        if _ALONE.fullmatch(line) and (price := _PRICE.search(line)):
            return price
    return None


def _in_sentence(before: str, inside: str, after: str) -> re.Match[str] | None:
    """Return a price in the sentence of a link: in it, next to it, or with a price's word."""
    if price := _PRICE_IN_LINK.search(inside):
        return price
    if (price := _PRICE_WITH_TAIL.search(after)) and _GAP_AFTER.fullmatch(after, 0, price.start()):
        return price
    for price in _PRICE.finditer(before):
        if _GAP_BEFORE.fullmatch(before, price.end()):
            return price
    worded = _WITH_WORD.search(before) or _WITH_WORD.search(after)
    return _PRICE.search(worded[0]) if worded else None


def _container(link: LexborNode) -> LexborNode | None:
    """Return the paragraph, the list item or the card of a link."""
    container, node = None, link.parent
    for _ in range(_MOST_PARENTS):
        if node is None or node.tag in _END:
            break
        is_line = node.tag in _LINES
        if is_line or _CARD.search((node.attributes.get("class") or "").lower()):
            if container is not None and not _is_short(node):
                break
            container = node
            if node.tag in _CELLS and _is_prose(node):
                break
        node = node.parent
    return container


def _texts(container: LexborNode, link: LexborNode) -> tuple[str, str, str]:
    """Return the text of a container before, in and after a link, its parts on lines."""
    before: list[str] = []
    inside: list[str] = []
    after: list[str] = []
    current = before
    for node, leaves in islice(_walk(container), _MOST_STEPS):
        if node.mem_id == link.mem_id:
            current = after if leaves else inside
        elif node.tag == "-text":
            if leaves:
                continue
            current.append(_ends(node.text_content or ""))
        elif node.tag in _BREAKS or "price" in (node.attributes.get("class") or ""):
            current.append("\n")
    return "".join(before), "".join(inside), "".join(after)


def _ends(text: str) -> str:
    """Return a text on one line; of a long one what is beside something."""
    if len(text) > _LONGEST_TEXT:
        text = f"{text[: _LONGEST_TEXT // 2]}…{text[-_LONGEST_TEXT // 2 :]}"
    return " ".join(text.split("\n"))


def _is_prose(cell: LexborNode) -> bool:
    """Whether a cell has sentences around its links."""
    linked = sum(len(link.text()) for link in cell.css("a"))
    return len(cell.text().strip()) - linked > _LONGEST_CELL


def _is_short(node: LexborNode) -> bool:
    """Whether an element has so little text that it can be a card."""
    steps = length = 0
    for inner, leaves in islice(_walk(node), _MOST_STEPS):
        steps += 1
        if inner.tag == "-text" and leaves:
            length += len(inner.text_content or "")
    return steps < _MOST_STEPS and length <= _LONGEST_CARD


def _walk(root: LexborNode) -> Iterator[tuple[LexborNode, bool]]:
    """Yield each node twice: when it is entered, and when it is left."""
    waiting = [(root, False)]
    while waiting:
        node, leaves = waiting.pop()
        yield node, leaves
        if not leaves:
            waiting.append((node, True))
            if (first := node.child) is not None:
                waiting.append((first, False))
        elif node is not root and (after := node.next) is not None:
            waiting.append((after, False))
