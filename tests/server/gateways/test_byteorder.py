"""Linear samples with the high byte first, and how swapped ones are noticed: with recordings of people."""

from __future__ import annotations

import json
from functools import cache
from pathlib import Path

import numpy as np
import pytest
import soundfile
import soxr

from server.gateways.byteorder import Roughness, swapped
from server.gateways.far.stream import StreamEnd
from server.gateways.stream import Stream
from server.gateways.vendors import VENDORS
from server.gateways.wire import Audio, Incoming, Oddity, Send, Started, WireError

AUDIO = Path(__file__).parents[2] / "audio"
RECORDINGS = sorted(path.name for path in (AUDIO / "calls").glob("*.wav"))


@cache
def spoken(name: str, rate_hz: int) -> bytes:
    sound, rate = soundfile.read(AUDIO / "calls" / name, dtype="float32", always_2d=True)
    sound = soxr.resample(sound[:, 0], rate, rate_hz)
    return (np.clip(sound, -1, 1) * 32767).astype("<i2").tobytes()


def conversation(rate_hz: int) -> bytes:
    return b"".join(spoken(name, rate_hz) for name in RECORDINGS[:3])


def frames(pcm: bytes, rate_hz: int) -> list[bytes]:
    size = rate_hz // 50 * 2
    return [pcm[start : start + size] for start in range(0, len(pcm) - size, size)]


def through(
    name: str, rate_hz: int, *, big: bool | None = None, params: dict[str, str] | None = None
) -> list[Incoming]:
    """What comes of a recording that this gateway sends."""
    end = StreamEnd(VENDORS[name], "L16", rate_hz, big=big)
    codec = Stream(VENDORS[name], params)
    heard = [each for message in end.open_messages("c1", params or {}) for each in codec.receive(message)]
    assert isinstance(heard[-1], Started)
    for frame in frames(conversation(rate_hz), rate_hz):
        for message in end.audio(frame):
            heard += codec.receive(message)
    return heard


@pytest.mark.parametrize("rate_hz", [8000, 16000, 24000])
@pytest.mark.parametrize("name", ["telnyx", "signalwire"])
def test_linear_samples_arrive_as_they_were_spoken(name: str, rate_hz: int) -> None:
    heard = through(name, rate_hz)
    (started,) = [each for each in heard if isinstance(each, Started)]
    assert (started.format.encoding, started.format.rate_hz) == ("l16", rate_hz)
    sound = b"".join(each.payload for each in heard if isinstance(each, Audio))
    assert sound == b"".join(frames(conversation(rate_hz), rate_hz))
    assert not any(isinstance(each, Oddity) for each in heard)


@pytest.mark.parametrize("rate_hz", [8000, 16000, 24000])
@pytest.mark.parametrize(("name", "told"), [("telnyx", "little"), ("signalwire", "big")])
def test_sound_in_the_other_order_is_told_once_and_understood_when_the_call_says_so(
    name: str, told: str, rate_hz: int
) -> None:
    big = told == "big"
    odd = [each for each in through(name, rate_hz, big=big) if isinstance(each, Oddity)]
    assert odd == [Oddity(f"the sound is noise, in the other byte order it is a voice: l16={told}")]
    heard = through(name, rate_hz, big=big, params={"l16": told})
    assert not any(isinstance(each, Oddity) for each in heard)
    sound = b"".join(each.payload for each in heard if isinstance(each, Audio))
    assert sound == b"".join(frames(conversation(rate_hz), rate_hz))


@pytest.mark.parametrize("name", ["telnyx", "signalwire"])
def test_what_the_bot_says_goes_out_in_the_same_order(name: str) -> None:
    end, codec = StreamEnd(VENDORS[name], "L16", 16000), Stream(VENDORS[name])
    for message in end.open_messages("c1", {}):
        codec.receive(message)
    (message,) = codec.send(Send(b"\x01\x02" * 320))
    assert end.receive(message, 0) == (Send(b"\x01\x02" * 320),)
    first = b"AgEC" if name == "telnyx" else b"AQIB"  # base64 of 02 01 02, and of 01 02 01
    assert json.loads(message)["media"]["payload"].encode()[:4] == first


def test_an_order_that_is_none_is_refused() -> None:
    end, codec = StreamEnd(VENDORS["telnyx"], "L16"), Stream(VENDORS["telnyx"], {"l16": "middle"})
    _, start = end.open_messages("c1", {})
    with pytest.raises(WireError, match="l16 must be big or little"):
        codec.receive(start)


@pytest.mark.parametrize("recording", RECORDINGS)
@pytest.mark.parametrize("rate_hz", [8000, 16000])
def test_no_voice_is_taken_for_noise_and_no_noise_for_a_voice(recording: str, rate_hz: int) -> None:
    for turned in (False, True):
        rough = Roughness(rate_hz)
        pcm = spoken(recording, rate_hz) * 4  # some are short
        found = [rough.hear(swapped(frame) if turned else frame) for frame in frames(pcm, rate_hz) if not rough.settled]
        assert rough.settled
        assert any(found) is turned


def test_silence_says_nothing() -> None:
    rough, rng = Roughness(8000), np.random.default_rng(1)
    for _ in range(200):
        assert not rough.hear(rng.integers(-8, 8, 160, "<i2").tobytes())
    assert not rough.settled
