"""Products without a title are named by the owner, in a file that adopt makes."""

import json

import pytest

from linkmgr.adopt.report import adoption_text
from linkmgr.adopt.run import adopt
from linkmgr.catalog.reading.files import load_catalog
from linkmgr.messages.errors import LinkmgrError
from linkmgr.messages.message import ENGLISH, set_language
from tests.adopt.deciding.test_nothing_lost import post_of, write_posts
from tests.support.checkouts import in_git
from tests.support.cli import run
from tests.support.legacy_blogs import contents
from tests.support.legacy_forms import KINDLE, OTHER, PAPER, frame, stripe_image

HEAD = (
    "# For linkmgr adopt --titles: write each product's title after its ASIN, then run it again.\n"
)


@pytest.fixture
def root(tmp_path):
    """Return a blog of two posts whose products have no title."""
    return write_posts(tmp_path / "blog", frame(PAPER, ""), stripe_image(OTHER, ""))


@pytest.fixture
def titles(tmp_path):
    return tmp_path / "titles.yaml"


def titles_of(root):
    return {book.asin: book.title for book in load_catalog(root / "catalog.yaml").books.values()}


def test_the_first_run_writes_the_asins_and_changes_nothing_else(root, titles):
    before = contents(root)
    adoption = adopt(root, titles=titles)
    assert titles.read_text(encoding="utf-8") == (
        f'{HEAD}"{PAPER}":  # _posts/2024-02-01-post.md:7\n'
        f'"{OTHER}":  # _posts/2024-02-02-post.md:7\n'
    )
    assert contents(root) == before
    assert (
        f"{titles} has the 2 ASINs that lack a title: write each title after its ASIN, then run "
        "the same command again.\n" in adoption_text(adoption)
    )


def test_second_run_takes_named_products_into_catalog(root, titles):
    adopt(root, titles=titles)
    text = titles.read_text(encoding="utf-8")
    named = text.replace(f'"{PAPER}":', f'"{PAPER}": 砂の計算機').replace(
        f'"{OTHER}":', f"'{OTHER}': \"Slow: #2\""
    )
    titles.write_text(named, encoding="utf-8")
    adoption = adopt(root, titles=titles, write=True)
    assert not adoption.kept_products
    assert titles_of(root) == {PAPER: "砂の計算機", OTHER: "Slow: #2"}
    assert "amazon" not in post_of(root, 1) + post_of(root, 2)
    assert titles.read_text(encoding="utf-8") == named
    assert not adopt(root, titles=titles, write=True).anything


def test_filled_titles_stay_and_missing_ones_are_added_below(root, titles):
    mine = f"# mine\r\n  {PAPER}: 砂の計算機   # kept\r\n  '{KINDLE}':"
    titles.write_bytes(mine.encode())
    adopt(root, titles=titles, write=True)
    assert titles.read_bytes().decode() == (
        f'{mine}\r\n  "{OTHER}":  # _posts/2024-02-02-post.md:7\r\n'
    )
    assert titles_of(root) == {PAPER: "砂の計算機"}


def test_a_title_is_only_for_products_that_lack_one(tmp_path, titles):
    root = write_posts(tmp_path / "blog", frame(PAPER, "砂の計算機"))
    titles.write_text(f'"{PAPER}": another\n', encoding="utf-8")
    adopt(root, titles=titles, write=True)
    assert titles_of(root) == {PAPER: "砂の計算機"}


def test_no_file_is_made_where_no_title_is_missing(tmp_path, titles):
    root = write_posts(tmp_path / "blog", frame(PAPER, "砂の計算機"))
    text = adoption_text(adopt(root, titles=titles))
    assert not titles.exists()
    assert f"No product lacks a title: {titles} is as it was.\n" in text


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        pytest.param(
            f'\n"{PAPER[:-1]}5": A\n', f":2: {PAPER[:-1]}5: check digit is 5, expected 4", id="ASIN"
        ),
        pytest.param("sand: A\n", ":1: sand: must be ten digits", id="no ASIN"),
        pytest.param(
            f'"{PAPER}": A\n"{PAPER}": B\n', f":2: {PAPER}: is already in line 1", id="twice"
        ),
        pytest.param(f'"{PAPER}": [A]\n', f":1: {PAPER}: must be a text, not a list", id="list"),
        pytest.param(f'"{PAPER}": {"A" * 501}\n', f":1: {PAPER}: has 501 characters", id="long"),
        pytest.param("- A\n", ":1: must have an ASIN a line, each with its title", id="a list"),
        pytest.param(
            f'{{"{PAPER}": A}}\n', ":1: must have an ASIN a line, each with its title", id="braces"
        ),
        pytest.param(f'"{PAPER}": "A\n', ":1: ", id="syntax"),
    ],
)
def test_mistakes_in_the_file_are_named_with_line_and_key(root, titles, text, problem):
    titles.write_text(text, encoding="utf-8")
    before = contents(root)
    with pytest.raises(LinkmgrError) as caught:
        adopt(root, titles=titles, write=True)
    assert str(caught.value).startswith(f"{titles}{problem}")
    assert contents(root) == before
    assert titles.read_text(encoding="utf-8") == text


def test_a_folder_that_is_not_there_is_named(root, tmp_path):
    with pytest.raises(LinkmgrError, match=r"no-folder/titles\.yaml: cannot be written"):
        adopt(root, titles=tmp_path / "no-folder" / "titles.yaml")


def test_file_within_blog_does_not_keep_git_from_restoring(root):
    in_git(root)
    titles = root / "_titles.yaml"
    adopt(root, titles=titles)
    titles.write_text(f'"{PAPER}": 砂の計算機\n', encoding="utf-8")
    assert adopt(root, titles=titles, write=True).written


def test_the_command_names_the_option_and_lists_the_asins(root, titles):
    assert "run it again with --titles FILE" in run("adopt", "--site", root).out
    done = run("adopt", "--site", root, "--titles", titles, "--json")
    assert done.code == 3
    assert json.loads(done.out)["untitled"] == {
        PAPER: "_posts/2024-02-01-post.md:7",
        OTHER: "_posts/2024-02-02-post.md:7",
    }
    assert titles.exists()


def test_the_file_s_first_line_is_in_the_reader_s_language(root, titles):
    set_language("ja")
    try:
        adopt(root, titles=titles)
    finally:
        set_language(ENGLISH)
    assert "タイトルを書き" in titles.read_text(encoding="utf-8").splitlines()[0]
