"""The values of a YAML text as the site's Jekyll reads them."""

from typing import Any

from yaml.nodes import Node

from linkmgr.posts.ruby.jekyll import Package
from linkmgr.posts.ruby.psych import psych_value
from linkmgr.posts.ruby.safe_yaml import safe_yaml_value
from linkmgr.posts.ruby.yaml_tree import has_alias, parse_tree


def load(source: bytes | str, package: Package) -> tuple[Any, Node | None]:
    """Return the first document's value and its tree (`None`, `None` where there is none).

    Raise YamlError for what the Jekyll of that package refuses, and for aliases that expand to too
    many values.
    """
    if package == "debian":
        root = parse_tree(source, may_miss_anchors=False)
        return (psych_value(root) if root else None), root
    root = parse_tree(source, may_miss_anchors=True)
    return (safe_yaml_value(root, aliases=has_alias(source)) if root else None), root
