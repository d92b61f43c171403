"""A server of which only `/healthz` matters."""

import json
import threading
import time
from contextlib import contextmanager
from email.utils import formatdate
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

HEALTHY = {"status": "ok", "load_lag": 0, "request": {"forwarded": "believed", "https": True}}


@contextmanager
def answering(health=HEALTHY, *, clock=0.0, date=None, body=None):
    """Play a server whose clock is so many seconds from this machine's, and give its URL.

    It says that it is `date`, and answers with `body`, where these are given.
    """

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self):
            sent = json.dumps(health).encode() if body is None else body
            self.send_response_only(200)
            if clock is not None:
                self.send_header("Date", date or formatdate(time.time() + clock, usegmt=True))
            self.send_header("Content-Length", str(len(sent)))
            self.end_headers()
            self.wfile.write(sent)

        def log_message(self, *args):
            """Print nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True).start()
    try:
        yield f"http://127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        server.server_close()
