"""The tags of the blog, the mappings behind them, and how one is changed."""

import re
from datetime import timedelta
from html import unescape
from itertools import chain

import html5lib
import pytest

from linkmgr.admin.common.context import EXTENSION
from linkmgr.catalog.editing.edit import remove_entry
from linkmgr.catalog.reading.parse import parse_catalog
from linkmgr.resolver.fold import fold
from tests.admin.conftest import today
from tests.support.indexed_site import (
    BREAD,
    KITCHEN,
    WATERING,
    add_item_clicks,
    add_post_clicks,
    indexer_of,
)

MATCHED = re.compile(r'<td class="num w1 wide">(?:<span class="down">)?(\d+)<')
NEW = {"name": "family", "any_tags": "家族\n台所", "items": ["reading-notes"], "weight": "1"}
NEW |= {"effect": "suggest"}
CONFIRMED = {"do": "save", "confirmed": "yes"}


@pytest.fixture
def client(settings, admin_client):
    """Give a browser that is signed in; the site is indexed."""
    admin_client.indexer = indexer_of(settings)
    return admin_client


def mapping(file, name):
    return parse_catalog(file.read_bytes()).mappings.get(name)


def revision(client):
    return client.client.application.extensions[EXTENSION].catalog().revision.id


def send(client, path, facts, do="preview", **more):
    data = {"revision": revision(client), **facts, "do": do, **more}
    return client.post(path, data, page="/admin/tags")


def terms(client, **query):
    return client.client.get("/admin/tags/terms", query_string=query).json


def hidden(text):
    """Return the hidden fields of a page's form that was sent, as a browser would send them."""
    form = text[text.index("<main") :].partition("</main>")[0]
    form = re.sub(r'<div class="toast".*?</div>', "", form, flags=re.DOTALL)
    found = re.findall(r'<input type="hidden" name="([^"]+)" value="([^"]*)"', form)
    fields = {}
    for name, value in found:
        fields.setdefault(name, []).append(value)
    return {name: values for name, values in fields.items() if name != "csrf_token"}


def valid(answer):
    html5lib.HTMLParser(strict=True).parse(answer.text)
    return answer.text


# The lists


def test_tags_without_items_come_first(client):
    text = valid(client.get("/admin/tags"))
    rows = names_in(text)
    assert rows.index("家族") < rows.index("コーヒー")


def names_in(text):
    """Return the names of a list's rows."""
    found = re.findall(r'<th scope="row"[^>]*>(?:<span[^>]*>)?<a[^>]*>([^<]+)<', text)
    return [unescape(name) for name in found]


def tags_of(client, query):
    return names_in(valid(client.get(f"/admin/tags{query}")))


def row_of(text, name):
    return next(row for row in text.split("<tr>") if f">{name}</a>" in row)


def test_tags_categories_and_keywords_are_in_one_list(client):
    tags = tags_of(client, "?kind=tag&sort=tag")
    assert "家族" in tags
    keywords = tags_of(client, "?kind=keyword")
    assert "発酵" in keywords
    assert set(tags_of(client, "?kind=category")) & set(keywords) == set()
    text = client.get("/admin/tags?q=発酵").text
    assert ">keyword</span>" in row_of(text, "発酵")
    address = re.search(r'href="(/admin/posts\?[^"]+)"', row_of(text, "発酵"))[1]
    posts = valid(client.get(unescape(address)))
    assert len(names_in(posts)) == int(re.search(r"\d+ of (\d+)", row_of(text, "発酵"))[1]) > 0


def test_each_row_says_its_kind_unless_all_are_of_one(client):
    small = '<span class="muted small nowrap end wide">'
    row = row_of(client.get("/admin/tags").text, "コーヒー")
    assert f"{small}tag</span>" in row
    assert small not in client.get("/admin/tags?kind=tag").text


def test_a_tag_says_how_many_of_its_posts_show_items(client):
    text = client.get("/admin/tags").text
    assert "0 of 1" in row_of(text, "家族")
    assert "Add items" in row_of(text, "家族")
    shows = {
        cover: tags_of(client, f"?sort=tag&shows={cover}") for cover in ("nothing", "some", "all")
    }
    assert "家族" in shows["nothing"]
    assert sorted(chain(*shows.values())) == sorted(tags_of(client, ""))
    numbers = re.findall(r'href="/admin/tags\?shows=(\w+)">[^<]+<span class="n">(\d+)<', text)
    assert dict(numbers) == {cover: str(len(names)) for cover, names in shows.items()}


def test_unmapped_tags_with_empty_posts_come_first(client):
    text = client.get("/admin/tags").text
    needs = [
        "Add items" in row and (share := re.search(r"(\d+) of (\d+)", row)) and share[1] != share[2]
        for row in text.split("<tr>")[2:]
    ]
    assert needs == sorted(needs, reverse=True)
    assert any(needs)


def test_a_heading_sorts_the_tags_either_way(client):
    assert tags_of(client, "?sort=-tag") == tags_of(client, "?sort=tag")[::-1]
    text = client.get("/admin/tags?sort=-clicks").text
    heading = '<a class="sort" id="sort-clicks" href="/admin/tags?sort=clicks"'
    assert f'aria-sort="descending">{heading}' in text


def test_tags_are_filtered_by_an_item_and_by_having_none(client):
    assert "コーヒー" in tags_of(client, "?item=kitchen-coffee")
    assert "家族" not in tags_of(client, "?item=kitchen-coffee")
    assert "家族" in tags_of(client, "?rule=none")
    assert "コーヒー" not in tags_of(client, "?rule=none")


def test_tags_are_filtered_by_the_block_that_their_posts_show(client):
    assert 0 < len(tags_of(client, "?block=cta")) < len(tags_of(client, "?"))
    text = client.get("/admin/tags?block=cta").text
    assert 'aria-current="true">cta</a>' in text
    assert "No tags match." in client.get("/admin/tags?block=nothing-like-it").text


def test_a_tag_shows_its_items_in_order(client):
    text = client.get("/admin/tags?q=コーヒー").text
    titles = re.findall(r'href="/admin/items/[^"]+"><span[^>]*>([^<]+)', text)
    assert titles[:2] == ["台所からはじめるコーヒー", "ハンドドリップ実験ノート"]


def test_a_tag_without_items_leads_to_a_new_mapping_of_it(client):
    text = client.get("/admin/tags?q=家族").text
    address = re.search(r'href="(/admin/tags/new\?tag=[^"]+)"', text)[1]
    form = valid(client.get(address))
    assert re.search(r'<textarea[^>]*name="any_tags"[^>]*>\s*家族</textarea>', form)


def test_keywords_and_categories_are_selected_as_tags_are(client):
    text = client.get("/admin/tags?q=発酵").text
    assert re.search(r'<input class="select"[^>]* name="keyword" value="発酵">', text)
    form = valid(client.get("/admin/tags/new?tag=コーヒー&keyword=発酵&category=日記"))
    for kind, term in (("tags", "コーヒー"), ("keywords", "発酵"), ("categories", "日記")):
        assert re.search(rf'<textarea[^>]*name="any_{kind}"[^>]*>\s*{term}</textarea>', form)


def test_a_tag_of_several_mappings_leads_to_the_list_of_them(client):
    text = client.get("/admin/tags?q=gardening").text
    address = re.search(r'href="(/admin/tags/mappings\?tag=[^"]+)"', text)[1]
    names = re.findall(r'href="/admin/tags/mapping/([a-z-]+)"', valid(client.get(address)))
    assert names == ["garden", "garden-and-code"]


def test_mappings_are_found_by_the_title_of_an_item(client):
    text = client.get("/admin/tags/mappings?q=酵母パン帖").text
    assert "/admin/tags/mapping/bread" in text
    assert "/admin/tags/mapping/garden" not in text


@pytest.mark.parametrize("column", ["name", "items"])
def test_mappings_are_sorted_by_a_column_either_way(client, column):
    def names(query):
        page = valid(client.get(f"/admin/tags/mappings?{query}"))
        return re.findall(r'href="/admin/tags/mapping/([a-z-]+)"', page)

    rising = names(f"sort={column}")
    assert sorted(rising) == sorted(names(""))
    assert rising != names("")
    assert names(f"sort=-{column}") != rising
    text = client.get(f"/admin/tags/mappings?sort={column}&q=a").text
    assert re.search(rf'aria-sort="ascending"><a [^>]*href="[^"]*sort=-{column}\b', text)
    assert f'<input type="hidden" name="sort" value="{column}">' in text


def test_mappings_are_sorted_by_the_titles_of_their_items(client, site):
    catalog = parse_catalog((site / "catalog.yaml").read_bytes())

    def first_title(name):
        return fold(catalog.items[catalog.mappings[name].items[0]].title)

    text = client.get("/admin/tags/mappings?sort=items").text
    titles = [first_title(each) for each in re.findall(r'/admin/tags/mapping/([a-z-]+)"', text)]
    assert len(titles) > 2
    assert titles == sorted(titles)


def test_mappings_open_with_those_that_match_most_posts(client):
    posts = [int(each) for each in MATCHED.findall(client.get("/admin/tags/mappings").text)]
    assert posts == sorted(posts, reverse=True)
    assert posts[0] > posts[-1] == 0
    rising = MATCHED.findall(client.get("/admin/tags/mappings?sort=posts").text)
    assert [int(each) for each in rising] == posts[::-1]


def test_a_tag_without_items_says_what_covers_its_posts(client):
    text = client.get("/admin/tags?q=brewing").text
    covered = re.search(
        r'<a class="chip plain" href="([^"]+)"><span class="cut">via ([^<]+)</span></a>', text
    )
    assert covered.groups() == ("/admin/tags/mapping/coffee", "コーヒー, coffee…")
    client.headers = {"Accept-Language": "ja"}
    assert "ルール「コーヒー、coffee…」" in client.get("/admin/tags?q=brewing").text


def test_a_tag_that_no_mapping_covers_has_what_its_posts_show(client):
    text = client.get("/admin/tags?q=everyday").text
    assert "/admin/items/newsletter" in text
    assert "as a fallback" in text


def test_mappings_are_sorted_by_clicks_on_their_items_and_posts(client, engine):
    add_item_clicks(engine, "garden-code", WATERING, 7)
    text = valid(client.get("/admin/tags/mappings?sort=-clicks"))
    names = re.findall(r'/admin/tags/mapping/([a-z-]+)"', text)
    assert names[0] == "garden-and-code"
    assert names[1:3] == ["coffee", "bread"]  # without clicks by the posts that they match
    text = client.get("/admin/tags/mappings?sort=clicks").text
    assert re.findall(r'/admin/tags/mapping/([a-z-]+)"', text)[-1] == "garden-and-code"


@pytest.mark.parametrize("path", ["/admin/tags?q=zzz", "/admin/tags/mappings?q=zzz"])
def test_a_search_without_results_says_so_and_shows_the_way_back(client, path):
    assert "Show all" in valid(client.get(path))


def test_a_tag_has_the_clicks_of_the_posts_that_have_it(client, engine):
    add_post_clicks(engine, BREAD, 1200, today())
    add_post_clicks(engine, KITCHEN, 34, today())
    assert ">1,200</td>" in client.get("/admin/tags?q=sourdough").text
    assert ">34</td>" in client.get("/admin/tags?q=家族").text


def test_the_figures_of_tags_are_of_the_days_that_are_picked(client, engine):
    add_post_clicks(engine, BREAD, 1200, today())
    add_post_clicks(engine, BREAD, 34, today() - timedelta(days=10))
    assert ">1,200</td>" in valid(client.get("/admin/tags?q=sourdough&days=7"))
    assert ">1,234</td>" in client.get("/admin/tags?q=sourdough").text
    week = client.get("/admin/tags/tags.csv?q=sourdough&days=7")
    assert f"{today() - timedelta(days=6)}-{today()}.csv" in week.headers["Content-Disposition"]


def test_a_site_that_is_still_being_read_is_reported(admin_client):
    assert "still being read" in valid(admin_client.get("/admin/tags"))


def test_a_server_without_the_site_says_what_to_set(site, admin_client):
    (site / "_config.yml").unlink()
    assert "LINKMGR_SITE" in valid(admin_client.get("/admin/tags"))


# The form


def test_a_mapping_opens_with_all_it_says(client):
    text = valid(client.get("/admin/tags/mapping/garden-and-code"))
    assert re.search(r'name="all_tags"[^>]*>\s*gardening\npython</textarea>', text)
    assert re.search(r'<input checked[^>]*value="pin"', text)
    assert 'name="items" value="garden-code"' in text


def test_a_mapping_that_is_not_there_is_no_page(client):
    assert client.get("/admin/tags/mapping/nothing").status_code == 404


@pytest.mark.parametrize(
    ("action", "items"),
    [
        ("up:drip-notes", ["drip-notes", "kitchen-coffee", "coffee-beans"]),
        ("down:drip-notes", ["kitchen-coffee", "coffee-beans", "drip-notes"]),
        ("up:kitchen-coffee", ["kitchen-coffee", "drip-notes", "coffee-beans"]),
        ("remove:drip-notes", ["kitchen-coffee", "coffee-beans"]),
        ("add:slow-loaf", ["kitchen-coffee", "drip-notes", "coffee-beans", "slow-loaf"]),
        ("add:nothing", ["kitchen-coffee", "drip-notes", "coffee-beans"]),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_items_are_arranged_by_buttons_and_nothing_is_saved(client, file, action, items):
    before = file.read_bytes()
    facts = {"items": ["kitchen-coffee", "drip-notes", "coffee-beans"], "any_tags": "typed"}
    text = valid(send(client, "/admin/tags/mapping/coffee", facts, do=action))
    assert re.findall(r'name="items" value="([^"]+)"', text) == items
    assert "typed</textarea>" in text
    assert file.read_bytes() == before


def test_an_item_is_added_by_words_of_its_title(client):
    text = send(client, "/admin/tags/new", NEW, do="add", add="slow loaf").text
    assert re.findall(r'name="items" value="([^"]+)"', text) == ["reading-notes", "slow-loaf"]


def test_words_of_several_items_give_a_choice(client):
    text = valid(send(client, "/admin/tags/new", NEW, do="add", add="台所"))
    choices = re.findall(r'value="add:([^"]+)"', text[text.index('id="items"') :])
    assert choices == ["kitchen-coffee", "kitchen-python"]
    assert 'value="台所"' in text


def test_words_of_no_item_are_reported(client):
    text = send(client, "/admin/tags/new", NEW, do="add", add="zzz").text
    assert "No other items match “zzz”." in text


@pytest.mark.parametrize("do", ["", "save"], ids=["Enter", "Save"])
def test_what_is_typed_for_an_item_is_added_before_form_goes_on(client, do):
    text = send(client, "/admin/tags/new", NEW, do=do, add="slow-loaf").text
    assert re.findall(r'name="items" value="([^"]+)"', text) == ["reading-notes", "slow-loaf"]


def test_the_blogs_tags_complete_what_is_typed_with_their_posts(client):
    found = terms(client, kind="tags", q="kitch")
    assert [(each["text"], each["words"]) for each in found] == [("kitchen", "2 posts")]
    assert terms(client, kind="tags", q="nothing-like-it") == []


def test_a_term_that_finds_no_post_says_so_and_offers_what_would(client):
    (tag,) = terms(client, kind="tags", term="kitchens")
    assert tag["posts"] == 0
    assert [each["text"] for each in tag["near"]] == ["kitchen"]
    known, typo = terms(client, kind="keywords", term=["祖母", "祖母の台所さま"])
    assert known["posts"] == 1
    assert typo["posts"] == 0
    assert "祖母" in {each["text"] for each in typo["near"]} | {known["text"]}


def test_term_of_any_kind_is_tag_that_blog_has_before_it_is_word(client):
    tag, word = terms(client, kind="any", term=["家族", "祖母"])
    assert (tag["posts"], word["posts"]) == (1, 1)


@pytest.mark.parametrize("between", [",", "、", "\n", " , "])
def test_a_pasted_list_of_terms_is_taken_apart(client, file, between):
    facts = {**NEW, "any_tags": between.join(["Copilot", "Microsoft 365"])}
    assert send(client, "/admin/tags/new", {**facts, **CONFIRMED}, do="save").status_code == 303
    assert mapping(file, "family").any_of.tags == ("Copilot", "Microsoft 365")


def test_a_tag_with_a_comma_that_blog_or_mapping_has_stays_whole(client, file, site):
    post = site / "_posts" / "2025-01-01-whole.md"
    post.write_text('---\ntitle: Whole\ntags: ["bread, butter"]\n---\n', encoding="utf-8")
    client.indexer.index_site()
    facts = {**NEW, "any_tags": "bread, butter"}
    assert send(client, "/admin/tags/new", {**facts, **CONFIRMED}, do="save").status_code == 303
    post.unlink()
    client.indexer.index_site()
    facts = {**NEW, "any_tags": "bread, butter\n家族"}
    answer = send(client, "/admin/tags/mapping/family", {**facts, **CONFIRMED}, do="save")
    assert answer.status_code == 303
    assert mapping(file, "family").any_of.tags == ("bread, butter", "家族")


def test_a_mapping_says_what_it_does_on_how_many_posts(client, engine):
    add_item_clicks(engine, "garden-code", WATERING, 7)
    text = valid(client.get("/admin/tags/mapping/garden-and-code"))
    assert "<h1>gardening + python → 1 item</h1>" in text
    assert "1 post · 7 clicks in 30 days" in text
    assert ">coffee" not in text


def test_a_forms_change_is_shown_with_the_clicks_at_stake(client, engine):
    add_item_clicks(engine, "garden-code", WATERING, 7)
    form = {
        "all_tags": "gardening",
        "items": ["balcony-garden"],
        "effect": "exclude",
        "weight": "1",
    }
    text = send(client, "/admin/tags/mapping/garden-and-code", form, do="impact").text
    assert re.search(r'>−\d+</b></td>\s*<td class="num">7</td>', text)
    assert 'name="confirmed"' in text


def test_a_rule_that_matches_nothing_says_so(client):
    text = send(client, "/admin/tags/new", {**NEW, "any_tags": "zzz"}, do="impact").text
    assert "No post matches this rule." in text


def test_what_a_form_lacks_is_said_where_its_impact_will_be(client):
    text = send(client, "/admin/tags/new", {**NEW, "items": []}, do="impact").text
    assert "Add an item" in text
    assert 'name="confirmed"' not in text


def test_items_are_offered_to_who_types(client):
    text = client.get("/admin/tags/items?add=loaf").text
    assert '<option value="slow-loaf">The Slow Loaf</option>' in text


@pytest.mark.parametrize(
    ("wrong", "message"),
    [
        ({"items": []}, "Add at least one item."),
        ({"weight": "heavy"}, "Enter a number from 0.001 to 1000"),
        ({"weight": "0"}, "Enter a number from 0.001 to 1000"),
        ({"name": "Family"}, "Use a-z, 0-9 and hyphens"),
        ({"name": "coffee"}, "This id is taken"),
        ({"items": ["nothing"]}, "nothing"),
        ({"effect": "shout"}, "Not a valid choice"),
    ],
    ids=lambda value: " ".join(value) if isinstance(value, dict) else "",
)
def test_a_mistake_appears_beside_its_field_and_nothing_is_lost(client, file, wrong, message):
    before = file.read_bytes()
    answer = send(client, "/admin/tags/new", {**NEW, "any_keywords": "typed", **wrong})
    assert answer.status_code == 400
    text = valid(answer)
    assert "Please fix the following" in text
    assert message in text
    assert "typed</textarea>" in text
    assert file.read_bytes() == before


def test_a_mapping_of_no_post_is_refused(client):
    answer = send(client, "/admin/tags/new", {**NEW, "any_tags": " "})
    assert answer.status_code == 400
    assert '<a href="#any_tags">Tags: Choose the posts' in valid(answer)


def test_a_broken_catalog_is_reported_and_nothing_typed_is_lost(client, file):
    client.get("/admin/tags")
    broken = file.read_text(encoding="utf-8").replace('asin: "4999999005"', 'asin: "4999999006"')
    file.write_text(broken, encoding="utf-8")
    answer = send(client, "/admin/tags/new", {**NEW, "any_keywords": "typed"})
    assert answer.status_code == 400
    text = valid(answer)
    assert "books.kitchen-coffee.asin" in text
    assert "typed</textarea>" in text
    assert file.read_text(encoding="utf-8") == broken


# What it would change, and saving


def test_before_a_mapping_is_saved_its_effect_is_shown(client, file):
    before = file.read_bytes()
    text = valid(send(client, "/admin/tags/new", NEW))
    assert "読書ノートのつくりかた" in text
    assert re.search(r"\d+ posts? changes?", text)
    assert re.search(r'<a href="/admin/posts/[0-9a-f]{16}"[^>]*>', text)
    assert file.read_bytes() == before


def test_the_complete_list_of_posts_is_a_click_away(client, site):
    for number in range(25):
        post = site / "_posts" / f"2025-01-{number + 1:02}-many.md"
        post.write_text(f"---\ntitle: Post {number}\ntags: [many]\n---\n", encoding="utf-8")
    client.indexer.index_site()
    facts = {**NEW, "any_tags": "many"}
    text = send(client, "/admin/tags/new", facts).text
    assert "+25</b>" in text
    assert "and 5 more" in text
    page = valid(client.post("/admin/tags/new", {**hidden(text), "do": "list"}, page="/admin/tags"))
    assert len(re.findall(r'<a href="/admin/posts/[0-9a-f]{16}"[^>]*>Post \d+</a>', page)) == 25
    assert 'value="list"' not in page


def test_a_mapping_without_tags_is_saved_and_mappings_are_shown(client, file):
    facts = {**NEW, "any_tags": "", "any_keywords": "祖母"}
    page = send(client, "/admin/tags/new", facts).text
    answer = client.post(
        "/admin/tags/new", {**unescaped(hidden(page)), "do": "save"}, page="/admin/tags"
    )
    assert answer.status_code == 303
    assert mapping(file, "family").any_of.keywords == ("祖母",)
    assert "Saved." in client.get(answer.location).text


def test_the_page_that_shows_the_effect_saves_the_mapping(client, file):
    lines = file.read_text(encoding="utf-8").splitlines()
    page = send(client, "/admin/tags/new", {**NEW, "any_keywords": '<"祖母">'}).text
    answer = client.post(
        "/admin/tags/new", {**unescaped(hidden(page)), "do": "save"}, page="/admin/tags"
    )
    assert answer.status_code == 303
    saved = mapping(file, "family")
    assert saved.any_of.tags == ("家族", "台所")
    assert saved.any_of.keywords == ('<"祖母">',)
    assert saved.items == ("reading-notes",)
    now = file.read_text(encoding="utf-8").splitlines()
    assert [line for line in lines if line not in now] == []
    text = client.get(answer.location).text
    assert "Saved." in text
    recounting = "what the posts show is being counted again"
    assert recounting in text
    client.indexer.index_catalog()
    assert recounting not in client.get(answer.location).text


def test_back_leads_to_the_form_with_all_that_was_typed(client):
    page = send(client, "/admin/tags/new", NEW).text
    form = valid(client.post("/admin/tags/new", {**hidden(page), "do": "back"}, page="/admin/tags"))
    assert re.search(r"家族\s+台所</textarea>", form)
    assert 'name="items" value="reading-notes"' in form


def test_an_order_of_items_is_saved_in_its_line_alone(client, file):
    before = file.read_text(encoding="utf-8").splitlines()
    form = client.get("/admin/tags/mapping/coffee").text
    facts = {
        "any_tags": "コーヒー\ncoffee",
        "any_keywords": "\n".join(mapping(file, "coffee").any_of.keywords),
        "items": ["drip-notes", "kitchen-coffee", "coffee-beans"],
        "weight": "1.0",
        "effect": "suggest",
        "revision": hidden(form)["revision"],
    }
    answer = send(client, "/admin/tags/mapping/coffee", {**facts, **CONFIRMED}, do="save")
    assert answer.status_code == 303
    after = file.read_text(encoding="utf-8").splitlines()
    changed = [(old, new) for old, new in zip(before, after, strict=True) if old != new]
    assert [new.strip() for _, new in changed] == [
        "items: [drip-notes, kitchen-coffee, coffee-beans]"
    ]


def test_a_form_that_changes_nothing_says_so(client):
    form = client.get("/admin/tags/mapping/bread").text
    facts = {
        "any_tags": "パン\nbread",
        "any_keywords": "酵母\n発酵\n生地\nsourdough",
        "items": ["weekend-bread", "slow-loaf", "bread-class"],
        "weight": "1",
        "effect": "suggest",
        "revision": hidden(form)["revision"],
    }
    answer = send(client, "/admin/tags/mapping/bread", facts)
    assert answer.status_code == 400
    assert "You have not changed anything yet." in answer.text


def test_without_an_index_the_effect_is_unknown_and_saving_works(admin_client, file):
    page = valid(send(admin_client, "/admin/tags/new", NEW))
    assert "cannot be shown now" in page
    answer = send(admin_client, "/admin/tags/new", {**NEW, **CONFIRMED}, do="save")
    assert answer.status_code == 303
    assert mapping(file, "family")


@pytest.mark.parametrize("do", ["preview", "save"])
def test_a_hand_edit_meanwhile_is_shown_and_not_overwritten(client, file, do):
    old = revision(client)
    file.write_bytes(file.read_bytes() + b"\n# by hand\n")
    before = file.read_bytes()
    answer = send(client, "/admin/tags/new", {**NEW, "revision": old}, do=do)
    assert answer.status_code == 409
    assert "reading-notes" in valid(answer)
    assert file.read_bytes() == before
    fields = {**hidden(answer.text), **CONFIRMED}
    assert client.post("/admin/tags/new", fields, page="/admin/tags").status_code == 303
    assert mapping(file, "family")
    assert file.read_bytes().endswith(b"# by hand\n")


def test_two_versions_of_a_mapping_appear_side_by_side(client, file):
    old = revision(client)
    text = file.read_text(encoding="utf-8")
    file.write_text(text.replace("weight: 1.5", "weight: 2"), encoding="utf-8")
    facts = {"all_tags": "bread", "items": ["slow-loaf"], "effect": "pin", "weight": "1.5"}
    page = send(client, "/admin/tags/mapping/sourdough", {**facts, "revision": old}).text
    theirs, mine = re.findall(r"<pre[^>]*>([^<]*)</pre>", page)
    assert theirs.endswith("weight: 2")
    assert "pin" not in theirs
    assert "weight: 1.5" in mine
    assert "pin: true" in mine


@pytest.mark.parametrize("do", ["preview", "save"])
def test_a_mapping_that_was_deleted_meanwhile_can_still_be_saved(client, file, do):
    path, old = "/admin/tags/mapping/bread", revision(client)
    before = mapping(file, "bread")
    text = remove_entry(file.read_text(encoding="utf-8"), "mappings", "bread")
    file.write_text(text, encoding="utf-8")
    facts = {"any_tags": "bread", "items": ["slow-loaf"], "effect": "suggest", "weight": "2"}
    clash = send(client, path, {**facts, "revision": old}, do=do)
    assert clash.status_code == 409
    assert "(none)" in valid(clash)
    effect = client.post(path, {**hidden(clash.text), "do": "preview"}, page="/admin/tags")
    back = client.post(path, {**hidden(effect.text), "do": "back"}, page="/admin/tags")
    for page in (effect, back):
        assert page.status_code == 200
        assert hidden(valid(page))["gone"] == ["yes"]
    saved = client.post(path, {**hidden(effect.text), "do": "save"}, page="/admin/tags")
    assert saved.status_code == 303
    assert (before.weight, mapping(file, "bread").weight) == (1, 2)


def test_a_mapping_that_never_was_is_not_made_by_its_form(client, file):
    facts = {"any_tags": "bread", "items": ["slow-loaf"], "effect": "suggest", "weight": "2"}
    for do in ("preview", "save"):
        assert send(client, "/admin/tags/mapping/no-such", facts, do=do).status_code == 404
    assert mapping(file, "no-such") is None


def test_a_file_broken_meanwhile_is_reported_and_not_overwritten(client, file):
    old = revision(client)
    file.write_text("mappings: [", encoding="utf-8")
    answer = send(client, "/admin/tags/new", {**NEW, "revision": old}, do="save")
    assert answer.status_code == 409
    assert "catalog.yaml:1" in valid(answer)
    assert file.read_text(encoding="utf-8") == "mappings: ["


def test_a_change_without_the_sessions_token_is_refused(client, file):
    before = file.read_bytes()
    answer = client.client.post("/admin/tags/new", data={**NEW, "do": "save"})
    assert answer.status_code == 400
    assert file.read_bytes() == before


@pytest.mark.parametrize("path", ["", "/mappings", "/new", "/mapping/coffee", "/items"])
def test_a_stranger_sees_no_tags(stranger, path):
    answer = stranger.get(f"/admin/tags{path}")
    assert answer.status_code == 303
    assert answer.location.startswith("/admin/login")


# Deleting


DELETE = "/admin/tags/mapping/coffee/delete"


@pytest.mark.parametrize("typed", ["", "bread"])
def test_deleting_asks_for_the_name(client, file, typed):
    assert "Type coffee to delete it." in valid(client.get(DELETE))
    answer = send(client, DELETE, {"typed": typed}, do="save")
    assert answer.status_code == 400
    assert "Please fix the following" in valid(answer)
    assert mapping(file, "coffee")


def test_mapping_is_deleted_on_page_that_shows_what_that_changes(client, file):
    assert 'data-hx-vals=\'{"do": "impact"}\'' in valid(client.get(DELETE))
    beside = send(client, DELETE, {}, do="impact").text
    assert re.search(r'class="down">−\d', beside)
    assert mapping(file, "coffee")
    assert send(client, DELETE, {"typed": "coffee"}, do="save").status_code == 303
    assert mapping(file, "coffee") is None
    assert mapping(file, "bread")


def test_a_mapping_that_is_not_there_cannot_be_deleted(client):
    assert client.get("/admin/tags/mapping/nothing/delete").status_code == 404


def unescaped(fields):
    return {name: [unescape(value) for value in values] for name, values in fields.items()}
