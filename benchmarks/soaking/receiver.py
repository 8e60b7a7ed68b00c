"""Who is told what calls have decided: keeps every message's id and body, and does not always thank for it."""

from __future__ import annotations

import hashlib
import sys
import threading
from collections import Counter
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from random import Random
from typing import Any

REFUSED_SHARE = 0.02
"""Of all messages, when they come for the first time: answered with 503."""


class Receiver(ThreadingHTTPServer):
    daemon_threads = True
    request_queue_size = 128

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.came: Counter[str] = Counter()
        """How often each message was thanked for."""
        self.bodies: dict[str, str] = {}
        """By id, the hash of what it said."""
        self.changed: set[str] = set()
        """Messages that came again, and said something else."""
        self.chance = Random(1)  # noqa: S311  repeatable, as a test should be
        self.refused: set[str] = set()
        self.lock = threading.Lock()
        threading.Thread(target=self.serve_forever, daemon=True).start()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_address[1]}/"

    def close(self) -> None:
        self.shutdown()
        self.server_close()

    def handle_error(self, request: Any, client_address: Any) -> None:
        """A server that is killed resets its connections, which is no mistake of ours; all else is told."""
        if not isinstance(sys.exception(), ConnectionError):
            super().handle_error(request, client_address)

    def take(self, name: str, body: bytes) -> int:
        """Returns the status."""
        said = hashlib.sha256(body).hexdigest()[:16]
        with self.lock:
            if name not in self.bodies and name not in self.refused and self.chance.random() < REFUSED_SHARE:
                self.refused.add(name)
                return 503
            self.came[name] += 1
            if self.bodies.setdefault(name, said) != said:
                self.changed.add(name)
            return 204


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    server: Receiver

    def do_POST(self) -> None:
        size_bytes = int(self.headers.get("content-length", 0))
        body = self.rfile.read(size_bytes)
        if len(body) < size_bytes:  # the server was killed while it sent
            self.close_connection = True
            return
        self.send_response(self.server.take(self.headers.get("webhook-id", ""), body))
        self.send_header("content-length", "0")
        self.end_headers()

    def log_message(self, *_: object) -> None:
        """Nobody reads it."""
