"""The language of a post: what its front matter says, else its folder, the site, or its script.

Languages are BCP 47 tags: `ja`, `zh-TW`, `und-Cyrl` for an unknown one in Cyrillic letters.
Jekyll knows no languages; the keys are those of themes and of jekyll-polyglot.
"""

import re
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from functools import cache
from typing import Any, Literal, NamedTuple

LanguageSource = Literal["front matter", "text", "site"]
"""Where a post's language was found while only the post and the settings were known."""

UNKNOWN = "und"
"""The primary subtag of languages whose script alone is known."""

KEYS = ("lang", "language", "locale")
"""Where a post's front matter and `_config.yml` say a language; the first that does so counts."""

# ISO 639-1, which leaves out what `language:` may mean as well: python, ruby, sql, css.
_ISO_639_1 = (
    "aa ab ae af ak am an ar as av ay az ba be bg bh bi bm bn bo br bs ca ce ch co cr cs cu cv cy "
    "da de dv dz ee el en eo es et eu fa ff fi fj fo fr fy ga gd gl gn gu gv ha he hi ho hr ht hu "
    "hy hz ia id ie ig ii ik io is it iu ja jv ka kg ki kj kk kl km kn ko kr ks ku kv kw ky la lb "
    "lg li ln lo lt lu lv mg mh mi mk ml mn mr ms mt my na nb nd ne ng nl nn no nr nv ny oc oj om "
    "or os pa pi pl ps pt qu rm rn ro ru rw sa sc sd se sg sh si sk sl sm sn so sq sr ss st su sv "
    "sw ta te tg th ti tk tl tn to tr ts tt tw ty ug uk ur uz ve vi vo wa wo xh yi yo za zh zu "
    "fil haw yue"
)
_CODES = frozenset(_ISO_639_1.split())
# Country codes that people write for their language.
_MEANT = {"jp": "ja", "kr": "ko", "cn": "zh-CN", "tw": "zh-TW", "ua": "uk", "cz": "cs"}
_TAG = re.compile(
    r"(?P<language>[A-Za-z]{2,3})(?:[-_](?P<script>[A-Za-z]{4}))?"
    r"(?:[-_](?P<region>[A-Za-z]{2}|[0-9]{3}))?(?:[.@].*)?"
)

# Scripts identified by the first byte of their characters in UTF-8.
_LEADS: Mapping[str, bytes] = {
    "Hani": bytes(range(0xE4, 0xEA)),
    "Kore": bytes(range(0xEA, 0xEE)),
    "Cyrl": bytes(range(0xD0, 0xD4)),
    "Arab": bytes(range(0xD8, 0xDC)),
    "Grek": b"\xce\xcf",
    "Hebr": b"\xd6\xd7",
}
_KANA = (b"\xe3\x81", b"\xe3\x82", b"\xe3\x83")
_LATIN = bytes(range(0x41, 0x5B)) + bytes(range(0x61, 0x7B))
_ACCENTED = bytes(range(0xC3, 0xC6))
# Languages whose script is not Latin; all others are taken to use Latin letters.
_SCRIPTS = {
    "ja": "Jpan",
    "ko": "Kore",
    "el": "Grek",
    **dict.fromkeys(("zh", "yue"), "Hani"),
    **dict.fromkeys(("ru", "uk", "be", "bg", "mk", "sr", "kk", "ky", "mn", "tg", "tt"), "Cyrl"),
    **dict.fromkeys(("ar", "fa", "ur", "ps", "sd", "ug", "ku"), "Arab"),
    **dict.fromkeys(("he", "yi"), "Hebr"),
    **dict.fromkeys(("hi", "mr", "ne", "bn", "ta", "te", "th", "ka", "hy", "am", "my"), ""),
}
_LANGUAGE_OF = {"Jpan": "ja", "Kore": "ko", "Hani": "zh", "Grek": "el", "Hebr": "he"}

_SAMPLE = 3_000
"""The bytes of an article's beginning that show its language and its words."""

# Below this many letters (a Japanese one says as much as three) a text shows nothing.
_LETTERS = 60
_CJK_WEIGHT = 3
# A script is a text's own if it has this share of the letters: code and names are Latin anywhere.
_OWN_SHARE = 0.4
_LATIN_SHARE = 0.95
# At least this share of Japanese is kana; Chinese quotes less.
_KANA_SHARE = 0.1

_CODE = re.compile(rb"```.*?(?:```|\Z)|\{%.*?%\}|<[^<>]*>|\]\([^()\s]*\)|https?:\S+", re.DOTALL)
_WORDS = re.compile(rb"[a-z]+")
_ENGLISH = frozenset(
    b"the of and to that with this you are have from which were be by is was for it".split()
)
# A third of English prose are such words, of other languages hardly any.
_ENGLISH_SHARE, _ENGLISH_LEAST = 0.12, 6
_FOREIGN_SHARE, _FOREIGN_ACCENTS = 0.04, 0.005

# An unknown language is the site's only if this share of its posts is in it.
_MAIN_SHARE = 2 / 3


class Found(NamedTuple):
    """A post's language, empty if unknown, and where it was found."""

    language: str
    source: LanguageSource


@cache
def _tag(text: str) -> str:
    match = _TAG.fullmatch(text)
    if match is None:
        return ""
    language = match["language"].lower()
    if not match["script"] and not match["region"] and language in _MEANT:
        return _MEANT[language]
    if language not in _CODES:
        return ""
    script, region = (match["script"] or "").title(), (match["region"] or "").upper()
    return "-".join(filter(None, (language, script, region)))


def language_tag(value: Any) -> str:
    """Return the tag that a value of YAML or a folder's name means, empty if it is none.

    `ja_JP.UTF-8` is `ja-JP`; `jp`, which many write, is `ja`.
    """
    return _tag(value.strip()) if type(value) is str else ""


def stated_language(values: Mapping[Any, Any]) -> str:
    """Return the language that front matter or settings state, empty if none."""
    return next(filter(None, (language_tag(values.get(key)) for key in KEYS)), "")


def primary(tag: str) -> str:
    """Return the language of a tag without script and region."""
    return tag.partition("-")[0]


def find_language(values: Mapping[Any, Any], site: str, text: bytes) -> Found:
    """Return the language of a post with this front matter (and defaults) and this prose.

    `site` is what the settings say, empty for nothing. A text in another script is not in
    the site's language: `lang: en` is what many themes come with.
    """
    if stated := stated_language(values):
        return Found(stated, "front matter")
    written = text_language(text)
    if not written:
        return Found(site, "site")
    if site and (primary(site) == written or _may_be(site, written)):
        return Found(site, "text")
    return Found(written, "text")


def _may_be(site: str, written: str) -> bool:
    """Whether a text in an unknown language of a script may be in the site's language."""
    language, _, script = written.partition("-")
    own = _SCRIPTS.get(primary(site), "Latn")
    return language == UNKNOWN and own == script and primary(site) != "en"


def prose(text: bytes) -> bytes:
    """Return the beginning of an article (UTF-8) without code, tags and the targets of links."""
    sample = text if len(text) <= _SAMPLE else text[:_SAMPLE].rpartition(b"\n")[0]
    return _CODE.sub(b" ", sample or text[:_SAMPLE])


def text_language(text: bytes) -> str:
    """Return the language that the script of prose (UTF-8) shows, empty where it is not reliable.

    English is known by its commonest words; other languages of Latin, Cyrillic and Arabic letters
    are not distinguished (`und-Latn`).
    """
    latin = _count(text, _LATIN)
    if text.isascii():
        return _latin_language(text, latin) if latin >= _LETTERS else ""
    counts = {script: _count(text, leads) for script, leads in _LEADS.items()}
    kana = sum(map(text.count, _KANA))
    japanese = kana and kana >= _KANA_SHARE * (kana + counts["Hani"])
    weights = {
        "Jpan": _CJK_WEIGHT * (kana + counts["Hani"]) if japanese else 0,
        "Kore": _CJK_WEIGHT * counts["Kore"],
        "Hani": 0 if japanese else _CJK_WEIGHT * counts["Hani"],
        **{script: counts[script] for script in ("Cyrl", "Arab", "Grek", "Hebr")},
    }
    letters = latin + sum(weights.values())
    if letters < _LETTERS:
        return ""
    script = max(weights, key=weights.__getitem__)
    if weights[script] >= _OWN_SHARE * letters:
        return _LANGUAGE_OF.get(script, f"{UNKNOWN}-{script}")
    return _latin_language(text, latin) if latin >= _LATIN_SHARE * letters else ""


def _count(text: bytes, of: bytes) -> int:
    return len(text) - len(text.translate(None, of))


def _latin_language(text: bytes, letters: int) -> str:
    words = _WORDS.findall(text.lower())
    english = sum(word in _ENGLISH for word in words)
    if english >= _ENGLISH_LEAST and english >= _ENGLISH_SHARE * len(words):
        return "en"
    accented = _count(text, _ACCENTED)
    foreign = accented >= _FOREIGN_ACCENTS * letters and english < _FOREIGN_SHARE * len(words)
    return f"{UNKNOWN}-Latn" if foreign else ""


def site_languages(posts: Sequence[tuple[str, Found]], configured: Iterable[str]) -> list[str]:
    """Return the language of each post, now that all posts are known.

    `posts` are paths, with what was found in each post; `configured` are the languages that the
    settings list. A folder such as `fr` tells the language of its posts where the settings list
    it, or the front matter of a post in it names it. Where folders have the names of several
    languages, each tells it of those posts whose text does not. Where nothing does, it is the
    language of nearly all posts. Script and region are left out unless a language has several.
    """
    folders = {_folder(path) for path, _ in posts}
    of_folder = {folder: _folder_tags(folder) for folder in folders}
    certain = set(configured)
    for path, detected in posts:
        if detected.source == "front matter" and detected.language in of_folder[_folder(path)]:
            certain.add(detected.language)
    named = {tag for tags in of_folder.values() for tag in tags}
    likely = certain | named if len(named) > 1 else certain
    languages = []
    for path, (language, source) in posts:
        tags = of_folder[_folder(path)] if source != "front matter" else ()
        is_unsure = source == "site" or language.startswith(UNKNOWN)
        accepted = likely if is_unsure else certain
        of_path = [tag for tag in tags if tag in accepted]
        languages.append(of_path[0] if of_path else language)
    return _reduced(_with_main(languages))


def _folder(path: str) -> str:
    return path.rpartition("/")[0]


def _folder_tags(folder: str) -> tuple[str, ...]:
    return tuple(filter(None, map(language_tag, folder.split("/"))))


def _with_main(languages: list[str]) -> list[str]:
    if "" not in languages:
        return languages
    known = Counter(filter(None, languages))
    main, most = max(known.items(), key=lambda item: (item[1], item[0]), default=("", 0))
    if most < _MAIN_SHARE * known.total():
        return languages
    return [language or main for language in languages]


def _reduced(languages: list[str]) -> list[str]:
    variants: dict[str, set[str]] = {}
    for tag in set(languages):
        language, _, rest = tag.partition("-")
        if rest and language != UNKNOWN:
            variants.setdefault(language, set()).add(rest)
    shorter = {}
    for language, rests in variants.items():
        if len(rests) == 1:
            shorter[f"{language}-{rests.pop()}"] = language
    return [shorter.get(language, language) for language in languages] if shorter else languages
