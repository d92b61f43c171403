"""The keys of items: books, products and calls to action."""

from typing import get_args
from unicodedata import east_asian_width

from linkmgr.catalog.items import ItemKind, VaryBy
from linkmgr.catalog.keys.declaration import (
    ANY_SCALAR,
    ID,
    MAX_CODE,
    MAX_LONG_TEXT,
    SENTENCES,
    TEXT,
    ByName,
    Choice,
    Day,
    Entries,
    Flag,
    Inner,
    Key,
    Keys,
    ListOf,
    Number,
    Text,
    matching,
)
from linkmgr.catalog.keys.programmes import PLACE_TAG
from linkmgr.links.isbn import asin_problem, isbn_problem
from linkmgr.links.model import OWN_SITE
from linkmgr.links.programmes.shops import PRESETS
from linkmgr.links.urls import MAX_LENGTH, picture_problem, target_problem
from linkmgr.messages.message import Message, message

_NUMBER = ("string", "integer")
_BADGE_WIDTH = 28
"""Columns of a badge, of which a Japanese letter takes two: one line beside a cover on a phone."""
_TARGET = Text(
    kind="target",
    pattern=r"([Hh][Tt][Tt][Pp][Ss]?://|/(?!/))[^\s\\]*",
    check=target_problem,
    most=MAX_LENGTH,
)
_PICTURE = Text(
    pattern=r"([Hh][Tt][Tt][Pp][Ss]://|/(?!/))[^\s\\]*", check=picture_problem, most=MAX_LENGTH
)
_ISSUED_CODE = Text(kind="code", most=MAX_CODE)
_ASIN = Text(pattern="([0-9]{9}[0-9X]|B0[0-9A-Z]{8})", check=asin_problem, scalars=_NUMBER)
_ISBN = Text(pattern="[0-9 -]+[0-9Xx]", check=isbn_problem, scalars=_NUMBER)
_UTM_FORM = "[a-z0-9_-]+"
_UTM_VALUE = Text(
    kind="utm-value",
    pattern=_UTM_FORM,
    check=matching(_UTM_FORM, message("catalog.utm-value")),
    scalars=_NUMBER,
)
_CLASSES_FORM = "[A-Za-z_-][A-Za-z0-9_-]*( +[A-Za-z_-][A-Za-z0-9_-]*)*"
_CSS_CLASSES = Text(
    pattern=_CLASSES_FORM, check=matching(_CLASSES_FORM, message("catalog.css-class"))
)


def _badge_problem(text: str) -> Message | None:
    """Return what is wrong with a badge that does not fit on its line."""
    width = sum(2 if east_asian_width(letter) in "WF" else 1 for letter in text)
    if width <= _BADGE_WIDTH:
        return None
    return message("catalog.badge-length", most=_BADGE_WIDTH, wide=_BADGE_WIDTH // 2)


LONGEST_SPEC = 60
"""Characters of the name of a spec, and of its value: cells of a table."""
_SPEC = Text(most=LONGEST_SPEC, scalars=ANY_SCALAR)
_POINT = Text(most=100, scalars=ANY_SCALAR)

_PRICE_FORM = r"[^<>{}\n]*[0-9][^<>{}\n]*"
_PRICE = Text(
    pattern=_PRICE_FORM,
    check=matching(_PRICE_FORM, message("catalog.price-form")),
    most=30,
    scalars=_NUMBER,
)


def _days(prefix: str, what: tuple[str, str], label: tuple[str, str]) -> tuple[Key, Key]:
    """Return the keys of the days on which something is shown, named in English and Japanese."""
    english, japanese = what
    return (
        Key(
            f"{prefix}-valid-from",
            Day(),
            f"The first day on which {english} is shown.",
            f"{japanese}を表示する最初の日。",
            plain=False,
            label=(f"{label[0]} shown from", f"{label[1]}の表示を始める日"),
        ),
        Key(
            f"{prefix}-valid-until",
            Day(),
            f"The last day on which {english} is shown.",
            f"{japanese}を表示する最後の日。",
            plain=False,
            label=(f"{label[0]} shown until", f"{label[1]}の表示を終える日"),
        ),
    )


def _prices(where: str, japanese: str) -> tuple[Key, ...]:
    """Return the keys of a price and its days at a shop, which is described by `where`."""
    return (
        Key(
            "price",
            _PRICE,
            f"The price {where}, with its currency, as you saw it on the day in `price-at`. Only where the programme's rules allow it, or at a shop of your own.",
            f"{japanese}の価格。`price-at` の日に見たとおりに、通貨も付けて書きます。規約で認めているプログラムか、自分のサイトの店だけに書けます。",
            plain=False,
            label=("Price", "価格"),
        ),
        Key(
            "price-at",
            Day(),
            "The day on which you saw the price. It is always shown, and the price is left out some days after it: `price-days` of the site.",
            "その価格を見た日。必ず価格と一緒に表示し、サイトの `price-days` の日数が過ぎると価格を出さなくなります。",
            plain=False,
            label=("Price seen on", "価格を見た日"),
        ),
        *_days("price", ("the price", "価格"), ("Price", "価格")),
    )


_PRICE_HAS_ITS_DAY = {
    "dependentRequired": {
        "price": ["price-at"],
        "price-at": ["price"],
        "price-valid-from": ["price"],
        "price-valid-until": ["price"],
    }
}

_COMMON = (
    PLACE_TAG,
    Key(
        "valid-from",
        Day(),
        "The first day on which it is shown: the site has to be built that day.",
        "表示する最初の日（その日のビルドから表示されます）。",
        plain=False,
        label=("Shown from", "表示を始める日"),
    ),
    Key(
        "valid-until",
        Day(),
        "The last day on which it is shown: the site has to be built the day after.",
        "表示する最後の日（翌日のビルドで表示が終わります）。",
        plain=False,
        label=("Shown until", "表示を終える日"),
    ),
    Key(
        "retired",
        Flag(),
        "With `true` it is no longer shown, while links published before go on working.",
        "`true` にすると表示を終了します。公開済みのリンクは引き続き使えます。",
        default=False,
        label=(
            "Retired: no longer shown, but its link keeps working",
            "表示を終了（リンクは引き続き使えます）",
        ),
    ),
    Key(
        "fallback",
        ID,
        "The one item of the same kind that takes its place once it is retired or out of its dates.",
        "表示を終了したとき、または期間外のときに、代わりに表示する同じ種類のアイテム（一つ）。",
        plain=False,
        label=(
            "Shown instead once it has expired or been retired",
            "期限切れ・表示終了の後に代わりに表示するもの",
        ),
    ),
)
"""The keys of every item."""

_SHARE_RANGE = (10, 100)
_VARIANT_WEIGHT_RANGE = (0.01, 100)


def _variants(keys: Keys) -> tuple[Key, ...]:
    """Return the keys of a test, whose variants have `keys`."""
    return (
        Key(
            "variants",
            Entries(keys),
            "Other texts, or another item, that are tried against it, by ids of your own. The item as it is is the first of them, `original`, which has an entry for its `weight` alone. Needs `views: true` under `site`.",
            "このアイテムと比べて試す、ほかの文やほかのアイテム。ID は自由に付けます。元のままのアイテムが一つ目の `original` で、書けるのは `weight` だけです。`site` の `views: true` が必要です。",
            plain=False,
        ),
        Key(
            "share",
            Number(*_SHARE_RANGE),
            "On how many per cent of the page views the variants are tried. The others show the item as it is, and are not compared.",
            "全体の何％のページ表示で試すか。残りには元のまま表示し、比較には入れません。",
            default=100.0,
            label=("Share of page views (%)", "試すページ表示の割合 (%)"),
        ),
        Key(
            "vary-by",
            Choice(get_args(VaryBy)),
            "With `view` each view of a page has a variant of its own; with `post` each post has always the same, which gives rates but names no winner.",
            "`view` ならページが表示されるたびに選びます。`post` なら記事ごとにいつも同じで、クリック率は出ますが、優劣は判定しません。",
            default="view",
        ),
    )


def _variant_keys(name: str, *texts: Key) -> Keys:
    """Return the keys of a variant that may have these texts."""
    return Keys(
        name,
        "Other texts for an item, or another item in its place.",
        "アイテムの別の文、または代わりに出す別のアイテム。",
        (
            *texts,
            Key(
                "item",
                ID,
                "Another item of the same kind, shown in its place as it is.",
                "代わりにそのまま表示する、同じ種類の別のアイテム。",
                label=("Another item", "別のアイテム"),
            ),
            Key(
                "weight",
                Number(*_VARIANT_WEIGHT_RANGE),
                "How often it is shown in comparison to the others: one of 2 twice as often as one of 1, which is what it is by default.",
                "ほかと比べて表示する多さ。2 なら 1 の倍の回数になります。既定は 1。",
                label=("Weight", "重み"),
            ),
        ),
    )


SHOP = Keys(
    "shop",
    "A further shop that sells the same, with `preset`, `programme` or both.",
    "同じものを売るほかの店。`preset` か `programme` の一方または両方を書きます。",
    (
        Key(
            "preset",
            Choice(tuple(PRESETS)),
            "A shop that linkmgr knows: it gives the link its text in the language of the post, and its programme unless you name one.",
            "linkmgr の知っている店。リンクの文字が記事の言語で決まり、`programme` を書かなければプログラムも決まります。",
            plain=False,
        ),
        Key(
            "programme",
            ID,
            "The programme through which the link earns; `site` for one that earns nothing.",
            "報酬が発生するプログラム。報酬のないリンクには `site`。",
            plain=False,
        ),
        Key(
            "url",
            _TARGET,
            "The page there.",
            "その店のページ。",
            plain=False,
            label=("Address", "アドレス"),
        ),
        Key(
            "code",
            _ISSUED_CODE,
            "Instead of `url` and `label`, the code that a programme issued, unchanged.",
            "`url` と `label` の代わりに、プログラムの発行したコードをそのまま書きます。",
            plain=False,
            label=("Code that a programme issued", "発行された広告コード"),
        ),
        Key(
            "label",
            TEXT,
            "The text of the link, instead of the preset's or the programme's.",
            "プリセットやプログラムのものの代わりに使うリンクの文字。",
            plain=False,
            label=("Text of the link", "リンクの文字"),
        ),
        *_prices("there", "その店"),
    ),
    conditions={
        "anyOf": [
            {"required": ["url", "preset"], "properties": {"code": False}},
            {"required": ["url", "programme"], "properties": {"code": False}},
            {"required": ["code"], "properties": {"url": False, "label": False}},
        ],
        **_PRICE_HAS_ITS_DAY,
    },
)

_CODE_OF_GOOD = Key(
    "code",
    _ISSUED_CODE,
    "Instead of `url`, the code that a programme issued, unchanged: its link with its pictures. Its programme is known by it.",
    "`url` の代わりに、プログラムの発行したコードをそのまま書きます。プログラムはコードから分かります。",
    plain=False,
    label=("Code that a programme issued", "発行された広告コード"),
)
_PROGRAMME_OF_GOOD = Key(
    "programme", ID, "The programme of the shop at `url`.", "`url` の店のプログラム。", plain=False
)
_ALSO = Key(
    "also",
    ListOf(_ASIN),
    "ASINs of other editions or variations: what they earn counts for this item.",
    "ほかの版やバリエーションの ASIN。その売上もこのアイテムの収益に数えます。",
    label=("Further ASINs, one a line", "ほかの ASIN（1行に1つ）"),
)
_WORDS_OF_GOOD = (
    Key(
        "badge",
        Text(most=_BADGE_WIDTH, check=_badge_problem, scalars=ANY_SCALAR),
        "A few words of yours above its title, such as `My daily kettle`: at most 28 letters.",
        "書名・商品名の上に出す短い言葉（「毎朝使っています」など）。14文字まで。",
        label=("Badge", "バッジ"),
    ),
    *_days("badge", ("the badge", "バッジ"), ("Badge", "バッジ")),
    Key(
        "rating",
        Number(0.5, 5),
        "Your own rating, out of 5. Never a shop's.",
        "自分で付けた評価（5点満点）。ショップの評価は使えません。",
        label=("My rating, out of 5", "自分の評価（5点満点）"),
    ),
    Key(
        "review",
        _TARGET,
        "The address of what you wrote about it: `/…` for a page of the blog, or `https://…`.",
        "自分で書いたレビューのアドレス。ブログのページなら `/…`、ほかは `https://…`。",
        plain=False,
        label=("Address of my review", "自分のレビューのアドレス"),
    ),
    *_prices("at its first shop", "最初の店"),
    Key(
        "specs",
        ByName(_SPEC, names=_SPEC),
        "What it has, by names of yours, such as `capacity: 0.8 L`: rows of comparisons.",
        "自分で名付けた項目とその値（`容量: 0.8L` など）。比較の項目に使います。",
        plain=False,
        label=("Specifications, one a line: name: value", "仕様（1行に1つ「項目: 値」）"),
    ),
    Key(
        "pros",
        ListOf(_POINT),
        "What speaks for it, in a few words each: a row of comparisons.",
        "良い点を短い言葉で。比較の項目に使います。",
        label=("Pros, one a line", "良い点（1行に1つ）"),
    ),
    Key(
        "cons",
        ListOf(_POINT),
        "What speaks against it, in a few words each: a row of comparisons.",
        "気になる点を短い言葉で。比較の項目に使います。",
        label=("Cons, one a line", "気になる点（1行に1つ）"),
    ),
)
_SHOPS = Key(
    "shops",
    ListOf(Inner(SHOP)),
    "Further shops that sell the same.",
    "同じものを売るほかの店。",
    plain=False,
)

_OTHER_SENTENCE = Text(kind="sentence", most=MAX_LONG_TEXT, scalars=ANY_SCALAR)

_BLURB = Key(
    "blurb",
    _OTHER_SENTENCE,
    "A sentence in place of the item's.",
    "アイテムの紹介文の代わりの一文。",
    label=("Why it is worth it", "すすめる理由"),
)
VARIANT_OF_GOOD = _variant_keys("variant", _BLURB)
_VARIANTS_OF_GOOD = _variants(VARIANT_OF_GOOD)

BOOK = Keys(
    "book",
    "A book.",
    "本。",
    (
        Key("title", TEXT, "The title.", "書名。", required=True, label=("Title", "書名")),
        Key(
            "asin",
            _ASIN,
            "As in amazon.co.jp/dp/…: ten characters. An ISBN-10's check digit is verified; `B0…` has none.",
            "10文字（amazon.co.jp/dp/… の部分）。ISBN-10 なら検査数字を確かめます。`B0…` にはありません。",
            plain=False,
            label=("ASIN", "ASIN"),
        ),
        Key(
            "isbn",
            _ISBN,
            "An ISBN-13 that begins with 978, or an ISBN-10, with or without hyphens. It becomes the ASIN.",
            "978 で始まる ISBN-13、または ISBN-10。ハイフンはあってもなくてもかまいません。ASIN に変換します。",
            plain=False,
            label=("ISBN", "ISBN"),
        ),
        Key(
            "url",
            _TARGET,
            "The book's page at another shop, whose `programme` it needs.",
            "ほかの店での本のページ。`programme` と一緒に書きます。",
            plain=False,
            label=("Address at another shop", "ほかの店のアドレス"),
        ),
        _CODE_OF_GOOD,
        _PROGRAMME_OF_GOOD,
        Key(
            "blurb",
            SENTENCES,
            "One sentence about it.",
            "一文の紹介。",
            label=("Why it is worth reading", "すすめる理由"),
        ),
        Key("author", TEXT, "The author.", "著者。", label=("Author", "著者")),
        Key(
            "cover",
            _TARGET,
            "The address of a picture that you may use: `https://…`, or `/…` for a file of the blog. None is fetched or copied.",
            "使ってよい画像のアドレス。`https://…`、またはブログのファイルなら `/…`。取得もコピーもしません。",
            label=("Address of the cover", "書影のアドレス"),
        ),
        *_WORDS_OF_GOOD,
        _SHOPS,
        _ALSO,
        *_COMMON,
        *_VARIANTS_OF_GOOD,
    ),
    conditions={
        "oneOf": [
            {"required": ["asin"], "properties": {"programme": False}},
            {"required": ["isbn"], "properties": {"programme": False}},
            {"required": ["url", "programme"]},
            {"required": ["code"]},
        ],
        **_PRICE_HAS_ITS_DAY,
    },
)

PRODUCT = Keys(
    "product",
    "A product.",
    "商品。",
    (
        Key("title", TEXT, "The name.", "商品名。", required=True, label=("Title", "商品名")),
        Key(
            "asin",
            _ASIN,
            "As in amazon.co.jp/dp/…: ten characters. Most goods have `B0…`.",
            "10文字（amazon.co.jp/dp/… の部分）。多くの商品は `B0…` です。",
            plain=False,
            label=("ASIN", "ASIN"),
        ),
        Key(
            "url",
            _TARGET,
            "The product's page at another shop, whose `programme` it needs.",
            "ほかの店での商品のページ。`programme` と一緒に書きます。",
            plain=False,
            label=("Address at another shop", "ほかの店のアドレス"),
        ),
        _CODE_OF_GOOD,
        _PROGRAMME_OF_GOOD,
        Key(
            "blurb",
            SENTENCES,
            "One sentence about it.",
            "一文の紹介。",
            label=("Why it is worth buying", "すすめる理由"),
        ),
        Key("maker", TEXT, "Who makes it.", "メーカー。", label=("Maker", "メーカー")),
        Key(
            "image",
            _PICTURE,
            "The address of a picture that you may use: `https://…`, or `/…` on your site. Amazon's are refused. None is fetched or copied.",
            "使ってよい画像のアドレス。`https://…`、または自分のサイトの `/…`。Amazon の画像は指定できません。取得もコピーもしません。",
            label=("Address of the picture", "画像のアドレス"),
        ),
        *_WORDS_OF_GOOD,
        _SHOPS,
        _ALSO,
        *_COMMON,
        *_VARIANTS_OF_GOOD,
    ),
    conditions={
        "oneOf": [
            {"required": ["asin"], "properties": {"programme": False}},
            {"required": ["url", "programme"]},
            {"required": ["code"]},
        ],
        **_PRICE_HAS_ITS_DAY,
    },
)

UTM = Keys(
    "",
    "Marks its visits for web analytics; never on a link to Amazon.",
    "アクセス解析用の印。Amazon へのリンクには使えません。",
    (
        Key(
            "source",
            _UTM_VALUE,
            "`utm_source`: where the visitor comes from.",
            "`utm_source`。訪問者がどこから来たか。",
            required=True,
            plain=False,
            label=("Source (utm_source)", "ソース (utm_source)"),
        ),
        Key(
            "medium",
            _UTM_VALUE,
            "`utm_medium`, such as referral.",
            "`utm_medium`。referral など。",
            required=True,
            plain=False,
            label=("Medium (utm_medium)", "メディア (utm_medium)"),
        ),
        Key(
            "campaign",
            _UTM_VALUE,
            "`utm_campaign`.",
            "`utm_campaign`。",
            required=True,
            plain=False,
            label=("Campaign (utm_campaign)", "キャンペーン (utm_campaign)"),
        ),
        Key(
            "content",
            _UTM_VALUE,
            "`utm_content`; by default the place of the link.",
            "`utm_content`。既定はリンクの位置です。",
            plain=False,
            label=("Content (utm_content)", "コンテンツ (utm_content)"),
        ),
        Key(
            "term",
            _UTM_VALUE,
            "`utm_term`.",
            "`utm_term`。",
            plain=False,
            label=("Term (utm_term)", "キーワード (utm_term)"),
        ),
    ),
)

_CTA_CLASS = Key(
    "class",
    _CSS_CLASSES,
    "The CSS classes of the link.",
    "リンクの CSS クラス。",
    plain=False,
    label=("CSS class of the button", "ボタンの CSS クラス"),
)
VARIANT_OF_CTA = _variant_keys(
    "cta-variant",
    Key("heading", TEXT, "Another heading.", "別の見出し。", label=("Heading", "見出し")),
    Key(
        "text",
        _OTHER_SENTENCE,
        "Another sentence under the heading.",
        "見出しの下の別の一文。",
        label=("Sentence", "説明の一文"),
    ),
    Key(
        "label",
        TEXT,
        "Another text of the link.",
        "別のリンクの文字。",
        label=("Text of the button", "ボタンの文字"),
    ),
    _CTA_CLASS,
)

CTA = Keys(
    "cta",
    "A call to action.",
    "CTA（読者への案内）。",
    (
        Key(
            "heading", TEXT, "The heading.", "見出し。", required=True, label=("Heading", "見出し")
        ),
        Key(
            "text",
            SENTENCES,
            "A sentence under the heading.",
            "見出しの下の一文。",
            label=("Sentence", "説明の一文"),
        ),
        Key(
            "label",
            TEXT,
            "The text of the link. Needed without `code`.",
            "リンクの文字。`code` がなければ必須です。",
            plain=False,
            label=("Text of the button", "ボタンの文字"),
        ),
        Key(
            "url",
            _TARGET,
            "Where it leads: `https://…`, or `/…` for a page of the blog. Needed without `code`.",
            "リンク先。`https://…`、またはブログのページなら `/…`。`code` がなければ必須です。",
            plain=False,
            label=("Address", "アドレス"),
        ),
        Key(
            "code",
            _ISSUED_CODE,
            "Instead of `url` and `label`, the code that a programme issued, unchanged: its link with its pictures. Its programme is known by it.",
            "`url` と `label` の代わりに、プログラムの発行したコードをそのまま書きます。プログラムはコードから分かります。",
            plain=False,
            label=("Code that a programme issued", "発行された広告コード"),
        ),
        Key(
            "utm",
            Inner(UTM),
            "Marks its visits for web analytics; never on a link to Amazon.",
            "アクセス解析用の印。Amazon へのリンクには使えません。",
            plain=False,
        ),
        _CTA_CLASS,
        Key(
            "programme",
            ID,
            "The affiliate programme of the link. A link to Amazon needs `amazon` here and its long address.",
            "リンクのアフィリエイトプログラム。Amazon へのリンクには `amazon` と、短縮していないアドレスが必要です。",
            default=OWN_SITE,
            plain=False,
        ),
        *_COMMON,
        *_variants(VARIANT_OF_CTA),
    ),
    conditions={
        "if": {"required": ["code"]},
        "then": {"properties": {"label": False, "url": False, "utm": False, "class": False}},
        "else": {"required": ["label", "url"]},
    },
)

ITEM_KEYS = {ItemKind.BOOKS: BOOK, ItemKind.PRODUCTS: PRODUCT, ItemKind.CTA: CTA}
"""The keys of an item of each kind."""

VARIANT_KEYS = {
    ItemKind.BOOKS: VARIANT_OF_GOOD,
    ItemKind.PRODUCTS: VARIANT_OF_GOOD,
    ItemKind.CTA: VARIANT_OF_CTA,
}
"""The keys of a variant of an item of each kind."""
