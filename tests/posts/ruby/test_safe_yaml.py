"""YAML as the released Jekyll reads it: by SafeYAML's specs, and by its rules in Ruby."""

import shutil

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from linkmgr.posts.ruby.safe_yaml import load
from linkmgr.posts.ruby.yaml_tree import YamlError
from tests.posts.test_properties import PLAIN
from tests.support.properties import examples
from tests.support.ruby_yaml import form, gem_values, require_gem_rules, without_offsets
from tests.support.safe_yaml_specs import SPECS


@pytest.fixture(scope="module")
def _gem_rules():
    if not shutil.which("ruby"):
        pytest.skip("ruby is not installed")
    require_gem_rules()


def ours(text):
    try:
        return form(load(text, "gem")[0])
    except YamlError:
        return None


@pytest.mark.parametrize("spec", SPECS, ids=lambda spec: f"{spec.file} {spec.text!r}"[:60])
def test_a_text_is_what_the_specs_of_safe_yaml_say(spec):
    assert without_offsets(ours(spec.text)) == without_offsets(form(spec.value))


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("a: *nowhere", {"a": None}),
        ("a: &a '5'\nb: *a", {"a": "5", "b": 5}),
        ("a: &a 1\nb: &a 2\nc: *a", {"a": 1, "b": 2, "c": 2}),
        ("~: a\nb: c\nd: e", {"a": "b", "c": "d"}),
        ("<<: {a: 1}\nb: 2", {"b": 2}),
        ("a: -1:30", {"a": 30.0}),
        ("a: 2021-05-06 23:30:00", {"a": "2021-05-06 23:30:00 +0000"}),
        ("a: 2021-5-6", {"a": "2021-5-6"}),
        ("a: !!str 5", {"a": 5}),
        ("- a\n--- b", ["a"]),
    ],
)
def test_a_text_is_what_the_published_gem_makes_of_it(text, value):
    """Seen with safe_yaml 1.0.5 itself."""
    read = load(text, "gem")[0]
    if isinstance(read, dict):
        read = {
            k: f"{v:%Y-%m-%d %H:%M:%S %z}" if hasattr(v, "hour") else v for k, v in read.items()
        }
    assert read == value


@pytest.mark.parametrize(
    ("text", "line"),
    [("a: 1\nb: 1._5", 2), ("a: &a [1]\nb:\n  <<: *a", 3), ("a: 1\nb: &b [*b]", 2), ("a: [", 2)],
    ids=["float", "merge", "loop", "syntax"],
)
def test_what_the_gem_fails_at_is_an_error_with_its_line(text, line):
    with pytest.raises(YamlError) as caught:
        load(text, "gem")
    assert caught.value.line == line


SHAPES = st.sampled_from(
    ["key: {}", "- {}\n- x", "{}: v\nb: c", "a: &x {}\nb: *x\nc: 1", "k: [{}, {}]", "k:\n- {}: {}"]
)


@pytest.mark.jekyll
@pytest.mark.usefixtures("_gem_rules")
@settings(max_examples=examples(8), deadline=None)
@given(
    texts=st.lists(
        st.builds(lambda shape, text: shape.replace("{}", text), SHAPES, PLAIN),
        min_size=300,
        max_size=500,
    )
)
def test_any_text_is_what_the_rules_in_ruby_make_of_it(texts):
    theirs = gem_values(texts)
    found = {
        text: pair
        for text, *pair in zip(texts, map(ours, texts), theirs, strict=True)
        # A list as a key is kept as a text, since no setting has such a one.
        if pair[0] != pair[1] and not {"!", "?"} & {*text} and "]:" not in text
    }
    assert not found
