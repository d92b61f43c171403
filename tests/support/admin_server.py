"""An admin on a socket that hands out what a test gives it, and fails as servers and proxies do."""

import threading
from contextlib import contextmanager
from hashlib import sha256

from linkmgr.settings import read_settings
from tests.support.quiet_http import QuietHandler, QuietServer

TOKEN = "linkmgr_0123456789abcdef"  # noqa: S105 - of these tests alone


class AdminServer(QuietServer):
    """Answers with `content` as the API does, or else with `failure`: status, headers and body.

    `asked` has the status of each answer, `tokens` what was sent to be let in.
    """

    daemon_threads = True

    def __init__(self):
        super().__init__(("127.0.0.1", 0), _Api)
        self.content = b""
        self.failure = None
        self.asked = []
        self.tokens = set()

    @property
    def url(self):
        return f"http://127.0.0.1:{self.server_port}"


class _Api(QuietHandler):
    def do_GET(self):  # noqa: N802 - as the library calls it
        server = self.server
        server.tokens.add(self.headers["Authorization"])
        etag = f'"{sha256(server.content).hexdigest()}"'
        if server.failure:
            self._send(*server.failure)
        elif self.headers["If-None-Match"] == etag:
            self._send(304, {"ETag": etag}, b"")
        else:
            self._send(200, {"ETag": etag}, server.content)

    def _send(self, status, headers, body):
        self.server.asked.append(status)
        self.close_connection = True
        self.send_response(status)
        for name, value in {"Content-Length": str(len(body)), **headers}.items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(body)


@contextmanager
def handing_out(content=b""):
    """Run such an admin."""
    server = AdminServer()
    server.content = content
    threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True).start()
    try:
        yield server
    finally:
        server.shutdown()
        server.server_close()


def node_settings(folder, url, **more):
    """Return the settings of a machine in a folder that follows the admin at an address."""
    values = {"CATALOG": url, "CATALOG_TOKEN": TOKEN, "INSTANCE": folder / "instance"} | more
    return read_settings({f"LINKMGR_{name}": str(value) for name, value in values.items()})
