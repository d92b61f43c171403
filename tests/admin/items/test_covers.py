"""A cover that is uploaded with an item: what is taken, and where it goes."""

import re
from io import BytesIO

import pytest

from linkmgr.catalog.reading.files import load_catalog
from tests.support.items import BOOK, form_of

JPEG = b"\xff\xd8\xff\xe0" + b"a" * 100
PNG = b"\x89PNG\r\n\x1a\n" + b"a" * 100
WEBP = b"RIFF\x10\x00\x00\x00WEBPVP8 " + b"a" * 100


def send(client, data, name="cover.bin", **values):
    file = {"cover_file": (BytesIO(data), name)}
    return client.post(BOOK, form_of(client, BOOK) | values | file)


def covers(site):
    return sorted(file.name for file in (site / "assets/covers").glob("?" * 16 + ".*"))


@pytest.mark.parametrize(("data", "extension"), [(JPEG, "jpg"), (PNG, "png"), (WEBP, "webp")])
def test_an_uploaded_cover_goes_into_the_sites_assets(admin_client, site, data, extension):
    assert send(admin_client, data).status_code == 303
    (name,) = covers(site)
    assert re.fullmatch(rf"[0-9a-f]{{16}}\.{extension}", name)
    assert (site / "assets/covers" / name).read_bytes() == data
    book = load_catalog(site / "catalog.yaml").books["kitchen-coffee"]
    assert book.cover == f"/assets/covers/{name}"


@pytest.mark.parametrize(
    ("data", "said"),
    [
        (b"<svg onload=alert(1)>", "no JPEG, PNG or WebP"),
        (PNG + b"a" * 9_000, "more than 1 MB"),
        (b"", "no JPEG, PNG or WebP"),
    ],
    ids=["another kind", "too large", "empty"],
)
def test_what_is_no_small_picture_is_refused(admin_client, site, monkeypatch, data, said):
    monkeypatch.setattr("linkmgr.admin.items.covers.MOST_BYTES", 8_000)
    answer = send(admin_client, data, "a.png")
    assert answer.status_code == 400
    assert said in answer.text
    assert covers(site) == []


def test_a_refused_form_keeps_the_cover_that_was_uploaded(admin_client, site):
    answer = send(admin_client, PNG, rating="9")
    assert answer.status_code == 400
    assert f'value="/assets/covers/{covers(site)[0]}"' in answer.text


def test_without_a_file_the_address_stays(admin_client, site):
    form = form_of(admin_client, BOOK) | {"cover": "/own.jpg"}
    assert admin_client.post(BOOK, form).status_code == 303
    book = load_catalog(site / "catalog.yaml").books["kitchen-coffee"]
    assert (book.cover, covers(site)) == ("/own.jpg", [])


def test_a_preview_shows_a_cover_before_it_is_published(admin_client):
    send(admin_client, PNG)
    page = admin_client.get("/admin/items/kitchen-coffee").text
    (address,) = re.findall(r"/admin/items/pictures/assets/covers/[0-9a-f]{16}\.png", page)[:1]
    with admin_client.get(address) as answer:
        assert (answer.status_code, answer.mimetype, answer.data) == (200, "image/png", PNG)


def test_lists_show_the_sites_own_covers(admin_client):
    listed = admin_client.get("/admin/items").text
    address = "/admin/items/pictures/assets/covers/kitchen-coffee.svg"
    assert f'src="{address}"' in listed
    with admin_client.get(address) as answer:
        assert answer.status_code == 200


@pytest.mark.parametrize(
    "path", ["catalog.yaml", "_config.yml", "../secret.png", "planted.png", "gone.png"]
)
def test_only_pictures_in_the_site_are_sent(admin_client, site, tmp_path, path):
    (tmp_path / "secret.png").write_bytes(PNG)
    (site / "planted.png").symlink_to(tmp_path / "secret.png")
    assert admin_client.get(f"/admin/items/pictures/{path}").status_code == 404


def test_a_stranger_sees_no_picture(admin_app):
    answer = admin_app.test_client().get("/admin/items/pictures/assets/covers/kitchen-coffee.svg")
    assert answer.status_code == 303
