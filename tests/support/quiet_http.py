"""A server that plays others and says nothing, whatever its clients do."""

from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer


class QuietServer(ThreadingHTTPServer):
    """Answers each client on a thread."""

    def handle_error(self, request, client_address):
        """Say nothing: clients leave early here."""


class QuietHandler(BaseHTTPRequestHandler):
    """Answers by HTTP/1.1."""

    protocol_version = "HTTP/1.1"

    def log_message(self, *_):
        pass
