"""Reading along in the log of a call, from a server that tells it as huashu's does."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest

from benchmarks.ports import held_port
from engine.calls.log import entry_line, header_line
from engine.language.load import load_script
from engine.trial.caller import parse_call
from engine.trial.simulate import simulate
from server.calling.following import Following, grade_told, steps
from server.content import SHIPPED, Files
from tests.server.live.serving import PATIENCE_SECONDS

OURS = "t0"


@pytest.fixture(scope="module")
def log() -> list[bytes]:
    """A call's log, line by line."""
    script, _ = load_script(str(SHIPPED / "scripts/phone-robot.yaml"), Files())
    assert script
    told = {"call_id": "abc", "vars": {"company": "星河科技"}, "steps": [{"say": "喂你好"}, {"say": "不需要"}]}
    call = parse_call(json.dumps(told), script)
    assert not isinstance(call, str)
    played = simulate(script, call)
    return [header_line(played.header).encode(), *(entry_line(entry).encode() for entry in played.entries)]


@contextmanager
def answering(calls: object, log: list[bytes]) -> Iterator[str]:
    """A server with these calls; the address of its gateway."""

    class Answers(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            allowed = self.headers["Authorization"] == f"Bearer {OURS}"
            found = {"/calls": [json.dumps(calls).encode()], "/calls/07-abc/log": log}.get(self.path)
            self.send_response(200 if found and allowed else 401)
            self.end_headers()
            for piece in found or []:
                self.wfile.write(piece)
                self.wfile.flush()

        def log_message(self, *_: object) -> None: ...

    server = ThreadingHTTPServer(("127.0.0.1", 0), Answers)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    try:
        yield f"ws://127.0.0.1:{server.server_address[1]}/twilio"
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


@pytest.fixture(autouse=True)
def _patient(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("server.calling.following.PATIENCE_SECONDS", PATIENCE_SECONDS)


def followed(url: str, token: str = OURS) -> list[str]:
    told: list[str] = []
    Following(url, "abc", token, told.append).finish()
    return told


def test_the_words_of_a_call_are_told_as_the_log_grows(log: list[bytes]) -> None:
    other = {"call": "06-xyz", "call_id": "xyz"}
    with answering([other, {"call": "07-abc", "call_id": "abc"}], log) as url:
        told = followed(url)
    assert told[:-1] == list(steps(log))
    assert told[-1].startswith("grade D by rule D")
    assert any(line.startswith("bot     您好") for line in told)
    assert "caller  不需要" in told
    assert any(line.strip().startswith("= refuse") for line in told)


def test_who_may_not_read_along_is_told_nothing(log: list[bytes]) -> None:
    with answering([{"call": "07-abc", "call_id": "abc"}], log) as url:
        assert followed(url, "another") == []
    with answering({"no": "list"}, log) as url:
        assert followed(url) == []
    with held_port() as port:  # nobody is there
        assert followed(f"ws://127.0.0.1:{port}/twilio") == []


def test_a_call_by_a_script_that_is_not_here_has_no_grade(log: list[bytes]) -> None:
    assert grade_told(b"".join(log)).startswith("grade D by rule D")
    assert grade_told(b"".join(log).replace(b'"phone-robot"', b'"elsewhere"', 1)) == ""
    assert grade_told(b"".join(log).replace(b'"script_sha256":"', b'"script_sha256":"00', 1)) == ""
    assert grade_told(b"<html>") == ""


def test_a_log_of_another_make_is_left_alone(log: list[bytes]) -> None:
    assert list(steps([b"<html>\n", b"x\n"])) == []
    assert list(steps([*log[:3], b'{"seq": 9}\n', *log[3:]])) == list(steps(log[:3]))
