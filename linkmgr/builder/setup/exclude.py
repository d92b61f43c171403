"""Keeping our files out of the published site: a line of `_config.yml`."""

from collections.abc import Sequence
from typing import Any

from yaml.nodes import MappingNode, Node, SequenceNode

from linkmgr.builder.setup.edits import BOM, Edit, line_ending
from linkmgr.messages.message import Message, message
from linkmgr.posts.ruby.jekyll import Package
from linkmgr.posts.ruby.yaml_tree import YamlError
from linkmgr.posts.ruby.yaml_values import load

# Jekyll 3, which GitHub Pages still runs, forgets its own list once the site has one.
_JEKYLL_3_LIST = ("Gemfile", "Gemfile.lock", "node_modules", "vendor")


def plan_exclude(
    path: str, data: bytes, names: Sequence[str], package: Package = "gem"
) -> Edit | Message:
    """Plan to exclude `names` of the site's root in the config at `path`.

    Text that is not clear enough to change gives an advice.
    """
    text = data.removeprefix(BOM).decode()
    values, root = load(text, package)
    settings = values if isinstance(values, dict) else {}
    excluded = settings.get("exclude")
    listed = excluded if isinstance(excluded, list) else []
    changed, line, instruction = _insert(text, _node(root, "exclude"), names, data)
    added = names if "exclude" in settings else (*names, *_JEKYLL_3_LIST)
    if not _means(changed, {**settings, "exclude": [*added, *listed]}, package):
        return message("build.exclude", file=path, names=tuple(names))
    bom = BOM if data.startswith(BOM) else b""
    return Edit(path, line, instruction, bom + changed.encode())


def _insert(
    text: str, node: Node | None, names: Sequence[str], data: bytes
) -> tuple[str, int, Message]:
    """Return the changed text, the line to edit, and what to do there."""
    ending = line_ending(data).decode()
    if node is None:
        entry = f"exclude: [{', '.join((*names, *_JEKYLL_3_LIST))}]"
        gap = "" if not text or text.endswith("\n") else ending
        instruction = message("build.exclude-line", entry=entry, names=tuple(names))
        return f"{text}{gap}{entry}{ending}", 0, instruction
    mark = node.start_mark
    lines = text.split("\n")
    before = "".join(line + "\n" for line in lines[: mark.line])
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
    return message("build.exclude-entries", entries=entries, names=tuple(names))


def _node(root: Node | None, key: str) -> Node | None:
    if not isinstance(root, MappingNode):
        return None
    return next((value for name, value in root.value if name.value == key), None)


def _means(text: str, wanted: dict[Any, Any], package: Package) -> bool:
    """Whether the changed text says what it should and nothing else changed."""
    try:
        return bool(load(text, package)[0] == wanted)
    except YamlError:
        return False
