"""A port that is kept for whoever is told of it."""

from __future__ import annotations

import socket

from tests.server.ports import reserved


def test_nobody_is_there_until_somebody_who_was_told_of_it_listens() -> None:
    with reserved() as port:
        with socket.socket() as caller:
            assert caller.connect_ex(("127.0.0.1", port)) != 0
        with socket.create_server(("127.0.0.1", port)) as server, socket.socket() as caller:
            assert caller.connect_ex(("127.0.0.1", port)) == 0
            server.accept()[0].close()
