"""The keys by which an entry of a programme says more than how linkmgr uses it.

They are read by `linkmgr.links.programmes.profiles`, as are the profiles that come with linkmgr.
"""

from typing import get_args

from linkmgr.catalog.declaration import (
    TEXT,
    TEXTS,
    Choice,
    Either,
    Flag,
    Inner,
    Key,
    Keys,
    ListOf,
    Text,
)
from linkmgr.links.model import Tracking
from linkmgr.links.programmes.profile import Pictured, Seen, Typed
from linkmgr.links.programmes.profiles import POLICIES
from linkmgr.links.urls import MAX_LENGTH, template_problem

TEMPLATE = Text(
    pattern=r"[Hh][Tt][Tt][Pp][Ss]?://[^/?#{}]+[/?#][^\s\\]*\{url\}[^\s\\]*",
    check=template_problem,
    most=MAX_LENGTH,
)
_SHAPES = ListOf(
    Text(
        kind="address-shape",
        pattern=r"[a-z0-9-]+(\.[a-z0-9-]+)+(/[^?#\s]*)?(\?[\w.-]+(=[\w.-]+)?)?",
        most=MAX_LENGTH,
    )
)
_WORDS = ListOf(Text(pattern="[a-z][a-z0-9_-]*"))

_VERIFIED = Key(
    "verified",
    # To some editors `no` without quotes is a flag.
    Either("verified", (Text(pattern="(no|[0-9]{4}-[0-9]{2}-[0-9]{2})"), Choice((False,)))),
    "The day on which you read it, or `no`.",
    "確かめた日、または `no`。",
    plain=False,
)
_SOURCE = (
    Key(
        "source",
        TEXT,
        "Where the rule is written: an address, or the name of the page.",
        "規約の出典。アドレスかページの名前。",
        required=True,
    ),
    _VERIFIED,
)


def _keys(*keys: Key, least: int = 0) -> Inner:
    conditions = {"minProperties": least} if least else {}
    return Inner(Keys("", "", "", keys, conditions))


_CODE = _keys(
    Key(
        "link",
        _keys(
            Key("attributes", _WORDS, "The attributes that it may have.", "付けてよい属性。"),
            Key("styles", TEXTS, "The styles that it may have.", "付けてよいスタイル。"),
        ),
        "Its link.",
        "リンク。",
        required=True,
    ),
    Key(
        "picture",
        _keys(
            Key("attributes", _WORDS, "The attributes that it may have.", "付けてよい属性。"),
            Key("styles", TEXTS, "The styles that it may have.", "付けてよいスタイル。"),
            Key("addresses", _SHAPES, "The addresses of its pictures.", "画像のアドレス。"),
        ),
        "Its picture.",
        "画像。",
    ),
    Key(
        "pixel",
        _keys(
            Key("attributes", _WORDS, "The attributes that it may have.", "付けてよい属性。"),
            Key("styles", TEXTS, "The styles that it may have.", "付けてよいスタイル。"),
        ),
        "Its picture that counts views.",
        "表示回数を数える画像。",
    ),
)

_RULES = _keys(
    Key(
        "tracking",
        _keys(
            Key(
                "allowed",
                ListOf(Choice(tuple(Tracking))),
                "The ways that are allowed.",
                "認められているもの。",
                required=True,
            ),
            *_SOURCE,
        ),
        "How clicks may be counted.",
        "認められているクリックの数え方。",
    ),
    Key(
        "attributes",
        _keys(
            Key(
                "allowed",
                _WORDS,
                "Those that a link may have, and no others.",
                "付けてよい属性。ほかは付けられません。",
            ),
            Key("forbidden", _WORDS, "Those that a link may not have.", "付けてはならない属性。"),
            Key("needed", _WORDS, "Those that a link must have.", "必要な属性。"),
            *_SOURCE,
        ),
        "The attributes of its links.",
        "リンクの属性。",
    ),
    Key(
        "rel",
        _keys(
            Key(
                "value",
                Text(pattern="[a-z][a-z0-9_-]*( +[a-z][a-z0-9_-]*)*"),
                "The `rel` instead of the general one.",
                "一般のものの代わりに使う `rel`。",
            ),
            Key("needed", _WORDS, "Words that it must have.", "必要な語。"),
            Key("forbidden", _WORDS, "Words that it may not have.", "禁じられた語。"),
            *_SOURCE,
        ),
        "The `rel` of its links.",
        "リンクの `rel`。",
    ),
    Key(
        "referrer",
        _keys(
            Key(
                "shows",
                Choice(get_args(Seen)),
                "Whether its servers must learn the site or the page.",
                "サイトとページのどちらが伝わる必要があるか。",
            ),
            Key(
                "policy",
                Choice(POLICIES),
                "The referrer policy that it advises.",
                "推奨されるリファラーポリシー。",
            ),
            *_SOURCE,
        ),
        "What its servers learn of the page with the link.",
        "リンクのあるページについて、プログラムのサーバーに伝えること。",
    ),
    Key(
        "pixel",
        _keys(
            Key(
                "needed", Flag(), "Whether a link needs its picture.", "リンクにその画像が必要か。"
            ),
            Key("shared", TEXTS, "The parameters that both have.", "両方に共通するパラメーター。"),
            *_SOURCE,
        ),
        "Its picture that counts views.",
        "表示回数を数える画像。",
    ),
    Key(
        "issued-code",
        _keys(
            Key("needed", Flag(), "Whether they must.", "必要かどうか。"),
            Key(
                "links",
                _SHAPES,
                "Addresses that only its code has.",
                "コードの中にしかないアドレス。",
            ),
            Key(
                "attributes",
                _WORDS,
                "The attributes that its link always has there, without which `linkmgr check` reports it.",
                "コードのリンクに必ずある属性。欠けていると `linkmgr check` が報告します。",
            ),
            *_SOURCE,
        ),
        "Whether its links must stay in the code that it issued.",
        "リンクを発行されたコードの中で使う必要があるか。",
    ),
    Key(
        "deep-link",
        _keys(
            Key(
                "allowed",
                Flag(),
                "Whether you may build links to any page.",
                "任意のページへのリンクを自分で作れるか。",
            ),
            Key(
                "template",
                TEMPLATE,
                "How, with `{url}`; the warning of a plain address shows it.",
                "その形（`{url}` を含む）。店のアドレスのままだと警告するときに示します。",
            ),
            *_SOURCE,
        ),
        "Links to pages of your choice.",
        "任意のページへのリンク。",
    ),
    Key(
        "sub-id",
        _keys(
            Key(
                "allowed",
                Flag(),
                "Whether links may have a sub ID that you choose.",
                "自分で決めたサブ ID をリンクに付けられるか。",
            ),
            Key(
                "parameter",
                Text(pattern=r"[\w.-]+"),
                "The parameter that has it, such as `u1`.",
                "サブ ID のパラメーター（`u1` など）。",
            ),
            *_SOURCE,
        ),
        "Sub IDs, which its reports return with each sale.",
        "成果レポートに載るサブ ID。",
    ),
    Key(
        "label",
        _keys(
            Key(
                "names",
                TEXTS,
                "Names, of which the text of a link, or what is beside it, must have one.",
                "リンクの文字かそのそばに必要な名前（いずれか一つ）。",
                required=True,
            ),
            *_SOURCE,
        ),
        "What the text of a link must say.",
        "リンクの文字に必要なこと。",
    ),
    Key(
        "images",
        _keys(
            Key("addresses", _SHAPES, "Where they are.", "画像の場所。", required=True),
            Key(
                "allowed",
                Choice(get_args(Pictured)),
                "Whether they may be shown only as its API gives them out, or only in its issued code.",
                "API が返すものだけ、または発行されたコードの中だけで認められているか。",
                required=True,
            ),
            *_SOURCE,
        ),
        "Its pictures of goods.",
        "商品の画像。",
    ),
    Key(
        "prices",
        _keys(
            Key(
                "allowed",
                # To some editors `yes` and `no` without quotes are flags.
                Either("typed-prices", (Choice(get_args(Typed)), Choice((True, False)))),
                "Whether you may show prices that you typed: `yes`, `no`, or `unknown` where its pages don't say.",
                "手で書いた価格を表示してよいか。`yes`、`no`、規約に書かれていなければ `unknown`。",
                required=True,
            ),
            *_SOURCE,
        ),
        "Prices that you type yourself.",
        "手で書く価格。",
    ),
    Key(
        "disclosure",
        _keys(
            Key("ja", TEXT, "In Japanese.", "日本語の文。"),
            Key("en", TEXT, "In English.", "英語の文。"),
            *_SOURCE,
        ),
        "The sentence that it asks for; `{site}` is the site's name.",
        "プログラムが求める文。`{site}` はサイトの名前になります。",
    ),
    least=1,
)

PROFILE = (
    Key(
        "links",
        _SHAPES,
        "How its links are known: a server (and those below it), the beginning of a path if need be, a parameter that they have, with its value if that matters: `px.a8.net`, `bookshop.org/a/`, `ebay.com?campid`, `shop.example?type=text`.",
        "リンクの見分け方。サーバー（下位のドメインを含む）と、必要ならパスの先頭、付いているパラメーター、その値を書きます: `px.a8.net`、`bookshop.org/a/`、`ebay.com?campid`、`shop.example?type=text`。",
        plain=False,
    ),
    Key(
        "short-links",
        _SHAPES,
        "Likewise, its short links, which hide where they lead.",
        "行き先の分からない短縮リンクの見分け方。書き方は同じです。",
        plain=False,
    ),
    Key(
        "pixels",
        _SHAPES,
        "Likewise, its pictures that count views.",
        "表示回数を数える画像の見分け方。書き方は同じです。",
        plain=False,
    ),
    Key(
        "scripts",
        TEXTS,
        "Texts by which its scripts are known: `*` is any word, a space any white space.",
        "スクリプトを見分ける文字列。`*` は任意の語、空白は任意の空白文字です。",
        plain=False,
    ),
    Key("code", _CODE, "What its issued code is made of.", "発行されるコードの構成。", plain=False),
    Key(
        "rules",
        _RULES,
        "What its pages say, each rule with its source.",
        "規約の内容。それぞれに出典を付けます。",
        plain=False,
    ),
    _VERIFIED,
)
"""What an entry has beside its `name` and its `tracking`."""
