"""A real server: what its processes report reaches the Health page's facts."""

from pathlib import Path

import httpx
import pytest

from linkmgr.store.accounts import tokens
from linkmgr.store.db.engine import open_engine
from linkmgr.store.jobs import JobKind, last_jobs
from tests.admin.conftest import NAME, today
from tests.support import uploads
from tests.support.accounts import add_user
from tests.support.api_examples import described
from tests.support.builds import post
from tests.support.servers import Server, wait_for


def begin_build(server, engine):
    """Press the button that builds the site."""
    add_user(engine, uploads.NAME, uploads.PASSWORD)
    owner, page = uploads.Owner(server), "/admin/health/build"
    begun = owner.client.post(page, data={"csrf_token": owner.token(page)})
    owner.client.close()
    assert begun.status_code == 303


@pytest.mark.smoke
@pytest.mark.server
def test_a_running_server_is_healthy_counts_and_builds_its_site(site):
    server = Server(site).start()
    try:
        engine = open_engine(f"sqlite:///{site / 'instance' / 'linkmgr.db'}")
        token = tokens.new_token(engine, "deploy", NAME, today())
        headers = {"Authorization": f"Bearer {token}"}
        with httpx.Client(base_url=f"{server.admin_url}/api", headers=headers) as program:
            assert server.get("/go/newsletter").status_code == 302

            def counted():
                health = described(program.get("/health").json(), "Health")
                loader = health["loader"]
                return health if loader and loader["loaded"] and loader["last_click"] else None

            health = wait_for(counted)
            assert (health["status"], health["faults"], health["lost_clicks"]) == ("ok", [], 0)
            assert health["loader"]["last_click"].startswith(str(today().year))
            assert health["targets"]["published"]

            begin_build(server, engine)

            def built():
                answer = program.get("/build").json()
                return answer if answer["run"] and answer["run"]["ended"] else None

            # By whichever worker: what one begins, all know.
            build = described(wait_for(built), "Build")
            assert build["run"]["error"] == ""
            assert build["run"]["built"]["written"] > 0
        written = [site / "_includes" / "linkmgr", *(site / "_includes" / "linkmgr").glob("*")]
        assert written
        assert all(path.stat().st_mode & 0o044 for path in written)  # whoever serves the site
        engine.dispose()
    finally:
        server.stop()


def commands(folder):
    """List the commands that jobs run on a site."""
    lines = []
    for file in Path("/proc").glob("[0-9]*/cmdline"):
        try:
            line = file.read_bytes().decode(errors="replace").split("\0")
        except OSError:  # it has ended
            continue
        if "--progress-json" in line and str(folder) in line:
            lines.append(line)
    return lines


@pytest.mark.server
def test_killed_server_leaves_ended_build_and_job_that_says(site):
    for number in range(3_000):
        (site / "_posts" / f"2026-01-01-{number}.md").write_text(post(f"Post {number}", ["tea"]))
    server = Server(site, SITE=site).start()
    engine = open_engine(f"sqlite:///{site / 'instance' / 'linkmgr.db'}")
    try:
        begin_build(server, engine)
        wait_for(lambda: commands(site))
    finally:
        server.kill()
    # The admin ends a moment after the main process that was killed.
    wait_for(lambda: last_jobs(engine, site / "instance")[JobKind.BUILD].error)
    job = last_jobs(engine, site / "instance")[JobKind.BUILD]
    assert job.error.message.code == "admin.job-interrupted"
    wait_for(lambda: not commands(site))
    engine.dispose()
