"""Whatever changed in whatever order: a build gives what a first build of the same site gives."""

import os
import shutil
import tempfile
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path

import pytest
import yaml
from hypothesis import HealthCheck, given, note, settings
from hypothesis import strategies as st

from linkmgr.messages.errors import LinkmgrError
from tests.support.builds import (
    CACHE,
    NOW,
    age,
    built,
    made,
    made_from_scratch,
    post,
    stamps,
    write_blog,
)
from tests.support.properties import examples

NAMES = (
    *("2026-01-01-green", "2026-01-02-black", "2026-01-03-loaf", "2026-01-04-日本茶"),
    *("2026-03-15-today", "2026-03-16-tomorrow", "2026-04-01-later", "2025-12-31-last-year"),
)
TITLES = ("Green leaves", "緑茶の話", "緑茶の話 2", "Loaf", "", "{{ x }}")
TAGS = ("tea", "bread", "walks", "お茶")
BODIES = ("", "oolong " * 40, "flour and oolong " * 20, "ｏｏｌｏｎｇ " * 30, "小麦粉 " * 30)
FRONTS = (
    *({}, {}, {"linkmgr": False}, {"linkmgr": {"books": ["bread"], "cta": ["news"]}}),
    *({"linkmgr": {"exclude": ["green"]}}, {"linkmgr": {"limit": 1}}, {"published": False}),
    *({"permalink": "/fixed/"}, {"date": "2026-03-15 20:59:30"}, {"date": "2026-03-16 00:30:00"}),
)
FOLDERS = ("_posts", "_posts", "more/_posts", "_drafts")


@dataclass
class Blog:
    """A site under changes, the time of its next build, and whether drafts are built."""

    root: Path
    now: datetime = NOW
    drafts: bool = False

    def change_yaml(self, name: str, change: Callable[[dict], object]) -> None:
        values = yaml.safe_load((self.root / name).read_text(encoding="utf-8"))
        change(values)
        self.write(name, yaml.safe_dump(values, allow_unicode=True, sort_keys=False))

    def write(self, name: str, text: str) -> None:
        file = self.root / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text, encoding="utf-8")
        age(file)

    def posts(self) -> list[Path]:
        found = (*self.root.glob("**/_posts/[!.]*.md"), *self.root.glob("_drafts/[!.]*.md"))
        return sorted(found)

    def fragments(self) -> list[Path]:
        return sorted(self.root.glob("_includes/linkmgr/posts/*.html"))


Change = Callable[[Blog], object]


def write_post(place, title, tags, body, front) -> Change:
    text = post(title, tags, body, **front)
    return lambda blog: blog.write("{}/{}.md".format(*place), text)


def to_one_of(find: Callable[[Blog], list[Path]], action: Callable[[Path], object]):
    """Do something to one of the files that `find` finds, if there is any."""

    def change(number):
        def act(blog):
            if files := find(blog):
                action(files[number % len(files)])

        return act

    return st.builds(change, st.integers(0, 9))


def rename(file: Path) -> None:
    file.rename(file.with_name(f"2026-02-02-renamed-{file.stem[-4:]}.md"))


def touch(file: Path) -> None:
    os.utime(file)
    age(file)


def save(file: Path) -> None:
    """Keep a copy, which Jekyll passes over, as `cp -p` does."""
    shutil.copy2(file, file.with_name(f".{file.name}"))


def restore(file: Path) -> None:
    """Bring a saved copy back by `cp -p`, which keeps the file's inode and the copy's time."""
    if (saved := file.with_name(f".{file.name}")).exists():
        shutil.copy2(saved, file)


def mapped(**values) -> Change:
    """Add to the tea mapping's `any`."""
    return lambda blog: blog.change_yaml(
        "catalog.yaml", lambda catalog: catalog["mappings"]["tea"]["any"].update(values)
    )


def catalog(**parts) -> Change:
    def change(values):
        for name, part in parts.items():
            values[name] = {**values.get(name, {}), **part}

    return lambda blog: blog.change_yaml("catalog.yaml", change)


def config(**values) -> Change:
    return lambda blog: blog.change_yaml("_config.yml", lambda settings: settings.update(values))


def template(text: str) -> Change:
    return lambda blog: blog.write("_linkmgr/books.html", text)


def later(**time) -> Change:
    def change(blog):
        blog.now += timedelta(**time)

    return change


def switch_drafts(blog: Blog) -> None:
    blog.drafts = not blog.drafts


def damage_cache(blog: Blog) -> None:
    file = blog.root / CACHE / "posts.sqlite"
    if file.exists():
        file.write_bytes(b"not a database" * 500)


CHANGES = st.one_of(
    st.builds(
        write_post,
        st.tuples(st.sampled_from(FOLDERS), st.sampled_from(NAMES)),
        st.sampled_from(TITLES),
        st.lists(st.sampled_from(TAGS), max_size=3, unique=True),
        st.sampled_from(BODIES),
        st.sampled_from(FRONTS),
    ),
    to_one_of(Blog.posts, Path.unlink),
    to_one_of(Blog.posts, rename),
    to_one_of(Blog.posts, touch),
    to_one_of(Blog.posts, save),
    to_one_of(Blog.posts, restore),
    to_one_of(Blog.fragments, Path.unlink),
    to_one_of(Blog.fragments, lambda file: file.write_text("mine")),
    st.builds(
        mapped, keywords=st.sampled_from((["oolong"], ["flour"], ["小麦粉", "oolong"], ["x"]))
    ),
    st.builds(mapped, tags=st.sampled_from((["tea"], ["お茶", "walks"]))),
    st.sampled_from(
        [
            catalog(books={"green": {"title": "Greener", "asin": "B0EXAMPLE1"}}),
            catalog(
                books={"black": {"title": "B", "asin": "B0EXAMPLE2", "valid-until": NOW.date()}}
            ),
            catalog(books={"bread": {"title": "B", "asin": "B0EXAMPLE3", "retired": True}}),
            catalog(blocks={"books": {"limit": 1, "fallback": ["bread"]}, "related": {"limit": 2}}),
            catalog(blocks={"cta": {"heading": "Hello"}, "related": {"minimum": 0.3}}),
            catalog(site={"server": "https://l.example"}),
            catalog(site={"language": "ja"}, programmes={"amazon": {"tag": "ours-22"}}),
            config(permalink="/:title/"),
            config(permalink="/:categories/:title.html"),
            config(future=True),
            config(baseurl="/base"),
            config(exclude=["more"]),
            config(limit_posts=3),
            config(timezone="America/New_York"),
            template("<p>{{ block.items | length }}</p>\n"),
            template("{% for item in block.items %}{{ item.title }}{% endfor %}\n"),
            lambda blog: shutil.rmtree(blog.root / "_linkmgr", ignore_errors=True),
            lambda blog: shutil.rmtree(blog.root / CACHE, ignore_errors=True),
            lambda blog: shutil.rmtree(blog.root / "_includes", ignore_errors=True),
            lambda blog: blog.write("_includes/linkmgr/posts/0123456789abcdef.html", "x"),
            lambda blog: blog.write("_data/.linkmgr-7.tmp", "x"),
            lambda blog: blog.write("_data/linkmgr_index.json", "{}"),
            damage_cache,
            switch_drafts,
            later(hours=3),
            later(days=1),
            later(days=20),
        ]
    ),
)


@settings(max_examples=examples(30), suppress_health_check=[HealthCheck.too_slow], deadline=None)
@given(st.lists(st.lists(CHANGES, min_size=1, max_size=3), min_size=1, max_size=5))
def test_a_build_after_changes_gives_what_a_first_build_gives(rounds):
    with tempfile.TemporaryDirectory() as folder:
        blog = Blog(write_blog(Path(folder) / "site"))
        build_and_compare(blog)
        for changes in rounds:
            for change in changes:
                change(blog)
            build_and_compare(blog)


def break_yaml(file: Path) -> None:
    file.write_text("---\ntitle: [\n---\n", encoding="utf-8")
    age(file)


def set_in_future(file: Path) -> None:
    file.write_text(post("Changed"), encoding="utf-8")
    os.utime(file, (NOW.timestamp() + 1e9, NOW.timestamp() + 1e9))


def hold_what_json_cannot(file: Path) -> None:
    file.write_text(post({"a": 1}), encoding="utf-8")
    age(file)


@pytest.mark.parametrize("change", [break_yaml, set_in_future, hold_what_json_cannot])
def test_a_file_restored_by_cp_p_is_read_with_settings_of_today(tmp_path, change):
    blog = Blog(write_blog(tmp_path / "site"))
    black = blog.root / "_posts/2026-01-02-black.md"
    built(blog.root)
    save(black)
    change(black)
    config(permalink="/new/:title/")(blog)
    mapped(keywords=["oolong", "text"])(blog)
    built(blog.root)
    restore(black)
    built(blog.root)
    assert made(blog.root) == made_from_scratch(blog.root)


def beside_cache(facts: dict, *, cached: bool) -> dict:
    """Leave out the cache and, if there was none, the root: making the cache writes to it."""
    return {name: v for name, v in facts.items() if CACHE not in name and (cached or name != ".")}


def build_and_compare(blog: Blog) -> None:
    """Build; check before that `check` foretells it, and after it that nothing is left to do."""
    before = stamps(blog.root)
    options = {"now": blog.now, "drafts": blog.drafts}
    foretold = built(blog.root, check=True, **options)
    assert stamps(blog.root) == before
    report = built(blog.root, **options)
    note(f"{report}")
    assert (foretold.written, foretold.deleted) == (report.written, report.deleted)
    assert made(blog.root) == made_from_scratch(blog.root, **options)
    after = stamps(blog.root)
    assert not built(blog.root, **options).changed
    assert stamps(blog.root) == after


@settings(max_examples=examples(10), suppress_health_check=[HealthCheck.too_slow], deadline=None)
@given(st.lists(CHANGES, min_size=1, max_size=4))
def test_a_build_that_fails_leaves_the_site_as_it_was(changes):
    with tempfile.TemporaryDirectory() as folder:
        blog = Blog(write_blog(Path(folder) / "site"))
        built(blog.root)
        for change in changes:
            change(blog)
        good = (blog.root / "catalog.yaml").read_text(encoding="utf-8")
        blog.write("catalog.yaml", good + "unknown: {}\n")
        before = stamps(blog.root)
        try:
            built(blog.root, now=blog.now)
        except LinkmgrError:
            after = stamps(blog.root)
            assert beside_cache(after, cached=CACHE in before) == beside_cache(
                before, cached=CACHE in before
            )
        else:
            raise AssertionError("the catalog has a problem")
        blog.write("catalog.yaml", good)
        build_and_compare(blog)
