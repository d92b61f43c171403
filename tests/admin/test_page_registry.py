"""A page of the admin is added by its folder alone."""

import re
from pathlib import Path

import pytest

import linkmgr.admin
from linkmgr.admin.app import find_pages

ADMIN = Path(linkmgr.admin.__file__).parent
FOLDERS = (ADMIN, ADMIN.parent / "earnings", ADMIN.parent / "experiments")  # with pages
DOCS = Path(__file__).parents[2] / "docs"
JAPANESE = ADMIN / "translations" / "ja" / "LC_MESSAGES"

VIEWS = """
from flask import Blueprint, render_template
from flask_babel import lazy_gettext
from linkmgr.admin.common.pages import AdminPage

page = Blueprint("throwaway", __name__, url_prefix="/admin/throwaway", template_folder=".")
ADMIN_PAGE = AdminPage(page, lazy_gettext("Throw-away"), order=3)


@page.get("")
def index():
    return render_template("throwaway.html")
"""
TEMPLATE = """{% extends "common/base.html" %}
{% block title %}Throw-away{% endblock %}
{% block main %}<h1>Throw-away</h1>{% endblock %}
"""


@pytest.fixture
def with_throwaway(tmp_path, monkeypatch):
    """Have the admin contain one more folder: a module and its template."""
    folder = tmp_path / "more" / "throwaway"
    folder.mkdir(parents=True)
    (folder / "__init__.py").touch()
    (folder / "views.py").write_text(VIEWS, encoding="utf-8")
    (folder / "throwaway.html").write_text(TEMPLATE, encoding="utf-8")
    monkeypatch.setattr(linkmgr.admin, "__path__", [*linkmgr.admin.__path__, str(folder.parent)])


@pytest.mark.usefixtures("with_throwaway")
def test_a_folder_with_a_module_and_a_template_is_a_page(admin_client):
    text = admin_client.get("/admin/throwaway").text
    assert "<h1>Throw-away</h1>" in text
    assert re.findall(r'<a href="([^"]+)" aria-current="page">', text) == ["/admin/throwaway"]
    home = admin_client.get("/admin/").text
    names = re.findall(r"<li[^>]*><a href=\"[^\"]+\"[^>]*>([^<]+)<svg", home)
    assert "Throw-away" in names[2:4]


def test_each_page_has_a_letter_of_its_own_in_the_shortcuts(admin_client):
    text = admin_client.get("/admin/").text
    letters = re.findall(r'data-go="([a-z])"', text)
    assert len(set(letters)) == len(letters) == len(find_pages())
    assert re.findall(r"<kbd>g</kbd> <kbd>([a-z])</kbd>", text) == letters


@pytest.mark.usefixtures("with_throwaway")
def test_a_page_that_is_added_needs_a_sign_in(stranger):
    answer = stranger.get("/admin/throwaway")
    assert answer.status_code == 303
    assert answer.headers["Location"] == "/admin/login?next=%2Fadmin%2Fthrowaway"


def test_the_pages_are_in_the_navigations_order():
    names = [page.name for page in find_pages()]
    assert names == [
        *("dashboard", "opportunities", "items", "mappings", "posts"),
        *("placements", "earnings", "history", "health", "settings"),
    ]
    assert all((JAPANESE / f"{name}.po").is_file() for name in names)


@pytest.mark.parametrize("language", ["en", "ja"])
def test_the_docs_list_the_pages_in_the_navigations_order(admin_client, language):
    page = admin_client.get("/admin/", Accept_Language=language).text
    navigation = re.search(r"<nav aria-label.*?</nav>", page, re.DOTALL)[0]
    labels = re.findall(r"<a [^>]*>([^<>\s]+)<svg", navigation)
    docs, heading = {"en": ("admin.md", "## The pages"), "ja": ("ja/admin.md", "## ページ")}[
        language
    ]
    text = (DOCS / docs).read_text(encoding="utf-8")
    table = text.partition(f"\n{heading}\n")[2].partition("\n#")[0]
    assert re.findall(r"^\| (\S+) \|", table, re.MULTILINE)[1:] == labels
    assert len(labels) == len(find_pages())


def test_every_endpoint_that_code_and_templates_name_is_there(admin_app):
    apps = (admin_app, admin_app.wsgi_app.mounts["/api"])
    endpoints = {rule.endpoint for app in apps for rule in app.url_map.iter_rules()}
    named = {
        name: file.relative_to(ADMIN.parent).as_posix()
        for folder in FOLDERS
        for file in (*folder.rglob("*.py"), *folder.rglob("*.html"))
        for call in re.findall(r"url_for\(([^()]*)", file.read_text(encoding="utf-8"))
        for name in re.findall(r"""["']([a-z_]+\.[a-z_]+)["']""", call)
    }
    assert len(named) > 20
    assert {name: file for name, file in named.items() if name not in endpoints} == {}
