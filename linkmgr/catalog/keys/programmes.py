"""The keys of programmes: Amazon, the site itself, and any other."""

import re
from datetime import date, time
from typing import get_args

from linkmgr.catalog.declaration import (
    TAG,
    TEXT,
    USUAL,
    ByName,
    Choice,
    Flag,
    Inner,
    Key,
    Keys,
    ListOf,
    Text,
)
from linkmgr.links.amazon import TAG_SUFFIXES
from linkmgr.links.model import AssociateStatus, Moment, Tracking
from linkmgr.links.urls import MAX_LENGTH, target_problem, template_problem
from linkmgr.messages.message import Message, excerpt, message

TEMPLATE = Text(
    pattern=r"[Hh][Tt][Tt][Pp][Ss]?://[^/?#{}]+[/?#][^\s\\]*\{url\}[^\s\\]*",
    check=template_problem,
    most=MAX_LENGTH,
)

TAGS = Keys(
    "tags",
    "",
    "",
    (
        Key(
            "categories",
            ByName(TAG),
            "The tags of links in posts of these categories.",
            "カテゴリーごとのトラッキングID。",
        ),
        Key(
            "posts",
            ListOf(TAG),
            "Tags that posts may choose in their front matter.",
            "記事のフロントマターで選べるトラッキングID。",
        ),
    ),
)

_TAGS_BESIDE_TAG = Key(
    "tags",
    Inner(TAGS),
    "Further tags: those of categories, and those that posts may choose. They need a `tag`.",
    "別のトラッキングID。カテゴリーごとのものと、記事で選べるもの。`tag` と一緒に書きます。",
    plain=False,
)
_LINK_TEXT = ("Text of the link", "リンクの文字")
_LABEL = Key("label", TEXT, "The text of its links.", "リンクの文字。", label=_LINK_TEXT)

_TRACKING = Choice(
    tuple(Tracking),
    {
        **USUAL,
        Tracking.DIRECT: ("direct, not counted", "直接（数えない）"),
        Tracking.BEACON: ("direct, counted on the page", "直接（ページ側で数える）"),
        Tracking.REDIRECT: ("via /go/", "/go/ を経由"),
    },
)
_COUNTING = ("Click counting", "クリックの数え方")
_TAG_LABEL = ("Tracking ID", "トラッキングID")

_MOMENT_FORM = r"[0-9]{4}-[0-9]{2}-[0-9]{2}( +[0-9]{2}:[0-9]{2})?"


def moment_of(text: str) -> Moment:
    """Return the day, and the time if there is one, that a text names. Raise ValueError."""
    day, _, clock = text.partition(" ")
    clock = clock.strip()
    if clock:
        time.fromisoformat(clock)
    return Moment(date.fromisoformat(day), clock)


def _moment_problem(text: str) -> Message | None:
    """Return what is wrong with a day that may have a time."""
    try:
        if re.fullmatch(_MOMENT_FORM, text):
            moment_of(text)
            return None
    except ValueError:
        pass
    return message("catalog.moment", found=excerpt(text))


_MOMENT = Text(kind="moment", pattern=_MOMENT_FORM, check=_moment_problem)

SALE = Keys(
    "sale",
    "A sale.",
    "セール。",
    (
        Key("name", TEXT, "What it is called.", "セールの名前。", required=True),
        Key(
            "from",
            _MOMENT,
            "When it begins, such as `2026-12-04` or `2026-12-04 20:00`. It is named from that day on.",
            "始まる日時。`2026-12-04` または `2026-12-04 20:00` のように書きます。その日から表示します。",
            required=True,
            plain=False,
        ),
        Key(
            "until",
            _MOMENT,
            "When it ends. It is named to the end of that day.",
            "終わる日時。その日の終わりまで表示します。",
            required=True,
            plain=False,
        ),
        Key(
            "url",
            Text(
                kind="target",
                pattern=r"([Hh][Tt][Tt][Pp][Ss]?://|/(?!/))[^\s\\]*",
                check=target_problem,
                most=MAX_LENGTH,
            ),
            "The page of the sale, for the link of a line of its own.",
            "セールのページ。独立した行のリンクに使います。",
        ),
        Key(
            "in-line",
            Flag(),
            "With `true` a block names it once, in a line of its own, and not on each card.",
            "`true` にすると、カードごとではなく、ブロックの中の独立した1行で知らせます。",
            default=False,
        ),
    ),
)

SALES = Key(
    "sales",
    ListOf(Inner(SALE)),
    "Sales, named with their beginning and end on all cards with a link to it.",
    "セール。リンクのあるすべてのカードに、開始と終了の日時とともに表示します。",
    plain=False,
    label=("Sales", "セール"),
)

AMAZON_KEYS = Keys(
    "amazon",
    "Amazon Associates.",
    "Amazon アソシエイト。",
    (
        Key(
            "marketplace",
            Choice(tuple(TAG_SUFFIXES), USUAL),
            "The Amazon whose associate you are; by default `amazon.co.jp`, or `amazon.com` where the blog's language is `en`.",
            "参加している Amazon。既定は `amazon.co.jp`、ブログの言語が `en` なら `amazon.com`。",
            plain=False,
            label=("Marketplace", "マーケットプレイス"),
            part="main",
        ),
        Key(
            "tag",
            Text(pattern="[A-Za-z0-9][A-Za-z0-9_-]*-[0-9]{2}"),
            "Your usual tracking ID. Its ending must be the marketplace's: `-22` for amazon.co.jp, `-20` for amazon.com.",
            "ふだん使うトラッキングID。末尾はマーケットプレイスのもの（amazon.co.jp は `-22`、amazon.com は `-20`）にします。",
            plain=False,
            label=_TAG_LABEL,
            part="main",
        ),
        _TAGS_BESIDE_TAG,
        Key(
            "status",
            Choice(
                get_args(AssociateStatus),
                {
                    "none": ("not applied for", "未申請"),
                    "applied": ("applied for", "申請中"),
                    "approved": ("approved", "承認済み"),
                },
            ),
            "How far your application is; `applied` and `approved` need a `tag`. The Associates sentence is shown once you are approved.",
            "審査の状態。`applied` と `approved` には `tag` が必要です。承認済み（`approved`）になると、アソシエイトの定型文を表示します。",
            default="none",
            label=("Approval as an associate", "アソシエイトの承認"),
            part="main",
        ),
        Key(
            "tracking",
            _TRACKING,
            "How clicks are counted: `direct` (not at all), `beacon` (a direct link, counted beside it) or `redirect` (through the server), which Amazon's policies restrict.",
            "クリックの数え方。`direct`（数えない）、`beacon`（直接リンクのまま数える）、`redirect`（サーバーを経由する。Amazon のポリシーが制限しています）のいずれか。",
            default="beacon",
            plain=False,
            label=_COUNTING,
        ),
        _LABEL,
        SALES,
    ),
    conditions={
        "if": {"properties": {"status": {"enum": ["applied", "approved"]}}, "required": ["status"]},
        "then": {"required": ["tag"]},
    },
)

OWN_SITE_KEYS = Keys(
    "own-site",
    "The blog's own pages.",
    "自分のサイトのページ。",
    (
        Key(
            "tracking",
            _TRACKING,
            "How clicks are counted: `direct` (not at all), `beacon` (a direct link, counted beside it) or `redirect` (through the server).",
            "クリックの数え方。`direct`（数えない）、`beacon`（直接リンクのまま数える）、`redirect`（サーバーを経由する）のいずれか。",
            default="redirect",
            plain=False,
            label=_COUNTING,
        ),
        Key(
            "label",
            TEXT,
            "The text of links to your own shop.",
            "自分の店へのリンクの文字。",
            label=_LINK_TEXT,
        ),
        SALES,
    ),
)

PROGRAMME = Keys(
    "programme",
    "Any other affiliate programme.",
    "ほかのアフィリエイトプログラム。",
    (
        Key(
            "name",
            TEXT,
            "The programme's visible name. A preset's programme and one that linkmgr knows need none.",
            "表示するプログラムの名前。プリセットの店のプログラムや登録済みのものなら省略できます。",
            plain=False,
            label=("Name", "名前"),
            part="main",
        ),
        Key(
            "url",
            TEMPLATE,
            "Its affiliate link, with `{url}` where the percent-encoded address of the item goes and, if you like, `{tag}` where the tag and `{place}` where a sub ID goes, which names the post and the place. Leave it out if you paste ready-made links as the items' `url`.",
            "アフィリエイトリンクの形。アイテムのアドレスをパーセントエンコードして入れる場所に `{url}` を、必要ならトラッキングIDの場所に `{tag}`、記事と位置を表すサブ ID の場所に `{place}` を書きます。完成したリンクをアイテムの `url` に貼るなら書きません。",
            label=("Link template", "リンクのひな形"),
            part="main",
        ),
        Key(
            "sub-ids",
            Flag(),
            "Add the post and the place to its links as a sub ID, in the parameter of the programme. Its rules must be known to allow it. Needs `url`.",
            "記事と位置を表すサブ ID を、そのプログラムのパラメーターでリンクに付けます。規約で認められていると分かっているプログラムだけで使えます。`url` が必要です。",
            default=False,
            plain=False,
        ),
        Key(
            "tag",
            TAG,
            "The usual tag of its links, for `{tag}` in `url`.",
            "ふだん使うトラッキングID。`url` の `{tag}` に入ります。",
            plain=False,
            label=_TAG_LABEL,
            part="main",
        ),
        _TAGS_BESIDE_TAG,
        Key(
            "tracking",
            _TRACKING,
            "How clicks are counted: `direct` (not at all), `beacon` (a direct link, counted beside it) or `redirect` (through the server), which many programmes forbid.",
            "クリックの数え方。`direct`（数えない）、`beacon`（直接リンクのまま数える）、`redirect`（サーバーを経由する。多くのプログラムが禁じています）のいずれか。",
            default="direct",
            plain=False,
            label=_COUNTING,
        ),
        _LABEL,
        SALES,
    ),
    retired={
        name: message("catalog.retired-profile-key")
        for name in ("links", "short-links", "pixels", "scripts", "code", "rules", "verified")
    },
)
