"""The card and the link beside a form are those of readers."""

import re
from html import unescape

from tests.support.items import BOOK, card_of, form_of, written


def test_a_preview_shows_card_of_what_is_typed_and_saves_nothing(admin_client, site):
    before = written(site)
    form = form_of(admin_client, BOOK) | {"title": "試し書き", "asin": "4999999006"}
    part = admin_client.client.post("/admin/items/preview", data=form)
    assert '<div class="linkmgr-card" role="listitem">' in card_of(part)
    assert "試し書き" in card_of(part)
    assert "check digit" in part.text
    assert "<html" not in part.text
    whole = admin_client.client.post(BOOK, data=form | {"do": "preview"})
    assert whole.status_code == 200
    assert "試し書き" in whole.text
    assert written(site) == before


def test_the_preview_builds_the_link_and_advises_on_the_medium(admin_client):
    path = "/admin/items/newsletter/edit"
    utm = {"utm_source": "blog", "utm_medium": "cta", "utm_campaign": "letter"}
    form = form_of(admin_client, path) | utm | {"url": "https://elsewhere.example/a#b"}
    text = unescape(admin_client.client.post("/admin/items/preview", data=form).text)
    link = "https://elsewhere.example/a?utm_source=blog&utm_medium=cta&utm_campaign=letter"
    assert f"{link}&utm_content=cta-1#b" in text
    assert "does not know the medium cta" in text
    form["utm_medium"] = "email"
    assert "the medium" not in admin_client.client.post("/admin/items/preview", data=form).text


def test_the_preview_of_an_own_link_advises_against_utm(
    admin_client,
):
    path = "/admin/items/newsletter/edit"
    utm = {"utm_source": "blog", "utm_medium": "email", "utm_campaign": "letter"}
    form = form_of(admin_client, path) | utm
    text = unescape(admin_client.client.post("/admin/items/preview", data=form).text)
    assert "https://tezukuri.example.com/newsletter/?utm_source=blog" in text
    assert "stays on your site" in text
    form |= dict.fromkeys(utm, "") | {"utm_source": "Not good"}
    text = unescape(admin_client.client.post("/admin/items/preview", data=form).text)
    assert 'href="https://tezukuri.example.com/newsletter/"' in text
    assert "Use only a-z" in text


def test_preview_of_an_empty_form_has_no_link_and_can_be_read(admin_client):
    for kind in ("books", "cta"):
        form = form_of(admin_client, "/admin/add-item?kind=cta") | {"kind": kind}
        text = admin_client.client.post("/admin/items/preview", data=form).text
        assert "…" in text
        assert "address" not in text


def test_the_sites_own_template_and_stylesheet_make_the_card(admin_client, site):
    (site / "_linkmgr").mkdir(exist_ok=True)
    template = "{% for book in block.items %}<p>いちおし {{ book.title }}</p>{% endfor %}"
    (site / "_linkmgr" / "books.html").write_text(template, encoding="utf-8")
    assert "いちおし" in card_of(admin_client.get("/admin/items/kitchen-coffee"))
    sheet = site / "assets" / "linkmgr" / "linkmgr.css"
    sheet.parent.mkdir(parents=True, exist_ok=True)
    sheet.write_text(".mine {}", encoding="utf-8")
    assert admin_client.get("/admin/items/card.css").text == ".mine {}"


def test_what_a_sites_template_says_to_a_browser_stays_in_frame(admin_client, site):
    (site / "_linkmgr").mkdir(exist_ok=True)
    evil = (
        '<p data-hx-post="/admin/settings" data-hx-trigger="load">x</p></iframe>'
        '<meta http-equiv="refresh" content="0;url=https://evil.example/">'
    )
    (site / "_linkmgr" / "books.html").write_text(evil, encoding="utf-8")
    form = form_of(admin_client, BOOK)
    for answer in (
        admin_client.get("/admin/items/kitchen-coffee"),
        admin_client.get(BOOK),
        admin_client.client.post("/admin/items/preview", data=form),
    ):
        assert evil in card_of(answer)
        assert '"/admin/settings" data-hx' not in answer.text
        assert "<meta http-equiv" not in answer.text
        assert answer.text.count("</iframe>") == 1
        assert "card.css" not in answer.text.replace(re.search("srcdoc=[^>]*>", answer.text)[0], "")


def test_a_template_that_fails_is_reported_in_place_of_the_card(admin_client, site):
    (site / "_linkmgr").mkdir(exist_ok=True)
    (site / "_linkmgr" / "books.html").write_text("{{ nothing.here }}", encoding="utf-8")
    for path in ("/admin/items/kitchen-coffee", BOOK):
        answer = admin_client.get(path)
        assert answer.status_code == 200
        assert "_linkmgr/books.html" in answer.text


def test_stylesheet_is_sent_as_site_has_it_whatever_its_encoding(admin_client, site):
    style = site / "assets/linkmgr/linkmgr.css"
    style.parent.mkdir(parents=True, exist_ok=True)
    style.write_bytes("/* 日本 */".encode("shift_jis"))
    answer = admin_client.get("/admin/items/card.css")
    assert (answer.status_code, answer.data) == (200, "/* 日本 */".encode("shift_jis"))


def test_a_stylesheet_that_a_link_leads_out_of_site_is_not_sent(admin_client, site, tmp_path):
    secret = tmp_path / "secret"
    secret.write_text("root:x:0:0")
    style = site / "assets/linkmgr/linkmgr.css"
    style.parent.mkdir(parents=True, exist_ok=True)
    style.unlink(missing_ok=True)
    style.symlink_to(secret)
    assert "root:" not in admin_client.get("/admin/items/card.css").text


def test_the_preview_says_which_row_of_a_comparison_goes(admin_client):
    form = form_of(admin_client, "/admin/items/weekend-bread/edit")
    said = "Comparison bread-books: no item of the comparison has cons, so that row is left out"
    assert said not in admin_client.client.post("/admin/items/preview", data=form).text
    form["cons"] = ""
    assert said in unescape(admin_client.client.post("/admin/items/preview", data=form).text)
