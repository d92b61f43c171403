"""Which classes a site's stylesheets have."""

import pytest

from linkmgr.adopt.deciding.decide import site_classes
from linkmgr.adopt.run import adopt
from linkmgr.builder.site import read_site_config
from linkmgr.catalog.reading.files import load_catalog
from tests.support.jekyll import write_site
from tests.support.legacy_blogs import write_blog

CONFIG = "title: x\nurl: https://blog.example\n"


def classes_of(root, files, config=CONFIG):
    write_site(root, {"_config.yml": config, **files})
    return site_classes(root, read_site_config(root, None))


@pytest.mark.parametrize(
    ("file", "text"),
    [
        pytest.param("assets/main.css", "a.cta-link:hover{color:red}", id="CSS"),
        pytest.param("_sass/_box.scss", ".cta {\n  &-link { color: red; }\n}", id="Sass"),
        pytest.param("_sass/old.sass", ".cta-link\n  color: red", id="indented Sass"),
        pytest.param("_includes/head.html", "<style>.cta-link {}</style>", id="in a template"),
    ],
)
def test_the_sites_own_stylesheets_are_read(tmp_path, file, text):
    assert "cta-link" in classes_of(tmp_path, {file: text})


@pytest.mark.parametrize(
    ("file", "text"),
    [
        pytest.param("_site/main.css", ".cta-link {}", id="what Jekyll built"),
        pytest.param("node_modules/x/main.css", ".cta-link {}", id="packages"),
        pytest.param("main.css", "/* .cta-link {} */", id="a comment"),
        pytest.param("main.css", ".cta-link-2 {}", id="another class"),
        pytest.param("_includes/head.html", "<p>.cta-link</p>", id="a template's text"),
    ],
)
def test_what_gives_a_class_no_look_is_no_stylesheet(tmp_path, file, text):
    assert "cta-link" not in classes_of(tmp_path, {file: text})


def test_stylesheets_of_theme_are_read_where_bundler_put_it(tmp_path):
    file = "vendor/bundle/ruby/3.2.0/gems/dunes-1.0.2/_sass/dunes.scss"
    found = classes_of(tmp_path, {file: ".cta-link {}"}, CONFIG + "theme: dunes\n")
    assert "cta-link" in found


def test_a_class_without_a_look_gets_linkmgrs_beside_it(tmp_path):
    plain = write_blog(tmp_path / "plain")
    adopt(plain, write=True)
    ctas = load_catalog(plain / "catalog.yaml").ctas.values()
    assert {cta.css_class for cta in ctas} == {"cta-link linkmgr-button"}
    styled = write_blog(tmp_path / "styled")
    write_site(styled, {"main.css": ".cta-link {}"})
    adopt(styled, write=True)
    found = load_catalog(styled / "catalog.yaml").ctas.values()
    assert {cta.css_class for cta in found} == {"cta-link"}
