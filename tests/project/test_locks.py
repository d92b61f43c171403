"""What is installed is what was locked, byte for byte, and can be judged and listed."""

import json
import os
import re
import subprocess
import sys
import threading
import tomllib
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

from tests.support.packages import copy_source

ROOT = Path(__file__).parents[2]
LOCKS = sorted(ROOT.glob("requirements*.lock"))
BIN = Path(sys.executable).parent
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))


def locked(name):
    """Map the packages of a lock to their requirement and its hashes."""
    text = (ROOT / name).read_text(encoding="utf-8")
    lines = re.sub(r"^#.*\n", "", text, flags=re.MULTILINE).replace("\\\n", " ").splitlines()
    found = {}
    for line in lines:
        requirement, *hashes = line.split("--hash=")
        parsed = Requirement(requirement.strip())
        found[canonicalize_name(parsed.name)] = parsed, [each.strip() for each in hashes]
    return found


def version(requirement):
    (pin,) = requirement.specifier
    assert pin.operator == "=="
    return pin.version


def asked_for(*extras):
    """Return the requirements of the package, with those of some extras and all that they name."""
    optional = PROJECT["project"]["optional-dependencies"]
    found = [Requirement(each) for each in PROJECT["project"]["dependencies"]]
    for extra in extras:
        for each in map(Requirement, optional[extra]):
            found += asked_for(*each.extras) if each.name == "linkmgr" else [each]
    return found


@pytest.mark.parametrize("file", LOCKS, ids=lambda file: file.name)
def test_each_locked_package_has_a_version_hashes_and_no_host(file):
    packages = locked(file.name)
    for requirement, hashes in packages.values():
        assert version(requirement)
        assert hashes, requirement
        assert all(re.fullmatch(r"sha256:[0-9a-f]{64}", each) for each in hashes), requirement
    assert "://" not in file.read_text(encoding="utf-8")


@pytest.mark.parametrize(
    ("name", "wanted"),
    [
        ("requirements.lock", asked_for("postgresql")),
        ("requirements-ci.lock", asked_for("dev")),
        ("requirements-build.lock", [*map(Requirement, PROJECT["dependency-groups"]["build"])]),
    ],
)
def test_a_lock_holds_what_the_project_asks_for(name, wanted):
    packages = locked(name)
    for requirement in wanted:
        pin, _ = packages[canonicalize_name(requirement.name)]
        assert requirement.specifier.contains(version(pin)), requirement


def test_the_locks_agree():
    everything = locked("requirements-ci.lock")
    for name in ("requirements.lock", "requirements-build.lock"):
        for package, pinned in locked(name).items():
            assert (package, str(pinned[0]), pinned[1]) == (
                package,
                str(everything[package][0]),
                everything[package][1],
            )


@pytest.mark.parametrize(
    ("target", "locks"),
    [
        (".venv/installed", ["requirements.lock", "requirements-build.lock"]),
        (".venv/installed-dev", ["requirements-ci.lock"]),
    ],
)
def test_make_installs_nothing_that_is_not_locked(target, locks):
    command = ["make", "--dry-run", "--always-make", "--no-print-directory", target]
    shown = subprocess.run(command, cwd=ROOT, check=True, capture_output=True, text=True).stdout
    installs = [line for line in shown.splitlines() if " pip install" in line]
    hashed = [line for line in installs if "--require-hashes" in line]
    assert re.findall(r"--requirement (\S+)", " ".join(hashed)) == locks
    (itself,) = set(installs) - set(hashed)
    assert {"--no-deps", "--no-build-isolation"} < set(itself.split())


@contextmanager
def vulnerabilities(known):
    """Run a service that answers as api.osv.dev does, and knows these, by package."""
    asked = []

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self):
            query = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
            name = query["package"]["name"]
            asked.append(name)
            body = json.dumps({"vulns": known.get(name, [])}).encode()
            self.send_response(200)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_):
            pass

    server = HTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}/v1/query", asked
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


def make(*arguments):
    """Run make with this environment's programs, and install nothing."""
    if not (BIN / "pip-audit").exists():
        pytest.skip("the environment is older than the lock: run make .venv/installed-dev")
    command = ["make", "--old-file=.venv/installed-dev", f"BIN={BIN}", *arguments]
    return subprocess.run(command, cwd=ROOT, check=False, capture_output=True, text=True)


NO_ANSWER = "--osv-url=http://127.0.0.1:1/"
VULNERABILITY = {
    "id": "GHSA-xxxx-xxxx-xxxx",
    "summary": "Anybody may do anything.",
    "affected": [
        {
            "package": {"name": "flask", "ecosystem": "PyPI"},
            "ranges": [{"type": "ECOSYSTEM", "events": [{"introduced": "0"}, {"fixed": "99.0.0"}]}],
        }
    ],
}


@pytest.mark.deploy
@pytest.mark.parametrize(("known", "code"), [({}, 0), ({"flask": [VULNERABILITY]}, 2)])
def test_the_audit_asks_for_each_package_and_fails_if_vulnerable(known, code):
    with vulnerabilities(known) as (url, asked):
        done = make("audit", f"AUDIT_OPTIONS=--osv-url={url}")
    assert done.returncode == code, done.stderr
    assert set(map(canonicalize_name, asked)) == set(locked("requirements.lock"))
    assert ("GHSA-xxxx-xxxx-xxxx" in done.stdout) == bool(known)


@pytest.mark.deploy
def test_audit_whose_service_does_not_answer_fails_with_sentence():
    done = make("audit", f"AUDIT_OPTIONS={NO_ANSWER}")
    assert done.returncode == 2
    *_, said, _ = done.stderr.splitlines()
    assert said.startswith("The audit got no answer from api.osv.dev, so nothing was checked")
    assert "Traceback" not in done.stderr


@pytest.fixture
def clone(tmp_path):
    """Give a repository with a commit on main, as if its environment were up to date."""
    folder = copy_source(tmp_path / "clone")
    person = ("-c", "user.name=Test", "-c", "user.email=test@example.com")
    for arguments in (("init", "-qb", "main"), ("add", "-A"), (*person, "commit", "-qm", "All")):
        subprocess.run(["git", *arguments], cwd=folder, check=True)
    for name in ("pyproject.toml", "requirements-ci.lock"):
        os.utime(folder / name, (0, 0))
    return folder


@pytest.mark.deploy
@pytest.mark.parametrize(
    ("version", "said"),
    [
        (f"VERSION={PROJECT['project']['version']}", "release: the audit did not pass: "),
        ("VERSION=", "release: say which version: make release VERSION=x.y.z"),
    ],
)
def test_release_without_network_or_version_ends_with_sentence(clone, version, said):
    command = ["make", "release", version, "DRY_RUN=1", f"VENV={BIN.parent}"]
    done = subprocess.run(
        [*command, f"AUDIT_OPTIONS={NO_ANSWER}"],
        cwd=clone,
        check=False,
        capture_output=True,
        text=True,
    )
    assert done.returncode == 2
    assert done.stderr.splitlines()[-2].startswith(said)
    assert "Traceback" not in done.stderr


@pytest.mark.deploy
def test_list_of_components_holds_each_package_with_its_hashes(tmp_path):
    file = tmp_path / "linkmgr.cdx.json"
    done = make("sbom", f"SBOM={file}")
    assert done.returncode == 0, done.stderr
    document = json.loads(file.read_bytes())
    assert document["bomFormat"] == "CycloneDX"
    assert document["metadata"]["component"]["name"] == "linkmgr"
    packages = locked("requirements.lock")
    listed = {canonicalize_name(each["name"]): each for each in document["components"]}
    assert {name: each["version"] for name, each in listed.items()} == {
        name: version(pin) for name, (pin, _) in packages.items()
    }
    for name, component in listed.items():
        hashes = {
            f"sha256:{each['content']}"
            for reference in component["externalReferences"]
            for each in reference.get("hashes", ())
        }
        assert hashes == set(packages[name][1]), name
