"""Japanese is written by one rule in all messages and pages, with one word for one idea."""

import re

import pytest
from babel.messages.pofile import read_po

from tests.support.markdown import DOCS

ROOT = DOCS.parent
MESSAGES = sorted((ROOT / "linkmgr").rglob("ja/LC_MESSAGES/*.po"))
PAGES = [ROOT / "README.ja.md", *sorted((DOCS / "ja").rglob("*.md"))]

JAPANESE = "[ぁ-ヺー々一-龠]"
VALUE = r"%\(\w+\)s|\{[^{}]*\}"
COUNTER = "(?:件|個|日|か月|年|時間|秒|回|番目|行|桁|文字|倍|人|ページ|クリック|記事|冊|点|項目)"
COUNTED = rf"[\d〇] {COUNTER}|{JAPANESE} (?=[\d〇][\d〇.,〜]*{COUNTER})|[\d〇] %"
BESIDE_LATIN = rf"[A-Za-z]\d*{JAPANESE}|{JAPANESE}[A-Za-z]"
# Words of their own, which are written as one.
COMPOUNDS = "トラッキングID|プログラムID|広告掲載URL|楽天Kobo"


def spaced_otherwise(text):
    """Return where a number is apart from its counter, or a Latin word is not from Japanese."""
    text = re.sub(r"`[^`]*`|\]\([^)]*\)|<[^>]+>|https?://\S+", "`", text)
    counted = re.findall(COUNTED, re.sub(VALUE, "〇", text).replace("%%", "%"))
    beside = re.findall(BESIDE_LATIN, re.sub(rf"{VALUE}|{COMPOUNDS}", "`", text))
    return counted + beside


def entries(file):
    """Yield what is said of each message: the code or the English, and the forms in Japanese."""
    with file.open("rb") as opened:
        for each in read_po(opened, locale="ja"):
            if each.id:
                english = [each.id] if isinstance(each.id, str) else each.id
                yield english[0], [each.string] if isinstance(each.string, str) else each.string


def english_of(file, said):
    """Return the English of a message, which has a file beside the Japanese if `said` is a code."""
    beside = file.parents[2] / "en" / "LC_MESSAGES" / file.name
    if not beside.is_file():
        return said
    with beside.open("rb") as opened:
        catalog = read_po(opened)
    found = next(each for each in catalog if each.id and said in each.id)
    return found.string if isinstance(found.string, str) else found.string[0]


@pytest.mark.parametrize(
    ("text", "is_wrong"),
    [
        ("%(age)s前", False),
        ("3 件", True),
        ("{count:,} 件", True),
        ("直近 30日", True),
        ("95 %", True),
        ("ISBN は13桁です", False),
        ("ISBNは13桁です", True),
        ("記事のURL", True),
        ("トラッキングIDは", False),
        ("本・CTA・関連記事", False),
        ("状態 412 で", False),
    ],
)
def test_a_number_stands_at_its_counter_and_a_latin_word_apart(text, is_wrong):
    assert bool(spaced_otherwise(text)) is is_wrong


@pytest.mark.parametrize("file", MESSAGES, ids=lambda file: f"{file.parts[-5]}-{file.stem}")
def test_each_message_is_spaced_by_the_rule(file):
    found = {said: spaced_otherwise(" ".join(forms)) for said, forms in entries(file)}
    assert {said: where for said, where in found.items() if where} == {}


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.stem)
def test_each_page_is_spaced_by_the_rule(page):
    text = re.sub(
        r"^```.*?^```", "", page.read_text(encoding="utf-8"), flags=re.MULTILINE | re.DOTALL
    )
    found = {line: spaced_otherwise(line) for line in text.splitlines()}
    assert {line: where for line, where in found.items() if where} == {}


# A8 has programs of its own, which each have an ID.
@pytest.mark.parametrize(
    "file", [each for each in MESSAGES if each.stem != "placements"], ids=lambda file: file.stem
)
def test_what_is_no_affiliate_programme_is_not_called_one(file):
    wrong = [
        said
        for said, forms in entries(file)
        if "プログラム" in "".join(forms)
        and re.search(r"\bprograms?\b(?! Policies)", english_of(file, said), re.IGNORECASE)
    ]
    assert wrong == []


@pytest.mark.parametrize("file", MESSAGES, ids=lambda file: f"{file.parts[-5]}-{file.stem}")
def test_a_tracking_id_is_no_tag_and_is_written_in_one_way(file):
    wrong = [
        said
        for said, forms in entries(file)
        if re.search("トラッキング (?:ID|タグ)|トラッキングコード", "".join(forms))
        or ("タグ" in "".join(forms) and "tracking ID" in english_of(file, said))
    ]
    assert wrong == []
