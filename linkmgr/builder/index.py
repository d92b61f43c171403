"""The index by which Jekyll finds a post's fragment: JSON that its YAML parser reads."""

import json
import re
from collections.abc import Mapping

# What JSON allows in a text and YAML 1.1 either forbids or takes for the end of a line.
_NOT_YAML = re.compile("[\x7f-\x9f\u2028\u2029\ufeff\ufffe\uffff]")

# libyaml searches at most this many characters for the colon after a key.
_LONGEST_KEY = 1024


def index_text(index: Mapping[str, str]) -> str:
    """Write the keys of fragments by path of their post."""
    # YAML takes no escapes of surrogates, so only what must be is escaped.
    listed = json.dumps(index, ensure_ascii=False, indent=0, sort_keys=True)
    return f"{_escaped(listed)}\n"


def is_indexable(path: str) -> bool:
    """Whether a post's path is short enough to be found in the index."""
    return len(_escaped(json.dumps(path, ensure_ascii=False))) <= _LONGEST_KEY


def _escaped(json_text: str) -> str:
    return _NOT_YAML.sub(lambda found: f"\\u{ord(found[0]):04x}", json_text)
