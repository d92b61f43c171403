"""Which Jekyll a catalog names, found without reading all of it."""

from typing import get_args

import pytest
from hypothesis import given
from hypothesis import strategies as st

from linkmgr.catalog.model import JekyllPackage
from linkmgr.catalog.reading.jekyll import named_jekyll
from linkmgr.catalog.reading.parse import parse_catalog
from linkmgr.messages.errors import Problems
from linkmgr.posts.jekyll import Package


@pytest.mark.parametrize(
    ("text", "package"),
    [
        ("site:\n  name: x\n  jekyll: gem\n", "gem"),
        ("site: {name: x, jekyll: debian}\n", "debian"),
        (
            "a: {jekyll: gem}\nsite: {b: {jekyll: gem, c: [{jekyll: gem}]}, jekyll: debian}\n",
            "debian",
        ),
        ("\ufeffsite: {'jekyll' : \"gem\"}\n", "gem"),
        ("site: {name: x}\nmappings: {jekyll: {any: {tags: [jekyll]}}}\n", None),
        ("site: {jekyll: bundler}\n", None),
        ("site: {jekyll: [gem]}\n", None),
        ("site: jekyll: gem\n", None),
        ("site: {name: [}\njekyll: gem\n", None),
        ("- site: {jekyll: gem}\n", None),
        ("jekyll: gem\n", None),
        ("jekyll", None),
        ("", None),
    ],
)
def test_a_catalog_names_a_jekyll_under_site_alone(text, package):
    assert named_jekyll(text.encode()) == package


@given(st.text(st.sampled_from("site: jekyll gem{}[],\n-&*'\"#|>"), max_size=40))
def test_it_is_the_one_of_the_whole_catalog(text):
    catalog = f"site: {{name: x, url: 'https://a.example', jekyll: gem}}\n{text}"
    try:
        whole = parse_catalog(catalog).site.jekyll
    except Problems:
        return
    assert named_jekyll(catalog.encode()) == whole


def test_the_packages_are_those_that_posts_are_read_for():
    assert get_args(JekyllPackage) == get_args(Package)
