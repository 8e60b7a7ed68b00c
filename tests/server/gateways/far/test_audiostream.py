"""Our codec and the module with its hook, wired back to back."""

from __future__ import annotations

import pytest

from server.gateways.audiostream import AudioStream
from server.gateways.far.audiostream import AudioStreamEnd
from server.gateways.wire import Audio, Clear, Digit, HangUp, Mark, Refuse, Send, Started, WireError
from tests.server.gateways.line import Line


@pytest.mark.parametrize(("rate_hz", "stereo"), [(8000, False), (16000, False), (8000, True)])
def test_a_call_from_start_to_stop(rate_hz: int, stereo: bool) -> None:
    far = AudioStreamEnd(rate_hz, stereo=stereo)
    line = Line(AudioStream(far.query({})), far)
    (start,) = line.open("b1f3", {"script": "renovation", "caller": "10086"})
    assert isinstance(start, Started)
    assert (start.call_id, start.caller, start.format) == ("b1f3", "10086", far.format)
    frame = b"\1\0" * (rate_hz // 50)
    assert line.hear(far.audio(frame)) == [Audio(frame)]
    assert line.hear(far.digit("5")) == [Digit("5")]
    assert line.order(Send(frame * 10), Mark("e1:1")) == [Send(frame * 10)]
    assert far.playout.queued_ms(50) == 150
    assert line.order(Clear()) == [Clear()]
    assert far.playout.queued_ms(50) == 0
    assert line.wait(500) == []
    assert line.order(Refuse("no"), HangUp()) == [Refuse("no"), HangUp(), HangUp()]
    assert far.stop() == ()


@pytest.mark.parametrize(
    "message",
    [b"\1\0", "{}", '{"type":"streamAudio","data":{"audioDataType":"raw","sampleRate":16000,"audioData":""}}'],
)
def test_what_no_hook_plays(message: str | bytes) -> None:
    with pytest.raises(WireError, match=r"text alone|type or rate|no hook"):
        AudioStreamEnd().receive(message, 0)
