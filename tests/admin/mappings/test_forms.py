"""A mapping, its form and its entry in the catalog say the same."""

from dataclasses import replace

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from werkzeug.datastructures import MultiDict

from linkmgr.admin.common.forms import tags_text
from linkmgr.admin.mappings.forms import MappingForm, form_values, rearranged
from linkmgr.catalog.declaration import TEXT as TEXT_OF_KEY
from linkmgr.catalog.declaration import Key, Keys
from linkmgr.catalog.editing.edit import add_entry
from linkmgr.catalog.editing.new_ids import mapping_id
from linkmgr.catalog.items import Cta
from linkmgr.catalog.keys.placing import MAPPING, TERMS
from linkmgr.catalog.model import Catalog, Mapping, Site, Terms
from linkmgr.catalog.reading.parse import parse_catalog
from linkmgr.links.model import Tag

ITEMS = ("one", "two", "three", "four")
TEXT = """\
site: {name: b, url: https://b.example}
programmes:
  amazon: {tag: u-22}
  shop: {name: Shop, url: "https://s.example/{tag}/?u={url}", tag: u}
ctas:
""" + "".join(f"  {item}: {{heading: h, label: l, url: /}}\n" for item in ITEMS)
CATALOG = Catalog(Site("", ""), {}, {item: Cta(item, "", "", "") for item in ITEMS}, {}, ())

words = st.text(st.characters(categories=["L", "N", "P", "S", "Zs"]), min_size=1, max_size=12).map(
    str.strip
)
lists = st.lists(words.filter(bool), max_size=3, unique=True).map(tuple)
terms = st.builds(Terms, lists, lists, lists, lists)
mappings = st.builds(
    Mapping,
    id=st.just("m"),
    items=st.lists(st.sampled_from(ITEMS), min_size=1, unique=True).map(tuple),
    any_of=terms.filter(bool),
    all_of=terms,
    weight=st.sampled_from([0.001, 0.5, 1.0, 1.25, 2.0, 1000.0]),
    pin=st.booleans(),
    tags=st.sampled_from(
        [
            (),
            (Tag("amazon", "a-22"),),
            (Tag("shop", "s"),),
            (Tag("amazon", "a-22"), Tag("shop", "s")),
        ]
    ),
)


def typed(mapping):
    """Return what a browser sends of a form as it was opened."""
    facts = form_values(mapping)
    lines = [f"{group}_{key}" for group in ("any", "all") for key in TERMS.names]
    sent = MultiDict((name, "\r\n".join(facts[name])) for name in lines)
    sent.setlist("items", facts["items"])
    sent.update({"effect": facts["effect"], "weight": f"{facts['weight']:g}"})
    sent["tag"] = tags_text(facts["tag"])
    return sent


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(mapping=mappings, exclude=st.booleans())
def test_a_form_that_is_sent_as_it_was_opened_says_same_mapping(admin_app, mapping, exclude):
    mapping = replace(mapping, exclude=exclude and not (mapping.pin or mapping.tags))
    with admin_app.test_request_context(method="POST"):
        form = MappingForm(typed(mapping), meta={"csrf": False}, **form_values(mapping))
        assert form.validate(), form.errors
    text = add_entry(TEXT, "mappings", "m", form.entry)
    assert parse_catalog(text.encode()).mappings["m"] == mapping


NOTE = Key("own-note", TEXT_OF_KEY, "A note.", label="Note")


class NotedMappingForm(MappingForm):
    """The form of a mapping that has a note."""

    declared = Keys("mapping", "A rule.", (*MAPPING, NOTE))


def test_form_has_field_for_key_that_is_declared_with_label(admin_app):
    sent = {"any_tags": "tea", "items": "one", "own_note": " Read it. ", "weight": "1"}
    with admin_app.test_request_context("/admin/", method="POST", data=sent):
        form = NotedMappingForm()
        assert str(form.own_note.label.text) == "Note"
        assert form.entry == {"any": {"tags": ["tea"]}, "items": ["one"], "own-note": "Read it."}
        assert form.field_of("own-note") is form.own_note
        assert form.field_of("any.tags[1]") is form.any_tags


@given(
    st.lists(st.sampled_from(ITEMS), unique=True),
    st.sampled_from(["up", "down"]),
    st.sampled_from(ITEMS),
)
def test_moving_an_item_keeps_all_items(items, action, item):
    assert sorted(rearranged(items, f"{action}:{item}", CATALOG)) == sorted(items)


@pytest.mark.parametrize(
    ("text", "taken", "name"),
    [
        ("Coffee & Tea", [], "coffee-tea"),
        ("coffee", ["coffee"], "coffee-2"),
        ("coffee", ["coffee", "coffee-2"], "coffee-3"),
        ("\u53f0\u6240", [], "mapping"),
        ("x" * 100, [], "x" * 40),
    ],
    ids=["words", "taken", "taken twice", "no letters of an id", "long"],
)
def test_a_new_mapping_is_named_after_its_tag(text, taken, name):
    assert mapping_id(text, dict.fromkeys(taken)) == name
