"""The keys of the site and of waivers, and the sections of the catalog."""

from typing import get_args

from linkmgr.catalog.declaration import (
    ANY_SCALAR,
    HEADING_LEVEL,
    MAX_LONG_TEXT,
    TEXT,
    TEXTS,
    Choice,
    Day,
    Entries,
    Flag,
    Inner,
    Key,
    Keys,
    ListOf,
    Text,
    Whole,
    matching,
)
from linkmgr.catalog.items import ITEM_TYPES
from linkmgr.catalog.keys.placing import BLOCK, COMPARISON, MAPPING
from linkmgr.catalog.keys.programmes import AMAZON_KEYS, OWN_SITE_KEYS, PROGRAMME
from linkmgr.catalog.model import Feeds, JekyllPackage
from linkmgr.links.model import AMAZON, OWN_SITE
from linkmgr.links.urls import LONGEST_CAMPAIGN, MAX_LENGTH, origin_problem, web_problem
from linkmgr.messages.message import LANGUAGES, Message, message


def _base_problem(url: str) -> Message | None:
    if "?" in url or "#" in url:
        return message("catalog.url-with-query")
    return web_problem(url)


_BASE = Text(
    kind="web", pattern=r"[Hh][Tt][Tt][Pp][Ss]?://[^\s\\]+", check=_base_problem, most=MAX_LENGTH
)
_ORIGIN = Text(
    pattern=r"[Hh][Tt][Tt][Pp][Ss]?://[^\s\\/?#]+/?", check=origin_problem, most=MAX_LENGTH
)

NEED_SERVER = ("views", "events")
"""The flags of the site that mean nothing without a `server`."""

SITE = Keys(
    "site",
    "The blog.",
    "ブログ。",
    (
        Key(
            "name",
            TEXT,
            "The blog's name.",
            "ブログの名前。",
            required=True,
            label=("Name", "名前"),
            part="main",
        ),
        Key(
            "url",
            _BASE,
            "Where readers find the blog, without a trailing slash.",
            "読者がブログを見るアドレス。末尾のスラッシュは付けません。",
            required=True,
            label=("Address", "アドレス"),
            part="main",
        ),
        Key(
            "server",
            _BASE,
            "The address of a linkmgr server, which counts clicks. Without it every link is direct and nothing is counted. A public blog needs one that readers reach: none of this computer or a private network.",
            "クリックを数える linkmgr のサーバーのアドレス。書かなければすべて直接リンクになり、何も数えません。公開しているブログでは、このパソコンや家庭・社内のネットワークのアドレスは使えません。",
            label=("Click-counting server", "クリックを数えるサーバー"),
            part="main",
        ),
        Key(
            "views",
            Flag(),
            "Count how often items were seen, too, so that figures show which share of those who saw an item clicked it. Needs `server`.",
            "アイテムが読者の画面に表示された回数も数えます。表示されたうち何％がクリックされたかがわかります。`server` が必要です。",
            default=False,
            label=("Count views, too", "表示回数も数える"),
            part="main",
        ),
        Key(
            "language",
            Choice(LANGUAGES, {"en": ("English", "English"), "ja": ("日本語", "日本語")}),
            "The language of your own texts in the catalog, and of headings and labels in posts that are neither Japanese nor English.",
            "カタログの文の言語。日本語でも英語でもない記事では、見出しや表示もこの言語になります。",
            default="ja",
            label=("Language", "言語"),
            part="main",
        ),
        Key(
            "timezone",
            Text(),
            "The time zone whose days the figures count; by default `Asia/Tokyo`, or `UTC` where `language` is `en`.",
            "集計の日付に使うタイムゾーン。既定は `Asia/Tokyo`、`language` が `en` なら `UTC`。",
            plain=False,
            label=("Time zone", "タイムゾーン"),
            part="main",
        ),
        Key(
            "ad-label",
            TEXT,
            "The label before the first affiliate link of a block; by default 広告 or Ad.",
            "ブロックの最初のアフィリエイトリンクの前に出す表示。既定は「広告」または Ad。",
            label=("Ad label", "広告の表示"),
            part="main",
        ),
        Key(
            "disclosure",
            Text(most=MAX_LONG_TEXT, scalars=ANY_SCALAR),
            "A sentence that replaces the usual one about affiliate links.",
            "アフィリエイトリンクについての既定の文の代わりに出す文。",
            label=("Disclosure of advertising", "広告収入についての文"),
            part="main",
        ),
        Key(
            "respect-gpc",
            Flag(),
            "Count nobody whose browser sends Global Privacy Control or Do Not Track.",
            "Global Privacy Control か Do Not Track を送るブラウザーの読者を数えません。",
            default=True,
            label=(
                "Don't count readers who opt out of tracking",
                "追跡を拒否する設定の読者を数えない",
            ),
        ),
        Key(
            "origins",
            ListOf(_ORIGIN),
            "Further addresses of the blog, without a path, whose pages may count clicks.",
            "クリックを数えてよい、ブログのほかのアドレス。パスは付けません。",
            label=("Other addresses of the blog", "ブログのほかのアドレス"),
        ),
        Key(
            "campaigns",
            ListOf(Text(most=LONGEST_CAMPAIGN, scalars=ANY_SCALAR)),
            "Campaigns (`utm_campaign`) of links that you wrote outside of the catalog, such as into a newsletter. They are counted by name however many other names come in a day.",
            "カタログの外、たとえばメールマガジンに書いたリンクのキャンペーン（`utm_campaign`）。1日にほかの名前がどれだけ届いても、必ず名前で数えます。",
            label=("Newsletter campaigns", "メールマガジンなどのキャンペーン"),
        ),
        Key(
            "view-percent",
            Whole(100),
            "Which part of an item must be visible for a view, in per cent.",
            "表示と数えるために、アイテムの何％が見えている必要があるか。",
            default=50,
            label=("Views: visible part (%)", "表示回数：見えている割合（%）"),
        ),
        Key(
            "view-percent-large",
            Whole(100),
            "The same for items of 242,500 square pixels (970 × 250) or more.",
            "242,500平方ピクセル（970 × 250）以上のアイテムについての同じ割合。",
            default=30,
            label=(
                "Views: visible part of large items (%)",
                "表示回数：大きなアイテムの見えている割合（%）",
            ),
        ),
        Key(
            "view-seconds",
            Whole(60),
            "For how many seconds without a break that part must be visible.",
            "その割合が途切れずに見えている必要がある秒数。",
            default=1,
            label=("Views: seconds in a row", "表示回数：続けて見えている秒数"),
        ),
        Key(
            "events",
            Flag(),
            "Tell scripts of your pages of clicks and views by the events `linkmgr:click` and `linkmgr:view`, for your own analytics. Needs `server`.",
            "クリックと表示を、イベント `linkmgr:click` と `linkmgr:view` でページのスクリプトに知らせます。お使いのアクセス解析に渡せます。`server` が必要です。",
            default=False,
            label=("Events for my own analytics", "アクセス解析に渡すイベント"),
        ),
        Key(
            "feeds",
            Choice(
                get_args(Feeds),
                {
                    "label": ("shown with a label", "広告の表示を付けて載せる"),
                    "omit": ("left out", "載せない"),
                },
            ),
            "What feeds have of the blocks and links that tags put into an article: with `label` all, with its ad label; with `omit` nothing.",
            "記事の中の include タグで表示したものをフィードに載せるかどうか。`label` なら広告の表示を付けて載せ、`omit` なら載せません。",
            default="label",
            label=("Items within articles, in feeds", "フィードでの本文中のアイテム"),
        ),
        Key(
            "heading-level",
            HEADING_LEVEL,
            "The level of the headings of blocks that have none of their own; by default 3 for all of a post, or 2 if its article has no heading of that level before them.",
            "見出しのレベルを指定していないブロックに使います。既定は、記事のどのブロックも 3（それより前にレベル2の見出しがない記事では 2）。",
            label=("Level of headings", "見出しのレベル"),
        ),
        Key(
            "pages",
            TEXTS,
            "Paths of pages and documents of collections that show blocks as posts do, such as `about.md` or `_recipes/*`.",
            "記事と同じようにブロックを表示する、固定ページとコレクションの文書のパス（`about.md`、`_recipes/*` など）。",
            label=("Pages that show blocks, too", "ブロックを表示する固定ページ"),
        ),
        Key(
            "collections",
            TEXTS,
            "Collections whose documents are articles, and posts for everything. Those with `output: true` whose documents all have a date are found without being named.",
            "文書を記事として扱うコレクション。`output: true` で、どの文書にも日付があるコレクションは、書かなくても記事として扱います。",
            label=("Collections of articles", "記事のコレクション"),
        ),
        Key(
            "jekyll",
            Choice(
                get_args(JekyllPackage),
                {
                    "": ("detected automatically", "自動で判別"),
                    "gem": ("the released gem", "公式の gem"),
                    "debian": ("Debian's and Ubuntu's package", "Debian・Ubuntu のパッケージ"),
                },
            ),
            "Which Jekyll builds the site: the released gem, or the package of Debian and Ubuntu, which reads front matter a little differently. Without it linkmgr finds out.",
            "サイトをビルドする Jekyll。公式の gem か、Debian・Ubuntu のパッケージ（フロントマターの読み方が少し違います）。書かなければ自動で判別します。",
            label=("Jekyll that builds the site", "サイトをビルドする Jekyll"),
        ),
        Key(
            "price-days",
            Whole(365),
            "For how many days after its `price-at` a price is shown. Builds then leave it out.",
            "価格を、`price-at` の日から何日間表示するか。過ぎるとビルドで表示しなくなります。",
            default=30,
            label=("Days for which a price is shown", "価格を表示する日数"),
            part="main",
        ),
        Key(
            "fill-bare-posts",
            Flag(),
            "Whether mappings, fallbacks and related posts fill the posts that had none when `linkmgr adopt` took the blog over, as `_linkmgr/bare-posts.txt` lists them. `adopt` writes `false`; delete the line to let the rules fill them.",
            "`linkmgr adopt` で取り込んだときに何も出ていなかった記事（`_linkmgr/bare-posts.txt` の一覧）に、表示ルール・`fallback`・関連記事で選んだものを出すかどうか。`adopt` が `false` と書きます。行を消すと、ほかの記事と同じように表示します。",
            default=True,
        ),
    ),
    conditions={
        "if": {
            "anyOf": [
                {"required": [key], "properties": {key: {"const": True}}} for key in NEED_SERVER
            ]
        },
        "then": {"required": ["server"]},
    },
)

_CHECK_CODE = "[a-z]+(-[a-z]+)*"  # only the check knows which codes exist; it reports a waiver of an unknown one
WAIVER = Keys(
    "waiver",
    "Findings of one code that you accept.",
    "一つのコードについて、承知のうえで残す問題。",
    (
        Key(
            "code",
            Text(pattern=_CHECK_CODE, check=matching(_CHECK_CODE, message("catalog.check-code"))),
            "The code of the findings, such as `dead-link`.",
            "報告のコード（`dead-link` など）。",
            required=True,
        ),
        Key(
            "page",
            TEXT,
            "Only on these pages, by their path or by that of their source, such as `_posts/2024-*`; `*` is any text.",
            "対象のページ。ページのパスか、もとのファイル（`_posts/2024-*` など）で指定します。`*` は任意の文字列です。",
        ),
        Key(
            "link",
            TEXT,
            "Only about these links, items or blocks; `*` is any text.",
            "対象のリンク、アイテム、ブロック。`*` は任意の文字列です。",
        ),
        Key("reason", TEXT, "Why.", "理由。", required=True),
        Key(
            "until",
            Day(),
            "The last day on which it applies; after it they are reported again.",
            "有効な最後の日。過ぎるとまた報告します。",
            required=True,
            plain=False,
        ),
    ),
)

CATALOG = Keys(
    "",
    "The books, products and calls to action of a blog, and the posts that show them.",
    "ブログの本・商品・案内と、それを表示する記事。",
    (
        Key("site", Inner(SITE), "The blog.", "ブログ。", required=True),
        Key(
            "programmes",
            Entries(PROGRAMME, {AMAZON: AMAZON_KEYS, OWN_SITE: OWN_SITE_KEYS}),
            "Where items are sold, and how their links are counted, by the programme's id. `amazon` and `site`, your own pages, are always there.",
            "アイテムをどこで売っているか、リンクをどう数えるか。プログラムの ID ごとに書きます。`amazon` と `site`（自分のサイト）は、書かなくてもあります。",
        ),
        *(Key(own.section, Entries(own.keys), *own.section_purpose) for own in ITEM_TYPES.values()),
        Key(
            "mappings",
            Entries(MAPPING),
            "Rules by id: which posts show which items.",
            "表示ルール。どの記事にどのアイテムを表示するかを、ID ごとに書きます。",
        ),
        Key(
            "comparisons",
            Entries(COMPARISON),
            "Comparisons and rankings by id.",
            "比較とランキング。ID ごとに書きます。",
        ),
        Key(
            "blocks",
            Entries(BLOCK, may_be_nothing=True),
            "The blocks of a post, in this order; by default `related`, `cta`, `books` and, if there are any products or comparisons, `products` and `compare`, under the post.",
            "記事のブロックを、表示する順に書きます。既定では `related`、`cta`、`books` と、商品があれば `products`、比較があれば `compare` が、記事の下に並びます。",
        ),
        Key(
            "waivers",
            ListOf(Inner(WAIVER)),
            "Findings that you accept: `linkmgr check` leaves them out.",
            "承知のうえで残す問題。`linkmgr check` は報告しません。",
        ),
    ),
)


def entries_of(section: str) -> Entries:
    """Return what the entries of a section may have."""
    entries = CATALOG[section].type
    if isinstance(entries, Entries):
        return entries
    raise TypeError(f"{section} has no entries")
