from hypothesis import given
from hypothesis import strategies as st

from linkmgr.blocks.include import post_key


def test_the_key_of_a_post_never_changes():
    assert post_key("_posts/2026-01-02-日本語.md") == "3a39a2b9e533ae1a"


@given(st.text())
def test_any_path_has_a_short_ascii_key(path):
    key = post_key(path)
    assert len(key) == 16
    assert set(key) <= set("0123456789abcdef")
