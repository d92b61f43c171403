"""deploy/Caddyfile by Caddy itself: readers come to the other node whatever one node does."""

import re
import socket
from contextlib import ExitStack, contextmanager, suppress

import httpx
import pytest

from tests.support.admin_server import handing_out
from tests.support.packages import ROOT
from tests.support.reverse_proxies import caddy_with
from tests.support.servers import free_port

pytestmark = pytest.mark.deploy


@contextmanager
def unreachable():
    """Give an address at which nobody answers, not even by refusing a connection."""
    with socket.socket() as full, ExitStack() as waiting:
        full.bind(("127.0.0.1", 0))
        full.listen(0)
        for _ in range(4):
            client = waiting.enter_context(socket.socket())
            client.settimeout(0)
            with suppress(BlockingIOError):
                client.connect(full.getsockname())
        yield f"127.0.0.1:{full.getsockname()[1]}"


def test_a_node_that_is_gone_costs_no_reader_an_answer(tmp_path):
    text = (ROOT / "deploy" / "Caddyfile").read_text()
    block = re.search(r"^\treverse_proxy node-1.*?^\t\}\n", text, re.DOTALL | re.MULTILINE)[0]
    block = block.replace("{\n", "{\n\t\tlb_policy first\n", 1)
    port = free_port()
    with unreachable() as gone, handing_out(b"") as other:
        block = block.replace("node-1:8910", gone)
        block = block.replace("node-2:8910", other.url.removeprefix("http://"))
        file = f"{{\n\tadmin off\n}}\ngo.example.com {{\n{block}}}\n"
        with caddy_with(tmp_path, file, port):
            assert httpx.get(f"http://127.0.0.1:{port}/", timeout=10).status_code == 200
