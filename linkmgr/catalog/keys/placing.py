"""The keys of mappings, comparisons and blocks: what matches a post, and where it is shown."""

from typing import get_args

from linkmgr.catalog.blocks import KINDS, Place, Show
from linkmgr.catalog.declaration import (
    HEADING_LEVEL,
    IDS,
    PLACE_TAG,
    TEXT_OR_NONE,
    TEXTS,
    Choice,
    Flag,
    Inner,
    Key,
    Keys,
    ListOf,
    Number,
    Whole,
)

# Far beyond any use: the bounds turn typos (`limit: 33333`) into problems.
_WEIGHT_RANGE = (0.001, 1000.0)
MAX_LIMIT = 100
_MINIMUM_RANGE = (0.0, 1000.0)
_MAX_HEADING = 100

TERMS = Keys(
    "terms",
    "",
    "",
    (
        Key(
            "tags", TEXTS, "Tags of the post.", "記事のタグ。", label=("Tags", "タグ"), part="posts"
        ),
        Key(
            "categories",
            TEXTS,
            "Categories of the post.",
            "記事のカテゴリー。",
            label=("Categories", "カテゴリー"),
            part="posts",
        ),
        Key(
            "keywords",
            TEXTS,
            "Words in its title, headings, excerpt or text. Case and width do not matter; an English one matches whole words only.",
            "タイトル・見出し・抜粋・本文の語句。大文字と小文字、全角と半角は区別しません。英語の語句は単語全体に一致します。",
            label=("Keywords in the text", "本文の語句"),
            part="posts",
        ),
        Key(
            "paths",
            TEXTS,
            "Patterns of file names, such as `_posts/2026-*`.",
            "ファイル名のパターン（`_posts/2026-*` など）。",
            label=("Paths of posts", "記事のパス"),
            part="posts",
        ),
    ),
    conditions={"minProperties": 1},
)

MAPPING = Keys(
    "mapping",
    "A rule; it needs `any` or `all`.",
    "表示ルール。`any` か `all` が必要です。",
    (
        Key(
            "any",
            Inner(TERMS),
            "At least one of these terms fits the post.",
            "このうち一つ以上が記事に当てはまります。",
            plain=False,
        ),
        Key(
            "all",
            Inner(TERMS),
            "Every one of these terms fits the post.",
            "このすべてが記事に当てはまります。",
            plain=False,
        ),
        Key(
            "items",
            IDS,
            "The books, products and CTAs that these posts show. Needed without `comparisons`.",
            "これらの記事に表示する本・商品・CTA。`comparisons` がなければ必須です。",
            plain=False,
            label=("Items", "アイテム"),
            part="items",
        ),
        Key(
            "comparisons",
            IDS,
            "The comparisons that these posts show, of which a block of kind `compare` takes the one for which the most speaks.",
            "これらの記事に表示する比較。`compare` のブロックが、いちばん合うものを一つ出します。",
            plain=False,
            label=("Comparisons", "比較"),
            part="items",
        ),
        Key(
            "weight",
            Number(*_WEIGHT_RANGE),
            "Multiplies the evidence; 4 doubles the score.",
            "証拠に掛ける重み。4 でスコアが2倍になります。",
            default=1.0,
            label=("Weight", "重み"),
            part="weight",
        ),
        Key(
            "pin",
            Flag(),
            "With `true` its items come first, whatever the score.",
            "`true` にすると、スコアに関係なく先頭に表示します。",
            default=False,
        ),
        Key(
            "exclude",
            Flag(),
            "With `true` its items are never on these posts.",
            "`true` にすると、これらの記事には表示しません。",
            default=False,
        ),
        PLACE_TAG,
    ),
    conditions={
        "allOf": [
            {"anyOf": [{"required": ["any"]}, {"required": ["all"]}]},
            {"anyOf": [{"required": ["items"]}, {"required": ["comparisons"]}]},
        ],
        "not": {
            "required": ["pin", "exclude"],
            "properties": {"pin": {"const": True}, "exclude": {"const": True}},
        },
    },
)

MOST_COLUMNS = 4
"""The most items of a comparison with rows: narrower columns break words on a tablet."""

MOST_ROWS = 20
"""The most rows: the stylesheet has that many lines of a table's grid beside its head and shops."""

COMPARISON = Keys(
    "comparison",
    'Books and products beside each other, for the block `compare` and for `{% include linkmgr.html compare="…" %}`.',
    '並べて比べる本や商品。ブロック `compare` と `{% include linkmgr.html compare="…" %}` で表示します。',
    (
        Key(
            "items",
            IDS,
            "The books and products, in the order in which they are shown: two at least, and with `rows` four at most.",
            "本や商品を、表示する順に書きます。二つ以上、`rows` があれば四つまで。",
            required=True,
            plain=False,
            label=("Items, in their order", "アイテム（表示する順）"),
        ),
        Key(
            "rows",
            TEXTS,
            "What a table says of each: `price`, `rating`, `pros`, `cons` and names of its items' `specs`. Without rows it is a list of cards.",
            "表で比べる項目。`price`・`rating`・`pros`・`cons` と、アイテムの `specs` の名前。書かなければカードを並べます。",
            plain=False,
            label=("Rows, one a line", "比べる項目（1行に1つ）"),
        ),
        Key(
            "ranked",
            Flag(),
            "With `true` readers see the ranks: No. 1, No. 2 and so on.",
            "`true` にすると「1位」「2位」と順位を出します。",
            default=False,
            label=("Show the ranks", "順位を出す"),
        ),
        Key(
            "heading",
            TEXT_OR_NONE,
            "Its heading, instead of the block's; empty for none. Where an article's own tag shows it, it has no other.",
            "ブロックの見出しの代わりに使う見出し。空なら見出しなし。記事のタグで出すときは、ここに書いたときだけ見出しが付きます。",
            label=("Heading", "見出し"),
        ),
    ),
)

BLOCK = Keys(
    "block",
    "A place in a post.",
    "記事の中の場所。",
    (
        Key(
            "kind",
            Choice(KINDS.keys()),
            "What it holds. A block of your own name needs it.",
            "中に出すもの。自分で名付けたブロックでは必須です。",
            plain=False,
            label=("Kind", "種類"),
            part="main",
        ),
        Key(
            "at",
            Choice(
                tuple(Place),
                {
                    Place.END: ("at the end", "末尾"),
                    Place.MIDDLE: ("in the middle", "途中"),
                    Place.BEFORE_CONTENT: ("before the text", "本文の前"),
                    Place.MANUAL: (
                        "where the layout or post asks for it",
                        "レイアウトや記事で指定した場所",
                    ),
                },
            ),
            "Where it is shown: at the end, in the middle of the article, before it, or only where a tag says so.",
            "表示する場所。記事の末尾、途中、本文の前、または include タグのある場所だけ。",
            default=Place.END,
            label=("Place in the article", "記事内の位置"),
            part="main",
        ),
        Key(
            "limit",
            Whole(MAX_LIMIT),
            "How many at most; by default 3 for related posts, books and products, 1 for a CTA.",
            "表示する最大数。既定は、関連記事・本・商品が 3、CTA が 1。",
            plain=False,
            label=("Cards at most", "最大枚数"),
            part="main",
        ),
        Key(
            "heading",
            TEXT_OR_NONE,
            "Replaces the heading of the language; empty for none.",
            "言語ごとの既定の代わりに使う見出し。空なら見出しなし。",
            label=("Heading", "見出し"),
            part="main",
        ),
        Key(
            "before-heading",
            Whole(_MAX_HEADING),
            "With `at: middle`, before the article's heading of this number, instead of the one nearest to the middle.",
            "`at: middle` のとき、中央に最も近い見出しではなく、この番号の見出しの前に置きます。",
            label=("In the middle: before heading number", "記事の途中: 何番目の見出しの前か"),
        ),
        Key(
            "heading-level",
            HEADING_LEVEL,
            "The level of its heading, instead of the site's.",
            "見出しのレベル。サイトの設定の代わりに使います。",
            label=("Level of headings", "見出しのレベル"),
        ),
        Key(
            "minimum",
            Number(*_MINIMUM_RANGE),
            "The least score at which something is shown; by default 1 for items, 0.05 for related posts, without what nearness in time adds. Items of rules by tag, category or path need none.",
            "表示に必要な最低スコア。既定は、アイテムが 1、関連記事が 0.05（日付の近さによる加点は含みません）。タグ・カテゴリー・パスの表示ルールのアイテムには要りません。",
            label=("Minimum score", "表示に必要な最低スコア"),
        ),
        Key(
            "show",
            ListOf(Choice(get_args(Show))),
            "Of related posts: what they have beside their titles, their `picture` (the `image` of a post's front matter; on all of a block's or on none), `date` and `excerpt`, the first sentence; by default the date.",
            "関連記事で、タイトルのほかに出すもの。`picture`（記事のフロントマターの `image`。すべての記事にあるときだけ出します）、`date`（日付）、`excerpt`（最初の一文）。既定は日付だけ。",
            plain=False,
            label=("Beside the titles of related posts", "関連記事のタイトルのほかに出すもの"),
        ),
        Key(
            "items",
            IDS,
            "The only items that this block may show; by default all of its kind.",
            "このブロックに出してよいアイテム。既定はその種類のすべて。",
            plain=False,
            label=("Choose among these items only", "候補にするアイテム"),
        ),
        Key(
            "fallback",
            IDS,
            "Shown when nothing else reaches the minimum.",
            "最低スコアに届くものがないときに表示するもの。",
            plain=False,
            label=("Shown when nothing else fits", "ほかに出すものがないときに表示するもの"),
        ),
        PLACE_TAG,
    ),
    conditions={
        "if": {"required": ["before-heading"]},
        "then": {"required": ["at"], "properties": {"at": {"const": "middle"}}},
    },
)
