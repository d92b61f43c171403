"""Lists of books that are the article stay in it; what belongs to a block that leaves goes too."""

import pytest

from linkmgr.adopt.run import adopt
from linkmgr.messages.message import translate
from tests.support.articles import cleaned, scanned
from tests.support.legacy_blogs import write_site

BOOK = "https://www.amazon.co.jp/dp/{}?tag=example-22"
ASINS = ("4000000004", "4111111114", "4222222224")
TEXT = "A paragraph of the article, which says more than any list of books below it does.\n\n" * 3


def list_of(*titles):
    links = (BOOK.format(asin) for asin in ASINS)
    return "".join(f"- [{title}]({link})\n" for title, link in zip(titles, links, strict=False))


@pytest.mark.parametrize(
    ("heading", "leaves"),
    [
        ("Recommended books", True),
        ("Books on sand", True),
        ("The Books I Read for Me", False),
        ("Books I've read in May", False),
        ("April 2019 reading list", False),
        ("おすすめの本", True),
        ("この本を読んだ方におすすめの本", True),
        ("今月読んだ本", False),
    ],
)
def test_only_a_heading_that_recommends_announces_books(heading, leaves):
    text = f"{TEXT}## {heading}\n\n{list_of('Sand', 'Slow Machines')}"
    assert ("Sand" not in cleaned(text.encode()).decode()) is leaves


def test_a_list_that_is_most_of_its_post_stays():
    text = f"Three of them.\n\n## Recommended books\n\n{list_of('Sand', 'Slow', 'Waiting')}"
    (block,) = scanned(text.encode()).blocks
    assert translate(block.keep_reason) == "the list is most of the post, and so its article"


@pytest.mark.parametrize(
    ("after", "stays"),
    [("", ""), ("\n[1]: https://a.example\n", "\n[1]: https://a.example\n")],
    ids=["at the end", "above a definition"],
)
def test_the_rule_above_the_last_block_goes_with_it(after, stays):
    card = f'<a href="{BOOK.format(ASINS[0])}"><img alt="Sand" src="/sand.jpg"></a>\n'
    assert cleaned(f"{TEXT}---\n\n{card}{after}".encode()) == f"{TEXT.rstrip()}\n{stays}".encode()


def label_posts(number, *, named):
    """Return posts that end in the same words, whose books are named above but for the first."""
    posts = {}
    for n, asin in enumerate(ASINS[:number]):
        link = BOOK.format(asin)
        name = f"[Sand {n} and Time]({link})" if n or named else "a book"
        posts[f"_posts/2024-01-0{n + 1}-a{n}.md"] = (
            f"---\nlayout: post\n---\nOf {name}. {TEXT}---\n\n[Get the book]({link})\n"
        )
    return posts


@pytest.mark.parametrize("named", [True, False], ids=["all are named", "one is not"])
def test_equal_links_at_the_ends_all_leave_or_all_stay(tmp_path, named):
    files = {"_config.yml": "url: https://b.example\n", "_layouts/post.html": "{{ content }}\n"}
    root = write_site(tmp_path / "blog", files | label_posts(3, named=named))
    adoption = adopt(root)
    assert sum(change.changed for change in adoption.changes) == (3 if named else 0)


def test_two_links_beside_each_other_have_one_title(tmp_path):
    link = BOOK.format(ASINS[0])
    text = (
        f"Of [Slow]({link}) [machines and Sand]({link}).\n\n{TEXT}---\n\n[Get the book]({link})\n"
    )
    files = {"_config.yml": "url: https://b.example\n", "_layouts/post.html": "{{ content }}\n"}
    post = {"_posts/2024-01-01-a.md": f"---\nlayout: post\n---\n{text}"}
    adoption = adopt(write_site(tmp_path / "blog", files | post))
    assert [book.item.title for book in adoption.collected.books] == ["Slow machines and Sand"]


def test_what_a_cta_and_a_card_show_besides_text_is_counted(tmp_path):
    button = '<a class="btn cta" href="/contact/"><i class="icon-mail"></i> Contact us</a>\n'
    card = f'<a href="{BOOK.format(ASINS[0])}"><img alt="Sand" src="/sand.jpg"></a>\n'
    files = {"_config.yml": "url: https://b.example\n", "_layouts/post.html": "{{ content }}\n"}
    posts = {
        f"_posts/2024-01-0{n}-a.md": f"---\nlayout: post\n---\n{TEXT}{button}\n{card}"
        for n in (1, 2, 3)
    }
    leaving = adopt(write_site(tmp_path / "blog", files | posts)).leaving
    assert (leaving.icons, leaving.covers) == (3, (3, 0))
