"""The site's own templates come from its folder of templates and from nowhere else."""

import os

import pytest

from linkmgr.builder.templates import MAX_BYTES, MAX_TEMPLATES
from linkmgr.messages.errors import LinkmgrError
from tests.support.builds import built, made, write_blog

OUTSIDE = "root:x:0:0"


@pytest.fixture
def site(tmp_path):
    (tmp_path / "secret.html").write_text(OUTSIDE)
    root = write_blog(tmp_path / "site")
    (root / "secret").write_text(OUTSIDE)
    return root


def link_file(root):
    (root / "_linkmgr").mkdir()
    (root / "_linkmgr/books.html").symlink_to(root.parent / "secret.html")


def link_relatively(root):
    (root / "_linkmgr").mkdir()
    (root / "_linkmgr/books.html").symlink_to("../../secret.html")


def link_folder(root):
    outside = root.parent / "templates"
    outside.mkdir()
    (outside / "books.html").write_text(OUTSIDE)
    (root / "_linkmgr").symlink_to(outside)


def link_within_the_site(root):
    (root / "_linkmgr").mkdir()
    (root / "_linkmgr/books.html").symlink_to("../secret")


def link_through_links(root):
    link_file(root)
    (root / "_linkmgr/cta.html").symlink_to("books.html")


@pytest.mark.parametrize(
    "link", [link_file, link_relatively, link_folder, link_within_the_site, link_through_links]
)
def test_a_link_out_of_the_templates_is_refused_without_a_copy(site, link):
    before = made(site)
    link(site)
    with pytest.raises(LinkmgrError, match=r"_linkmgr/books.html: a link leads it out") as caught:
        built(site)
    assert OUTSIDE not in str(caught.value)
    assert made(site) == before


def test_a_template_may_be_a_link_to_another(site):
    (site / "_linkmgr").mkdir()
    (site / "_linkmgr/plain.html").write_text("<p>{{ block.items | length }} items</p>")
    (site / "_linkmgr/books.html").symlink_to("plain.html")
    built(site)
    assert any(b"<p>2 items</p>" in data for data in made(site).values())


def test_what_is_no_file_is_refused_and_not_waited_for(site):
    (site / "_linkmgr").mkdir()
    os.mkfifo(site / "_linkmgr/books.html")
    with pytest.raises(LinkmgrError, match=r"_linkmgr/books.html: is not a file"):
        built(site)


def test_a_template_over_the_size_is_refused_unread(site):
    (site / "_linkmgr").mkdir()
    (site / "_linkmgr/books.html").write_text("x" * (MAX_BYTES + 1))
    with pytest.raises(LinkmgrError, match=r"is too large: 65,537 bytes, of at most 65,536"):
        built(site)


def test_thousands_of_templates_are_refused(site):
    (site / "_linkmgr").mkdir()
    for number in range(MAX_TEMPLATES + 1):
        (site / f"_linkmgr/{number}.html").write_text("x")
    with pytest.raises(LinkmgrError, match=r"has more than 200 templates"):
        built(site)
