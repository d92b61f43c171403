"""The packages hold what users need and no more, and install as the docs say."""

import re
import shutil
import subprocess
import sys
import tarfile
import tomllib
import zipfile
from email import message_from_bytes
from importlib import metadata
from pathlib import Path

import httpx
import pytest

from tests.support.packages import ROOT, build, copy_source, newcomer, tool, tracked
from tests.support.servers import free_port, wait_for

pytestmark = pytest.mark.deploy

BUILD_LOCK = "requirements-build.lock"
# What git has and no installation reads: CI's scripts, forms for issues, an empty instance.
LEFT_OUT_OF_SDIST = (".ci/", ".github/", "instance/")
VERSION = metadata.version("linkmgr")
INSTALL = (ROOT / "docs" / "how-to" / "install.md").read_text(encoding="utf-8")


def works(python):
    """Whether an interpreter really runs (a version manager's stand-in may not)."""
    return subprocess.run([python, "-c", ""], capture_output=True, check=False).returncode == 0


FOUND = [shutil.which(f"python3.{minor}") for minor in (11, 12, 13)]
PYTHONS = [path for path in FOUND if path and works(path)]


@pytest.fixture(scope="module")
def source(tmp_path_factory):
    return copy_source(tmp_path_factory.mktemp("clone"))


@pytest.fixture(scope="module")
def packages(source, tmp_path_factory):
    """Build the sdist, and from it the wheel; return their folder."""
    return build(source, tmp_path_factory.mktemp("dist"))


@pytest.fixture(scope="module")
def wheel(packages):
    (found,) = packages.glob("*.whl")
    with zipfile.ZipFile(found) as archive:
        yield archive


def test_the_wheel_has_every_file_that_is_read_when_it_runs(wheel):
    info = next(name for name in wheel.namelist() if name.endswith("/METADATA"))
    packaged = {name for name in wheel.namelist() if not name.startswith(Path(info).parts[0])}
    assert packaged == {
        name.removesuffix(".po") + ".mo" if name.endswith(".po") else name
        for name in tracked()
        if name.startswith("linkmgr/") and not name.endswith("/README.md")
    }


def test_the_wheel_comes_with_the_licence_of_all_that_is_in_it(wheel):
    licences = {
        name.partition("/licenses/")[2] for name in wheel.namelist() if "dist-info/lic" in name
    }
    assert licences == {
        name
        for name in tracked()
        if name.startswith("linkmgr/") and re.search("licen[cs]e", name, re.IGNORECASE)
    } | {"LICENSE"}


def test_the_metadata_names_what_there_is(wheel):
    (name,) = (name for name in wheel.namelist() if name.endswith("/METADATA"))
    info = message_from_bytes(wheel.read(name))
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    assert info["License-Expression"] == project["license"]
    assert {"server", "postgresql"} <= set(info.get_all("Provides-Extra"))
    minors = {f"Programming Language :: Python :: 3.{minor}" for minor in (11, 12, 13)}
    assert minors <= set(info.get_all("Classifier"))
    assert info["Description-Content-Type"] == "text/markdown"


def test_the_sdist_has_what_git_has(packages):
    (found,) = packages.glob("*.tar.gz")
    with tarfile.open(found) as archive:
        names = {name.partition("/")[2] for name in archive.getnames()}
    assert names - {"PKG-INFO"} == {
        name for name in tracked() if not name.startswith(LEFT_OUT_OF_SDIST)
    }


def test_the_sdist_gives_the_same_wheel_as_the_repository(source, packages, tmp_path):
    (from_sdist,) = packages.glob("*.whl")
    (from_source,) = build(source, tmp_path, "--wheel").iterdir()
    assert from_sdist.name == from_source.name
    assert from_sdist.read_bytes() == from_source.read_bytes()


def test_an_editable_install_of_a_clone_compiles_translations(tmp_path):
    clone = copy_source(tmp_path / "clone")
    sources = set((clone / "linkmgr").rglob("*.po"))
    assert sources
    assert not [*clone.rglob("*.mo")]
    install = "import sys; from hatchling.build import build_editable; build_editable(sys.argv[1])"
    subprocess.run([sys.executable, "-c", install, tmp_path], cwd=clone, check=True)
    assert {file.with_suffix(".po") for file in clone.rglob("*.mo")} == sources


def test_package_indexes_take_both_and_show_the_readme(packages):
    command = [tool("twine"), "check", "--strict", *packages.iterdir()]
    checked = subprocess.run(command, check=False, capture_output=True, text=True)
    assert checked.returncode == 0, checked.stdout
    assert checked.stdout.count("PASSED") == 2


def installs(heading):
    """Return the commands that docs/how-to/install.md shows under a heading."""
    part = INSTALL.partition(f"\n## {heading}\n")[2].partition("\n## ")[0]
    (shown,) = re.findall(r"^```\n(.*?)^```$", part, re.DOTALL | re.MULTILINE)
    return shown.splitlines()


@pytest.mark.parametrize("installer", ["pipx", "uv"])
def test_command_installs_from_its_folder_as_docs_say_and_serves(installer, tmp_path):
    clone, home = copy_source(tmp_path / "linkmgr"), tmp_path / "home"
    home.mkdir()
    environment = newcomer(home)
    tool(installer)

    def shell(command, folder=home):
        done = subprocess.run(
            ["/bin/sh", "-c", command],
            cwd=folder,
            env=environment,
            check=False,
            capture_output=True,
            text=True,
        )
        assert done.returncode == 0, f"{command}: {done.stdout}{done.stderr}"
        return done.stdout

    install, version = installs(f"With {installer}")
    shell(install, clone)
    assert shell(version) == f"linkmgr, version {VERSION}\n"
    project = clone / "pyproject.toml"
    text = project.read_text(encoding="utf-8")
    project.write_text(text.replace(f'"{VERSION}"', '"99.0.0"', 1), encoding="utf-8")
    (upgrade,) = re.findall(rf"After a `git pull`, `({installer} .+?)`", INSTALL)
    shell(upgrade, clone)
    assert shell(version) == "linkmgr, version 99.0.0\n"
    assert "12 posts" in shell("linkmgr demo")
    assert "12 posts" in shell("cd demo && linkmgr --lang en build")
    assert "ブロック" in shell("linkmgr --lang ja build --help")
    assert "psycopg" in shell(f"{listing(installer)}")
    serve_from(home, environment)


def listing(installer):
    """Return the command that lists what is installed beside linkmgr."""
    return {
        "pipx": "pipx runpip linkmgr list",
        "uv": 'uv pip list --python "$(uv tool dir)/linkmgr"',
    }[installer]


def serve_from(home, environment):
    """Serve the demo with the command that is installed, and load what the wheel must have."""
    ports = {"LINKMGR_PORT": f"{free_port()}", "LINKMGR_ADMIN_PORT": f"{free_port()}"}
    admin = f"http://127.0.0.1:{ports['LINKMGR_ADMIN_PORT']}"
    command = [home / ".local" / "bin" / "linkmgr", "serve"]
    with (
        (home / "log").open("wb") as log,
        subprocess.Popen(
            command, cwd=home / "demo", env=environment | ports, stdout=log, stderr=log
        ) as server,
        httpx.Client(base_url=admin, headers={"Accept-Language": "ja"}) as browser,
    ):
        try:
            wait_for(lambda: answers(browser) or server.poll() is not None)
            page = browser.get("/admin/login")
            assert page.status_code == 200, (home / "log").read_text()
            assert "パスワード" in page.text
            loaded = re.findall(r'(?:src|href)="(/admin/static/[^"?]+)', page.text)
            assert {Path(each).suffix for each in loaded} >= {".css", ".js", ".svg"}
            assert {browser.get(each).status_code for each in loaded} == {200}
        finally:
            server.terminate()


def answers(browser):
    try:
        return browser.get("/healthz").is_success
    except httpx.TransportError:
        return False


@pytest.mark.parametrize("python", PYTHONS, ids=[Path(path).name for path in PYTHONS])
def test_package_and_its_lock_give_a_command_that_makes_demo(python, source, tmp_path):
    subprocess.run([python, "-m", "venv", "--without-pip", tmp_path / "venv"], check=True)
    binaries = tmp_path / "venv" / "bin"
    pip = [sys.executable, "-m", "pip", "--python", binaries / "python"]
    pip += ["--disable-pip-version-check"]
    # The lock is to be complete: pip is not to look for what else is needed, but to check it below.
    install = ["install", "--quiet", "--no-compile", "--no-deps"]
    locks = [f"--requirement={ROOT / name}" for name in ("requirements.lock", BUILD_LOCK)]
    subprocess.run([*pip, *install, "--require-hashes", *locks], check=True)
    package = [*pip, *install, "--no-build-isolation", "."]
    subprocess.run(package, cwd=source, check=True)
    subprocess.run([*pip, "check"], check=True)
    made = subprocess.run(
        [binaries / "linkmgr", "demo", tmp_path / "demo"],
        check=True,
        capture_output=True,
        text=True,
        cwd=tmp_path,
    )
    assert "12 posts" in made.stdout
    assert (tmp_path / "demo" / "_includes" / "linkmgr.html").exists()
