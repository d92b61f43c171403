"""Codes in the forms in which programmes issue them, with made-up numbers."""

A8_TEXT = (
    '<a href="https://px.a8.net/svt/ejp?a8mat=3AB+1CD+2EF+4GH" rel="nofollow">お茶の店</a>\n'
    '<img border="0" width="1" height="1"'
    ' src="https://www13.a8.net/0.gif?a8mat=3AB+1CD+2EF+4GH" alt="">'
)
A8_BANNER = (
    '<a href="https://px.a8.net/svt/ejp?a8mat=3AB+1CD" target="_blank" rel="nofollow">\n'
    '<img border="0" width="300" height="250" alt=""'
    ' src="https://www28.a8.net/svt/bgt?aid=1&wid=005&eno=01&mid=s0&mc=1"></a>\n'
    '<img border="0" width="1" height="1" src="https://www10.a8.net/0.gif?a8mat=3AB+1CD" alt="">'
)
MOSHIMO_TEXT = (
    '<a href="//af.moshimo.com/af/c/click?a_id=1&p_id=54&pc_id=54&pl_id=616'
    '&url=https%3A%2F%2Fbooks.rakuten.co.jp%2Frb%2F1%2F" rel="nofollow"'
    ' referrerpolicy="no-referrer-when-downgrade">茶の本（楽天ブックス）</a>'
    '<img src="//i.moshimo.com/af/i/impression?a_id=1&p_id=54&pc_id=54&pl_id=616"'
    ' width="1" height="1" style="border:none;" alt="" loading="lazy">'
)
MOSHIMO_BANNER = (
    '<a href="//af.moshimo.com/af/c/click?a_id=1&p_id=2&pc_id=3&pl_id=4&guid=ON" rel="nofollow"'
    ' referrerpolicy="no-referrer-when-downgrade">'
    '<img src="//image.moshimo.com/af-img/0866/000000029835.jpg" width="728" height="90"'
    ' style="border:none;"></a>'
    '<img src="//i.moshimo.com/af/i/impression?a_id=1&p_id=2&pc_id=3&pl_id=4" width="1"'
    ' height="1" style="border:none;">'
)
RAKUTEN_PICTURE = (
    '<a href="https://hb.afl.rakuten.co.jp/ichiba/1.2.3.4/?pc=https%3A%2F%2Fitem.rakuten.co.jp'
    '%2Ftea%2F1%2F&link_type=pict&ut=eyJwYWdlIjoiaXRlbSJ9" target="_blank"'
    ' rel="nofollow sponsored noopener" style="word-wrap:break-word;"  >'
    '<img src="https://hbb.afl.rakuten.co.jp/hgb/1.2.3.4/?me_id=1&item_id=2&s=240x240&t=pict"'
    ' border="0" style="margin:2px" alt="" title=""></a>'
)
RAKUTEN_TEXT = (
    '<a href="https://hb.afl.rakuten.co.jp/ichiba/1.2.3.4/?pc=x&link_type=text" target="_blank"'
    ' rel="nofollow sponsored noopener" style="word-wrap:break-word;"  >お茶 100g</a>'
)
VC_TEXT = (
    '<a href="//ck.jp.ap.valuecommerce.com/servlet/referral?sid=1&pid=2" rel="nofollow">'
    '<img src="//ad.jp.ap.valuecommerce.com/servlet/gifbanner?sid=1&pid=2" height="1" width="1"'
    ' border="0">パソコンの店</a>'
)
VC_BANNER = (
    '<a href="//ck.jp.ap.valuecommerce.com/servlet/referral?sid=1&pid=2" rel="nofollow">'
    '<img src="//ad.jp.ap.valuecommerce.com/servlet/gifbanner?sid=1&pid=2" border="0"></a>'
)
AFB_BANNER = (
    '<a href="https://t.afi-b.com/visit.php?guid=ON&a=C1S-D2S&p=J3r" target="_blank"'
    ' rel="nofollow"><img src="https://www.afi-b.com/upload_image/1-2-3.gif" width="728"'
    ' height="90" style="border:none;" alt="店" /></a>'
    '<img src="https://t.afi-b.com/lead/C1S/J3r/D2S" width="1" height="1" style="border:none;" />'
)
ACCESSTRADE_TEXT = (
    '<a href="https://h.accesstrade.net/sp/cc?rk=01ab" rel="nofollow"'
    ' referrerpolicy="no-referrer-when-downgrade">証券の店'
    '<img src="https://h.accesstrade.net/sp/rr?rk=01ab" width="1" height="1" border="0" alt=""></a>'
)
FELMAT_TEXT = (
    '<a href="https://t.felmat.net/fmcl?ak=Q1.1.D2.A3" target="_blank" rel="nofollow noopener">'
    '買取の店</a><img src="https://t.felmat.net/fmimp/Q1.D2.A3" width="1" height="1" alt=""'
    ' style="border:none;" />'
)

CODES = {
    "A8's text": ("a8", A8_TEXT),
    "A8's banner": ("a8", A8_BANNER),
    "もしも's text": ("moshimo", MOSHIMO_TEXT),
    "もしも's banner": ("moshimo", MOSHIMO_BANNER),
    "Rakuten's picture": ("rakuten", RAKUTEN_PICTURE),
    "Rakuten's text": ("rakuten", RAKUTEN_TEXT),
    "バリューコマース's text": ("valuecommerce", VC_TEXT),
    "バリューコマース's banner": ("valuecommerce", VC_BANNER),
    "afb's banner": ("afb", AFB_BANNER),
    "AccessTrade's text": ("accesstrade", ACCESSTRADE_TEXT),
    "felmat's text": ("felmat", FELMAT_TEXT),
}
