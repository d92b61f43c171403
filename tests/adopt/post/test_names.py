"""Which texts of links are titles of products."""

import pytest

from linkmgr.adopt.post.names import Naming, bare_title, best_title, may_be_title, slug_of

ASIN = "4000000004"


@pytest.mark.parametrize(
    ("url", "slug"),
    [
        (
            "https://www.amazon.com/Slow-Machines-Novel/dp/4000000004?tag=a-20",
            "Slow Machines Novel",
        ),
        ("https://www.amazon.co.jp/%E7%A0%82-Sand/dp/4000000004", "砂 Sand"),
        ("https://www.amazon.com/gp/product/4000000004", ""),
        ("https://www.amazon.com/dp/4000000004/ref=nosim", ""),
    ],
)
def test_an_address_has_the_words_of_a_title(url, slug):
    assert slug_of(url) == slug


@pytest.mark.parametrize(
    ("text", "slug", "is_title"),
    [
        pytest.param("Slow Machines", "", True, id="capitals"),
        pytest.param("The", "Slow Machines", False, id="an article"),
        pytest.param("Other", "Slow Machines", False, id="a word that the address lacks"),
        pytest.param("wrote a how-to book", "", False, id="a phrase in lower case"),
        pytest.param("slow machines", "Slow Machines Novel", True, id="words of the address"),
        pytest.param("noshadow", "", False, id="the name of a style"),
        pytest.param("a slow machine I own", "Slow Machine", False, id="a phrase with such words"),
        pytest.param("Click here to get the book.", "", False, id="a button"),
        pytest.param("Get this amazing book", "", False, id="a button without here"),
        pytest.param("This is one of the best books on how to wait.", "", False, id="a sentence"),
        pytest.param("(Link to the English one)", "", False, id="a remark"),
        pytest.param("12th edition", "", False, id="an edition"),
        pytest.param("Ada Sand's new book", "", False, id="somebody's book"),
        pytest.param("1984", "", True, id="a number"),
        pytest.param("砂", "", True, id="one ideograph"),
        pytest.param("この本", "", False, id="this book, in Japanese"),
        pytest.param("砂の計算機 (砂丘文庫)", "", True, id="a series in brackets"),
        pytest.param("砂の計算機", "Slow Machines", True, id="a title in another script"),
    ],
)
def test_only_what_names_a_product_is_a_title(text, slug, is_title):
    assert may_be_title(text, slug) is is_title


@pytest.mark.parametrize(
    ("namings", "title"),
    [
        pytest.param(
            [Naming(ASIN, "noshadow", is_alt=True), Naming(ASIN, "Sand 3")],
            "Sand 3",
            id="a link before a picture",
        ),
        pytest.param(
            [Naming(ASIN, "Slow", "Slow Machines"), Naming(ASIN, "Slow Machines")],
            "Slow Machines",
            id="more words of the address",
        ),
        pytest.param(
            [Naming(ASIN, "Slow"), Naming(ASIN, "Slow Machines")], "Slow Machines", id="the longest"
        ),
        pytest.param(
            [Naming(ASIN, "Slow Machines: A Novel"), Naming(ASIN, "Slow", is_name=True)],
            "Slow",
            id="a card's own name",
        ),
        pytest.param([Naming(ASIN, "the one"), Naming(ASIN, "here")], "", id="none"),
    ],
)
def test_the_best_title_wins(namings, title):
    assert best_title(namings) == title


@pytest.mark.parametrize(
    ("text", "slug", "bare"),
    [
        ("Buy Slow Machines at Amazon", "", "Slow Machines"),
        ("Slow Machines (Amazon link)", "", "Slow Machines"),
        ("19. Slow Machines", "Slow Machines", "Slow Machines"),
        ("2. Weltkrieg", "", "2. Weltkrieg"),
    ],
)
def test_what_is_said_of_the_link_is_no_part_of_a_title(text, slug, bare):
    assert bare_title(text, slug) == bare
