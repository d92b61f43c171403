"""`--links` changes the bytes of whole URLs, and none of the text around them."""

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from linkmgr.adopt.planning.changes import Policy, change_post, rewrite_links
from linkmgr.adopt.post.model import InlineLink
from linkmgr.adopt.post.site_addresses import LiveUrls
from linkmgr.catalog.reading.parse import parse_catalog
from linkmgr.links.recognition.affiliate import affiliate_link
from tests.support.articles import scanned
from tests.support.properties import examples

CATALOG = parse_catalog(
    "site: {name: x, url: https://blog.example}\n"
    "programmes: {amazon: {marketplace: amazon.co.jp, tag: example-22}}\n"
    "books: {sand: {asin: '4000000004', title: 砂の計算機}}\n"
)
OLD = "https://www.amazon.co.jp/%E7%A0%82/dp/4000000004/ref=sr_1_1?keywords=x&tag=old-22"
NEW = "https://www.amazon.co.jp/dp/4000000004/?tag=example-22"
POLICY = Policy(LiveUrls((), ""), {}, CATALOG)
FRONT = f"---\ntitle: x\nlink: {OLD}\n---\n\n"


def changed(text):
    """Return what becomes of a post of that text."""
    raw = (FRONT + text).encode()
    data = change_post(raw, scanned(raw), POLICY).data.decode()
    assert data.startswith(FRONT)
    return data.removeprefix(FRONT)


@pytest.mark.parametrize(
    "text",
    [
        pytest.param("[砂][1]を読んだ。\n\n[1]: {}\n\n後の文は残る。\n", id="a reference"),
        pytest.param("[砂][1]と[豆][1]と[1]。\n\n[1]: <{}> '題'\n\n後。\n", id="used thrice"),
        pytest.param('[砂](<{}> "題") と [x]({})、<{}>。\n', id="links and autolinks"),
        pytest.param('<a href="{}">{}</a> <a href={}>x</a>\n', id="HTML"),
        pytest.param("|a|{}|\n|-|-|\n|{}|b|\n", id="a table"),
        pytest.param("本。{}。「{}」（{}）\n", id="full-width marks"),
        pytest.param("{}&nbsp;文 {}&lt;br {}, {}. {}!\n", id="entities and marks"),
        pytest.param("~~{}~~ **{}** *{}* {}{{: .a}} {}& 文\n", id="emphasis and attributes"),
        pytest.param("> {}\n", id="a quote"),
    ],
)
def test_a_whole_link_gets_the_catalogs_address(text):
    number = text.count("{}")
    assert changed(text.format(*[OLD] * number)) == text.format(*[NEW] * number)


@pytest.mark.parametrize(
    "text",
    [
        pytest.param(f"これは {OLD}を読んだ。\n", id="letters that touch it"),
        pytest.param(f"{OLD}\\_x と {OLD}{{{{ x }}}} と {OLD}{{% x %}}\n", id="escapes and Liquid"),
        pytest.param(f'{{% card "{OLD}" %}} {{{{ "{OLD}" | x }}}}\n', id="within Liquid"),
        pytest.param(f"<p data-x=\"{OLD}\" title='{OLD}'>文</p>\n", id="another attribute"),
        pytest.param(f'*砂*{{: data-x="{OLD}"}}\n', id="an attribute of kramdown's"),
        pytest.param(f"`{OLD}`\n\n```\n{OLD}\n```\n\n<!-- {OLD} -->\n", id="code and comments"),
        pytest.param(f"[砂][1]\n\n```\n[1]: {OLD}\n```\n", id="a definition in code"),
        pytest.param(f"[砂]({OLD}&x={{{{ site.x }}}})\n", id="Liquid in it"),
        pytest.param(f"{OLD}&u=https://blog.example/ と x{OLD}\n", id="addresses in one another"),
        pytest.param(f"[砂]({OLD}\n", id="a link that is cut off"),
        pytest.param(OLD.replace("co.jp", "com"), id="another marketplace"),
    ],
)
def test_a_link_that_is_not_certain_stays(text):
    assert changed(text) == text


PIECES = st.one_of(
    st.sampled_from([OLD] * 4 + [f"[砂]({OLD})", f"<{OLD}>", f'<a href="{OLD}">砂</a>']),
    st.sampled_from(["[砂][1]", f"\n\n[1]: {OLD}\n", f'\n\n[2]: <{OLD}> "題"\n', "[豆][2]", "[1]"]),
    st.sampled_from(["{{ x }}", "{% x %}", "{: .a}", "&nbsp;", "&lt;", "&amp;", "& ", "\\_x"]),
    st.sampled_from(
        ["<br>", "<!--", " -->", "```\n", "`", "\n\n", "\n| ", " word ", "砂を", " href="]
    ),
    st.text("|{}%:\\~<>()[]\"'`*_!?.,; \n\r\t。、」）　あ", max_size=4),
)


@given(st.lists(PIECES, max_size=12).map("".join))
@settings(max_examples=examples(1500), suppress_health_check=[HealthCheck.too_slow], deadline=None)
def test_all_text_around_links_comes_back_byte_for_byte(text):
    # Blocks leave with their links: here only what stays is looked at.
    raw = (FRONT + text).encode()
    data, rewritten, _ = rewrite_links(raw, scanned(raw).inline, CATALOG)
    assert data.decode().replace(NEW, OLD) == raw.decode()
    assert data.decode().count(NEW) == len(rewritten)


def test_spans_within_each_other_and_of_other_bytes_are_left():
    raw = f"{OLD} と文".encode()
    link = affiliate_link(OLD)
    whole = InlineLink("bare", 0, len(OLD), 1, link)
    for wrong in (
        InlineLink("markdown", 0, len(OLD) + 3, 1, link),
        InlineLink("markdown", 0, len(OLD) - 3, 1, link),
    ):
        assert rewrite_links(raw, [wrong], CATALOG)[0] == raw
    once = f"{NEW} と文".encode()
    assert rewrite_links(raw, [whole, whole], CATALOG)[0] == once
