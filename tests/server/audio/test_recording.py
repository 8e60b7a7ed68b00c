from __future__ import annotations

import errno
import wave
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from server.audio.recording import LONGEST_MS, WINDOW_MS, Recording, RecordingError


def sound(value: int, ms: int) -> bytes:
    return np.full(ms * 8, value, "<i2").tobytes()


def sides(path: Path) -> tuple[list[int], list[int]]:
    """Both sides, a value a millisecond."""
    with wave.open(str(path)) as file:
        assert (file.getnchannels(), file.getsampwidth(), file.getframerate()) == (2, 2, 8000)
        both = np.frombuffer(file.readframes(file.getnframes()), "<i2").reshape(-1, 2)[::8]
    return both[:, 0].tolist(), both[:, 1].tolist()


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "call.wav"


def test_the_caller_is_left_and_the_bot_right_each_at_its_time(path: Path) -> None:
    recording = Recording(path)
    recording.bot(sound(7, 200), 100)
    for at_ms in range(0, 400, 20):
        recording.caller(sound(3, 20), at_ms)
    recording.caller(sound(4, 20), 460)
    recording.close()
    left, right = sides(path)
    assert left == [3] * 400 + [0] * 60 + [4] * 20
    assert right == [0] * 100 + [7] * 200 + [0] * 180


def test_what_was_cut_is_not_in_it(path: Path) -> None:
    recording = Recording(path)
    recording.bot(sound(7, 1000), 0)
    recording.caller(sound(3, 300), 0)
    recording.cut(300)
    recording.bot(sound(8, 100), 350)
    recording.close()
    left, right = sides(path)
    assert right == [7] * 300 + [0] * 50 + [8] * 100
    assert left == [3] * 300 + [0] * 150


def test_a_call_that_breaks_off_leaves_a_whole_file(path: Path) -> None:
    recording = Recording(path)
    assert sides(path) == ([], [])
    for at_ms in range(0, 10_000, 20):
        recording.caller(sound(3, 20), at_ms)
        left, _ = sides(path)
        assert at_ms + 20 - len(left) <= WINDOW_MS
        assert set(left) <= {3}
    recording.close()


def test_a_long_silence_takes_no_time_and_is_in_its_place(path: Path) -> None:
    recording = Recording(path)
    recording.caller(sound(3, 100), 0)
    recording.caller(sound(4, 100), 600_000)
    recording.close()
    left, _ = sides(path)
    assert left == [3] * 100 + [0] * 599_900 + [4] * 100
    assert recording.dropped_ms == 0


def test_sound_longer_than_the_window(path: Path) -> None:
    recording = Recording(path)
    recording.caller(b"".join(sound(value, 1) for value in range(1, 9001)), 0)
    recording.close()
    assert sides(path)[0] == list(range(1, 9001))


def test_sound_that_comes_too_late_or_from_nowhere_is_counted(path: Path) -> None:
    recording = Recording(path)
    recording.caller(sound(3, 20), 10_000)
    recording.bot(sound(7, 100), 0)
    recording.bot(sound(7, 100), LONGEST_MS + 1)
    recording.bot(sound(7, 100), -1)
    recording.close()
    assert recording.dropped_ms == 300
    left, right = sides(path)
    assert len(left) == 10_020
    assert set(right) == {0}


def test_the_file_says_that_the_bot_is_a_machine(path: Path) -> None:
    Recording(path, producer="某公司", call_id="x1").close()
    head = path.read_bytes()
    assert head.startswith(b"RIFF")
    assert b"LIST" in head
    assert "Right: AI-generated speech (右声道为人工智能合成语音)".encode() in head
    assert '{"Label": "1", "ContentProducer": "某公司", "ProduceID": "x1"}'.encode() in head
    assert len(head) % 2 == 0


def test_an_earlier_recording_is_never_overwritten(path: Path) -> None:
    Recording(path).close()
    with pytest.raises(RecordingError, match=r"cannot record to '.*call\.wav': file exists"):
        Recording(path)
    with pytest.raises(RecordingError, match="no such file or directory"):
        Recording(path.parent / "nowhere" / "call.wav")


class FullDisk:
    """A raw file on a disk that has room for so many bytes more."""

    def __init__(self, file: object, room: int) -> None:
        self.file, self.room = file, room

    def __getattr__(self, name: str) -> object:
        return getattr(self.file, name)

    def write(self, data: memoryview) -> int:
        if not self.room:
            raise OSError(errno.ENOSPC, "No space left on device")
        taken = min(len(data), self.room)
        self.room -= taken
        return self.file.write(data[:taken])


def test_a_full_disk_is_told_once(path: Path) -> None:
    recording = Recording(path)
    recording._file = FullDisk(recording._file, 20_000)
    told = []
    for at_ms in range(0, 10_000, 20):
        try:
            recording.caller(sound(3, 20), at_ms)
        except RecordingError as problem:
            told.append(str(problem))
    recording.bot(sound(7, 20), 0)
    recording.close()
    assert told == [f"cannot record to '{path}': no space left on device"]
    assert set(sides(path)[0]) == {3}


@settings(max_examples=40)
@given(
    pieces=st.lists(
        st.tuples(st.sampled_from("lr"), st.integers(1, 700), st.integers(-900, 900), st.booleans()), max_size=40
    )
)
def test_whatever_comes_in_whatever_order_stands_in_its_place(
    pieces: list[tuple[str, int, int, bool]], tmp_path_factory: pytest.TempPathFactory
) -> None:
    """Against a plain array as long as the call."""
    path = tmp_path_factory.mktemp("calls") / "call.wav"
    recording = Recording(path)
    wanted = np.zeros((2, 60_000), int)
    now_ms = 0
    for number, (side, ms, skew_ms, cut) in enumerate(pieces, start=1):
        at_ms = max(0, now_ms + skew_ms)
        (recording.caller if side == "l" else recording.bot)(sound(number, ms), at_ms)
        wanted["lr".index(side), at_ms : at_ms + ms] = number
        if cut:
            recording.cut(now_ms)
            wanted[1, now_ms:] = 0
        now_ms += 100
    recording.close()
    left, right = sides(path)
    assert recording.dropped_ms == 0
    assert left == wanted[0][: len(left)].tolist()
    assert right == wanted[1][: len(right)].tolist()
    assert not wanted[:, len(left) :].any()
