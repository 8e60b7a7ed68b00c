from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from server.audio import g711
from server.audio.line import Line
from server.gateways.wire import Format
from tests.server.audio.sounds import samples, tone, without

FORMATS = [Format("ulaw"), Format("alaw"), Format("l16", 8000), Format("l16", 16000), Format("l16", 24000)]

every_format = pytest.mark.parametrize("form", FORMATS, ids=lambda form: f"{form.encoding}-{form.rate_hz}")


@every_format
def test_what_is_spoken_on_one_line_is_heard_on_another(form: Format) -> None:
    bot, caller = Line(form), Line(form)
    wire = bot.speak(tone(440, 8000, 1000)) + bot.finish_out()
    heard = samples(caller.hear(wire + caller.silence(100)))
    strength, noise = without(440, 8000, heard[800:7200])
    assert len(wire) == form.frame_bytes * 50
    assert abs(strength - 8000) < 40
    assert 20 * np.log10(8000 / 2**0.5 / noise.std()) > 30  # G.711 leaves 38 dB


@every_format
def test_silence_is_of_whole_frames(form: Format) -> None:
    line = Line(form)
    assert len(line.silence(60)) == 3 * form.frame_bytes
    assert np.abs(np.frombuffer(Line(form).hear(line.silence(200)), "<i2")).max() <= 8


@pytest.mark.parametrize("form", FORMATS[:3], ids=lambda form: form.encoding)
@given(pieces=st.lists(st.binary(max_size=99), max_size=9))
def test_a_message_may_end_anywhere(form: Format, pieces: list[bytes]) -> None:
    line, sound = Line(form), b"".join(pieces)
    heard = b"".join(map(line.hear, pieces))
    whole = sound if form.encoding != "l16" else sound[: len(sound) & ~1]
    assert heard == g711.to_pcm(whole, form.encoding)


def test_half_a_sample_of_a_stopped_prompt_does_not_shift_the_next_one() -> None:
    line = Line(Format("l16"))
    line.speak(b"\1")
    line.reset_out()
    assert line.speak(b"\2\3") == b"\2\3"
    line.speak(b"\1")
    line.finish_out()
    assert line.speak(b"\2\3") == b"\2\3"


def test_nothing_of_a_stopped_prompt_is_left_in_the_resampler() -> None:
    line = Line(Format("l16", 16000))
    line.speak(tone(440, 8000, 500))
    line.reset_out()
    assert np.abs(np.frombuffer(line.speak(bytes(8000)) + line.finish_out(), "<i2")).max() <= 3
