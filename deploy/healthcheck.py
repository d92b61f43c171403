"""The image's health check: whether the server in this container answers at /healthz.

It asks the readers' port, or the admin's where LINKMGR_ROLE says that there is no other.
"""

import os
import sys
from http import HTTPStatus
from http.client import HTTPConnection, HTTPException

SECONDS = 4  # less than the image gives the check

is_admin = os.environ.get("LINKMGR_ROLE") == "admin"
name, default = ("LINKMGR_ADMIN_PORT", 8911) if is_admin else ("LINKMGR_PORT", 8910)
connection = HTTPConnection("127.0.0.1", int(os.environ.get(name) or default), timeout=SECONDS)
try:
    connection.request("GET", "/healthz")
    status = connection.getresponse().status
except (OSError, HTTPException) as error:
    sys.exit(f"no answer at port {connection.port}: {error}")
if status != HTTPStatus.OK:
    sys.exit(f"port {connection.port} answers {status}")
