"""What the servers of readers and of the admin say alike of where they listen, and to how many."""

import resource
import socket
from typing import NamedTuple

HEAD_BYTES = 32 * 2**10
"""Of a request's head, and of answers that wait for a client to read: with granian's 400 kB, those
who hold all connections could fill a gigabyte."""

OTHER_DESCRIPTORS = 128
"""That a process needs beside its connections."""


class SocketAddress(NamedTuple):
    """An address as `socket` takes it, with its family."""

    family: socket.AddressFamily
    parts: tuple[object, ...]


def first_address(host: str, port: int) -> SocketAddress:
    """Return the first address of a host and a port. Raise OSError or UnicodeError."""
    known = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE)
    family, _, _, _, parts = known[0]
    return SocketAddress(family, parts)


def most_connections(wanted: int) -> int:
    """Raise the limit of open files, and return how many of the connections it has room for."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    if soft < wanted + OTHER_DESCRIPTORS:
        soft = min(wanted + OTHER_DESCRIPTORS, hard)
        resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))
    # Of few, a quarter: with one at a time a browser that waits with its own would keep others out.
    # By itself a worker has some 20 files open.
    return min(wanted, max(soft - OTHER_DESCRIPTORS, soft // 4, 1))
