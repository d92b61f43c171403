"""Old forms of affiliate links, after the shapes that the tools paste, each with its products."""

from dataclasses import dataclass
from urllib.parse import quote

TAG = "example-22"
PAPER, KINDLE, OTHER = "4111111114", "B0EXAMPLE2", "4222222224"
ASINS = (PAPER, KINDLE, OTHER, "4999999005", "B0EXAMPLE3", "B0EXAMPLE4")
RAKUTEN_PAGE = "https://books.rakuten.co.jp/rb/17/"


def page(asin: str, tag: str = TAG) -> str:
    return f"https://www.amazon.co.jp/dp/{asin}/?tag={tag}"


def old_page(asin: str, tag: str = TAG) -> str:
    return f"http://www.amazon.co.jp/exec/obidos/ASIN/{asin}/{tag}/ref=nosim/"


def picture(asin: str) -> str:
    return (
        f"//ws-fe.amazon-adsystem.com/widgets/q?_encoding=UTF8&ASIN={asin}&Format=_SL250_&ID="
        f"AsinImage&MarketPlace=JP&ServiceVersion=20070822&WS=1&tag={TAG}"
    )


def pixel(asin: str) -> str:
    return f"//ir-jp.amazon-adsystem.com/e/ir?t={TAG}&l=li2&o=9&a={asin}"


def rakuten(target: str = RAKUTEN_PAGE) -> str:
    return f"https://hb.afl.rakuten.co.jp/hgc/0a1b/?pc={quote(target, safe='')}&m=x"


def moshimo(asin: str) -> str:
    target = quote(f"https://www.amazon.co.jp/dp/{asin}", safe="")
    return f"//af.moshimo.com/af/c/click?a_id=1&p_id=170&pc_id=185&pl_id=4062&url={target}"


def escaped(url: str) -> str:
    return url.replace("&", "&amp;")


def stripe_text(asin: str, title: str) -> str:
    return (
        f'<a target="_blank" href="https://www.amazon.co.jp/gp/product/{asin}/ref=as_li_tl?'
        f'ie=UTF8&camp=247&creative=1211&creativeASIN={asin}&linkCode=as2&tag={TAG}">{title}</a>'
        f'<img src="{pixel(asin)}" width="1" height="1" border="0" alt="" />\n'
    )


def stripe_image(asin: str, title: str) -> str:
    return (
        f'<a href="{page(asin)}" target="_blank"><img border="0" alt="{title}" '
        f'src="{escaped(picture(asin))}" ></a><img src="{pixel(asin)}" width="1" alt="" />\n'
    )


def stripe_both(asin: str, title: str) -> str:
    return stripe_image(asin, "").rstrip() + f'<br /><a href="{page(asin)}">{title}</a>\n'


def frame(asin: str, title: str) -> str:
    named = f' title="{title}"' if title else ""
    return (
        f'<iframe{named} style="width:120px;height:240px;" src="https://rcm-fe.amazon-adsystem.com'
        f'/e/cm?ref=tf_til&t={TAG}&m=amazon&o=9&p=8&l=as1&IS2=1&asins={asin}&linkId=1"></iframe>\n'
    )


def amazlet(asin: str, title: str) -> str:
    return (
        f'<div class="amazlet-box"><div class="amazlet-image"><a href="{old_page(asin)}" '
        f'name="amazletlink"><img src="https://images-fe.ssl-images-amazon.com/{asin}.jpg" '
        f'alt="{title}" /></a></div><div class="amazlet-info"><div class="amazlet-name">'
        f'<a href="{old_page(asin)}" name="amazletlink">{title}</a></div></div></div>\n'
    )


def hatena(asin: str, title: str) -> str:
    url = f"http://www.amazon.co.jp/exec/obidos/ASIN/{asin}/hatena-blog-22/"
    return (
        f'<div class="hatena-asin-detail"><a href="{url}"><img src="https://cdn.example/{asin}.jpg"'
        f' class="hatena-asin-detail-image" alt="{title}" title="{title}"></a>'
        f'<div class="hatena-asin-detail-info"><p class="hatena-asin-detail-title">'
        f'<a href="{url}">{title}</a></p></div></div>\n'
    )


def yomereba(asin: str, title: str) -> str:
    return (
        f'<div class="booklink-box"><div class="booklink-image"><a href="{escaped(moshimo(asin))}">'
        f'<img src="https://images-fe.ssl-images-amazon.com/{asin}.jpg" /></a></div>'
        f'<div class="booklink-info"><div class="booklink-name"><a href="{page(asin)}">{title}</a>'
        '<div class="booklink-powered-date">posted with <a href="https://yomereba.com">ヨメレバ'
        '</a></div></div><div class="booklink-link2"><div class="shoplinkamazon">'
        f'<a href="{page(asin)}">Amazon</a></div><div class="shoplinkrakuten">'
        f'<a href="{escaped(rakuten())}">楽天ブックス</a></div></div></div></div>\n'
    )


def yomereba_with_kindle(paper: str, title: str, kindle: str = KINDLE) -> str:
    return yomereba(paper, title).replace(
        '<div class="shoplinkrakuten">',
        f'<div class="shoplinkkindle"><a href="{page(kindle)}">Kindle</a></div>'
        '<div class="shoplinkrakuten">',
    )


def rinker(asin: str, title: str) -> str:
    search = "https://search.rakuten.co.jp/search/mall/sand/"
    return (
        f'<div id="rinkerid7" class="yyi-rinker-contents"><div class="yyi-rinker-box">'
        f'<div class="yyi-rinker-image"><a href="{page(asin)}"><img src="/r.jpg" /></a></div>'
        f'<div class="yyi-rinker-info"><div class="yyi-rinker-title"><a href="{page(asin)}">{title}'
        '</a></div><ul class="yyi-rinker-links"><li class="amazonlink">'
        f'<a href="{page(asin)}">Amazon</a></li><li class="rakutenlink">'
        f'<a href="{escaped(rakuten(search))}">楽天市場</a></li></ul></div></div></div>\n'
    )


def pochireba(asin: str, title: str) -> str:
    return (
        f'<div class="pochireba"><a href="{old_page(asin)}"><img src="{picture(asin)}" /></a>'
        f'<a href="{old_page(asin)}">{title}</a><a href="{rakuten()}">楽天市場で検索</a></div>\n'
    )


def easy_link(asin: str, title: str) -> str:
    return (
        f'<div class="easyLink-box"><p class="easyLink-info-name"><a href="{moshimo(asin)}">'
        f'{title}</a></p><a class="easyLink-btn-amazon" href="{moshimo(asin)}">Amazonで見る</a>'
        f'<a href="{rakuten()}">楽天で見る</a></div>\n'
    )


def markdown_image(asin: str, title: str) -> str:
    return f"[![{title}](https:{picture(asin)})]({page(asin)})\n"


def aawp(asin: str, title: str) -> str:
    return (
        f'<div class="aawp"><div class="aawp-product" data-aawp-product-id="{asin}" '
        f'data-aawp-tracking-id="{TAG}"><a class="aawp-product__title" href="{page(asin)}">{title}'
        f'</a><a class="aawp-button" href="{page(asin)}">Amazon.co.jp</a></div></div>\n'
    )


def a8_banner() -> str:
    return (
        '<a href="https://px.a8.net/svt/ejp?a8mat=4A+B+C+D" rel="nofollow">\n'
        '<img width="300" alt="" src="https://www28.a8.net/svt/bgt?aid=26&amp;mid=s0"></a>\n'
        '<img width="1" height="1" src="https://www14.a8.net/0.gif?a8mat=4A+B+C+D" alt="">\n'
    )


def with_moshimo_pixel(card: str) -> str:
    """Return a card whose first link is followed by もしも's counting picture."""
    pixel = '<img src="//i.moshimo.com/af/i/impression?a_id=1&amp;p_id=54" width="1">'
    return card.replace("</a>", f"</a>{pixel}", 1)


FORMS = {
    "sitestripe text": stripe_text,
    "sitestripe image": stripe_image,
    "sitestripe text and image": stripe_both,
    "frame": frame,
    "amazlet": amazlet,
    "hatena": hatena,
    "yomereba": yomereba,
    "yomereba with Kindle": yomereba_with_kindle,
    "rinker": rinker,
    "pochireba": pochireba,
    "moshimo": easy_link,
    "markdown image": markdown_image,
    "aawp": aawp,
}
"""Each is called with an ASIN and a title, which may be empty."""


@dataclass(frozen=True)
class Legacy:
    """A legacy text, the ASINs in it and the pages of other shops."""

    text: str
    asins: tuple[str, ...]
    shops: tuple[str, ...] = ()


TWELVE = {
    "SiteStripe text": Legacy(stripe_text(PAPER, "砂の計算機"), (PAPER,)),
    "SiteStripe image without a title": Legacy(stripe_image(PAPER, ""), (PAPER,)),
    "SiteStripe text and image": Legacy(stripe_both(PAPER, "砂の計算機"), (PAPER,)),
    "two frames, one with two products": Legacy(
        frame(PAPER, "") + frame(f"{OTHER},{KINDLE}", "豆の手帖"), (PAPER, OTHER, KINDLE)
    ),
    "amazlet": Legacy(amazlet(PAPER, "砂の計算機"), (PAPER,)),
    "Hatena": Legacy(hatena(PAPER, "砂の計算機"), (PAPER,)),
    "yomereba with Kindle": Legacy(
        yomereba_with_kindle(PAPER, "砂の計算機"), (PAPER, KINDLE), (RAKUTEN_PAGE,)
    ),
    "Rinker": Legacy(rinker(PAPER, "砂の計算機"), (PAPER,), ("search.rakuten.co.jp/search/mall",)),
    "pochireba": Legacy(pochireba(PAPER, "砂の計算機"), (PAPER,), (RAKUTEN_PAGE,)),
    "moshimo's easy link": Legacy(easy_link(PAPER, "砂の計算機"), (PAPER,), (RAKUTEN_PAGE,)),
    "Markdown image": Legacy(markdown_image(PAPER, ""), (PAPER,)),
    "AAWP box": Legacy(aawp(PAPER, "砂の計算機"), (PAPER,)),
}
