from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from server.audio.frames import Framer
from server.speech.ports import FRAME_BYTES


def test_a_frame_is_given_once_it_is_whole() -> None:
    framer = Framer()
    assert framer.push(b"a" * 319) == ()
    assert framer.push(b"b" * 2) == (b"a" * 319 + b"b",)
    assert framer.push(b"c" * 640) == (b"b" + b"c" * 319, b"c" * 320)


@given(st.lists(st.binary(max_size=700), max_size=12))
def test_nothing_is_lost_or_changed(pieces: list[bytes]) -> None:
    framer, sound = Framer(), b"".join(pieces)
    frames = [frame for piece in pieces for frame in framer.push(piece)]
    assert all(len(frame) == FRAME_BYTES for frame in frames)
    assert len(frames) == len(sound) // FRAME_BYTES
    assert sound.startswith(b"".join(frames))
