"""The real Jekyll, which says what a site's posts are."""

import atexit
import json
import shutil
import subprocess
from datetime import datetime
from functools import cache
from pathlib import Path
from tempfile import NamedTemporaryFile

import pytest

from tests.support.needs import need
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


# Runs `jekyll` for each line of arguments, in a process of its own whose libraries are loaded: most
# of a small build is Ruby's start. Gives its exit code.
PREFORKED = """
require 'json'
require 'jekyll'
$stdin.each_line do |line|
  folder, output, *arguments = JSON.parse(line)
  build = fork do
    $stdin.reopen(File::NULL)
    $stderr.reopen($stdout.reopen(output, 'w'))
    Dir.chdir(folder)
    ARGV.replace(arguments)
    load Gem.bin_path('jekyll', 'jekyll')
  end
  puts Process.wait2(build)[1].exitstatus.inspect
  $stdout.flush
end
"""


MODES = (
    pytest.param(("--safe",), id="safe"),
    pytest.param((), id="plain", marks=pytest.mark.soak),
)
"""Arguments of a build: as GitHub Pages builds, and as one does at home, which refuses less."""


class JekyllError(AssertionError):
    """A build that Jekyll gave up, with what it printed."""


def build_site(root: Path, *args: str, as_gem: bool = False) -> Path:
    """Build the site in `root` beside it and return the folder of its pages.

    `as_gem`: with YAML by the rules of the released gem, whichever Jekyll it is.
    """
    need("jekyll")
    destination = root.with_name(f"{root.name}-built")
    arguments = ("build", "--source", root, "--destination", destination, *args)
    code, output = _run_gem(*arguments, cwd=root) if as_gem else _run(*arguments, cwd=root)
    if code:
        raise JekyllError(output)
    return destination


def _run(*arguments: str | Path, cwd: Path) -> tuple[int, str]:
    """Run `jekyll`, and return its exit code and all that it printed."""
    ruby = _preforked()
    with NamedTemporaryFile() as output:
        asked = json.dumps([*map(str, (cwd.absolute(), output.name, *arguments))])
        ruby.stdin.write(f"{asked}\n")
        ruby.stdin.flush()
        code = ruby.stdout.readline()
        return int(code), output.read().decode()


@cache
def _preforked() -> subprocess.Popen:
    jekyll = Path(shutil.which("jekyll"))
    interpreter = jekyll.read_text(encoding="utf-8").partition("\n")[0].removeprefix("#!").split()
    ruby = subprocess.Popen(
        [*interpreter, "-e", PREFORKED],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        encoding="utf-8",
    )
    atexit.register(ruby.communicate)
    return ruby


def write_site(root: Path, files: dict[str, str | bytes]) -> Path:
    """Write a site's files, text as UTF-8 and every byte as it is, and return its folder."""
    for name, content in files.items():
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content.encode() if isinstance(content, str) else content)
    return root


def _run_gem(*arguments: str | Path, cwd: Path) -> tuple[int, str]:
    """Run Jekyll with the rules of the released gem, in a Ruby of its own."""
    done = subprocess.run(
        ["ruby", "-r", GEM_JEKYLL, "-S", "jekyll", *arguments],
        check=False,
        capture_output=True,
        text=True,
        encoding="utf-8",
        cwd=cwd,
    )
    return done.returncode, done.stdout + done.stderr


def jekyll_account(root: Path, *args: str, as_gem: bool = False) -> tuple[datetime, list[dict]]:
    """Return the time of a build and Jekyll's own account of the site's posts, in its order."""
    (root / "account.html").write_text(ACCOUNT, encoding="utf-8")
    built = build_site(root, "--disable-disk-cache", *args, as_gem=as_gem)
    account = json.loads((built / "account.json").read_text(encoding="utf-8"))
    return datetime.fromisoformat(account["time"]), account["posts"]
