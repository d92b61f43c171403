"""`linkmgr init`: what a Jekyll site needs before its first build."""

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from importlib.resources import files as resources
from pathlib import Path
from typing import Any

from linkmgr.blocks.assets import SCRIPT_TEXT, STYLESHEET_TEXT
from linkmgr.blocks.include import include_text
from linkmgr.blocks.templating import OVERRIDES
from linkmgr.builder.setup.blog_language import blog_language
from linkmgr.builder.setup.edits import BOM, Edit
from linkmgr.builder.setup.exclude import plan_exclude
from linkmgr.builder.setup.layouts import Unserved, plan_layouts
from linkmgr.builder.setup.page_layouts import page_advice
from linkmgr.builder.site.paths import CATALOG, OutputPaths
from linkmgr.builder.site.site_config import read_site_config
from linkmgr.catalog.model import Catalog
from linkmgr.catalog.reading.files import load_catalog
from linkmgr.catalog.reading.parse import parse_catalog
from linkmgr.catalog.reading.site import default_timezone
from linkmgr.fs.atomic import replace_file, wrap_write_errors
from linkmgr.fs.inside import leads_outside
from linkmgr.links.urls import web_problem
from linkmgr.messages.errors import LinkmgrError
from linkmgr.messages.language import Language
from linkmgr.messages.message import Message, message
from linkmgr.messages.wording import word
from linkmgr.posts.config import JekyllConfig
from linkmgr.posts.ruby.values import text_of
from linkmgr.posts.ruby.yaml_values import load
from linkmgr.posts.site import CONFIG_FILES

SCHEMA = f"{OVERRIDES}/catalog.schema.json"

# What is beside the posts and is no page: the catalog, and the server's files.
_UNPUBLISHED = (CATALOG, "instance")

_UNKNOWN_NAME = "Blog"
_UNKNOWN_URL = "https://example.com"


@dataclass(frozen=True, slots=True)
class InstallPlan:
    """What `init` does: `files` of its own, `edits` of the owner's (on request), and `advice`.

    The posts of the layouts that are `unserved` would show no blocks, whatever is written.
    """

    files: Mapping[str, bytes]
    edits: tuple[Edit, ...]
    advice: tuple[Message, ...]
    unserved: tuple[Unserved, ...]
    catalog_has_items: bool

    def __bool__(self) -> bool:
        return bool(self.files or self.edits or self.advice)


def plan_install(
    root: Path, command: str = "linkmgr init", catalog_file: Path | None = None
) -> InstallPlan:
    """Compare the site at `root` with what it needs. Raise LinkmgrError if it is no Jekyll site.

    `command` is what its advice says to run again. `catalog_file` is another catalog than the
    site's own.
    """
    config = read_site_config(root, catalog_file)
    package = config.jekyll.package
    config_path = _config_path(root)
    config_data = config_path.read_bytes() if config_path.exists() else b""
    values, _ = load(config_data.removeprefix(BOM), package)
    settings: Mapping[Any, Any] = values or {}
    wanted, catalog = _wanted_files(root, config, settings)
    hand_over = catalog.site.feeds == "omit" or any(b.at.needs_content for b in catalog.blocks)
    layouts = plan_layouts(root, config, settings, command, hand_over=hand_over)
    edited = frozenset(root / edit.path for edit in layouts.edits)
    exclude = None
    unexcluded = [
        name for name in _UNPUBLISHED if not config.excluded.match(f"/{name}", folder=True)
    ]
    if config.source == "." and unexcluded:
        exclude = plan_exclude(config_path.name, config_data, unexcluded, package)
    files = {path: data for path, data in wanted.items() if _differs(root / path, data)}
    edits = (*layouts.edits, *([exclude] if isinstance(exclude, Edit) else []))
    for path in (*files, *(edit.path for edit in edits)):
        if leads_outside(root, path):
            raise LinkmgrError(message("build.file-links-out", path=str(root / path)))
    return InstallPlan(
        files=files,
        edits=edits,
        advice=(
            *layouts.advice,
            *page_advice(root, config, catalog.site.pages, edited),
            *([exclude] if isinstance(exclude, Message) else []),
            *_url_advice(config, config_path.name, files),
        ),
        unserved=layouts.unserved,
        catalog_has_items=bool(catalog.items),
    )


def install_text(plan: InstallPlan, options: str = "", *, write: bool) -> str:
    """Say what `init` wrote and what is left to do.

    `options`, such as ` --site blog`, are of the command that was run: those that follow need them.
    """
    build = f"linkmgr build{options}"
    if not plan:
        return word(message("build.nothing-to-install", command=build))
    lines = [word(message("build.wrote", path=path)) for path in plan.files]
    if write:
        lines += [word(message("build.edited", path=edit.path)) for edit in plan.edits]
    else:
        lines += [edit.worded() for edit in plan.edits]
    lines += map(word, plan.advice)
    if plan.edits and not write:
        lines.append(
            word(message("build.let-init-write", command=f"linkmgr init{options} --write"))
        )
    code = "build.now-build" if plan.catalog_has_items else "build.fill-the-catalog"
    return "\n".join([*lines, word(message(code, command=build))])


def own_files(root: Path, config: JekyllConfig, catalog: Catalog) -> dict[str, bytes]:
    """Return the files of linkmgr's own that a site lacks, or has otherwise, by path.

    `catalog` is the one that it will have.
    """
    wanted = _own_files(root, config, catalog)
    return {path: data for path, data in wanted.items() if _differs(root / path, data)}


def apply_install(root: Path, plan: InstallPlan, *, write: bool) -> None:
    """Write the plan's files; with `write` make its edits too. Raise LinkmgrError."""
    edits = {edit.path: edit.data for edit in plan.edits} if write else {}
    # The edits come last: a layout must not name an include that is not there yet.
    for path, data in {**plan.files, **edits}.items():
        with wrap_write_errors(root / path):
            (root / path).parent.mkdir(parents=True, exist_ok=True)
            replace_file(root / path, data)


def starter_catalog(config: JekyllConfig, settings: Mapping[Any, Any], language: Language) -> str:
    """Return a catalog to start from, in the `language` of its explanations and of the blocks."""
    text = (resources("linkmgr.builder.setup") / "starter" / f"{language}.yaml").read_text(
        encoding="utf-8"
    )
    name = text_of(settings.get("title")).strip() or _UNKNOWN_NAME
    url = _UNKNOWN_URL if web_problem(_url(config)) else _url(config)
    text = text.replace("@TIMEZONE@", config.timezone or default_timezone(language))
    return text.replace("@URL@", _quoted(url)).replace("@NAME@", _quoted(name))


def _wanted_files(
    root: Path, config: JekyllConfig, settings: Mapping[Any, Any]
) -> tuple[dict[str, bytes], Catalog]:
    """Return the files that a site should have, and the catalog that is or will be there."""
    wanted: dict[str, bytes] = {}
    if (root / CATALOG).exists():
        catalog = load_catalog(root / CATALOG)
    else:
        text = starter_catalog(config, settings, blog_language(root, config))
        wanted[CATALOG] = text.encode()
        catalog = parse_catalog(text, CATALOG)
    return wanted | _own_files(root, config, catalog), catalog


def _own_files(root: Path, config: JekyllConfig, catalog: Catalog) -> dict[str, bytes]:
    places = OutputPaths.of(config)
    places.refuse_outside(root, config.source)
    return {
        SCHEMA: (resources("linkmgr.catalog") / "catalog.schema.json").read_bytes(),
        places.stylesheet: STYLESHEET_TEXT.encode(),
        places.script: SCRIPT_TEXT.encode(),
        places.empty: b"",
        places.include: include_text(catalog).encode(),
    }


def _url_advice(config: JekyllConfig, name: str, files: Mapping[str, bytes]) -> Iterator[Message]:
    """Yield what to say of a starter catalog whose address the settings, named `name`, lack."""
    if CATALOG in files and web_problem(_url(config)):
        yield message("build.example-url", file=CATALOG, url=_UNKNOWN_URL, config=name)


def _url(config: JekyllConfig) -> str:
    return config.url.rstrip("/") + config.baseurl.rstrip("/")


def _config_path(root: Path) -> Path:
    """Return the site's settings, or where they would be."""
    files = [root / name for name in CONFIG_FILES]
    return next((file for file in files if file.exists()), files[0])


def _differs(file: Path, data: bytes) -> bool:
    return not file.exists() or file.read_bytes() != data


def _quoted(text: str) -> str:
    """Quote for YAML, of whose double-quoted texts JSON's are a part."""
    return json.dumps(text, ensure_ascii=False)
