"""What a build says of links through the server: those that are forbidden."""

import pytest

from tests.support.builds import (
    CATALOG,
    age,
    built,
    fragment_of,
    post,
    write_blog,
    yaml_of,
)

SERVER = "https://l.example"
SITE = CATALOG["site"] | {"server": SERVER}
RAKUTEN = {"name": "Rakuten", "url": "https://hb.afl.rakuten.co.jp/hgc/1/?pc={url}"}
SHOP = {"programme": "rakuten", "url": "https://books.rakuten.co.jp/rb/1/"}
GREEN = CATALOG["books"]["green"] | {"shops": [SHOP]}
GREEN_POST = "_posts/2026-01-01-green.md"
TEA_ONLY = {"mappings": {"tea": {"any": {"tags": ["tea"]}, "items": ["green"]}}}
CHANGED = 3  # posts of the blog that show the green book


def catalog(tracking=None, **over):
    rakuten = RAKUTEN | ({"tracking": tracking} if tracking else {})
    return {
        "site": SITE,
        "programmes": CATALOG["programmes"] | {"rakuten": rakuten},
        "books": CATALOG["books"] | {"green": GREEN},
        **over,
    }


def write_catalog(root, values):
    (root / "catalog.yaml").write_text(yaml_of(CATALOG | values), encoding="utf-8")
    age(root / "catalog.yaml")


def stated(report):
    return [str(warning) for warning in report.warnings]


def test_a_forbidden_redirect_is_reported_once_a_programme(tmp_path):
    root = write_blog(tmp_path, catalog=catalog("redirect"))
    first, again = built(root), built(root)
    assert first.changed
    assert not again.changed
    assert first.warnings == again.warnings
    (warning,) = first.warnings
    lines = (root / "catalog.yaml").read_text().splitlines()
    assert lines[warning.location.line - 1].strip() == "tracking: redirect"
    assert (warning.location.file, warning.location.key) == (
        str(root / "catalog.yaml"),
        "programmes.rakuten.tracking",
    )


@pytest.mark.parametrize(
    ("url", "name"),
    [
        ("https://px.a8.net/svt/ejp?a8mat=1", "A8.net"),
        ("https://someone.gumroad.com/a/1", "Gumroad"),
    ],
)
def test_cta_without_its_programme_is_marked_and_not_redirected(tmp_path, url, name):
    offer = {"heading": "Offer", "label": "Go", "url": url}
    mappings = {"tea": {"any": {"tags": ["tea"]}, "items": ["offer"]}}
    root = write_blog(
        tmp_path,
        {GREEN_POST: post("Green leaves")},
        catalog={"site": SITE, "ctas": {"offer": offer}, "mappings": mappings},
    )
    (warning,) = stated(built(root))
    assert f": ctas.offer.url: is an affiliate link of {name}" in warning
    html = fragment_of(root, GREEN_POST).read_text()
    assert f'href="{url}" rel="sponsored nofollow noopener"' in html
    assert html.index("linkmgr-label") < html.index(url)
