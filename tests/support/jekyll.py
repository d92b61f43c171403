"""The real Jekyll, which says what a site's posts are."""

import json
import subprocess
from datetime import datetime
from pathlib import Path

from tests.support.ruby_yaml import GEM_JEKYLL

ACCOUNT = """---
layout: null
permalink: /account.json
---
{"time":{{site.time|date_to_xmlschema|jsonify}},"posts":[{% for p in site.posts %}\
{"path":{{p.path|jsonify}},"url":{{p.url|jsonify}},"slug":{{p.slug|jsonify}},\
"date":{{p.date|date_to_xmlschema|jsonify}},"title":{{p.title|jsonify}},\
"tags":{{p.tags|jsonify}},"categories":{{p.categories|jsonify}}}\
{% unless forloop.last %},{% endunless %}
{% endfor %}]}
"""


class JekyllError(AssertionError):
    """A build that Jekyll gave up, with what it printed."""


def build_site(root: Path, *args: str, as_gem: bool = False) -> Path:
    """Build the site in `root` beside it and return the folder of its pages.

    `as_gem`: with YAML by the rules of the released gem, whichever Jekyll it is.
    """
    destination = root.with_name(f"{root.name}-built")
    jekyll = ["ruby", "-r", GEM_JEKYLL, "-S", "jekyll"] if as_gem else ["jekyll"]
    command = [*jekyll, "build", "--source", root, "--destination", destination, *args]
    done = subprocess.run(
        command, check=False, capture_output=True, text=True, encoding="utf-8", cwd=root
    )
    if done.returncode:
        raise JekyllError(done.stdout + done.stderr)
    return destination


def write_site(root: Path, files: dict[str, str | bytes]) -> Path:
    """Write a site's files, text as UTF-8 and every byte as it is, and return its folder."""
    for name, content in files.items():
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content.encode() if isinstance(content, str) else content)
    return root


def jekyll_account(root: Path, *args: str, as_gem: bool = False) -> tuple[datetime, list[dict]]:
    """Return the time of a build and Jekyll's own account of the site's posts, in its order."""
    (root / "account.html").write_text(ACCOUNT, encoding="utf-8")
    built = build_site(root, "--disable-disk-cache", *args, as_gem=as_gem)
    account = json.loads((built / "account.json").read_text(encoding="utf-8"))
    return datetime.fromisoformat(account["time"]), account["posts"]
