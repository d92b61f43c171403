"""The git checkout of a site: which of linkmgr's changes are committed, and committing them.

Those are its own files, and the owner's files that a command of linkmgr's has rewritten.
"""

import json
import os
import re
import shlex
import shutil
import subprocess
from collections.abc import Container, Iterable, Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass, replace
from hashlib import sha256
from pathlib import Path

from linkmgr.builder.reading.bare_posts import BARE_POSTS
from linkmgr.builder.setup.install import SCHEMA
from linkmgr.builder.site import OutputPaths
from linkmgr.fs import CACHE_FOLDER, make_cache_folder, replace_file, wrap_write_errors
from linkmgr.messages.errors import LinkmgrError
from linkmgr.messages.message import Message, message
from linkmgr.posts.site import read_config

# What git keeps in its folder while it is in the middle of something.
_IN_THE_MIDDLE = {
    "MERGE_HEAD": "merge",
    "rebase-merge": "rebase",
    "rebase-apply": "rebase",
    "CHERRY_PICK_HEAD": "cherry-pick",
    "REVERT_HEAD": "revert",
    "BISECT_LOG": "bisect",
}
# The line of a layout that includes the blocks, for git's regular expressions.
_INCLUDE = r"\{%-? *include +linkmgr\.html"

# What tells a service to build the site after each push, and its line that has linkmgr do so.
_CI_FILES = (
    ".github/workflows/*.y*ml",
    ".forgejo/workflows/*.y*ml",
    ".gitlab-ci.yml",
    ".circleci/config.yml",
    "netlify.toml",
)
_CI_BUILD = re.compile(r"^[^#\n]*(?:\blinkmgr build\b|/linkmgr@)", re.MULTILINE)

# Names listed in a message.
_SHOWN = 5


@dataclass(frozen=True, slots=True)
class Checkout:
    """The state of linkmgr's changes in a checkout whose top folder is `top`.

    All paths are from the top. `changed` are the files with linkmgr's changes alone that differ
    from the last commit, `rewritten` the owner's among them, and `untracked` those that no commit
    has. `mixed` are files with changes of linkmgr's and of the owner's: posts that were edited
    since they were rewritten, and layouts whose line that includes the blocks is in no commit.
    `others` are the owner's own changes. `catalog` is the path of the catalog, empty where that is
    elsewhere. `ahead` is how many commits of the branch its upstream lacks, as far as this machine
    knows; `None` without an upstream, for which a `remote` may be there. With an `obstacle` nothing
    can be committed now.
    """

    top: Path
    catalog: str
    branch: str
    changed: tuple[str, ...]
    untracked: tuple[str, ...]
    ahead: int | None
    obstacle: Message | None
    rewritten: tuple[str, ...] = ()
    mixed: tuple[str, ...] = ()
    others: tuple[str, ...] = ()
    remote: str = ""

    @property
    def is_committed(self) -> bool:
        """Whether the last commit has all that linkmgr changed."""
        return not (self.changed or self.mixed)

    @property
    def push(self) -> str:
        """The command that pushes the branch, empty where there is nothing to push, or nowhere."""
        if not (self.ahead or (self.ahead is None and self.remote)):
            return ""
        to = f" -u {self.remote} {self.branch}" if self.ahead is None else ""
        return f"git -C {shlex.quote(str(self.top))} push{to}"

    def with_mixed(self) -> "Checkout":
        """Return the same with the owner's changes of the `mixed` files taken for linkmgr's."""
        return replace(self, changed=(*self.changed, *self.mixed), mixed=())


def read_checkout(root: Path, catalog: Path) -> Checkout | None:
    """Return the state of the checkout that a site is in, `None` if it is in none.

    Neither is a site in a folder of another repository, which has none of its files. Raise
    LinkmgrError where git cannot be asked.
    """
    top = _top_of(root)
    if top is None or not _is_part_of(top, root):
        return None
    own = _OwnFiles.of_checkout(top, root, catalog)
    tracked = list(_status(top, "-uno"))
    new = [path for state, path in _status(top, "-uall", *own.pathspecs) if state == "??"]
    differing = [path for _, path in tracked if not own.has(path)]
    rewritten, mixed = _rewritten_files(top, root, differing)
    if differing:
        mixed |= {*_including(top, root)} & {*differing} - rewritten
    branch = _run_git(top, "branch", "--show-current").decode(errors="replace").strip()
    # What a service builds after each push belongs into no commit.
    is_own = own.is_kept if built_by(root, catalog) else own.has
    new = list(filter(is_own, new))
    ahead = _ahead(top)
    changed = sorted({*new, *(path for _, path in tracked if own.has(path)), *rewritten})
    return Checkout(
        top=top,
        catalog=_from_top(top, catalog),
        branch=branch,
        changed=tuple(changed),
        untracked=tuple(new),
        ahead=ahead,
        obstacle=_obstacle(top, branch, tracked, {*changed, *mixed}),
        rewritten=tuple(sorted(rewritten)),
        mixed=tuple(sorted(mixed)),
        others=tuple(path for path in differing if path not in rewritten | mixed),
        remote=_remote(top) if ahead is None else "",
    )


def _is_part_of(top: Path, root: Path) -> bool:
    """Whether a repository is that of a site: it begins there, or has a file of it."""
    folder = _from_top(top, root)
    return folder in {"", "."} or bool(_run_git(top, "ls-files", "--", folder))


def ci_file(root: Path) -> str:
    """Return the file, from the top, that has linkmgr run after each push; empty where none has.

    It is looked for without git.
    """
    top = _folder_with_git(root)
    files = (file for pattern in _CI_FILES for file in sorted(top.glob(pattern))) if top else ()
    for file in files:
        with suppress(OSError):
            if _CI_BUILD.search(file.read_text(encoding="utf-8", errors="replace")):
                return file.relative_to(top or root).as_posix()
    return ""


def built_by(root: Path, catalog: Path) -> str:
    """Return the file by which a service builds the blocks after each push.

    It is empty where no file says so, and where commits have the blocks: then they are built before
    the push. Raise LinkmgrError where git cannot be asked.
    """
    file = ci_file(root)
    top = _top_of(root) if file else None
    if top is None:
        return ""
    own = _OwnFiles.of_checkout(top, root, catalog)
    return "" if _run_git(top, "ls-files", "--", own.fragments) else file


def committed(checkout: Checkout, path: str) -> bytes:
    """Return a file as the last commit has it, nothing if it has none."""
    try:
        return _run_git(checkout.top, "show", f"HEAD:{path}")
    except LinkmgrError:
        return b""


def commit(checkout: Checkout, text: str) -> None:
    """Commit the files with linkmgr's changes, and nothing else, with a message.

    Hooks run, and the author is git's. Raise LinkmgrError, also where a hook refuses or a signal
    ends git; what is staged is then as it was.
    """
    if checkout.obstacle:
        raise LinkmgrError(checkout.obstacle)
    new = _paths(checkout.untracked)
    from_input = ("--pathspec-from-file=-", "--pathspec-file-nul")
    if new:
        _run_git(checkout.top, "add", "--intent-to-add", *from_input, given=new)
    try:
        command = ("commit", "--quiet", "--only", "-m", text, *from_input)
        _run_git(checkout.top, *command, given=_paths(checkout.changed))
    except LinkmgrError:
        if new:
            with suppress(LinkmgrError):  # the commit's own reason says more
                _run_git(checkout.top, "reset", "--quiet", *from_input, given=new)
        raise


@dataclass(frozen=True, slots=True)
class _OwnFiles:
    """The files that linkmgr writes: some by their paths from the top, the others in folders."""

    files: frozenset[str]
    fragments: str
    covers: str
    catalog: str

    @classmethod
    def of_checkout(cls, top: Path, root: Path, catalog: Path) -> "_OwnFiles":
        out = OutputPaths.of_config(read_config(root))
        paths = (out.index, out.include, out.stylesheet, out.script, SCHEMA, BARE_POSTS)
        files = (root / path for path in paths)
        written = (_from_top(top, file) for file in (catalog, *files))
        fragments = _from_top(top, root / out.fragments)
        covers = _from_top(top, root / out.covers)
        return cls(frozenset(filter(None, written)), fragments, covers, _from_top(top, catalog))

    @property
    def pathspecs(self) -> list[str]:
        return sorted(filter(None, (*self.files, self.fragments, self.covers)))

    def is_kept(self, path: str) -> bool:
        """Whether it is no service's to make: the catalog, or a cover."""
        return path == self.catalog or (self.has(path) and path.startswith(f"{self.covers}/"))

    def has(self, path: str) -> bool:
        folder, _, name = path.rpartition("/")
        if folder == self.covers:
            return OutputPaths.is_cover(name)
        return path in self.files or (folder == self.fragments and OutputPaths.is_fragment(name))


# The owner's files that a command has rewritten, as it left them, and the commit that it found.

_REWRITTEN = "rewritten.json"


def note_rewritten(root: Path, files: Mapping[Path, bytes]) -> None:
    """Note what files of a site are rewritten with, so that a commit takes them in.

    Call it before they are written, so that a kill leaves none of them out. Outside of a
    checkout there is nothing to note. Raise LinkmgrError.
    """
    top = _top_of(root)
    if top is None or not files:
        return
    head = _head(top)
    noted = {_from_top(top, file): sha256(data).hexdigest() for file, data in files.items()}
    last_head, earlier = _noted(root)
    if last_head == head:
        noted = earlier | noted
    with wrap_write_errors(root / CACHE_FOLDER / _REWRITTEN):
        folder = make_cache_folder(root, [_REWRITTEN])
        replace_file(folder / _REWRITTEN, json.dumps({"head": head, "files": noted}).encode())


def _noted(root: Path) -> tuple[str, dict[str, str]]:
    """Return the commit on which files were rewritten, and the digests of what they got."""
    try:
        values = json.loads((root / CACHE_FOLDER / _REWRITTEN).read_bytes())
        return str(values["head"]), dict(values["files"])
    except (OSError, ValueError, KeyError, TypeError):
        return "", {}


def _rewritten_files(top: Path, root: Path, differing: Iterable[str]) -> tuple[set[str], set[str]]:
    """Return the files that are as linkmgr has rewritten them, and those edited since then.

    Of those that a commit has changed in the meantime nothing is linkmgr's any more.
    """
    head, noted = _noted(root)
    asked = [path for path in differing if path in noted]
    if not asked:
        return set(), set()
    try:
        since = _changed_since(top, head)
    except LinkmgrError:  # git has forgotten that commit
        return set(), set()
    ours = {path for path in asked if path not in since}
    same = {path for path in ours if _digest(top / path) == noted[path]}
    return same, ours - same


def _changed_since(top: Path, commit: str) -> Container[str]:
    """Return the files that differ between a commit and the last one."""
    if commit == _head(top):
        return ()
    names = _run_git(top, "diff", "--name-only", "-z", "--no-renames", commit, "HEAD", "--")
    return {os.fsdecode(path) for path in names.split(b"\0")}


def _head(top: Path) -> str:
    try:
        return _run_git(top, "rev-parse", "--verify", "--quiet", "HEAD").decode().strip()
    except LinkmgrError:  # there is no commit yet
        return ""


def _digest(file: Path) -> str:
    try:
        return sha256(file.read_bytes()).hexdigest()
    except OSError:  # it is gone
        return ""


def _from_top(top: Path, path: Path) -> str:
    """Return the path from the top, empty for what is in no checkout or another one."""
    real = Path(os.path.realpath(path))
    inside = real.is_relative_to(os.path.realpath(top))
    return real.relative_to(os.path.realpath(top)).as_posix() if inside else ""


def _status(top: Path, untracked: str, *paths: str) -> Iterator[tuple[str, str]]:
    """Yield git's two letters for the state of each changed file, with its path from the top."""
    states = _run_git(top, "status", "--porcelain", "-z", "--no-renames", untracked, "--", *paths)
    for entry in filter(None, states.split(b"\0")):
        yield entry[:2].decode(), os.fsdecode(entry[3:])


def _including(top: Path, root: Path) -> list[str]:
    """Return the files below a folder whose lines that include blocks differ from the commit's."""
    command = ("diff", "--name-only", "-z", "--no-renames", f"-G{_INCLUDE}", "HEAD", "--")
    try:
        names = _run_git(top, *command, _from_top(top, root))
    except LinkmgrError:  # there is no commit yet
        return []
    return [os.fsdecode(path) for path in filter(None, names.split(b"\0"))]


def _ahead(top: Path) -> int | None:
    try:
        return int(_run_git(top, "rev-list", "--count", "@{upstream}..HEAD"))
    except LinkmgrError:  # there is no upstream, or no commit yet
        return None


def _remote(top: Path) -> str:
    return next(iter(_run_git(top, "remote").decode(errors="replace").split()), "")


def _obstacle(
    top: Path, branch: str, states: Iterable[tuple[str, str]], ours: Container[str]
) -> Message | None:
    folder = Path(os.fsdecode(_run_git(top, "rev-parse", "--absolute-git-dir").rstrip(b"\n")))
    for name, operation in _IN_THE_MIDDLE.items():
        if (folder / name).exists():
            return message("checkout.in-the-middle", operation=operation)
    if not branch:
        return message("checkout.no-branch")
    if conflicts := [path for state, path in states if "U" in state or state in {"AA", "DD"}]:
        return message("checkout.conflicts", files=tuple(conflicts[:_SHOWN]))
    staged = [path for state, path in states if state[0] not in " ?" and path not in ours]
    if staged:
        return message("checkout.staged", files=tuple(staged[:_SHOWN]))
    return None


def _paths(paths: tuple[str, ...]) -> bytes:
    return b"".join(os.fsencode(path) + b"\0" for path in paths)


# Running git in a folder, with the owner's own settings and hooks.

# A hook that runs the owner's tests takes its time; one that asks something waits for ever.
_PATIENCE = 120.0

# A hook sets these, and git would use the hook's repository instead of the folder's.
_OF_ONE_REPOSITORY = ("GIT_DIR", "GIT_WORK_TREE", "GIT_INDEX_FILE", "GIT_PREFIX")


def git_environment() -> dict[str, str]:
    """Return the environment in which git asks a folder's own repository."""
    return {k: v for k, v in os.environ.items() if k not in _OF_ONE_REPOSITORY}


def _run_git(folder: Path, *command: str, given: bytes = b"") -> bytes:
    """Return the output of a git command. Raise LinkmgrError with git's own words if it fails."""
    git = shutil.which("git")
    if git is None:
        raise LinkmgrError(message("checkout.no-git"))
    try:
        done = subprocess.run(  # noqa: S603 - no shell, and paths are no options
            [git, "--literal-pathspecs", "-C", str(folder), *command],
            input=given,
            capture_output=True,
            check=False,
            timeout=_PATIENCE,
            # Nobody is there to answer it, and its output is parsed.
            env=git_environment()
            | {"LC_ALL": "C", "GIT_TERMINAL_PROMPT": "0", "GIT_EDITOR": "true"},
        )
    except subprocess.TimeoutExpired:
        raise LinkmgrError(message("checkout.too-slow", seconds=int(_PATIENCE))) from None
    if done.returncode:
        reason = (done.stderr or done.stdout).decode(errors="replace").strip()
        raise LinkmgrError(message("checkout.failed", reason=reason))
    return done.stdout


def _top_of(folder: Path) -> Path | None:
    """Return the top of the checkout that has a folder, `None` where there is none."""
    if _folder_with_git(folder) is None:  # asking git takes ten times as long
        return None
    return Path(os.fsdecode(_run_git(folder, "rev-parse", "--show-toplevel").rstrip(b"\n")))


def would_add(file: Path) -> bool:
    """Whether `git add` takes a new file into the checkout that it is in.

    So it is where git cannot be asked.
    """
    real = file.parent.resolve() / file.name
    if _folder_with_git(real.parent) is None or ".git" in real.parts:
        return False
    try:
        # It takes no literal paths, and needs none: those from `./` have no magic.
        no_literal = "--no-literal-pathspecs"
        _run_git(real.parent, no_literal, "check-ignore", "--quiet", "--", f"./{real.name}")
    except LinkmgrError:
        return True
    return False


def _folder_with_git(folder: Path) -> Path | None:
    """Return the folder where git would look for a checkout's own data, `None` without one."""
    real = folder.resolve()
    return next((folder for folder in (real, *real.parents) if (folder / ".git").exists()), None)
