"""The REST side of a vendor: it keeps what is asked of it, and answers as it is told."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qsl


@dataclass(frozen=True)
class Asked:
    method: str
    path: str
    authorization: str
    body: dict[str, Any]


@dataclass
class Rest:
    url: str
    asked: list[Asked] = field(default_factory=list)
    status: int = 200
    answer: object = field(default_factory=dict)
    go_on: threading.Event = field(default_factory=threading.Event)


@contextmanager
def rest() -> Iterator[Rest]:
    class Handler(BaseHTTPRequestHandler):
        def _any(self) -> None:
            text = self.rfile.read(int(self.headers.get("content-length") or 0)).decode()
            form = self.headers.get("content-type", "").startswith("application/x-www-form-urlencoded")
            body = dict(parse_qsl(text)) if form else json.loads(text or "{}")
            there.asked.append(Asked(self.command, self.path, self.headers.get("authorization", ""), body))
            there.go_on.wait(10)
            data = json.dumps(there.answer).encode() if there.status != 204 else b""
            self.send_response(there.status)
            self.send_header("content-type", "application/json")
            self.send_header("content-length", str(len(data)))
            self.end_headers()
            self.wfile.write(data)

        do_GET = do_POST = do_PUT = do_DELETE = _any  # noqa: N815  the library looks for these names

        def log_message(self, *_: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    there = Rest(f"http://127.0.0.1:{server.server_address[1]}")
    there.go_on.set()
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True)
    thread.start()
    try:
        yield there
    finally:
        there.go_on.set()
        server.shutdown()
        server.server_close()
        thread.join(5)
