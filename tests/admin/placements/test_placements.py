"""The Placements page shows which links stand on which pages."""

import csv
import io
import re

import html5lib
import pytest

from linkmgr.placements.model import Placement
from linkmgr.placements.saved import Register, save_register

PAGE = "/admin/placements"
SITE = "https://tea.example"
A8 = "s00000001642001"


def placement(page, programme, advertiser="", **over):
    facts = {"item": "", "place": "by-hand", "link": "https://x.example/"} | over
    file = {"file": "_posts/a.md", "line": 3}
    return Placement(f"{SITE}/{page}", programme, advertiser, **facts, **file)


@pytest.fixture
def register(settings):
    placements = [
        placement("green/", "a8", A8),
        placement("green/", "amazon", item="kitchen-knives", place="books"),
        placement("black/", "moshimo", "54", place="template", link="=<script>"),
    ]
    save_register(settings.site, Register(1_700_000_000.0, placements))


def pages(text):
    return re.findall(r'<th scope="row"[^>]*><a href="https://tea.example/(\w+)/', text)


@pytest.mark.parametrize("language", ["en", "ja"])
@pytest.mark.usefixtures("register")
def test_the_page_is_valid_in_either_language(admin_client, language):
    answer = admin_client.get(PAGE, Accept_Language=language)
    html5lib.HTMLParser(strict=True).parse(answer.text)
    assert pages(answer.text) == ["green", "green", "black"]


def test_without_a_register_the_page_says_how_to_make_one(admin_client):
    assert "run linkmgr placements" in admin_client.get(PAGE).text
    assert admin_client.get(f"{PAGE}/placements.csv").status_code == 404


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("programme=a8", ["green"]),
        (f"programme={A8}", ["green"]),
        ("item=kitchen-knives", ["green"]),
        ("q=black", ["black"]),
        ("programme=a8&q=black", []),
    ],
)
@pytest.mark.usefixtures("register")
def test_what_is_asked_for_is_shown_and_sent_as_a_file(admin_client, query, found):
    assert pages(admin_client.get(f"{PAGE}?{query}").text) == found
    rows = admin_client.get(f"{PAGE}/placements.csv?{query}").data.decode("utf-8-sig")
    urls = [row["url"] for row in csv.DictReader(io.StringIO(rows))]
    assert urls == [f"{SITE}/{page}/" for page in found]


@pytest.mark.usefixtures("register")
def test_links_of_the_site_do_no_harm(admin_client):
    assert "<code>=&lt;script&gt;</code>" in admin_client.get(PAGE).text
    assert "'=<script>" in admin_client.get(f"{PAGE}/placements.csv").text


def test_a_long_register_is_shown_page_by_page(admin_client, settings):
    many = [placement(f"p{number}/", "a8", A8) for number in range(51)]
    save_register(settings.site, Register(1_700_000_000.0, many))
    assert pages(admin_client.get(f"{PAGE}?page=2&programme=a8").text) == ["p50"]
