"""What a server knows of its site index: apart from its process, whose imports take a while."""

import socket

from linkmgr.posts.site import CONFIG_FILES
from linkmgr.settings import Role, Settings

INDEX_DEADLINE = 5.0
"""Seconds that its process may go on with what it began when the server is stopped."""


def is_needed(settings: Settings) -> bool:
    """Whether this server has an admin, and a site to index."""
    folder = settings.site_folder
    has_site = any((folder / name).is_file() for name in CONFIG_FILES)
    return settings.role is not Role.REDIRECT and has_site and hasattr(socket, "AF_UNIX")
