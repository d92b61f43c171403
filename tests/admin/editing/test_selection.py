"""What is selected in a list is changed as one: one impact, one entry of the history."""

import html5lib
import pytest

from linkmgr.blocks.include import post_key
from linkmgr.catalog.reading.parse import parse_catalog
from linkmgr.store.revisions import Action, history
from tests.support.indexed_site import BREAD, KITCHEN, indexer_of

ITEMS, MAPPINGS, POSTS = "/admin/selected-items", "/admin/tags/selected", "/admin/posts/selected"
LISTS = {ITEMS: "/admin/items", MAPPINGS: "/admin/tags/mappings", POSTS: "/admin/posts"}
TWO = ["kitchen-coffee", "drip-notes"]


@pytest.fixture
def client(admin_client, settings):
    """Give a browser that is signed in to a server that has read the site."""
    indexer_of(settings)
    return admin_client


def catalog_of(file):
    return parse_catalog(file.read_bytes())


def send(client, address, ids, action, do="", **more):
    """Send what a list's form says of its selected rows."""
    page = LISTS[address]
    revision = client.get(page).text.partition('name="revision" value="')[2].partition('"')[0]
    fields = {"id": ids, "action": action, "revision": revision, "back": f"{page}?q=x", "do": do}
    return client.post(address, fields | more, page=page)


def last_of(engine):
    with engine.connect() as connection:
        (latest, *_), total = history(connection, 1)
    return latest.audit, total


@pytest.mark.parametrize("language", ["en", "ja"])
@pytest.mark.parametrize("page", [*LISTS.values(), "/admin/tags"])
def test_each_row_of_a_list_can_be_selected(client, page, language):
    text = client.get(page, Accept_Language=language).text
    html5lib.HTMLParser(strict=True).parse(text)
    rows = [row for row in text.split("<tr>") if '<th scope="row"' in row]
    assert sum('<input class="select" type="checkbox"' in row for row in rows) == len(rows) > 0


def test_items_are_retired_together_once_their_impact_was_shown(client, file, engine):
    before = file.read_bytes()
    shown = send(client, ITEMS, TWO, "retire")
    assert "loses it" in shown.text or "lose it" in shown.text
    assert file.read_bytes() == before
    answer = send(client, ITEMS, TWO, "retire", "save")
    assert (answer.status_code, answer.location) == (303, "/admin/items?q=x")
    books = catalog_of(file).books
    assert [name for name in TWO if books[name].retired] == TWO
    audit, total = last_of(engine)
    assert (audit.action, total) == (Action.RETIRED, 2)
    assert sorted(entry.name for entry in audit.entries) == sorted(TWO)


def test_items_are_shown_again_together(client, file):
    send(client, ITEMS, TWO, "retire", "save")
    send(client, ITEMS, TWO, "revive", "save")
    assert not any(catalog_of(file).books[name].retired for name in TWO)


def test_an_item_is_replaced_everywhere_in_one_change(client, file, engine):
    address = f"{ITEMS}?action=replace&id=kitchen-coffee&back=/admin/items/kitchen-coffee"
    link = address.replace("&", "&amp;")
    assert f'href="{link}"' in client.get("/admin/items/kitchen-coffee").text.replace("%2F", "/")
    assert "Replace with which item?" in client.get(address).text
    shown = send(client, ITEMS, ["kitchen-coffee"], "replace", given="slow-loaf")
    assert "gain it" in shown.text or "gains it" in shown.text
    send(client, ITEMS, ["kitchen-coffee"], "replace", "save", given="slow-loaf")
    catalog = catalog_of(file)
    assert catalog.books["kitchen-coffee"].fallback == "slow-loaf"
    assert not any("kitchen-coffee" in mapping.items for mapping in catalog.mappings.values())
    audit, total = last_of(engine)
    assert (audit.action, total) == (Action.REPLACED, 2)
    assert audit.summary.endswith(f"→ {catalog.books['slow-loaf'].title}")
    assert "Replaced" in client.get("/admin/history").text


@pytest.mark.parametrize(
    ("given", "problem"),
    [
        ("newsletter", "Choose an item of the same kind"),
        ("nothing-like-it", "No other items match"),
        ("kitchen-coffee", "replace itself"),
    ],
)
def test_an_item_that_cannot_take_anothers_place_is_refused(client, file, given, problem):
    before = file.read_bytes()
    answer = send(client, ITEMS, ["kitchen-coffee"], "replace", "save", given=given)
    assert problem in answer.text.replace("&#39;", "'")
    assert file.read_bytes() == before


def test_words_of_several_items_give_a_choice(client):
    text = send(client, ITEMS, ["kitchen-coffee"], "replace", given="の").text
    assert text.count('name="given" value=') > 1


def test_the_selected_items_start_a_mapping(client):
    answer = send(client, ITEMS, TWO, "map")
    assert answer.status_code == 303
    text = client.get(answer.location).text
    assert all(f'name="items" value="{name}"' in text for name in TWO)


def test_selected_items_are_mapped_to_a_new_tag_in_one_change(client, file, engine):
    before = file.read_bytes()
    assert 'aria-describedby="given-hint"' in send(client, ITEMS, TWO, "tag").text
    assert "Nothing has been saved yet" in send(client, ITEMS, TWO, "tag", given="新しい").text
    assert file.read_bytes() == before
    answer = send(client, ITEMS, TWO, "tag", "save", given="新しい")
    assert (answer.status_code, answer.location) == (303, "/admin/items?q=x")
    mapping = [*catalog_of(file).mappings.values()][-1]
    assert (mapping.any_of.tags, mapping.items) == (("新しい",), tuple(TWO))
    audit, total = last_of(engine)
    assert (audit.action, total) == (Action.ADDED, 2)
    assert audit.summary.endswith("→ 新しい")


def test_items_join_the_mapping_of_a_tag_and_nothing_else(client, file, engine):
    send(client, ITEMS, ["slow-loaf"], "tag", "save", given="Espresso")
    send(client, ITEMS, ["slow-loaf", *TWO], "tag", "save", given="espresso")
    mappings = catalog_of(file).mappings
    assert mappings["espresso"].items == ("slow-loaf", *TWO)
    assert last_of(engine)[0].action is Action.CHANGED
    assert "espresso-2" not in mappings


def test_items_stay_out_of_a_pin_with_the_same_tag(client, file):
    entry = "\n  pinned: { any: { tags: [espresso] }, items: [slow-loaf], pin: true }\n"
    text = file.read_text(encoding="utf-8").replace("\nmappings:\n", f"\nmappings:{entry}", 1)
    file.write_text(text, encoding="utf-8")
    send(client, ITEMS, TWO, "tag", "save", given="espresso")
    mappings = catalog_of(file).mappings
    assert mappings["pinned"].items == ("slow-loaf",)
    assert mappings["espresso"].items == tuple(TWO)


def test_items_that_a_tag_has_already_change_nothing(client, file):
    send(client, ITEMS, TWO, "tag", "save", given="espresso")
    before = file.read_bytes()
    assert send(client, ITEMS, TWO, "tag", "save", given="espresso").status_code == 303
    assert file.read_bytes() == before


def test_the_field_of_a_tag_offers_those_of_the_blog(client):
    assert client.get("/admin/tags/names?given=珈").text.count("<option") == 1
    assert "<option" not in client.get("/admin/tags/names?given=nothing-like-it").text


def test_the_selected_tags_start_a_mapping(client):
    text = client.get("/admin/tags/new?tag=珈琲&tag=パン").text
    assert "珈琲\nパン" in text


def test_mappings_get_an_item_together(client, file):
    names = list(catalog_of(file).mappings)[:2]
    assert "Which item" in send(client, MAPPINGS, names, "add-item").text
    send(client, MAPPINGS, names, "add-item", "save", given="slow-loaf")
    mappings = catalog_of(file).mappings
    assert all("slow-loaf" in mappings[name].items for name in names)


def test_mappings_get_a_tag_together(client, file):
    names = list(catalog_of(file).mappings)[:2]
    send(client, MAPPINGS, names, "add-tag", "save", given="新しい")
    mappings = catalog_of(file).mappings
    assert all("新しい" in mappings[name].any_of.tags for name in names)


def test_mappings_are_deleted_together_by_typing_their_number(client, file):
    names = list(catalog_of(file).mappings)[:2]
    assert send(client, MAPPINGS, names, "delete", "save", typed_id="1").status_code == 400
    assert send(client, MAPPINGS, names, "delete", "save", typed_id="2").status_code == 303
    assert not set(names) & set(catalog_of(file).mappings)


@pytest.mark.parametrize("kind", ["pin", "exclude"])
def test_an_item_is_pinned_or_excluded_on_posts_together(client, file, engine, kind):
    keys = [post_key(BREAD), post_key(KITCHEN)]
    assert "Which item" in send(client, POSTS, keys, kind).text
    send(client, POSTS, keys, kind, "save", given="slow-loaf")
    mapping = catalog_of(file).mappings[f"{kind}-slow-loaf"]
    assert mapping.any_of.paths == (BREAD, KITCHEN)
    assert last_of(engine)[1] == 2


@pytest.mark.parametrize("address", LISTS)
def test_nothing_selected_leads_back_to_the_list(client, address):
    answer = send(client, address, [], "retire")
    assert (answer.status_code, answer.location) == (303, f"{LISTS[address]}?q=x")
    assert "Select at least one row first." in client.get(LISTS[address]).text


def test_back_leads_to_the_list_with_its_filters(client):
    assert send(client, ITEMS, TWO, "retire", "back").location == "/admin/items?q=x"


def test_a_selection_leads_to_no_other_site(client):
    answer = send(client, ITEMS, [], "retire", back="https://elsewhere.example/")
    assert answer.location == "/admin/"


def test_a_selection_is_previewed_again_after_catalog_changed(client, file):
    revision = client.get("/admin/items").text.partition('name="revision" value="')[2][:64]
    file.write_text(file.read_text(encoding="utf-8") + "\n# by hand\n", encoding="utf-8")
    fields = {"id": TWO, "action": "retire", "revision": revision, "back": "/admin/items"}
    answer = client.post(ITEMS, fields | {"do": "save"}, page="/admin/items")
    assert answer.status_code == 409
    assert "The catalog was changed in the meantime." in answer.text
    assert not catalog_of(file).books[TWO[0]].retired


@pytest.mark.parametrize("query", ["action=retire", "action=replace&given=slow-loaf"])
def test_a_link_changes_nothing_by_itself(client, file, query):
    before = file.read_bytes()
    text = client.get(f"{ITEMS}?{query}&id=kitchen-coffee&back=/admin/items&do=save").text
    assert "Nothing has been saved yet" not in text
    assert file.read_bytes() == before


def test_an_action_that_there_is_not_is_refused(client):
    assert send(client, ITEMS, TWO, "nothing").status_code == 400
