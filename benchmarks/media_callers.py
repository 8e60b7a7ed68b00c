"""Many calls on Twilio's wire from one process that costs little: who measures must not be what is measured.

    python -m benchmarks.media_callers PORT PATH CALLS SECONDS PID [keys]

One loop over plain sockets. Every 20 ms each call sends a frame that was made before: the caller's voice now and then,
and the noise of a line. Calls begin spread over the 20 ms. What comes back is looked at just far enough to know how
much sound it is and when it came. Marks are answered when the sound before them has been played.

What is told, over the measured seconds only:

- `late_ms`: how late each message of sound came against the caller's playout clock, which waits for nobody: it
  is set by the first one that is measured, when what was sent ahead of it will have been played.
- `dry_ms`: how long a caller heard nothing because what had been sent ahead was used up, of each message.
- `answer_ms`: a key is pressed now and then; from the key to the first sound of the answer. Only where keys are known.
- `own_ms`: how late this process itself sent its frames.
- `waited_percent`: how much of the time the server wanted its core and something else had it: a row in which that is
  more than little tells of the machine, not of the server.
"""

from __future__ import annotations

import base64
import gc
import json
import os
import selectors
import socket
import struct
import sys
from collections import deque
from pathlib import Path
from random import Random
from time import monotonic

import numpy as np

FRAME_S = 0.02
VOICES = Path(__file__).parent.parent / "tests" / "audio" / "phrases"
VOICE_EVERY_S = 5.0
KEY_EVERY_S = 4.0
SETTLE_S = 1.5
"""Let go by before anything is measured."""
SLOTS = 20
"""Of one millisecond; each call keeps to its own."""
Q = (0.5, 0.95, 0.99)


def mulaw(samples: np.ndarray) -> bytes:
    """ITU-T G.711, by its formula: no code of either side is used."""
    sound = np.clip(samples, -32635, 32635).astype(np.int64)
    sign = np.where(sound < 0, 0x80, 0)
    biased = np.abs(sound) + 132
    exponent = np.clip(np.floor(np.log2(biased)).astype(np.int64) - 7, 0, 7)
    return bytes((~(sign | exponent << 4 | biased >> exponent + 3 & 0x0F) & 0xFF).astype(np.uint8))


def frames() -> list[bytes]:
    """The end of a media message, for five seconds that come again and again: a phrase, and the noise of the line."""
    file = (VOICES / "k_xiaoxiao_03.wav").read_bytes()
    voice = np.frombuffer(file[44 : 44 + 20_000], "<i2").astype(float)
    line = np.random.default_rng(2026).normal(0, 12, int(8000 * VOICE_EVERY_S))
    line[8000 : 8000 + len(voice)] += voice
    sound = mulaw(line)
    return [base64.b64encode(sound[at : at + 160]) + b'"}}' for at in range(0, len(sound), 160)]


def framed(text: bytes) -> bytes:
    """A client's text frame. Its mask is zero, which the protocol allows and which leaves the text as it is."""
    size = len(text)
    head = bytes([0x81, 0x80 | size]) if size < 126 else struct.pack("!BBH", 0x81, 0x80 | 126, size)
    return head + bytes(4) + text


def cpu_seconds(pid: int) -> float:
    """What a process has taken so far."""
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def waited_seconds(pid: int) -> float:
    """How long it could have run and did not, since something else had its core."""
    return int(Path(f"/proc/{pid}/schedstat").read_text().split()[1]) / 1e9


def resident_bytes(pid: int) -> int:
    return int(Path(f"/proc/{pid}/statm").read_text().split()[1]) * os.sysconf("SC_PAGE_SIZE")


class Call:
    def __init__(self, number: int, port: int, path: str) -> None:
        self.number = number
        self.stream = f"MZ{number:08d}"
        self.socket = socket.create_connection(("127.0.0.1", port))
        self.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self.socket.settimeout(20)
        key = base64.b64encode(os.urandom(16)).decode()
        self.socket.sendall(
            f"GET {path} HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
            f"Sec-WebSocket-Key: {key}\r\nSec-WebSocket-Version: 13\r\n\r\n".encode()
        )
        head = b""
        while b"\r\n\r\n" not in head:
            piece = self.socket.recv(4096)
            if not piece:
                sys.exit("the server closes the connection")
            head += piece
        if b" 101 " not in head.partition(b"\r\n")[0]:
            sys.exit(f"the server says {head[:300]!r}")
        self.data = head.partition(b"\r\n\r\n")[2]
        start = {
            "event": "start", "sequenceNumber": "1", "streamSid": self.stream,
            "start": {
                "accountSid": "AC0", "streamSid": self.stream, "callSid": f"CA{number:08d}", "tracks": ["inbound"],
                "mediaFormat": {"encoding": "audio/x-mulaw", "sampleRate": 8000, "channels": 1},
                "customParameters": {},
            },
        }  # fmt: skip
        connected = {"event": "connected", "protocol": "Call", "version": "1.0.0"}
        for told in (connected, start):
            self.socket.sendall(framed(json.dumps(told).encode()))
        self.socket.setblocking(False)
        self.head = b'{"event":"media","streamSid":"%s","sequenceNumber":"' % self.stream.encode()
        self.sent = 0
        self.behind = b""
        """What the socket did not take at once."""
        self.pace: float | None = None
        """When the next sound is due, by the first one measured."""
        self.until = 0.0
        """When all sound that came will have been played."""
        self.marks: deque[tuple[float, bytes]] = deque()
        self.key_at: float | None = None
        self.cleared = True
        """Since the key, what was queued has been thrown away: sound that comes now is the answer."""
        self.next_key = 0.0

    def send(self, data: bytes) -> None:
        self.behind += data
        try:
            done = self.socket.send(self.behind)
        except BlockingIOError:
            return
        self.behind = self.behind[done:]


class Callers:
    def __init__(self, port: int, path: str, calls: int, server: int, *, keys: bool) -> None:
        self.frames, self.keys = frames(), keys
        self.late: list[float] = []
        self.dry: list[float] = []
        self.answers: list[float] = []
        self.own: list[float] = []
        self.lost = self.sound_messages = 0
        self.sound_s = 0.0
        self.measuring = False
        self.selector = selectors.DefaultSelector()
        self.slots: list[list[Call]] = [[] for _ in range(SLOTS)]
        self.began = 0.0
        self.port, self.path, self.calls, self.server = port, path, calls, server
        self.draw = Random(2026)  # noqa: S311  the same in every run

    def run(self, seconds: float) -> dict[str, object]:
        gc.disable()
        self.began = monotonic()
        joined, slot, due, measure_at, until = 0, 0, self.began, None, None
        while until is None or due < until:
            if joined < self.calls and slot % 4 == 0:  # a new call every 4 ms, each in a slot of its own in turn
                self._join(Call(joined, self.port, self.path), joined % SLOTS)
                joined += 1
            elif joined == self.calls and measure_at is None:
                measure_at = due + SETTLE_S
            if measure_at and not self.measuring and due >= measure_at:
                self.measuring, until = True, due + seconds
                spent, served, waited = os.times(), cpu_seconds(self.server), waited_seconds(self.server)
            self._wait(due)
            self._slot(self.slots[slot % SLOTS], due)
            slot += 1
            due += FRAME_S / SLOTS
            if joined < self.calls:
                due = max(due, monotonic() - 0.002)  # while calls are set up, nobody is late
        now, served = os.times(), cpu_seconds(self.server) - served
        waited = waited_seconds(self.server) - waited
        busy = (now.user + now.system - spent.user - spent.system) / seconds
        return {
            "calls": self.calls, "lost": self.lost, "seconds": seconds,
            "messages": self.sound_messages, "sound_share": round(self.sound_s / seconds / self.calls, 3),
            "late_ms": told(self.late), "dry_ms": told(self.dry), "answer_ms": told(self.answers),
            "own_ms": told(self.own), "own_core_percent": round(100 * busy, 1),
            "core_percent_per_call": round(100 * served / seconds / self.calls, 3),
            "waited_percent": round(100 * waited / seconds, 1),
            "resident_bytes": resident_bytes(self.server),
        }  # fmt: skip

    def _join(self, call: Call, slot: int) -> None:
        self.slots[slot].append(call)
        self.selector.register(call.socket, selectors.EVENT_READ, call)
        call.next_key = monotonic() + SETTLE_S + KEY_EVERY_S * self.draw.random()

    def _wait(self, due: float) -> None:
        """Read what comes until it is time to send."""
        while True:
            left = due - monotonic()
            for key, _ in self.selector.select(max(0.0, left)):
                self._read(key.data)
            if left <= 0:
                return

    def _slot(self, calls: list[Call], due: float) -> None:
        now = monotonic()
        for call in calls:
            if self.measuring:
                self.own.append(now - due)
            body = self.frames[(call.sent + 37 * call.number) % len(self.frames)]
            n = str(call.sent + 2).encode()
            told = b'%s%s","media":{"track":"inbound","chunk":"%s","timestamp":"%d","payload":"%s' % (
                call.head, n, n, call.sent * 20, body,
            )  # fmt: skip
            call.sent += 1
            out = struct.pack("!BBHI", 0x81, 0x80 | 126, len(told), 0) + told
            if call.marks and call.marks[0][0] <= now:
                out += framed(b'{"event":"mark","streamSid":"%s","mark":{"name":"%s"}}' % (
                    call.stream.encode(), call.marks.popleft()[1],
                ))  # fmt: skip
            if self.keys and now >= call.next_key:
                call.next_key = now + KEY_EVERY_S
                out += framed(b'{"event":"dtmf","streamSid":"%s","dtmf":{"track":"inbound_track","digit":"1"}}' % (
                    call.stream.encode()
                ))  # fmt: skip
                call.key_at, call.cleared = now, False
            try:
                call.send(out)
            except OSError:
                self._lose(call, calls)
            now = monotonic()

    def _lose(self, call: Call, calls: list[Call]) -> None:
        self.lost += 1
        calls.remove(call)
        self.selector.unregister(call.socket)
        call.socket.close()

    def _read(self, call: Call) -> None:
        try:
            piece = call.socket.recv(1 << 18)
        except BlockingIOError:
            return None
        except OSError:
            piece = b""
        now = monotonic()
        if not piece:
            return self._lose(call, next(slot for slot in self.slots if call in slot))
        data = call.data + piece
        at, size = 0, len(data)
        while size - at >= 2:
            length, head = data[at + 1] & 0x7F, 2
            if length == 126:
                head = 4
                if size - at < 4:
                    break
                length = data[at + 2] << 8 | data[at + 3]
            elif length == 127:
                sys.exit("a message of more than 64 KB")
            if size - at < head + length:
                break
            self._take(call, data[at] & 0x0F, data[at + head : at + head + length], now)
            at += head + length
        call.data = data[at:]
        return None

    def _take(self, call: Call, kind: int, text: bytes, now: float) -> None:
        if kind == 9:  # ping
            call.send(bytes([0x8A, 0x80 | len(text)]) + bytes(4) + text)
            return
        if kind != 1:
            return
        place = text.find(b'"payload"')
        if place >= 0:
            start = text.index(b'"', text.index(b":", place)) + 1
            end = text.index(b'"', start)
            self._sound(call, ((end - start) * 3 // 4 - text.count(b"=", end - 2, end)) / 8000, now)
        elif b'"clear"' in text:
            call.until, call.pace, call.cleared = now, None, True
            call.marks = deque((now, name) for _, name in call.marks)
        elif b'"mark"' in text:
            name = text[text.rindex(b'"name"') + 6 :].split(b'"')[1]
            call.marks.append((max(now, call.until), name))

    def _sound(self, call: Call, seconds: float, now: float) -> None:
        if call.key_at is not None and call.cleared:
            if self.measuring:
                self.answers.append(now - call.key_at)
            call.key_at = None
        if self.measuring:
            self.sound_messages += 1
            self.sound_s += seconds
            ahead = call.until - now
            if call.until:
                self.dry.append(max(0.0, -ahead))
            if call.pace is None or (ahead < 0 and seconds > 0.5):
                call.pace = max(now, call.until)
            self.late.append(max(0.0, now - call.pace))
            call.pace += seconds
        call.until = max(call.until, now) + seconds


def told(seconds: list[float]) -> dict[str, float]:
    if not seconds:
        return {}
    ordered = sorted(seconds)
    found = {f"p{q * 100:g}": ordered[int(q * (len(ordered) - 1))] for q in Q} | {"max": ordered[-1]}
    return {name: round(1000 * value, 2) for name, value in found.items()}


if __name__ == "__main__":
    port, path, calls, seconds, pid = sys.argv[1:6]
    callers = Callers(int(port), path, int(calls), int(pid), keys="keys" in sys.argv)
    print(json.dumps(callers.run(float(seconds))))
