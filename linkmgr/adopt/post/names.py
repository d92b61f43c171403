"""What products are called: which text of a link, of a picture or of a card is a title.

A link's text may be a piece of the sentence around it ("The", "wrote a how-to book"), and a
picture's `alt` may be anything. The address often has the title's words, which tell them apart.
"""

import re
from collections import Counter
from collections.abc import Iterable
from typing import NamedTuple
from urllib.parse import unquote

from linkmgr.adopt.post.phrases import ends_sentence, is_edition, is_label, letters_of

_SLUG = re.compile(
    r"amazon\.[a-z.]+/(?:-/[a-z_]+/)?(?!gp/|exec/|o/)(?P<slug>[^/?#&]+)/(?:dp|gp/product|product)/"
)
_PARTS = re.compile(r"[^\W_]+")
# A sign or a letter alone is no title, but for an ideograph.
_LETTERS = re.compile(r"..|[\u3400-\u9fff]")
# Shorter pieces of an address are in too many texts to say anything.
_SHORTEST_PIECE = 3
# A text with as many words of its address is a title, however long; without them a longer
# sentence is none.
_SURE = 3
_LONGEST_SENTENCE = 8
# What sends a reader on, beyond the texts that say nothing else (`is_label`).
_SENDS_ON = re.compile(
    r"\bclick\b|\b(?:available|find|link)\b.*\bamazon\b"
    r"|\b(?:on|at|from|auf|bei|von|sur|en) amazon\b"
    r"|\b(?:get|buy|buying|order|grab|check out|read|see) it\b"
    r"|\b(?:get|buy|buying|order|grab|check out|read|see) (?:the|this|that|my|your)\b.*\bbook\b"
    r"|\bthis (?:book|one|link|site|item|page)\b|['’]s (?:new |latest )?(?:book|novel)\W*$"
    r"|\b(?:here|now|aqu[ií]|hier|ici)\W*$",
    re.IGNORECASE,
)
# A title in the words of a button, what blogs add to one in brackets, and its number in a list.
_BUTTON = re.compile(
    r"(?:buy|get|order|find)\s+(?P<title>.+?)\s+(?:on|at|from)\s+amazon(?:\.\w+)*\W*", re.IGNORECASE
)
_ADDED = re.compile(
    r"\s*[(\[（]\s*(?:amazon|affiliate|アマゾン|楽天)[^()\[\]（）]*[)\]）]\s*$", re.IGNORECASE
)
_NUMBER = re.compile(r"\s*(?P<number>\d{1,3})[.)]\s*(?=[^\W\d])")
# A remark in brackets, and a series or a form in them behind a title.
_IN_BRACKETS = re.compile(r"[(（\[][^()（）\[\]]*[)）\]]")
_ORDINAL = re.compile(r"\d{1,2}|\d+(?:st|nd|rd|th)|(?:nin|ten|eleven|twelf)th|first|second|third")
# What says nothing of a product, and what shops write into the address beside its title.
_WORDS_OF_NO_TITLE = (
    "a all an and another any are as at best both but by check for found from get good great have "
    "he her here his how i in into is it its just like link many more most my new of off old on "
    "one or other others our out over read recommend same see she some than that the their them "
    "there these they this those to up was we what where which who will with you your "
    "amazon book books ebook ebooks edition english german hardcover item kindle novel page "
    "paperback picture image img photo cover product review reviews series story title volume vol "
    "buch das der dem den des die ein eine hier mit und von zum zur ce cette dans de des du et ici "
    "la le les livre un une el en esta este libro los por y il lo questo o os um uma"
)
_NO_TITLE = frozenset(_WORDS_OF_NO_TITLE.split())
_JAPANESE_NO_TITLE = re.compile(
    r"(?:この|その|あの|こちらの?|当該|同)?(?:本|書|書籍|商品|製品|アイテム|リンク|画像|写真|これ|それ|作品|記事)?"
    r"(?:です|の|を|は|が|に|で)?"
)


class Naming(NamedTuple):
    """A text by which a post may name the product with this ASIN.

    `slug` is the title's part of the link's address, empty where that has none. `is_alt` says that
    readers see a picture or a frame in place of the text, `is_name` that a card has it as the name.
    """

    asin: str
    text: str
    slug: str = ""
    is_alt: bool = False
    is_name: bool = False


def slug_of(url: str) -> str:
    """Return the words of a product's title in its address at Amazon, empty where it has none."""
    address = _SLUG.search(unquote(unquote(url)))
    return " ".join(_PARTS.findall(address["slug"])) if address else ""


def best_title(namings: Iterable[Naming]) -> str:
    """Return the best title among texts for one product, empty if none is a title.

    A card's own name is before a link's text, and that before a picture's; of several it is the
    text with most words of the address, then the most frequent, then the longest.
    """
    namings = list(namings)
    slug = max((naming.slug for naming in namings), key=len, default="")
    counts: Counter[str] = Counter()
    names: Counter[str] = Counter()
    shown = set()
    for naming in namings:
        title = bare_title(naming.text, slug)
        if naming.is_name:
            names[title] += 1
        elif may_be_title(title, slug):
            counts[title] += 1
            if not naming.is_alt:
                shown.add(title)
    if names:
        return names.most_common(1)[0][0]

    def rank(title: str) -> tuple[bool, int, int, int]:
        return title in shown, len(_shared_pieces(title, slug)), counts[title], len(title)

    return max(counts, key=rank, default="")


def may_be_title(text: str, slug: str) -> bool:
    """Whether a text may be the title of the product whose address has the words `slug`."""
    words = _PARTS.findall(text)
    telling = [word for word in words if _tells(word)]
    bare = _IN_BRACKETS.sub("", text).strip()
    if not (_LETTERS.search("".join(telling)) and bare) or is_label(text) or is_edition(bare):
        return False
    if _JAPANESE_NO_TITLE.fullmatch(bare):
        return False
    shared = _shared_pieces(text, slug)
    if shared and all(_is_in(word, shared) for word in telling):
        return True
    if words[0][0].islower() and words[0].islower():
        return False
    is_sentence = ends_sentence(text) and len(text.split()) > _LONGEST_SENTENCE
    if len(shared) < _SURE and (is_sentence or _SENDS_ON.search(text)):
        return False
    # A text of the address's own language that shares no word with it is about something else.
    return bool(shared) or not (slug and slug.isascii() and text.isascii())


def _tells(word: str) -> bool:
    """Whether a word says anything of a product."""
    folded = word.casefold()
    return folded not in _NO_TITLE and _ORDINAL.fullmatch(folded) is None


def _is_in(word: str, pieces: set[str]) -> bool:
    letters = letters_of(word)
    return any(letters in piece or piece in letters for piece in pieces)


def _shared_pieces(text: str, slug: str) -> set[str]:
    """Return the telling words of an address that are in a text, too."""
    letters, words = letters_of(text), {letters_of(word) for word in _PARTS.findall(text)}
    shared = set()
    for word in _PARTS.findall(slug):
        piece = letters_of(word)
        if piece in _NO_TITLE or (piece.isascii() and len(piece) < _SHORTEST_PIECE):
            continue
        # Where no spaces set words apart, a piece is looked for in the whole.
        if piece in words or (not piece.isascii() and piece in letters):
            shared.add(piece)
    return shared


def bare_title(text: str, slug: str = "") -> str:
    """Return a text in one line, without its number in a list and what it says of the link."""
    title = _ADDED.sub("", " ".join(text.split()))
    if button := _BUTTON.fullmatch(title):
        title = button["title"]
    number = _NUMBER.match(title)
    if number and slug and number["number"] not in slug.split():
        title = title[number.end() :]
    return title
