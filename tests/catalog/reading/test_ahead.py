"""What a catalog says of the files to read, found without reading all of it."""

from typing import get_args

import pytest
from hypothesis import given
from hypothesis import strategies as st

from linkmgr.catalog.model import JekyllPackage
from linkmgr.catalog.reading.files import FilesToRead
from linkmgr.catalog.reading.parse import parse_catalog
from linkmgr.messages.errors import Problems
from linkmgr.posts.ruby.values import Package


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
    assert FilesToRead.named_in(text.encode()).jekyll == package


@given(st.text(st.sampled_from("site: jekyll gem{}[],\n-&*'\"#|>"), max_size=40))
def test_it_is_the_one_of_the_whole_catalog(text):
    catalog = f"site: {{name: x, url: 'https://a.example', jekyll: gem}}\n{text}"
    try:
        whole = parse_catalog(catalog).site.jekyll
    except Problems:
        return
    assert FilesToRead.named_in(catalog.encode()).jekyll == whole


@pytest.mark.parametrize(
    ("text", "pages"),
    [
        (
            "site:\n  pages:\n  - about.md\n  - '_recipes/*'\n  name: x\n",
            ("about.md", "_recipes/*"),
        ),
        ('\ufeffsite: {"pages" : ["a b.md"]}\n', ("a b.md",)),
        ("books: {pages: [x]}\nsite: {name: x, more: {pages: [x]}}\n", ()),
        ("site: {pages: about.md}\n", ()),
        ("site: {pages: {a: b}}\n", ()),
        ("site: {pages: []}\n", ()),
        ("site: {pages: [a.md\n", ()),
        ("pages: [a.md]\n", ()),
    ],
)
def test_a_catalog_lists_pages_under_site_alone(text, pages):
    assert FilesToRead.named_in(text.encode()).pages == pages


@given(st.text(st.sampled_from("site: pages a.md*{}[],\n-&'\"#|>"), max_size=40))
def test_they_are_those_of_the_whole_catalog(text):
    catalog = f"site:\n  name: x\n  url: https://a.example\n  pages:{text}"
    try:
        whole = parse_catalog(catalog).site.pages
    except Problems:
        return
    assert FilesToRead.named_in(catalog.encode()).pages == whole


def test_the_packages_are_those_that_posts_are_read_for():
    assert get_args(JekyllPackage) == get_args(Package)
