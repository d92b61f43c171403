"""Which addresses are of the site, and which of them there are."""

import os
from urllib.parse import quote

import pytest

from linkmgr.check.pages.built_site import BuiltSite, SiteAddresses
from linkmgr.messages.errors import LinkmgrError

ADDRESSES = SiteAddresses.of_urls(
    ("https://www.tea.example", "https://old.example"),
    "blog/",
    ("/blog/shop/", "https://tea.example/c/"),
)


@pytest.fixture
def built(tmp_path):
    for name in ("index.html", "2026/01/01/緑/index.html", "about.html", "files/a b.pdf"):
        file = tmp_path / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text("x")
    return BuiltSite.read(tmp_path)


@pytest.mark.parametrize(
    ("path", "file"),
    [
        ("/", "index.html"),
        ("/index.html", "index.html"),
        ("/2026/01/01/緑/", "2026/01/01/緑/index.html"),
        ("/2026/01/01/%E7%B7%91", "2026/01/01/緑/index.html"),
        ("/2026/01/01/緑/index", "2026/01/01/緑/index.html"),
        ("/about", "about.html"),
        ("/about.html", "about.html"),
        ("/files/a%20b.pdf", "files/a b.pdf"),
        ("/files/", None),
        ("/about/", None),
        ("/About", None),
        ("/../index.html", None),
    ],
)
def test_an_address_is_answered_as_github_pages_does(built, path, file):
    assert built.file(path) == file


def test_a_name_taken_apart_is_the_same_name(tmp_path):
    (tmp_path / "が.html").write_text("x")  # か and its mark, as macOS writes it
    assert BuiltSite.read(tmp_path).file("/が")


@pytest.mark.parametrize(
    "name", ["👨\u200d💻", "می\u200cخواهم", "a\u200bb", "a\u00adb", "広い\u3000空白", "a\U0001fae9"]
)
def test_a_name_may_have_characters_that_nobody_sees(tmp_path, name):
    (tmp_path / f"{name}.html").write_text("x")
    built = BuiltSite.read(tmp_path)
    assert built.file(f"/{name}") == built.file(f"/{quote(name)}") == f"{name}.html"


@pytest.mark.parametrize("name", ["a\nb.html", "a\udcffb.html"])
def test_a_name_that_jekyll_cannot_have_made_is_left_out(built, name):
    (built.folder / name).write_text("x")
    assert BuiltSite.read(built.folder).pages == built.pages


def test_the_pages_are_listed_once_each(built):
    assert built.pages == ("2026/01/01/緑/index.html", "about.html", "index.html")


def test_what_is_no_regular_file_is_not_there(built):
    (built.folder / "gone.html").symlink_to("nowhere")
    (built.folder / "self.html").symlink_to("self.html")
    os.mkfifo(built.folder / "pipe.html")
    assert BuiltSite.read(built.folder).pages == built.pages


def test_a_folder_that_cannot_be_read_is_reported(built, monkeypatch):
    def scandir(path):
        raise PermissionError(13, "Permission denied", str(path))

    monkeypatch.setattr(os, "scandir", scandir)
    with pytest.raises(LinkmgrError, match="cannot be read: Permission denied"):
        BuiltSite.read(built.folder)


@pytest.mark.parametrize("name", ["_site", "style.css"])
def test_a_folder_without_pages_says_what_to_run(tmp_path, name):
    if name.endswith(".css"):
        (tmp_path / name).write_text("x")
    with pytest.raises(LinkmgrError, match=r"no built page: run `jekyll build` first"):
        BuiltSite.read(tmp_path if name.endswith(".css") else tmp_path / name)


@pytest.mark.parametrize(
    ("url", "path"),
    [
        ("/blog/x/?a=1#b", "/x/"),
        ("../x/", "/2026/x/"),
        ("#top", "/2026/01/index.html"),
        ("?page=2", "/2026/01/index.html"),
        ("https://tea.example/blog/", "/"),
        ("http://www.tea.example/blog", "/"),
        ("//old.example/blog/x", "/x"),
        ("/elsewhere/", None),
        ("/blogs/", None),
        ("https://other.example/blog/x", None),
        ("mailto:a@tea.example", None),
        ("tel:+81", None),
        ("javascript:void(0)", None),
        ("https://tea.example:8443/blog/x", None),
        ("https://tea.example/c/go/tea", None),
        ("/blog/shop/x", None),
        ("/blog/shops/", "/shops/"),
        ("https://[::1/", ""),
        ("/blog//x///y", "/x/y"),
        ("///cdn.example/blog/x", None),
        ("https:////tea.example/blog/x", "/x"),
        ("/about", ""),  # the page is there, but not at the root of the host
    ],
)
def test_a_link_is_followed_within_the_site_alone(built, url, path):
    assert ADDRESSES.path(url, "2026/01/index.html", "", built) == path


PAGES_SITE = SiteAddresses.of_urls(("https://writer.github.io",), "")


@pytest.mark.parametrize(
    ("url", "path"),
    [
        ("https://writer.github.io/guide/intro/", None),
        ("https://writer.github.io/2026/gone/", "/2026/gone/"),
        ("https://writer.github.io/about", "/about"),
        ("https://writer.github.io", "/"),
        ("/guide/intro/", "/guide/intro/"),
    ],
)
def test_another_repository_on_a_shared_host_is_elsewhere(built, url, path):
    assert PAGES_SITE.path(url, "index.html", "", built) == path


def test_a_page_may_say_what_its_links_are_relative_to(built):
    assert ADDRESSES.path("x/", "2026/01/index.html", "/blog/", built) == "/x/"


@pytest.mark.parametrize(
    ("urls", "baseurl", "link"),
    [
        (("https://tea.example/blog", ""), "", "https://tea.example/blog/x"),
        (("", "https://tea.example/blog/"), "", "/blog/x"),
        (("https://tea.example", ""), "blog", "/blog/x"),
        (("https://tea.example", ""), "/お茶/", "/%E3%81%8A%E8%8C%B6/x"),
        (("tea.example", ""), "", "https://tea.example/x"),
        (("", ""), "", "/x"),
    ],
)
def test_what_the_site_is_built_for_may_be_said_in_several_ways(built, urls, baseurl, link):
    assert SiteAddresses.of_urls(urls, baseurl).path(link, "index.html", "", built) == "/x"


def test_a_url_that_cannot_be_is_reported():
    with pytest.raises(LinkmgrError, match=r"the site's url: .*https://\[x"):
        SiteAddresses.of_urls(("https://[x",), "")
