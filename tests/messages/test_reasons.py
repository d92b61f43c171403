"""What libraries and the system say in English alone is said in Japanese, too."""

import re

import pytest

from linkmgr.catalog.reading.parse import parse_catalog
from linkmgr.fs import wrap_read_errors
from linkmgr.messages.errors import MOST_SHOWN, LinkmgrError, first_lines, os_reason
from linkmgr.messages.message import message, translate
from linkmgr.posts.config import parse_config
from linkmgr.posts.ruby.yaml_tree import YamlError, parse_tree

ENGLISH = re.compile(r"[a-z]+ [a-z]+ [a-z]+")

# Each has libyaml, or its binding, report another problem.
BROKEN = [
    *(
        "a: [",
        "a: {b: c",
        "a: [b: {",
        "- a\n b",
        "a: b\n c: d",
        "a: b: c",
        "a: *",
        "a: &a b\nc: *d",
    ),
    *(
        "a: 'b",
        'a: "\\q"',
        'a: "\\xzz"',
        'a: "\\uD800"',
        "a: @b",
        "%foo\n--- a",
        "%YAML 3.0\n--- a",
    ),
    *("%YAML 1.1\n%YAML 1.1\n--- a", "a: |x\n  b", "a: |0\n  b", "a: !<b", "a: !b!c d", "a: - b"),
    *(
        "a\nb: c",
        "? a\n- b",
        "a: 'b\n--- c",
        "a:\n\t- b",
        "a: b\n\tc: d",
        "[a, b]]",
        "a: ]",
        "{a, b",
    ),
    *("a: \x01", "a: ? b", "%\n--- a", "%a-\n--- a"),
]


@pytest.mark.parametrize("text", BROKEN)
def test_why_yaml_is_broken_is_said_in_japanese(text):
    for read in (_as_front_matter, _as_config, _as_catalog):
        assert not ENGLISH.search(read(text)), read(text)


def _as_front_matter(text):
    try:
        parse_tree(text, may_miss_anchors=False)
    except YamlError as error:
        return translate(error.problem, "ja")
    return ""


def _as_config(text):
    try:
        parse_config(text, "_config.yml")
    except LinkmgrError as error:
        return error.translated("ja")
    return ""


def _as_catalog(text):
    with pytest.raises(LinkmgrError) as raised:
        parse_catalog(text)
    return raised.value.translated("ja")


def test_a_file_that_is_not_there_is_said_in_both_languages(tmp_path):
    with pytest.raises(LinkmgrError) as raised, wrap_read_errors(tmp_path / "a"):
        (tmp_path / "a").read_bytes()
    assert raised.value.translated("ja").endswith("ファイルやフォルダーがありません")
    assert raised.value.translated("en").endswith("No such file or directory")


def test_a_rare_reason_is_as_the_system_says_it():
    assert os_reason(OSError(71, "Protocol error")) == "Protocol error"
    assert os_reason(PermissionError(13, "Permission denied")) == message("fs.reason-forbidden")


def test_of_many_problems_the_first_are_told_and_how_many_follow():
    problem = message("catalog.missing", what="x")
    assert len(first_lines([problem] * MOST_SHOWN)) == MOST_SHOWN
    assert first_lines([problem] * (MOST_SHOWN + 3))[MOST_SHOWN:] == ("… and 3 more",)
