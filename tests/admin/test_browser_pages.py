"""Every page and state in a real browser: for everybody, on a phone, without a complaint."""

import shutil

import pytest

from linkmgr.admin.common.context import EXTENSION
from linkmgr.blocks.include import post_key
from linkmgr.earnings.database.imports import import_reports
from linkmgr.earnings.reading.model import Origin, Status
from linkmgr.store.accounts.users import new_setup_token
from tests.admin.conftest import NAME, PASSWORD, today
from tests.support.admin_browser import served
from tests.support.admin_states import States, with_long_names
from tests.support.earnings import make_report, make_row
from tests.support.indexed_site import BREAD, indexer_of
from tests.support.month_of_clicks import lived_in
from tests.support.nu_checker import html_errors
from tests.support.page_inspector import IN_ENGLISH, IN_LANGUAGE, PHONE, Look, PageInspector

pytestmark = pytest.mark.browser

POST = post_key(BREAD)
PAGES = (
    "/",
    "/?days=7&item=kitchen-coffee&device=phone",
    "/?days=1&item=kitchen-coffee",
    "/?period=this-year&item=kitchen-coffee&against=year",
    "/?since=2001-01-01&until=2001-01-02",
    "/?since=never",
    "/opportunities",
    "/items",
    "/items?q=nothing-like-it",
    "/add-item",
    "/add-item?kind=cta",
    "/add-item?paste=4873119324",
    "/add-item?paste=4873119325",
    "/items/kitchen-coffee",
    "/items/kitchen-coffee/edit",
    "/items/coffee-beans/edit",
    "/items/kitchen-coffee/rename",
    "/items/kitchen-coffee/delete",
    "/selected-items?action=replace&id=kitchen-coffee&back=/admin/items",
    "/tags",
    "/tags?q=nothing-like-it",
    "/tags/new",
    "/tags/mappings",
    "/tags/mapping/coffee",
    "/tags/mapping/coffee/delete",
    "/earnings",
    "/earnings?by=month",
    "/earnings/unlinked",
    "/earnings/statement",
    "/earnings/import",
    "/posts",
    "/posts?shows=nothing&sort=-clicks",
    f"/posts/{POST}",
    "/placements",
    "/placements?view=pages&sort=name",
    "/placements?view=hand",
    "/placements?view=blocks",
    "/placements?view=links&programme=a8&q=knives",
    "/placements?q=nothing-like-it",
    "/placements/a8",
    "/history",
    "/history/1",
    "/history/2",
    "/health",
    "/health/build",
    "/health/check",
    "/health/check/dead-link",
    "/health/shops",
    "/search",
    "/search?q=a",
    "/search?q=nothing-like-it",
    "/settings",
    "/settings/server",
    "/settings/account",
    "/settings/tokens",
    "/settings/site",
    "/settings/programmes/amazon",
    "/settings/blocks/books",
    "/settings/comparisons/bread-books",
    "/settings/add-block",
    "/settings/add-programme?known=moshimo",
    "/settings/add-comparison?item=kitchen-coffee&item=slow-loaf",
    "/settings/users",
    "/settings/users/remove?name=owner",
    "/not-there",
)
# Each with a form, a table or a chart of its own.
DOZEN = (
    *("/", "/items", "/items/kitchen-coffee/edit", "/posts", "/tags", "/tags/mappings"),
    *("/earnings", "/placements", "/history", "/health", "/settings", "/settings/site"),
)
ONE_LOOK = {"looks": (Look(PHONE, dark=True),), "widths": (PHONE,)}
NOTHING_YET = (
    "/",
    "/items",
    "/tags",
    "/tags/mappings",
    "/posts",
    "/placements",
    "/placements/a8",
    "/earnings",
    "/history",
)
EMPTY = "site: {name: Empty, url: 'https://empty.example.com', language: en}\n"
REFUSED = "the server responded with a status of 4"


@pytest.fixture(scope="module")
def server(tmp_path_factory):
    folder = tmp_path_factory.mktemp("lived-in")
    with lived_in(folder, edit=with_long_names) as server:
        import_reports(server.app.extensions[EXTENSION].engine, [earned_today()], "owner", 1)
        yield server


def earned_today():
    """Return a report of sales over a link, without one, and of what no product is named."""
    rows = [
        make_row(today(), "1200", product="4999999005"),
        make_row(today(), "340", product="4999999005", status=Status.PENDING),
        make_row(today(), "-50", product="B0OTHER0001", origin=Origin.INDIRECT, title="長い" * 40),
        make_row(today(), "7", product="", tracking="another-22"),
    ]
    return make_report(*rows)


@pytest.fixture
def owner(server, signed_in):
    return signed_in(server.app, server.admin)


@pytest.fixture(scope="module")
def sources(tmp_path_factory):
    """Give a place for the HTML of all pages, which is checked at once when they were seen."""
    sent = {}
    yield sent
    found = html_errors(sent, tmp_path_factory.mktemp("html"))
    assert found == [], "\n".join(found)


@pytest.fixture
def inspect_in(owner, sources):
    """Give what begins to inspect pages in a language, as some looks have them."""

    def begin(admin, language, seen):
        owner.look()
        owner.speak(language)
        return PageInspector(owner, sources, f"{language} {admin}", **seen)

    return begin


@pytest.mark.smoke
def test_a_dozen_pages_on_a_phone_have_no_fault(server, owner, inspect_in):
    inspector = inspect_in(server.admin, "en", ONE_LOOK)
    for page in DOZEN:
        owner.chrome.get(server.admin + page)
        inspector.inspect(page)
    assert inspector.faults == {}, inspector.report()


@pytest.mark.parametrize(("language", "seen"), IN_LANGUAGE)
def test_no_page_has_a_fault(server, owner, inspect_in, language, seen):
    inspector = inspect_in(server.admin, language, seen)
    for page in PAGES:
        owner.chrome.get(server.admin + page)
        inspector.inspect(page, expected=REFUSED if page == "/not-there" else "")
    assert inspector.faults == {}, inspector.report()


@pytest.mark.parametrize(("language", "seen"), IN_LANGUAGE)
def test_no_state_to_which_forms_and_keys_lead_has_a_fault(
    server, owner, inspect_in, language, seen
):
    inspector = inspect_in(server.admin, language, seen)
    for state in States(owner, server.admin, server.folder).each():
        inspector.inspect(state, expected=REFUSED)
    assert inspector.faults == {}, inspector.report()


@pytest.fixture
def empty_blog(admin_app, settings):
    """Give the app of a blog without a post, for which nothing was entered yet."""
    settings.catalog.write_text(EMPTY, encoding="utf-8")
    shutil.rmtree(settings.site_folder / "_posts")
    return admin_app


@pytest.mark.parametrize(("language", "seen"), IN_LANGUAGE)
def test_no_page_of_empty_blog_has_fault_from_its_first_start(
    empty_blog, owner, inspect_in, language, seen
):
    admin = empty_blog.extensions[EXTENSION]
    with served(empty_blog) as address:
        # Cookies are a host's, whatever the port: the other server's session is that of a number.
        pages = address.replace("127.0.0.1", "localhost")
        inspector = inspect_in(pages, language, seen)
        for step in first_steps(owner, f"{pages}/setup/{new_setup_token(admin.engine)}"):
            inspector.inspect(step, expected=REFUSED)
        for state in ("before it is indexed", "empty"):
            for page in NOTHING_YET:
                owner.chrome.get(pages + page)
                inspector.inspect(f"{page} {state}")
            if state != "empty":
                indexer_of(admin.settings)
    assert inspector.faults == {}, inspector.report()


def first_steps(owner, setup):
    """Yield the name of each page on the way to an account, and back to it."""
    owner.chrome.get(setup)
    yield "the setup"
    owner.send(name="", password="short", again="other")  # noqa: S106 - to be refused
    yield "the setup refused"
    owner.send(name=NAME, password=PASSWORD, again=PASSWORD)
    owner.find(".welcome")
    yield "the welcome"
    owner.find(".account summary").click()
    owner.find("form[action$=logout] button").click()
    owner.find("#password")
    yield "signing in"
    owner.send(name=NAME, password="wrong")  # noqa: S106 - to be refused
    yield "signing in refused"
    owner.send(name=NAME, password=PASSWORD)
    owner.find("nav")


def crowd(text):
    """Add books and mappings to a catalog until it is a large one."""
    books = "".join(
        f"  shelf-{n}:\n    asin: B0{n:08}\n    title: 棚の{n}冊目、長めの題名のある本\n"
        for n in range(2000)
    )
    mappings = "".join(
        f"  shelf-{n}:\n    any: {{keywords: [棚{n}]}}\n    items: [shelf-{n}, shelf-{n + 1}]\n"
        for n in range(500)
    )
    return text.replace("\nbooks:\n", f"\nbooks:\n{books}", 1).replace(
        "\nmappings:\n", f"\nmappings:\n{mappings}", 1
    )


def test_a_catalog_of_2000_items_is_for_everybody_too(tmp_path, sources, signed_in):
    with lived_in(tmp_path, edit=crowd) as server:
        owner = signed_in(server.app, server.admin)
        inspector = PageInspector(owner, sources, server.admin, **IN_ENGLISH)
        for page in ("/items", "/items?page=7", "/tags", "/tags/mappings", "/posts", "/health"):
            owner.chrome.get(server.admin + page)
            inspector.inspect(page)
    assert inspector.faults == {}, inspector.report()
