"""The site's own templates, read from its folder and from nowhere else."""

import stat
from pathlib import Path

from linkmgr.blocks.templating import OVERRIDES
from linkmgr.fs import leads_outside, wrap_read_errors
from linkmgr.messages.errors import Problem, Problems
from linkmgr.messages.message import Message, message

MAX_BYTES = 64 * 1024
"""Of a template; the largest of the package has 1.5 kB."""

MAX_TEMPLATES = 200
"""Templates of a site; a catalog has as many blocks as it needs."""


def read_templates(root: Path) -> dict[str, str]:
    """Return the templates that the site at `root` has in place of the package's, by name.

    Raise Problems for what is no text of the folder's own: a link that leads elsewhere would put
    any file of the machine into the pages, and whoever proposes a change may add links.
    """
    files = sorted((root / OVERRIDES).glob("*.html"))
    if len(files) > MAX_TEMPLATES:
        problem = message("build.too-many-templates", most=MAX_TEMPLATES)
        raise Problems([Problem.at(str(root / OVERRIDES), 0, "", problem)])
    return {file.name: _template(root, file) for file in files}


def _template(root: Path, file: Path) -> str:
    with wrap_read_errors(file):
        if leads_outside(root, OVERRIDES) or leads_outside(root / OVERRIDES, file.name):
            raise _wrong(file, message("build.template-links-out"))
        facts = file.stat()
        if not stat.S_ISREG(facts.st_mode):
            raise _wrong(file, message("build.template-not-a-file"))
        if facts.st_size > MAX_BYTES:
            raise _wrong(
                file, message("build.template-too-large", size=facts.st_size, most=MAX_BYTES)
            )
        data = file.read_bytes()
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        raise _wrong(file, message("build.template-not-utf8"), line) from error


def _wrong(file: Path, problem: Message, line: int = 0) -> Problems:
    return Problems([Problem.at(str(file), line, "", problem)])
