"""`--catalog https://…`: a blog is built where its catalog is not, never by an old one unawares."""

import os

import pytest

from tests.support.admin_server import TOKEN, handing_out
from tests.support.builds import CATALOG, INDEX, POSTS, write_blog, yaml_of
from tests.support.cli import run
from tests.support.servers import free_port

GOOD = yaml_of(CATALOG).encode()
COPY = ".linkmgr-cache/catalog.yaml"


@pytest.fixture
def admin(monkeypatch):
    monkeypatch.setenv("LINKMGR_CATALOG_TOKEN", TOKEN)
    with handing_out(GOOD) as server:
        yield server


@pytest.fixture
def blog(tmp_path):
    write_blog(tmp_path)
    (tmp_path / "catalog.yaml").unlink()
    return tmp_path


def test_a_blog_is_built_by_admins_catalog_which_is_sent_once(admin, blog):
    assert run("build", "--catalog", admin.url, cwd=blog).code == 0
    assert (blog / COPY).read_bytes() == GOOD
    assert all(path in (blog / INDEX).read_text() for path in list(POSTS)[:2])
    again = run("build", "--catalog", f"{admin.url}/", "--check", "--site", blog)
    assert again.code == 0
    assert admin.asked == [200, 304]
    assert admin.tokens == {f"Bearer {TOKEN}"}


@pytest.mark.parametrize(
    "command",
    [
        pytest.param(["check"], id="check"),
        pytest.param(["resolve"], id="resolve"),
        pytest.param(["explain", "loaf"], id="explain"),
        pytest.param(["coverage"], id="coverage"),
        pytest.param(["placements"], id="placements"),
    ],
)
def test_the_commands_that_read_a_catalog_take_it_too(admin, blog, command):
    (blog / "_site").mkdir()
    done = run(*command, "--catalog", admin.url, cwd=blog)
    assert "catalog.yaml: there is no such file" not in done.err
    assert admin.asked == [200]


@pytest.mark.parametrize("command", ["adopt", "eject"])
def test_commands_that_change_what_belongs_to_catalog_take_file(admin, blog, command):
    assert run(command, "--catalog", admin.url, cwd=blog).code != 0
    assert admin.asked == []


def test_a_catalog_that_has_not_changed_is_not_called_old(admin, blog):
    run("build", "--catalog", admin.url, cwd=blog)
    os.utime(blog / COPY, (1, 1))
    run("build", "--catalog", admin.url, cwd=blog)
    assert (blog / COPY).stat().st_mtime > 1


def test_a_changed_catalog_is_built(admin, blog):
    run("build", "--catalog", admin.url, cwd=blog)
    admin.content = GOOD.replace(b"Green Tea", b"Jade Tea")
    done = run("build", "--catalog", admin.url, cwd=blog)
    assert done.code == 0
    written = "".join(file.read_text() for file in (blog / "_includes").rglob("*.html"))
    assert "Jade Tea" in written
    assert "Green Tea" not in written


def test_without_admin_nothing_is_built_and_copy_is_named(admin, blog, monkeypatch):
    run("build", "--catalog", admin.url, cwd=blog)
    os.utime(blog / COPY, (1_772_290_800, 1_772_290_800))
    index = blog / INDEX
    index.unlink()
    away = f"http://127.0.0.1:{free_port()}"
    done = run("build", "--catalog", away, cwd=blog)
    assert (done.code, index.exists()) == (1, False)
    first, second = done.err_lines
    assert first.startswith(f"{away}: the admin doesn't answer (")
    assert second == (
        f"The catalog of 2026-02-28 15:00 (UTC) is still in {COPY}. "
        f"To use that one all the same: --catalog {COPY}"
    )
    monkeypatch.delenv("LINKMGR_CATALOG_TOKEN")
    assert run("build", "--catalog", COPY, cwd=blog).code == 0
    assert index.exists()


def test_without_admin_and_without_copy_nothing_else_is_proposed(admin, blog):
    admin.failure = 503, {}, b""
    done = run("build", "--catalog", admin.url, cwd=blog)
    assert done.code == 1
    assert done.err_lines == [f"{admin.url}: the admin answers with status 503. See its log"]


def test_mistakes_are_at_lines_of_what_was_taken_and_leave_copy(admin, blog):
    run("build", "--catalog", admin.url, cwd=blog)
    admin.content = GOOD.replace(b"title: Bread", b"titel: Bread")
    line = admin.content[: admin.content.index(b"titel")].count(b"\n") + 1
    done = run("build", "--catalog", admin.url, cwd=blog)
    assert done.code == 1
    assert f"{admin.url}/api/catalog:{line}: books.bread" in done.err
    assert (blog / COPY).read_bytes() == GOOD


@pytest.mark.parametrize(
    ("token", "stated"),
    [
        ("", "LINKMGR_CATALOG_TOKEN: missing. Create a token"),
        ("a b", "LINKMGR_CATALOG_TOKEN: must be the token exactly"),
    ],
)
def test_a_token_is_needed(admin, blog, monkeypatch, token, stated):
    monkeypatch.setenv("LINKMGR_CATALOG_TOKEN", token)
    done = run("build", "--catalog", admin.url, cwd=blog)
    assert (done.code, admin.asked) == (1, [])
    assert done.err.startswith(stated)


def test_no_error_has_the_token(admin, blog):
    for status in (301, 401, 403, 404, 500):
        admin.failure = status, {"Location": "https://elsewhere.example/"}, TOKEN.encode()
        done = run("build", "--catalog", admin.url, cwd=blog)
        assert done.code == 1
        assert TOKEN not in done.out + done.err


def test_an_address_with_a_path_is_refused(admin, blog):
    done = run("build", "--catalog", f"{admin.url}/admin/", cwd=blog)
    assert (done.code, admin.asked) == (1, [])
    assert "without a path" in done.err


@pytest.mark.parametrize("order", [1, -1])
def test_an_address_cannot_be_watched(admin, blog, order):
    options = [["--catalog", admin.url], ["--watch"]][::order]
    done = run("build", *options[0], *options[1], cwd=blog)
    assert (done.code, admin.asked) == (2, [])
    assert "--watch does not go with --catalog http://" in done.err
