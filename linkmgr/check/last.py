"""What was found last, kept where the site is, for the admin."""

import json
from dataclasses import asdict
from pathlib import Path

from linkmgr.cache_folder import CACHE_FOLDER, make_cache_folder
from linkmgr.check.model import Checked, Finding, Wrong
from linkmgr.files import replace_file

_NAME = "check.json"


def remember(root: Path, checked: Checked) -> None:
    """Keep it. Raise LinkmgrError or OSError."""
    folder = make_cache_folder(root, [_NAME])
    replace_file(folder / _NAME, json.dumps(asdict(checked), ensure_ascii=False).encode())


def last_check(root: Path) -> Checked | None:
    """Return what was found last in a site; `None` if it was never checked here."""
    try:
        values = json.loads((root / CACHE_FOLDER / _NAME).read_bytes())
        findings = (
            Finding(str(page), int(line), Wrong(wrong), str(what))
            for page, line, wrong, what in values["findings"]
        )
        return Checked(float(values["time"]), int(values["pages"]), tuple(findings))
    except (OSError, ValueError, KeyError, TypeError):
        return None
