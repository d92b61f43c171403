"""Issued code is taken exactly as it was issued, or what is wrong in it is named."""

import html5lib
import pytest
from hypothesis import given
from hypothesis import strategies as st

from linkmgr.links.model import IssuedCode
from linkmgr.links.programmes.profiles import packaged_profiles
from linkmgr.links.recognition.issued_code import read_code
from linkmgr.messages.message import ENGLISH, translate
from tests.support.issued_codes import (
    A8_BANNER,
    A8_TEXT,
    CODES,
    MOSHIMO_TEXT,
    RAKUTEN_PICTURE,
    VC_TEXT,
)

EASY_LINK = (
    "<!-- START MoshimoAffiliateEasyLink --><script>(function(b,c){})(window);"
    'msmaflink({"n":"茶"});</script><div id="msmaflink-1">リンク</div>'
)


def read(text):
    return read_code(text, packaged_profiles())


def problems(text):
    found = read(text)
    assert not isinstance(found, IssuedCode)
    return [translate(problem, ENGLISH) for problem in found]


@pytest.mark.parametrize("code", CODES)
def test_code_as_issued_is_taken_whole_with_its_programme(code):
    programme, text = CODES[code]
    found = read(f"  {text}\n")
    assert (found.text, found.programme) == (text, programme)
    assert found.url.startswith("https://")
    (link,) = html5lib.parseFragment(text, namespaceHTMLElements=False).iter("a")
    assert found.href == link.get("href")


@pytest.mark.parametrize(
    ("text", "part"),
    [
        pytest.param(A8_TEXT + "<script>x()</script>", "has a script", id="script after"),
        pytest.param(A8_TEXT.replace("<a ", "<a <script "), "has a script", id="script in a tag"),
        pytest.param(EASY_LINK, "has a script", id="かんたんリンク"),
        pytest.param(
            A8_TEXT.replace("rel=", 'onclick="x()" rel='), "has <a onclick>", id="handler"
        ),
        pytest.param(
            A8_TEXT.replace("width", 'onerror="x()" width'), "has <img onerror>", id="of picture"
        ),
        pytest.param(A8_TEXT.replace("rel=", 'style="color:red" rel='), "<a style>", id="style"),
        pytest.param(
            RAKUTEN_PICTURE.replace("margin:2px", "position:fixed"),
            'has style="position:fixed"',
            id="other style",
        ),
        pytest.param(A8_TEXT.replace("rel=", 'class="b" rel='), "has <a class>", id="class"),
        pytest.param(
            A8_TEXT.replace("nofollow", f"&#{'1' * 5000};"), "has rel=", id="long reference"
        ),
        pytest.param(
            A8_TEXT.replace('"nofollow"', '"nofollow noreferrer"'),
            'has rel="nofollow noreferrer"',
            id="rel",
        ),
        pytest.param(
            A8_TEXT.replace("rel=", 'href="https://a.example" rel='), "has <a href>", id="twice"
        ),
        pytest.param(A8_TEXT.replace("お茶", "<b>お茶</b>"), "has <b>", id="element"),
        pytest.param(f"<table>{VC_TEXT}</table>", "has <table>", id="around it"),
        pytest.param(A8_TEXT + "</div>", "has </div>", id="stray end"),
        pytest.param(A8_TEXT + "<!-- x -->", "has <!-- x -->", id="comment"),
        pytest.param(A8_TEXT + "<", "has <,", id="half a tag"),
        pytest.param("見て " + A8_TEXT, "has 見て", id="text before"),
        pytest.param(A8_TEXT + A8_TEXT, "must be one link", id="two links"),
        pytest.param(A8_TEXT.replace("</a>", ""), "must be one link", id="open link"),
        pytest.param(A8_TEXT.replace("お茶の店", " "), "must be one link", id="empty link"),
        pytest.param(A8_TEXT.partition("\n")[0], "lacks the counting picture", id="no pixel"),
        pytest.param(A8_TEXT + A8_TEXT.partition("\n")[2], "has <img", id="two pixels"),
        pytest.param(
            A8_TEXT.replace("0.gif?a8mat=3", "0.gif?a8mat=4"), "a8mat differs", id="other pixel"
        ),
        pytest.param(
            A8_TEXT.replace("</a>", '<img src="https://a.example/x.gif"></a>'),
            "leads to https://a.example/x.gif",
            id="other picture",
        ),
        pytest.param(
            VC_TEXT.replace("パソコン", '<img src="https://a.example/x.gif">'),
            "has <img src",
            id="picture of a programme without",
        ),
        pytest.param(A8_TEXT.partition("\n")[2], "A8.net code without its link", id="pixel"),
        pytest.param('<a href="https://a.example/">x</a>', "leads to a.example", id="unknown"),
        pytest.param('<a href="https://prf.hn/x">x</a>', "is a link of Partnerize", id="no form"),
        pytest.param("お茶の店", "has no link", id="no link"),
        pytest.param('<a href="javascript:x()">x</a>', "has no link", id="javascript"),
        pytest.param(
            r'<a href="https://a.example\@px.a8.net/">x</a>', "has no link", id="backslash"
        ),
        pytest.param(
            A8_TEXT.replace(" rel=", "\N{NO-BREAK SPACE}rel="),
            "without its link",
            id="no white space",
        ),
        pytest.param(
            A8_TEXT.replace("お茶の店", "{% endraw %}{{ site }}"),
            "has {% endraw",
            id="Liquid's end",
        ),
    ],
)
def test_what_is_too_much_or_missing_is_named(text, part):
    assert any(part in problem for problem in problems(text))


def test_all_that_is_too_much_is_named_at_once():
    text = A8_TEXT.replace("rel=", 'id="a" class="b" rel=').replace("お茶の店", "<i>お茶</i>")
    assert len(problems(text)) == 4


PIECES = (
    *("<", ">", '"', "'", "=", " ", "\n", "&", "&amp;", "/", "</a>", "<a ", "<img ", "<script>"),
    *("onclick=x", 'onload="x"', "<!--", "-->", "<svg", "<style>", "{{", "x", "a8mat", "\\", "`"),
)


@given(
    code=st.sampled_from([text for _, text in CODES.values()]),
    where=st.floats(0, 1),
    pieces=st.lists(st.sampled_from(PIECES), min_size=1, max_size=3),
)
def test_a_browser_sees_nothing_else_in_what_is_taken(code, where, pieces):
    at = int(where * len(code))
    text = code[:at] + "".join(pieces) + code[at:]
    found = read(text)
    if not isinstance(found, IssuedCode):
        return
    tree = html5lib.parseFragment(f"<p>{found.text}</p><b></b>", namespaceHTMLElements=False)
    assert [child.tag for child in tree] == ["p", "b"]
    inside = list(tree[0].iter())[1:]
    assert {element.tag for element in inside} <= {"a", "img"}
    assert sum(element.tag == "a" for element in inside) == 1
    names = {name for element in inside for name in element.attrib}
    assert not {name for name in names if name.startswith("on")}
    profile = packaged_profiles()[found.programme]
    (link,) = (element for element in inside if element.tag == "a")
    assert packaged_profiles().of_url(link.get("href")) is profile
    assert link.get("href") == found.href


def test_code_of_banner_has_its_picture_and_its_counting_picture():
    assert problems(A8_BANNER.replace("svt/bgt", "svt/other"))[0].startswith(
        "leads to https://www28"
    )
    assert any(
        "p_id differs" in each
        for each in problems(MOSHIMO_TEXT.replace("p_id=54&pc", "p_id=5&pc", 1))
    )
