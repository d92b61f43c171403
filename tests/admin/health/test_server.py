"""A real server: what its processes report reaches the Health page's facts."""

import httpx
import pytest

from linkmgr.store.accounts import tokens
from linkmgr.store.db.engine import open_engine
from tests.admin.conftest import NAME, today
from tests.support.api_examples import described
from tests.support.servers import Server, wait_for


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

            assert wait_for(lambda: program.post("/build").status_code == 202)

            def built():
                answer = program.get("/build").json()
                return answer if answer["run"]["ended"] else None

            # By whichever worker: what one begins, all know.
            build = described(wait_for(built), "Build")
            assert build["run"]["error"] == ""
            assert build["run"]["built"]["written"] > 0
        assert (site / "_includes" / "linkmgr").is_dir()
        engine.dispose()
    finally:
        server.stop()
