"""nginx and Caddy before a real server, configured as docs/how-to/run-a-server.md has them."""

import re
import shutil
import socket
import subprocess
import time
from contextlib import contextmanager
from pathlib import Path

import pytest

from tests.support.servers import free_port

PAGE = (Path(__file__).parents[2] / "docs" / "how-to" / "run-a-server.md").read_text(
    encoding="utf-8"
)
NGINX = re.search(r"^```nginx\n(.*?)^```$", PAGE, re.DOTALL | re.MULTILINE)[1]
CADDY = re.search(r"^Caddy, .*?^```\n(.*?)^```$", PAGE, re.DOTALL | re.MULTILINE)[1]


@contextmanager
def nginx(folder, readers, admin, edit=lambda server: server):
    """Run nginx without a certificate and with its logs in the folder."""
    port = free_port()
    server = re.sub(r"^ *ssl_.*\n", "", NGINX, flags=re.MULTILINE)
    server = server.replace("443 ssl", f"127.0.0.1:{port}").replace(":8910", f":{readers}")
    server = edit(server.replace(":8911", f":{admin}"))
    kinds = ("client_body", "proxy", "fastcgi", "uwsgi", "scgi")
    temporary = "".join(f"{kind}_temp_path {folder}/{kind}; " for kind in kinds)
    config = folder / "nginx.conf"
    config.write_text(
        f"daemon off; master_process off; pid {folder}/pid; error_log {folder}/error.log crit;\n"
        f"events {{}}\nhttp {{ {temporary}\n{server} }}\n"
    )
    with _running([_found("nginx"), "-c", config, "-e", folder / "error.log"], port, folder):
        yield port


@contextmanager
def caddy(folder, readers, admin):
    """Run Caddy without a certificate."""
    port = free_port()
    file = CADDY.replace(":8910", f":{readers}").replace(":8911", f":{admin}")
    with caddy_with(folder, file.replace("{\n", "{\n    admin off\n", 1), port):
        yield port


@contextmanager
def caddy_with(folder, file, port):
    """Run Caddy with a Caddyfile, whose site it has at a port of this machine."""
    config = folder / "Caddyfile"
    site = f"http://:{port} {{\n    bind 127.0.0.1"
    config.write_text(file.replace("go.example.com {", site))
    command = [_found("caddy"), "run", "--adapter", "caddyfile", "--config", config]
    with _running(command, port, folder):
        yield


def _found(name):
    found = shutil.which(name) or shutil.which(name, path="/usr/sbin")
    return found or pytest.skip(f"{name} is not installed")


@contextmanager
def _running(command, port, folder):
    environ = {"HOME": str(folder), "XDG_DATA_HOME": str(folder), "XDG_CONFIG_HOME": str(folder)}
    with subprocess.Popen(command, env=environ, stderr=subprocess.PIPE, text=True) as process:
        try:
            while process.poll() is None and not _listens(port):
                time.sleep(0.02)
            assert process.poll() is None, process.stderr.read()
            yield
        finally:
            process.terminate()


def _listens(port):
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) == 0
