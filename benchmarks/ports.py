"""A port for a server that is told which, and that may be started again: nobody else gets it meanwhile."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from socket import SO_REUSEADDR, SOL_SOCKET, socket


@contextmanager
def held_port() -> Iterator[int]:
    """A port that was merely looked up would soon be the near end of somebody's connection, even of one to itself. This
    one is bound, and nobody listens: so Linux gives it to no connection, and yet to a server that asks for it by its
    number and for `SO_REUSEADDR`, as servers do.
    """
    with socket() as holder:
        holder.setsockopt(SOL_SOCKET, SO_REUSEADDR, 1)
        holder.bind(("127.0.0.1", 0))
        yield int(holder.getsockname()[1])
