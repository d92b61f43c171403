"""What is broken in a post is told, with its line."""

import pytest

from linkmgr.adopt.post.model import PostFinding
from linkmgr.links.amazon import tag_problem
from linkmgr.links.isbn import asin_problem
from linkmgr.messages.message import message, translate
from tests.support.articles import BOOKS, CTA, DISCLOSURE, RELATED, RULE, cleaned, scanned

DP = "https://www.amazon.co.jp/dp"


def findings_of(text: str) -> list[tuple[int, str, str]]:
    return [
        (each.line, each.kind, translate(each.message)) for each in scanned(text.encode()).findings
    ]


def kinds_of(text: str) -> list[tuple[int, str]]:
    return [(line, kind) for line, kind, _ in findings_of(text)]


@pytest.mark.parametrize(
    ("link", "kind", "message"),
    [
        pytest.param(
            f"{DP}/4000000005/?tag=x-22",
            "check-digit",
            f"ASIN 4000000005 {translate(asin_problem('4000000005'))}",
            id="a wrong check digit",
        ),
        pytest.param(
            f"{DP}/40000000/?tag=x-22",
            "check-digit",
            f"ASIN 40000000 {translate(asin_problem('40000000'))}",
            id="a truncated ASIN",
        ),
        pytest.param(
            f"{DP}/4000000004/",
            "no-tag",
            f"{DP}/4000000004/ has no tag, so it earns nothing",
            id="no tag",
        ),
        pytest.param(
            f"{DP}/4000000004/?tag=x-21",
            "foreign-tag",
            f"tag x-21 {translate(tag_problem('x-21', 'amazon.co.jp'))}",
            id="a tag of another marketplace",
        ),
        pytest.param(
            "https://amzn.to/3AbC",
            "short-link",
            "https://amzn.to/3AbC does not show which product it links to",
            id="a short link",
        ),
        pytest.param(
            "https://www.amazon.co.jp/s?k=a&tag=x-22",
            "search-link",
            "https://www.amazon.co.jp/s?k=a&tag=x-22 leads to a search, not to a single book",
            id="a search",
        ),
    ],
)
def test_a_broken_affiliate_link_in_text_is_reported_and_stays(link, kind, message):
    assert findings_of(f"一。\n\n本の[題]({link})を読む。\n") == sorted(
        [(3, kind, message), (3, "inline-link", f"{link} is in running text and stays")]
    )


def test_a_link_alone_in_its_paragraph_is_reported_once():
    assert kinds_of(f"一。\n\n[題]({DP}/4000000004/?tag=x-22)\n\n二。\n") == [(3, "unsure")]


def test_an_inline_link_is_known_by_the_bytes_of_its_url():
    raw = f"本の[題]({DP}/4000000004/?a=1&amp;tag=x-22 '題')を読む。\n".encode()
    (inline,) = scanned(raw).inline
    assert raw[inline.start : inline.end].decode() == f"{DP}/4000000004/?a=1&amp;tag=x-22"
    assert inline.link.tag == "x-22"


@pytest.mark.parametrize(
    ("link", "meant"),
    [
        pytest.param("/2024/03/02/first-post/", "/2024/03/01/first-post/", id="a day off"),
        pytest.param("/2024/03/01/first-post-/", "/2024/03/01/first-post/", id="a hyphen"),
        pytest.param("/2024/03/01/First-Post/", "/2024/03/01/first-post/", id="case"),
        pytest.param("/2024/04/03/三/", "/2024/04/02/三/", id="encoding and a day off"),
        pytest.param(
            "https://blog.example/2024/03/04/second-post", "/2024/03/05/second-post/", id="own site"
        ),
    ],
)
def test_a_dead_link_is_reported_with_the_post_that_it_meant(link, meant):
    assert findings_of(f"一。\n\n[題]({link})を読む。\n") == [
        (3, "dead-link", f"{link} is dead; the post is at {meant}")
    ]


def test_a_dead_link_whose_post_is_unknown_is_reported_alone():
    assert findings_of("[題](/2020/01/01/gone/)\n") == [
        (1, "dead-link", "/2020/01/01/gone/ is dead")
    ]


@pytest.mark.parametrize(
    "link",
    [
        "/2024/04/02/三/",
        "/2024/04/02/%E4%B8%89",
        "/2024/03/01/first-post/?a=1#b",
        "/about/",
        "#top",
    ],
)
def test_links_that_are_live_or_of_no_post_are_unknown(link):
    assert findings_of(f"[題]({link})\n") == []


def test_dead_links_of_related_lists_are_reported():
    assert kinds_of("## 関連記事\n\n- [一](/2024/03/02/first-post/)\n") == [(3, "dead-link")]


def test_block_that_stands_twice_is_reported_at_its_second_place():
    text = f"文。\n\n{RULE}{RELATED}\n続き。\n\n{RULE}{RELATED}"
    assert (14, "block-twice") in kinds_of(text)


def test_text_after_blocks_that_end_an_article_is_reported_once():
    blocks = "\n".join(RULE + block for block in (RELATED, CTA, BOOKS, DISCLOSURE))
    text = f"文。\n\n{blocks}\n続き。\n\n続き。\n"
    lines = text.split("\n")
    assert [each for each in kinds_of(text) if each[1] == "text-after-block"] == [
        (lines.index("続き。") + 1, "text-after-block")
    ]


def test_markers_are_reported_wherever_they_are():
    text = "文。\n\n---END---\n\n文の---END---の後。\n"
    assert kinds_of(text) == [(3, "marker"), (5, "marker")]


def test_a_merge_conflict_is_reported_and_stays():
    text = "<<<<<<< Updated upstream\n文。\n\n---END---\n=======\n>>>>>>> Stashed changes\n"
    assert [line for line, kind in kinds_of(text) if kind == "unsure"] == [1]
    assert cleaned(text.encode()) == text.encode()


def test_lines_are_counted_from_the_file_s_first():
    raw = b"\xef\xbb\xbf---\r\ntitle: t\r\n---\r\n\r\nx\r\n\r\n---END---\r\n"
    (finding,) = scanned(raw, "_posts/a.md").findings
    assert finding == PostFinding("_posts/a.md", 7, "marker", message("adopt.finding-marker"))


def test_attribute_lists_are_no_findings():
    text = """- toc
{:toc}

[a](/b){: .x}{:target="_blank"} [a](/b "two
lines"){: .x}

    code {: .x}

<nav>
* toc
{:toc}
</nav>

text {: .x}
"""
    assert kinds_of(text) == []
