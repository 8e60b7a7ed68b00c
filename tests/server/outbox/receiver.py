"""A receiver of webhooks, as a CRM has one: a real HTTP server, which answers as it is told to."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from standardwebhooks import Webhook

SECRET = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"


@dataclass(frozen=True)
class Came:
    headers: Mapping[str, str]
    body: str
    path: str
    connection: int = 0
    """The port at its other end."""

    @property
    def id(self) -> str:
        return self.headers["webhook-id"]

    @property
    def type(self) -> str:
        return str(json.loads(self.body)["type"])

    @property
    def data(self) -> dict[str, Any]:
        data: dict[str, Any] = json.loads(self.body)["data"]
        return data

    def is_signed_with(self, secret: str) -> bool:
        """By the library's own rule, whatever the clock of the sender says."""
        at = datetime.fromtimestamp(int(self.headers["webhook-timestamp"]), UTC)
        return Webhook(secret).sign(self.id, at, self.body) in self.headers["webhook-signature"].split()


Answer = tuple[int, Mapping[str, str], str]


@dataclass
class Receiver:
    answer: Callable[[Came], Answer | None] = lambda _: (200, {}, "")
    """None: it never answers."""
    came: list[Came] = field(default_factory=list)
    answered: int = 0
    over: threading.Event = field(default_factory=threading.Event)
    port: int = 0

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}/hook"

    @property
    def ids(self) -> list[str]:
        return [each.id for each in self.came]

    @property
    def types(self) -> list[str]:
        return [each.type for each in self.came]

    def says(self, status: int, said: str = "", **headers: str) -> Receiver:
        """Answer so from now on."""
        told = {name.replace("_", "-"): value for name, value in headers.items()}
        self.answer = lambda _: (status, told, said)
        return self


class Patient(ThreadingHTTPServer):
    request_queue_size = 128
    """All that may come at once; of a longer row the kernel drops some, who try again a second later."""


@contextmanager
def receiving(port: int = 0) -> Iterator[Receiver]:
    receiver = Receiver()

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["content-length"])).decode()
            headers = {name.lower(): value for name, value in self.headers.items()}
            came = Came(headers, body, self.path, self.client_address[1])
            receiver.came.append(came)
            answer = receiver.answer(came)
            if answer is None:
                receiver.over.wait()
                self.close_connection = True
                return
            status, more, said = answer
            self.send_response(status)
            for name, value in {"content-length": str(len(said.encode())), **more}.items():
                self.send_header(name, value)
            self.end_headers()
            self.wfile.write(said.encode())
            receiver.answered += 1

        def log_message(self, *_: object) -> None:
            """The tests say what matters."""

    server = Patient(("127.0.0.1", port), Handler)
    server.daemon_threads = True
    server.block_on_close = False
    receiver.port = server.server_address[1]
    thread = threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True)
    thread.start()
    try:
        yield receiver
    finally:
        receiver.over.set()
        server.shutdown()
        server.server_close()
        thread.join()
