"""A page takes a time to check that grows with its length alone, or is reported as too much."""

import pytest

from linkmgr.check.pages.limits import TooMuchError, check_limits
from linkmgr.check.pages.page import read_page
from linkmgr.links.programmes.profiles import packaged_profiles
from tests.support.calls import calls_of

SIZES = 100_000, 400_000


@pytest.mark.parametrize(
    "piece",
    [
        "<div>",
        "<span>",
        "<ul><li>",
        "<blockquote>",
        "<b class={n}>",
        "<p><font size={n}>",
        "<b><div></b>",
        "<span><div></span>",
        "<x-card>",
        "<svg><g>",
        "<svg><div><path/>",
        "<svg></p><path/>",
        "<svg><foreignobject><path/>",
        "<svg><style><div>",
        "<svg><title/><div>",
        "<path d=M0/>",
        "<!-- --!><div>",
    ],
)
@pytest.mark.parametrize("size", SIZES)
def test_what_is_nested_too_deeply_is_not_read(piece, size):
    pieces = (piece.format(n=n) for n in range(size // len(piece)))
    with pytest.raises(TooMuchError) as error:
        read_page("".join(pieces))
    assert error.value.problem.code == "check.detail.nested"


@pytest.mark.parametrize(
    ("html", "code"),
    [
        ("<p " + "".join(f"a{n} " for n in range(100_000)) + ">", "attributes-of-one"),
        ("<p " + "".join(f'a{n}=">" ' for n in range(10_000)) + ">", "attributes-of-one"),
        ("".join(f"<body a{n}>" for n in range(10_000)), "attributes-of-one"),
        ("<select>" + "<option>" * 10_000, "options"),
    ],
    ids=["attributes", "with values", "of the body", "options"],
)
def test_an_element_with_too_much_of_a_kind_is_not_read(html, code):
    with pytest.raises(TooMuchError) as error:
        read_page(html)
    assert error.value.problem.code == f"check.detail.{code}"


PARAGRAPHS = "".join(f"<p class='a'>It's the {n}th of them.</p>" for n in range(3_000))


@pytest.mark.parametrize(
    "tag", ["<a class='b'' id=c>", '<a class="b"" id=c>', "<a it's>", "<a href=x'y>", "<a ='b>"]
)
def test_a_stray_quote_in_a_tag_hides_nothing(tag):
    assert read_page(f"{tag}x</a>{PARAGRAPHS}<a href=/end>y</a>").links[-1].url == "/end"


@pytest.mark.parametrize(
    "piece",
    [
        "<a href=/{n}>x</a>",
        "<a href=/same>x</a>",
        "<a href=/{n}>",
        "<a href=https://www.amazon.co.jp/dp/4000000000?tag=a-22>x</a> 100円 <br>",
        "<p id=a{n}>",
        "<li>x",
        "<table><tr><td>a<td>b<tr><td>c</table>",
        "<tr><td>x<td>",
        "<p>a<b>b</b>",
        "<h2>a</h2><p>b",
        "<div><p>a<div></div></div>",
        "<ruby>漢<rt>かん</ruby>",
        "<img srcset='a{n}.png 1x, b.png 2x'>",
        "<!-- <div> -->",
        "<script>'<div>'</script>",
        "</div>",
        "<svg><style>a{{}}</style><g><path d='M0 0'/></g><circle /></svg>",
        "<math><mi>x</mi><mspace width='1em'/></math>",
        "<!--><p>a<!-- x --><!---->",
        "< a",
    ],
)
def test_the_work_for_a_page_grows_with_its_length(piece):
    profiles = packaged_profiles()
    pages = [
        "".join(piece.format(n=n) for n in range(size // len(piece))) for size in (10_000, 40_000)
    ]
    small, large = (calls_of(read_page, page, profiles) for page in pages)
    assert large < 5 * small + 1000


@pytest.mark.parametrize("html", ["<!--", "<script>", "<p a='", '<a "', "<img srcset='a, "])
def test_what_never_ends_is_gone_through_once(html):
    small, large = (calls_of(read_page, html * (size // len(html))) for size in SIZES)
    assert large < 5 * small + 1000


@pytest.mark.parametrize(
    "html",
    [
        "<svg>" + "<path d='M0 0' /><use href='#a'/>" * 10_000 + "</svg>",
        "<p><svg><g><title>x</title>" + "<circle r='1'/>" * 10_000 + "</g></svg>",
        "<math>" + "<mspace/><mi>x</mi>" * 10_000 + "</math>",
        "<datalist>" + "<option>x</option>" * 10_000 + "</datalist>",
        "<svg/>" * 10_000,
    ],
    ids=["drawing", "with a title", "formula", "suggestions", "empty drawings"],
)
def test_a_long_drawing_formula_or_list_of_suggestions_is_read(html):
    read_page(html)


def test_a_page_of_many_tags_that_end_is_within_the_limits():
    item = "<li><a href='/x'><b>x</b></a> <span>y<em>z</em></span><p>a<p>b</li>"
    check_limits(f"<html><body><div><ul>{item * 20_000}</ul><select><option>a</select></div>")
