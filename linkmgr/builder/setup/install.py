"""`linkmgr init`: what a Jekyll site needs before its first build."""

import json
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from importlib.resources import files as resources
from itertools import islice
from pathlib import Path
from typing import Any

from yaml.nodes import MappingNode, Node, SequenceNode

from linkmgr.blocks.assets import SCRIPT_TEXT, STYLESHEET_TEXT
from linkmgr.blocks.include import include_text
from linkmgr.blocks.templating import OVERRIDES
from linkmgr.builder.setup.layouts import FileEdit, Unserved, line_ending, page_advice, plan_layouts
from linkmgr.builder.site import CATALOG, OutputPaths, read_site_config
from linkmgr.builder.warnings import baseurl_advice, unseen_advice
from linkmgr.catalog.model import Catalog
from linkmgr.catalog.reading.files import load_catalog
from linkmgr.catalog.reading.parse import default_timezone, parse_catalog
from linkmgr.fs import CACHE_FOLDER, leads_outside, replace_file, wrap_write_errors
from linkmgr.links.urls import web_problem
from linkmgr.messages.errors import LinkmgrError
from linkmgr.messages.message import ENGLISH, LANGUAGES, Language, Message, message, translate
from linkmgr.posts.article.language import primary
from linkmgr.posts.config import JekyllConfig
from linkmgr.posts.document import BOM
from linkmgr.posts.document_reader import parse_file
from linkmgr.posts.ruby.safe_yaml import load
from linkmgr.posts.ruby.values import Package, text_of
from linkmgr.posts.ruby.yaml_tree import YamlError
from linkmgr.posts.site import CONFIG_FILES, post_files, unseen_folders

# The language in which a blog wants its catalog and its blocks.

_READ = 50
"""Posts that show a blog's language; the newest by their names' dates."""


def _blog_language(root: Path, config: JekyllConfig) -> Language:
    """Return the language of the site's settings, else of most of its posts, else English."""
    spoken = config.language or _posts_language(root, config)
    for language in LANGUAGES:
        if language == primary(spoken):
            return language
    return ENGLISH


def _posts_language(root: Path, config: JekyllConfig) -> str:
    files = post_files(root, config)
    files.sort(key=lambda file: file.path.rpartition("/")[2], reverse=True)
    languages: Counter[str] = Counter()
    for file in islice(files, _READ):
        with suppress(OSError):
            parsed = parse_file(file.path, file.read(), file.mtime_ns / 1e9, config)
            if parsed.document and parsed.document.post.language:
                languages[primary(parsed.document.post.language)] += 1
    return max(languages, key=languages.__getitem__, default="")


# The line of `_config.yml` that keeps linkmgr's files out of the published site, and its cache from
# having `jekyll serve` build again.

# Jekyll 3, which GitHub Pages still runs, forgets its own list once the site has one.
_JEKYLL_3_LIST = ("Gemfile", "Gemfile.lock", "node_modules", "vendor")


def plan_exclude(
    path: str, data: bytes, names: Sequence[str], package: Package = "gem"
) -> FileEdit | Message:
    """Plan to exclude `names` of the site's root in the config at `path`.

    Text that is not clear enough to change yields advice.
    """
    text = data.removeprefix(BOM).decode()
    values, root = load(text, package)
    settings = values if isinstance(values, dict) else {}
    excluded = settings.get("exclude")
    listed = excluded if isinstance(excluded, list) else []
    changed, line, instruction = _insert(text, _value_node(root, "exclude"), names, data)
    added = list(names)
    if "exclude" not in settings:
        added += _JEKYLL_3_LIST
    if not _means(changed, {**settings, "exclude": added + listed}, package):
        return message("build.exclude", file=path, names=tuple(names), why=_why(names))
    bom = BOM if data.startswith(BOM) else b""
    return FileEdit(path, line, instruction, bom + changed.encode())


def _insert(
    text: str, node: Node | None, names: Sequence[str], data: bytes
) -> tuple[str, int, Message]:
    """Return the changed text, the line to edit, and what to do there."""
    ending = line_ending(data).decode()
    if node is None:
        excluded = ", ".join([*names, *_JEKYLL_3_LIST])
        entry = f"exclude: [{excluded}]"
        gap = "" if not text or text.endswith("\n") else ending
        instruction = message("build.exclude-line", entry=entry, why=_why(names))
        return f"{text}{gap}{entry}{ending}", 0, instruction
    mark = node.start_mark
    lines = text.split("\n")
    before = "".join(f"{line}\n" for line in lines[: mark.line])
    rest = "\n".join(lines[mark.line :])
    if isinstance(node, SequenceNode) and not node.flow_style:
        entries = "".join(f"{' ' * mark.column}- {name}{ending}" for name in names)
        return before + entries + rest, mark.line + 1, _instruction("`- {}`", names)
    opened, after = rest[: mark.column + 1], rest[mark.column + 1 :]
    comma = "" if after.lstrip().startswith("]") else ","
    gap = " " if comma and not after[:1].isspace() else ""
    inserted = ", ".join(names) + comma + gap
    return before + opened + inserted + after, mark.line + 1, _instruction("{}", names)


def _instruction(form: str, names: Sequence[str]) -> Message:
    entries = tuple(form.format(name) for name in names)
    return message("build.exclude-entries", entries=entries, why=_why(names))


def _why(names: Sequence[str]) -> Message:
    """Return the reason to exclude files; Jekyll never publishes the cache anyway."""
    published = tuple(name for name in names if name != CACHE_FOLDER)
    if not published:
        return message("build.rebuilds-for-cache")
    code = "build.publishes-and-rebuilds" if CACHE_FOLDER in names else "build.publishes"
    return message(code, names=published)


def _value_node(root: Node | None, key: str) -> Node | None:
    if not isinstance(root, MappingNode):
        return None
    for name, value in root.value:
        if name.value == key:
            return value  # type: ignore[no-any-return]
    return None


def _means(text: str, wanted: dict[Any, Any], package: Package) -> bool:
    """Whether the changed text says what it should and nothing else changed."""
    try:
        return bool(load(text, package)[0] == wanted)
    except YamlError:
        return False


# The files, the edits and the advice.

SCHEMA = f"{OVERRIDES}/catalog.schema.json"

# What is neither a post nor a page: the catalog, the server's files, and the cache.
_NOT_OF_THE_SITE = (CATALOG, "instance", CACHE_FOLDER)

_UNKNOWN_NAME = "Blog"
_UNKNOWN_URL = "https://example.com"


@dataclass(frozen=True, slots=True)
class InstallPlan:
    """What `init` does."""

    files: Mapping[str, bytes]
    """Linkmgr's own, by path."""
    edits: tuple[FileEdit, ...]
    """Those of the owner's files, which are made on request."""
    advice: tuple[Message, ...]
    unserved: tuple[Unserved, ...]
    """The layouts whose posts would show no blocks, whatever is written."""
    catalog_has_items: bool

    def __bool__(self) -> bool:
        return bool(self.files or self.edits or self.advice)

    @property
    def leaves_posts_out(self) -> bool:
        """Whether posts show no blocks before their layout was changed by its owner."""
        return any(layout.advice in self.advice for layout in self.unserved)


def plan_install(
    root: Path, command: str = "linkmgr init", catalog_file: Path | None = None
) -> InstallPlan:
    """Compare the site at `root` with what it needs. Raise LinkmgrError if it is no Jekyll site.

    `command` is what its advice says to run again. `catalog_file` is a catalog other than the
    site's own.
    """
    config = read_site_config(root, catalog_file)
    package = config.jekyll.package
    config_path = _config_path(root)
    config_data = config_path.read_bytes() if config_path.exists() else b""
    values, _ = load(config_data.removeprefix(BOM), package)
    settings: Mapping[Any, Any] = values or {}
    wanted, catalog = _wanted_files(root, config, settings)
    hand_over = catalog.site.feeds == "omit"
    hand_over = hand_over or any(block.at.needs_content for block in catalog.blocks)
    layouts = plan_layouts(root, config, settings, command, hand_over=hand_over)
    edits, advice = list(layouts.edits), list(layouts.advice)
    edited = frozenset(root / edit.path for edit in edits)
    advice += page_advice(root, config, catalog.site.pages, edited)
    unexcluded = [
        name for name in _NOT_OF_THE_SITE if not config.excluded.match(f"/{name}", folder=True)
    ]
    if config.source == "." and unexcluded:
        exclude = plan_exclude(config_path.name, config_data, unexcluded, package)
        if isinstance(exclude, FileEdit):
            edits.append(exclude)
        else:
            advice.append(exclude)
    files = {path: data for path, data in wanted.items() if _differs(root / path, data)}
    advice += _url_advice(config, config_path.name, files)
    advice += [unseen_advice(folder) for folder in unseen_folders(root, config)]
    for path in [*files, *(edit.path for edit in edits)]:
        if leads_outside(root, path):
            raise LinkmgrError(message("build.file-links-out", path=str(root / path)))
    return InstallPlan(
        files=files,
        edits=tuple(edits),
        advice=tuple(advice),
        unserved=layouts.unserved,
        catalog_has_items=bool(catalog.items),
    )


def install_text(plan: InstallPlan, options: str = "", *, write: bool) -> str:
    """Return the report of `init`: the files that it wrote, and the steps left to do.

    `options`, such as ` --site blog`, are of the command that was run: those that follow need them.
    """
    build = f"linkmgr build{options}"
    if not plan:
        return translate(message("build.nothing-to-install", command=build))
    lines = [translate(message("build.wrote", path=path)) for path in plan.files]
    if write:
        lines += [translate(message("build.edited", path=edit.path)) for edit in plan.edits]
    else:
        lines += [edit.translated() for edit in plan.edits]
    lines += map(translate, plan.advice)
    if plan.edits and not write:
        command = f"linkmgr init{options} --write"
        lines.append(translate(message("build.let-init-write", command=command)))
    code = "build.now-build" if plan.catalog_has_items else "build.fill-the-catalog"
    lines.append(translate(message(code, command=build)))
    return "\n".join(lines)


def own_files(root: Path, config: JekyllConfig, catalog: Catalog) -> dict[str, bytes]:
    """Return the files of linkmgr's own that a site lacks, or has differently, by path.

    `catalog` is the one that it will have.
    """
    wanted = _own_files(root, config, catalog)
    return {path: data for path, data in wanted.items() if _differs(root / path, data)}


def apply_install(root: Path, plan: InstallPlan, *, write: bool) -> None:
    """Write the plan's files; with `write` make its edits too. Raise LinkmgrError."""
    files = dict(plan.files)
    if write:
        # They come last: a layout must not name an include that is not there yet.
        files |= {edit.path: edit.data for edit in plan.edits}
    for path, data in files.items():
        with wrap_write_errors(root / path):
            (root / path).parent.mkdir(parents=True, exist_ok=True)
            replace_file(root / path, data)


def _starter_catalog(config: JekyllConfig, settings: Mapping[Any, Any], language: Language) -> str:
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
        text = _starter_catalog(config, settings, _blog_language(root, config))
        wanted[CATALOG] = text.encode()
        catalog = parse_catalog(text, CATALOG)
    return wanted | _own_files(root, config, catalog), catalog


def _own_files(root: Path, config: JekyllConfig, catalog: Catalog) -> dict[str, bytes]:
    places = OutputPaths.of_config(config)
    places.refuse_outside(root, config.source)
    return {
        SCHEMA: (resources("linkmgr.catalog") / "catalog.schema.json").read_bytes(),
        places.stylesheet: STYLESHEET_TEXT.encode(),
        places.script: SCRIPT_TEXT.encode(),
        places.empty: b"",
        places.include: include_text(catalog).encode(),
    }


def _url_advice(config: JekyllConfig, name: str, files: Mapping[str, bytes]) -> Iterator[Message]:
    """Yield advice on the site's address in the settings file `name`."""
    if config.written_baseurl:
        yield baseurl_advice(config, name)
    if CATALOG in files and web_problem(_url(config)):
        yield message("build.example-url", file=CATALOG, url=_UNKNOWN_URL, config=name)


def _url(config: JekyllConfig) -> str:
    return config.url.rstrip("/") + config.baseurl.rstrip("/")


def _config_path(root: Path) -> Path:
    """Return the site's settings, or where they would be."""
    for name in CONFIG_FILES:
        if (root / name).exists():
            return root / name
    return root / CONFIG_FILES[0]


def _differs(file: Path, data: bytes) -> bool:
    return not file.exists() or file.read_bytes() != data


def _quoted(text: str) -> str:
    """Quote for YAML, whose double-quoted texts include JSON's."""
    return json.dumps(text, ensure_ascii=False)
