"""A server for readers: granian with one worker, whose socket shares its port with the others'."""

import gc
import multiprocessing
import sys
from importlib import import_module

from granian import Granian
from granian.constants import HTTPModes, Interfaces
from granian.http import HTTP1Settings
from granian.log import LogLevels

from linkmgr.settings import Settings
from linkmgr.web.logs import log_config
from linkmgr.web.server.sockets import HEAD_BYTES, most_connections

CONNECTIONS = 4096
"""That a server accepts; further clients wait until one of them is closed."""

_WORKER = "linkmgr.web.server.worker"


def serve_readers(settings: Settings) -> None:
    """Serve readers until SIGTERM. When the worker ends by itself, so does this process.

    Each client has `settings.client_seconds` to send the head of its request.
    """
    if sys.platform == "linux":
        # The worker is a fork of this process, which has one thread, and shares what is imported.
        multiprocessing.set_start_method("fork")
        import_module(_WORKER)
        gc.freeze()
    else:
        multiprocessing.set_start_method("spawn")
    server = Granian(
        f"{_WORKER}:make_app",
        settings.host,
        settings.port,
        interface=Interfaces.WSGI,
        # More would end all together when one of them ends twice within six seconds.
        workers=1,
        factory=True,
        websockets=False,
        # By itself granian waits without end for the bytes that distinguish HTTP/1 from HTTP/2.
        http=HTTPModes.http1,
        http1_settings=HTTP1Settings(
            header_read_timeout=settings.client_seconds * 1000, max_buffer_size=HEAD_BYTES
        ),
        backpressure=most_connections(CONNECTIONS),
        blocking_threads=1,
        runtime_threads=1,
        log_dictconfig=log_config(),
        log_level=LogLevels.warning,
    )
    server.serve()
