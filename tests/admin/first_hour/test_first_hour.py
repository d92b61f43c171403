"""The dashboard before the first click: what is known, what to do next, and counting."""

import re
from html import unescape

import html5lib
import pytest

from linkmgr.catalog.reading.files import load_catalog
from linkmgr.checkout import read_checkout
from tests.admin.conftest import Browser
from tests.support.checkouts import in_git
from tests.support.health_server import answering
from tests.support.indexed_site import indexing
from tests.support.servers import free_port

DASHBOARD, FORMS = "/admin/", "/admin/first-hour"
EMPTY = "site:\n  name: A blog\n  url: https://blog.example\nbooks: {}\nctas: {}\nmappings: {}\n"
PUBLIC = EMPTY.replace("https://blog.example", "https://tezukuri-biyori.dev")
LINE = "{% include linkmgr.html %}"


@pytest.fixture
def client(stranger, engine, file, site):
    """Give a browser that is signed in to a new instance, without any item, line or click."""
    file.write_text(EMPTY, encoding="utf-8")
    for layout in (site / "_layouts").iterdir():
        text = layout.read_text(encoding="utf-8")
        layout.write_text(re.sub(r"\{%-? include linkmgr.*?%\}", "", text), encoding="utf-8")
    return signed_in(stranger, engine)


def signed_in(stranger, engine):
    browser = Browser(stranger.client.application)
    browser.sign_in(engine)
    return browser


def main(answer):
    """Return the text of a page's main part."""
    text = answer.text.partition("<main")[2]
    return " ".join(unescape(re.sub(r"<[^>]+>", " ", text)).split())


def typed(client, address, **more):
    return client.post(f"{FORMS}/server", {"server": address} | more, page=DASHBOARD)


@pytest.mark.parametrize("language", ["en", "ja"])
def test_a_new_instance_has_one_primary_step_and_no_address(client, language):
    text = client.get(DASHBOARD, Accept_Language=language).text
    html5lib.HTMLParser(strict=True).parse(text)
    assert text.count('class="btn primary"') == 1
    assert re.search(r'name="server"[^>]*value=""[^>]*placeholder="go.blog.example"', text)


def test_no_period_is_asked_for_before_the_first_click(client):
    text = client.get(f"{DASHBOARD}?since=never").text
    assert "Last 30 days" not in text
    assert 'href="#since"' not in text


def test_what_is_known_of_the_posts_is_there_with_its_lists(stranger, engine, settings):
    client = signed_in(stranger, engine)
    with indexing(settings):
        answer = client.get(DASHBOARD)
    text = main(answer)
    assert "12 posts were read" in text
    posts, nothing, other, book = (
        int(number)
        for number in re.search(
            r"Posts (\d+) See the list .*? Posts that show nothing (\d+) .*? "
            r"with a book (\d+) without a book, with something else (\d+)",
            text,
        ).group(1, 2, 4, 3)
    )
    assert (posts, book + other + nothing) == (12, 12)
    assert 'href="/admin/posts?shows=nothing"' in answer.text
    assert 'href="/admin/posts?without=books"' in answer.text
    of_list = main(client.get("/admin/posts"))
    assert f"Without a book {nothing + other} Nothing at all {nothing}" in of_list


@pytest.mark.parametrize(
    ("language", "link"), [("en", "What is in the catalog"), ("ja", "カタログの内容")]
)
def test_the_first_page_leads_to_the_catalog_as_it_was_found(stranger, engine, language, link):
    client = signed_in(stranger, engine)

    def address():
        text = client.get(DASHBOARD, Accept_Language=language).text
        return re.search(rf'<a href="([^"]+)">{link}</a>', text)[1]

    history = "/admin/history"
    assert address() == history  # which reads the catalog, and lists it
    client.get(history)
    assert address() == f"{history}/1"
    assert "<ins>books:</ins>" in client.get(address()).text


def test_drafts_are_counted_beside_the_posts(stranger, engine, settings, site):
    (site / "_drafts").mkdir()
    (site / "_drafts" / "雨の日の本棚.md").write_text("---\ntitle: 雨の日\n---\n", encoding="utf-8")
    client = signed_in(stranger, engine)
    with indexing(settings):
        assert "Posts 12 and 1 draft See the list" in main(client.get(DASHBOARD))


def test_posts_that_cannot_be_read_are_not_said_to_be_none(client, settings):
    with indexing(settings):  # a post asks for a book that the catalog lacks
        text = main(client.get(DASHBOARD))
    assert "The posts could not be read" in text
    assert "the catalog has no book called reading-notes" in text
    assert "0 posts" not in text


def test_the_tag_of_most_posts_that_show_nothing_is_a_step(client, settings, site):
    (site / "_posts" / "2025-11-03-夜更けの一冊.md").unlink()
    with indexing(settings):
        text = client.get(DASHBOARD).text
    assert "Show something for “" in unescape(text)
    assert re.search(r"href=\"/admin/(tags|mappings)/new\?tag=", text)


@pytest.mark.parametrize("number", [1, 2])
def test_the_step_of_a_tag_proposes_what_has_it_in_its_title(client, settings, site, file, number):
    (site / "_posts" / "2025-11-03-夜更けの一冊.md").unlink()
    with indexing(settings):
        text = unescape(client.get(DASHBOARD).text)
        tag = re.search("Show something for “(.+?)”", text)[1]
        books = "".join(
            f"  fit-{n}: {{asin: B00000000{n}, title: '{n}: {tag.upper()}'}}\n"
            for n in range(number)
        )
        file.write_text(EMPTY.replace("books: {}\n", f"books:\n{books}"), encoding="utf-8")
        text = unescape(client.get(DASHBOARD).text)
    assert f"“0: {tag.upper()}”" in text
    assert "may fit" in text
    address = re.search(r'href="(/admin/tags/new\?tag=[^"]+)"', text)[1]
    form = client.get(address).text
    assert [f"fit-{n}" in form for n in range(2)] == [n < number for n in range(2)]


def test_the_address_is_saved_once_this_server_answers_there(client, file):
    with answering() as here:
        assert typed(client, here).status_code == 303
    assert load_catalog(file).site.server == here
    assert f"Links lead through {here}." in main(client.get(DASHBOARD))


def test_an_address_without_a_scheme_is_https(client, file):
    assert typed(client, "go.blog.example").status_code == 303
    assert load_catalog(file).site.server == "https://go.blog.example"


@pytest.mark.parametrize("address", ["", "no address", "https://go.example/path?x"])
def test_what_is_no_address_is_refused_beside_its_field(client, file, address):
    answer = typed(client, address)
    assert answer.status_code == 400
    assert file.read_text(encoding="utf-8") == EMPTY
    assert re.search(r'id="first-server-error" role="alert"', answer.text)
    assert f'value="{address}"' in answer.text


def test_an_address_of_another_server_is_saved_only_unchecked(client, file):
    with answering({"status": "ok"}) as other:
        assert "another server answers" in main(typed(client, other))
    nobody = f"http://127.0.0.1:{free_port()}"
    answer = typed(client, nobody)
    assert "nothing answers" in main(answer)
    assert 'name="unchecked"' in answer.text
    assert file.read_text(encoding="utf-8") == EMPTY
    assert typed(client, nobody, unchecked="1").status_code == 303
    assert load_catalog(file).site.server == nobody


@pytest.mark.parametrize("address", ["http://127.0.0.1:8920", "http://localhost:8920"])
def test_a_public_blog_gets_no_link_to_this_computer(stranger, engine, file, settings, address):
    client = signed_in(stranger, engine)
    text = file.read_text(encoding="utf-8")
    text = text.replace("https://tezukuri.example.com", "https://tezukuri-biyori.dev")
    file.write_text(text, encoding="utf-8")
    with indexing(settings):
        answer = typed(client, address, unchecked="1")
    assert answer.status_code == 400
    assert "is this computer itself" in main(answer)
    assert re.search(r"clicks would fail in \d+ posts", main(answer))
    assert "the address can stay empty" in main(answer)
    assert 'name="unchecked"' not in answer.text
    assert file.read_text(encoding="utf-8") == text


def test_a_public_blog_gets_no_link_into_a_private_network(client, file):
    file.write_text(PUBLIC, encoding="utf-8")
    assert "known in your own network alone" in main(typed(client, "http://nas.local"))
    assert file.read_text(encoding="utf-8") == PUBLIC


def test_line_is_written_below_text_and_known_as_linkmgrs(client, site, file):
    in_git(site)
    assert "Put it below the text for me" in client.get(DASHBOARD).text
    client.post(f"{FORMS}/layout", page=DASHBOARD)
    assert LINE in (site / "_layouts" / "post.html").read_text(encoding="utf-8")
    assert "Put it below the text for me" not in client.get(DASHBOARD).text
    assert "_layouts/post.html" in read_checkout(site, file).rewritten


def test_the_first_item_is_a_step_until_it_is_there(client, file):
    assert "Add the first item" in main(client.get(DASHBOARD))
    book = "books:\n  one:\n    title: One\n    isbn: '4873119324'\n"
    file.write_text(EMPTY.replace("books: {}\n", book), encoding="utf-8")
    assert "Add the first item" not in main(client.get(DASHBOARD))


def test_once_a_click_has_come_there_are_figures(admin_client):
    text = admin_client.get(DASHBOARD).text
    assert 'id="first-server"' not in text
    assert 'id="figure-clicks"' in text
