"""Items' forms as a browser sends them, and what became of them."""

import re
from html import unescape

import html5lib

from linkmgr.catalog.editing.edit import replace_entry
from linkmgr.catalog.reading.files import load_catalog
from linkmgr.store.revisions import history

BOOK = "/admin/items/kitchen-coffee/edit"


def form_of(browser, path):
    """Return what a browser would send of the page's item form, untouched."""
    return form_in(browser.get(path))


def form_in(answer):
    """Return what a browser would send of an answer's item form, untouched."""
    document = html5lib.parse(answer.text, namespaceHTMLElements=False)
    form = next(
        form
        for form in document.iter("form")
        if form.find(".//input[@name='revision']") is not None
        and not form.get("action", "").endswith("/restore")  # what undoes an earlier change
    )
    sent = {}
    for field in form.iter():
        if field.tag not in {"input", "textarea", "select"}:
            continue
        if field.tag == "select":
            chosen = field.find("option[@selected]")
            sent[field.get("name")] = "" if chosen is None else chosen.get("value")
        elif field.get("type") != "checkbox" or "checked" in field.attrib:
            value = (field.text or "") if field.tag == "textarea" else field.get("value", "")
            sent[field.get("name")] = value.removeprefix("\n")
    return sent


def sent(browser, path, **over):
    form = form_of(browser, path)
    return browser.client.post(path.partition("?")[0], data=form | over)


def text_of(answer):
    return unescape(re.sub(r"<[^>]+>", " ", answer.text))


def card_of(answer):
    """Return the page within a page's only frame, which can run no script and send no form."""
    [frame] = re.findall(r"<iframe [^>]*>", answer.text)
    allowed = re.search(r' sandbox="([^"]*)"', frame)[1].split()
    assert not {"allow-scripts", "allow-forms", "allow-top-navigation"} & {*allowed}
    return unescape(re.search(r' srcdoc="([^"]*)"', frame)[1])


def catalog(site):
    return load_catalog(site / "catalog.yaml")


def written(site):
    return (site / "catalog.yaml").read_text(encoding="utf-8")


def recorded(engine):
    with engine.connect() as connection:
        return [row.audit for row in history(connection, 1)[0]]


def by_hand(site, item, value):
    file = site / "catalog.yaml"
    file.write_text(replace_entry(written(site), "books", item, value), encoding="utf-8")


def revision(browser, page):
    return re.search(r'name="revision"[^>]* value="(\w+)"', browser.get(page).text)[1]


def add_one(browser):
    """Add a book that nothing refers to, and return the page that deletes it."""
    form = form_of(browser, "/admin/add-item?paste=4873119324")
    form |= {"name": "spare", "title": "予備"}
    answer = browser.client.post("/admin/add-item", data=form)
    assert (answer.status_code, answer.location) == (303, "/admin/items/spare")
    return "/admin/items/spare/delete"
