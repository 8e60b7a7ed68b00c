from __future__ import annotations

from collections.abc import Iterable, Sequence

from hypothesis import given
from hypothesis import strategies as st

from server.speech.detector import detectors
from server.speech.endpointing import Policy
from server.speech.listening import PREROLL_MS, Kind, Listening, VoiceBegan, VoiceEnded
from tests.server.speech.scenes import CLEAN, scene


class Notebook:
    """An ear that writes down what it is told: of sound only the numbers of the frames."""

    def __init__(self) -> None:
        self.notes: list[str] = []
        self.frames: list[list[int]] = []

    def begin(self, expected: Sequence[str] = ()) -> None:
        self.notes.append(" ".join(["begin", *expected]))
        self.frames.append([])

    def push(self, pcm: bytes) -> None:
        self.frames[-1] += [number_of(pcm[at : at + 320]) for at in range(0, len(pcm), 320)]

    def end(self) -> None:
        self.notes.append("end")

    def drop(self) -> None:
        self.notes.append("drop")

    def close(self) -> None:
        self.notes.append("close")


class Told:
    """A detector that is told by the frame itself: its number, and whether it is voice."""

    def probability(self, frame: bytes) -> float:
        return 0.9 if frame[2] else 0.1


def frame_of(number: int, *, voice: bool) -> bytes:
    return number.to_bytes(2, "little") + bytes([voice]) + bytes(317)


def number_of(frame: bytes) -> int:
    return int.from_bytes(frame[:2], "little")


class Room:
    def __init__(self, policy: Policy | None = None) -> None:
        self.ear = Notebook()
        self.listening = Listening(self.ear, Told(), policy)
        self.at = 0
        self.facts: list[tuple[int, VoiceBegan | VoiceEnded]] = []

    def hear(self, *stretches: tuple[bool, int]) -> Room:
        for voice, ms in stretches:
            for _ in range(ms // 20):
                fact = self.listening.hear(frame_of(self.at, voice=voice), self.at * 20)
                self.at += 1
                if fact:
                    self.facts.append((self.at * 20, fact))
        return self


def numbers(since_ms: int, until_ms: int) -> list[int]:
    return list(range(since_ms // 20, until_ms // 20))


VOICE, SILENCE = True, False


def test_an_utterance_reaches_the_ear_whole() -> None:
    room = Room().hear((SILENCE, 2000), (VOICE, 800), (SILENCE, 1000))
    assert room.facts == [(2100, VoiceBegan(2000)), (3300, VoiceEnded(800))]
    assert room.ear.notes == ["begin", "end"]
    assert room.ear.frames == [numbers(2000 - PREROLL_MS, 3300)]


def test_a_noise_is_nothing() -> None:
    room = Room().hear((SILENCE, 500), (VOICE, 80), (SILENCE, 1000))
    assert (room.facts, room.ear.notes) == ([], [])


def test_a_hesitant_onset_is_heard_from_its_beginning() -> None:
    stutter = [(VOICE, 20), (SILENCE, 60)] * 4
    room = Room().hear((SILENCE, 1000), *stutter, (VOICE, 400), (SILENCE, 600))
    assert room.facts[0][1] == VoiceBegan(1000)
    assert room.ear.frames[0][0] == (1000 - PREROLL_MS) // 20


def test_two_utterances_share_no_sound() -> None:
    room = Room().hear((VOICE, 300), (SILENCE, 500), (VOICE, 300), (SILENCE, 600))
    first, second = room.ear.frames
    assert first == numbers(0, 800)
    assert second == numbers(800, 1600)


def test_phrases_of_the_stage_are_hints_for_the_next_utterance() -> None:
    room = Room()
    room.listening.expect(["好的", "不用"], "short answer")
    room.hear((VOICE, 300), (SILENCE, 500))
    room.listening.expect()
    room.hear((VOICE, 300), (SILENCE, 600))
    assert room.ear.notes == ["begin 好的 不用", "end", "begin", "end"]


def ended_at(kind: Kind, *, answered: bool = False) -> int:
    room = Room()
    room.listening.expect(["一三八"], kind)
    room.hear((VOICE, 400), (SILENCE, 100))
    if answered:
        room.listening.answered()
    room.hear((SILENCE, 2000))
    return room.facts[-1][0]


def test_how_long_a_pause_may_be_depends_on_what_is_expected() -> None:
    assert ended_at("short answer") == 700
    assert ended_at("any") == 900
    assert ended_at("number") == 1600
    assert ended_at("number", answered=True) == 600


def test_an_answer_shortens_the_wait_for_this_utterance_only() -> None:
    room = Room().hear((VOICE, 400))
    room.listening.answered()
    room.hear((SILENCE, 200), (VOICE, 400), (SILENCE, 480))
    assert room.facts[1] == (600, VoiceEnded(400))
    assert room.listening.speaking
    room.listening.answered()
    room.hear((SILENCE, 20))
    assert not room.listening.speaking
    room.listening.answered()  # nobody speaks: it must not shorten what is not yet said
    room.hear((VOICE, 400), (SILENCE, 300))
    assert room.listening.speaking


def test_the_next_stage_may_come_in_the_middle_of_an_utterance() -> None:
    room = Room().hear((VOICE, 400), (SILENCE, 300))
    room.listening.expect(kind="number")
    room.hear((SILENCE, 700), (VOICE, 200), (SILENCE, 1200))
    assert [fact for _, fact in room.facts] == [VoiceBegan(0), VoiceEnded(1600)]


def test_a_gateway_that_sends_nothing_in_silence() -> None:
    room = Room().hear((VOICE, 400))
    assert room.listening.quiet(410) is None
    assert room.listening.quiet(880) is None
    assert room.listening.quiet(920) == VoiceEnded(400)
    assert room.listening.quiet(1500) is None
    assert room.ear.notes == ["begin", "end"]


def test_what_is_of_no_interest_any_more_is_dropped() -> None:
    room = Room().hear((VOICE, 400))
    room.listening.drop()
    room.listening.drop()
    room.hear((SILENCE, 1000))
    room.listening.close()
    assert room.ear.notes == ["begin", "drop", "close"]


def test_a_voice_without_end_is_cut_and_nothing_of_it_is_lost() -> None:
    room = Room(Policy(max_utterance_ms=2000)).hear((SILENCE, 400), (VOICE, 5000), (SILENCE, 600))
    assert [number for frames in room.ear.frames for number in frames] == numbers(400 - PREROLL_MS, 5900)


@given(
    st.lists(
        st.one_of(
            st.tuples(st.booleans(), st.integers(1, 60).map(lambda n: n * 20)),
            st.sampled_from(["drop", "answered", "number", "short answer"]),
        ),
        max_size=25,
    )
)
def test_an_ear_is_never_confused(steps: Iterable[tuple[bool, int] | str]) -> None:
    """Begun utterances end or are dropped, once; frames come in order, none twice."""
    room = Room(Policy(max_utterance_ms=2000))
    for step in steps:
        if isinstance(step, tuple):
            room.hear(step)
        elif step in ("drop", "answered"):
            getattr(room.listening, step)()
        else:
            room.listening.expect(kind=step)
    room.hear((SILENCE, 1500))
    assert [note == "begin" for note in room.ear.notes] == [True, False] * (len(room.ear.notes) // 2)
    heard = [number for frames in room.ear.frames for number in frames]
    assert heard == sorted(set(heard))
    assert all(frames == list(range(frames[0], frames[-1] + 1)) for frames in room.ear.frames)


def test_a_spoken_phrase_through_the_real_detector() -> None:
    for path in CLEAN[:3]:
        ear = Sound()
        listening = Listening(ear, detectors()())
        where = scene(path, snr_db=20)
        facts = [fact for at, frame in enumerate(where.frames) if (fact := listening.hear(frame, at * 20))]
        assert [type(fact) for fact in facts] == [VoiceBegan, VoiceEnded]
        assert ear.notes == ["begin", "end"]
        voice = b"".join(where.frames[where.onset_ms // 20 : where.end_ms // 20])
        assert voice in ear.sound, f"{path.name} was clipped"


class Sound(Notebook):
    """An ear that keeps the sound."""

    sound = b""

    def push(self, pcm: bytes) -> None:
        self.sound += pcm
