"""Ports of this machine for servers that must be told theirs, and for callers whom nobody is to answer."""

from __future__ import annotations

import socket
from collections.abc import Iterator
from contextlib import contextmanager


@contextmanager
def reserved() -> Iterator[int]:
    """A port at which nobody listens. Nobody is given it by chance meanwhile, as would be one that was free a moment
    ago; whoever is told of it may listen there.
    """
    with socket.socket() as held:
        held.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        held.bind(("127.0.0.1", 0))
        yield int(held.getsockname()[1])
