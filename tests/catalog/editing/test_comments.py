"""Comments are put beside what a catalog says, and change none of it."""

import pytest

from linkmgr.catalog.editing.rewrite import with_comments
from linkmgr.catalog.reading.yaml.texts import raw_values

TEXT = """books:
  sand:
    title: 砂の計算機
mappings:
  sand:
    any:
      tags: [砂場]
      keywords: [砂丘, "海: 辺", 砂粒]
    items: [sand, beans]
"""


def test_a_comment_is_at_the_end_of_its_keys_line():
    assert "  sand:  # no rule\n    title" in with_comments(TEXT, {("books", "sand"): "no rule"})


def test_a_list_of_several_texts_gets_a_line_for_each():
    path = ("mappings", "sand", "any", "keywords")
    text = with_comments(TEXT, {(*path, "砂丘"): "3 of 4", (*path, "海: 辺"): "5 of 6"})
    assert (
        '      keywords:\n        - 砂丘  # 3 of 4\n        - "海: 辺"  # 5 of 6\n        - 砂粒\n'
    ) in text
    assert raw_values(text) == raw_values(TEXT)


def test_a_list_of_one_text_stays_on_its_line():
    text = with_comments(TEXT, {("mappings", "sand", "any", "tags", "砂場"): "3 of\n4"})
    assert "      tags: [砂場]  # 3 of 4\n" in text
    assert raw_values(text) == raw_values(TEXT)


@pytest.mark.parametrize("path", [("books", "beans"), ("mappings", "sand", "items", "tea"), ("x",)])
def test_a_comment_on_what_is_not_there_is_left_out(path):
    assert with_comments(TEXT, {path: "gone"}) == TEXT


def test_a_line_with_a_comment_keeps_it():
    text = TEXT.replace("  sand:\n    title", "  sand:  # mine\n    title")
    assert with_comments(text, {("books", "sand"): "no rule"}) == text


def test_line_ends_of_windows_stay():
    text = TEXT.replace("\n", "\r\n")
    done = with_comments(text, {("mappings", "sand", "items", "sand"): "砂の計算機"})
    assert done.replace("\r\n", "").count("\n") == 0
    assert raw_values(done) == raw_values(TEXT)
