"""Items are retired and shown again once the impact was seen, and deleted by their id."""

import re

import html5lib

from linkmgr.store.revisions import Action
from tests.support.indexed_site import BREAD, indexer_of
from tests.support.items import BOOK, add_one, catalog, recorded, revision, sent, written


def retire(browser, choice, **data):
    page = "/admin/items/kitchen-coffee"
    data = {"revision": revision(browser, page), "retired": choice, **data}
    return browser.post(f"{page}/retire", data, page=page)


def test_retiring_shows_its_impact_and_saves_nothing_yet(admin_client, settings, site):
    indexer_of(settings)
    before = written(site)
    for language, stated in (("en", "Posts that lose it"), ("ja", "次のビルドまで変わりません")):
        admin_client.headers = {"Accept-Language": language}
        answer = retire(admin_client, "yes")
        assert answer.status_code == 200
        assert stated in answer.text
    assert retire(admin_client, "yes", do="back").location == "/admin/items/kitchen-coffee"
    assert written(site) == before


def test_retiring_an_item_shows_the_impact_and_keeps_the_form(admin_client, settings, site):
    indexer_of(settings)
    before = written(site)
    for over in ({"retired": "y"}, {"valid_until": "2020-01-31"}):
        answer = sent(admin_client, BOOK, title="別の題", do="save", **over)
        assert answer.status_code == 200
        html5lib.HTMLParser(strict=True).parse(answer.text)
        assert "Posts that lose it" in answer.text
        assert 'name="title" value="別の題"' in answer.text
        assert 'name="confirmed" value="yes"' in answer.text
    back = sent(admin_client, BOOK, title="別の題", retired="y", confirmed="yes", do="back")
    assert 'value="別の題"' in back.text
    assert written(site) == before
    sent(admin_client, BOOK, title="別の題", retired="y", confirmed="yes", do="save")
    assert catalog(site).books["kitchen-coffee"].retired


def test_retiring_says_what_happens_at_the_next_build(admin_client):
    retire(admin_client, "yes", do="save")
    page = admin_client.get("/admin/items/kitchen-coffee").text
    assert "The blog changes with its next build." in page
    assert "no longer shown" not in page


def test_a_deletion_that_would_stop_the_next_build_says_so(admin_client, settings, site):
    page = add_one(admin_client)
    post = site / BREAD
    text = post.read_text(encoding="utf-8")
    post.write_text(text.replace("---\n", "---\nlinkmgr: {books: [spare]}\n", 1), encoding="utf-8")
    indexer_of(settings)
    shown = admin_client.get(page).text
    assert "The next build would stop with:" in shown
    assert f"{BREAD}:2: linkmgr.books: the catalog has no book called spare" in shown
    assert "with the next build" in shown


def test_retiring_and_showing_again_is_two_clicks_each(admin_client, site, engine):
    before = written(site)
    page = "/admin/items/kitchen-coffee"
    for choice, retired in (("yes", True), ("no", False)):
        answer = admin_client.post(
            f"{page}/retire",
            {"revision": revision(admin_client, page), "retired": choice, "do": "save"},
            page=page,
        )
        assert answer.status_code == 303
        assert catalog(site).books["kitchen-coffee"].retired is retired
    assert written(site) == before
    assert [audit.action for audit in recorded(engine)[:2]] == [Action.REVIVED, Action.RETIRED]


def test_retiring_what_was_changed_in_the_meantime_asks_again(admin_client, site):
    page = "/admin/items/kitchen-coffee"
    data = {"revision": "0" * 64, "retired": "yes"}
    answer = admin_client.post(f"{page}/retire", data, page=page)
    assert answer.status_code == 409
    assert "changed in the meantime" in answer.text
    assert not catalog(site).books["kitchen-coffee"].retired


def test_a_deletion_wants_the_id_typed(admin_client, site):
    page = add_one(admin_client)
    for typed in ("", "kitchen-coffee"):
        answer = admin_client.post(page, {"revision": revision(admin_client, page), "name": typed})
        assert answer.status_code == 400
        assert 'id="name-error"' in answer.text
    data = {"revision": revision(admin_client, page), "name": "spare"}
    answer = admin_client.post(page, data)
    assert (answer.status_code, answer.location) == (303, "/admin/items")
    assert "spare" not in catalog(site).items


def test_what_others_refer_to_is_not_deleted_and_they_are_named(admin_client, site):
    item = "/admin/items/kitchen-coffee"
    text = admin_client.get(f"{item}/delete").text
    assert "→ 3 items" in text
    assert 'class="btn danger"' not in text
    data = {"revision": revision(admin_client, item), "name": "kitchen-coffee"}
    assert admin_client.post(f"{item}/delete", data).status_code == 409
    assert "kitchen-coffee" in catalog(site).items


def test_a_deletion_of_an_old_revision_is_refused(admin_client, site):
    page = add_one(admin_client)
    answer = admin_client.post(page, {"revision": "0" * 64, "name": "spare"})
    assert answer.status_code == 409
    assert "spare" in catalog(site).items


def test_what_refers_to_item_is_click_away_from_its_deletion(admin_client):
    text = admin_client.get("/admin/items/kitchen-coffee/delete").text
    users = re.search(r"cannot be deleted while.*?</p>", text, re.DOTALL)[0]
    addresses = re.findall(r'<a href="([^"]+)">', users)
    assert addresses
    assert all(admin_client.get(address).status_code == 200 for address in addresses)


def test_a_deletion_offers_to_retire_the_item_instead(admin_client, site):
    page = admin_client.get("/admin/items/kitchen-coffee/delete").text
    assert 'action="/admin/items/kitchen-coffee/retire"' in page
    assert "Retire it instead" in page
    put = written(site).replace("  kitchen-coffee:\n", "  kitchen-coffee:\n    retired: true\n")
    (site / "catalog.yaml").write_text(put, encoding="utf-8")
    assert "Retire it instead" not in admin_client.get("/admin/items/kitchen-coffee/delete").text
