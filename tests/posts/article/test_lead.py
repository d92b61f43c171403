"""The first sentence of an article, its picture, and whether it has sections."""

import pytest

from linkmgr.posts.article.lead import MAX_LEAD, has_sections, lead, picture


@pytest.mark.parametrize(
    ("body", "sentence"),
    [
        ("One sentence. Another one.", "One sentence."),
        ("一つ目の文。二つ目の文。", "一つ目の文。"),
        ("「すごい。」と言った。次。", "「すごい。」と言った。"),
        ("## A heading\n\nThe [first](/a) *sentence* `is` here.", "The first sentence is here."),
        ("A heading\n---\n\nText.", "Text."),
        ("![a](/a.jpg)\n\n> Quoted.\n\n- A list.\n\n{% include x %}\n\nText.", "Text."),
        ("```\ncode\n\nmore\n```\n\nText.", "Text."),
        ("折り返し\nた文です。", "折り返した文です。"),
        ("A line\nand another.", "A line and another."),
        ("<p>Some <b>HTML</b> &amp; more! Text.</p>", "Some HTML & more!"),
        ("snake_case and 3.14 stay.", "snake_case and 3.14 stay."),
        ("No end", "No end"),
        ("![a](/a.jpg)", ""),
        ("", ""),
    ],
)
def test_a_lead_is_the_first_sentence_of_prose(body, sentence):
    assert lead("", body.encode()) == sentence


def test_a_posts_own_excerpt_comes_before_its_article():
    assert lead("A **summary**. More.", b"Text.") == "A summary."


def test_a_long_sentence_is_cut():
    assert lead("", b"word " * 99) == ("word " * 99)[: MAX_LEAD - 1] + "…"


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        ("Text.\n\n## A section\n", True),
        ("Text.\n\nA section\n---\n\nText.", True),
        ("<h2 id=a>A section</h2>", True),
        ("# A title\n\n### A part", False),
        ("```\n## a comment\n```", False),
        ("Text.\n\n---\n\nText.", False),
        ("Text.", False),
    ],
)
def test_sections_are_headings_of_the_second_level(body, expected):
    assert has_sections(body.encode()) is expected


@pytest.mark.parametrize(
    ("values", "address"),
    [
        ({"image": "/a.jpg"}, "/a.jpg"),
        ({"image": {"path": "a.jpg", "alt": "A"}}, "a.jpg"),
        ({"header": {"teaser": "/t.jpg"}}, "/t.jpg"),
        ({"thumbnail": " /n.jpg "}, "/n.jpg"),
        ({"image": ["/a.jpg"], "header": "x"}, ""),
        ({}, ""),
    ],
)
def test_a_picture_is_what_front_matter_names(values, address):
    assert picture(values) == address
